"""What the panel knows of the link and every job, changed only by messages, on the main thread. No bpy."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from .follow import Follower
from .messages import (
    Accepted,
    Ended,
    JobMessage,
    JobSpec,
    LinkNews,
    Message,
    PackageCame,
    PictureCame,
    Progress,
    UploadNews,
    WeightsMessage,
    WeightsNews,
)
from .package import Package
from .replies import END_STATES, BackendCard, Health, LinkFault, ServerFault, WeightsRow

BEST_FIRST = ("deocc123", "draft")  # what is used by itself where it is ready; a baseline never is
FIRST = "draft"  # until a server has said what it has


@dataclass
class LinkView:
    """state: "unknown", "starting", "ready", "lost" or "fault"; a server that is off is a fault, too."""

    state: str = "unknown"
    health: Health | None = None
    backends: tuple[BackendCard, ...] = ()
    fault: LinkFault | None = None

    def card(self, name: str) -> BackendCard | None:
        return next((card for card in self.backends if card.name == name), None)


@dataclass
class WeightsView:
    """The table of weights. uploads: of checkpoints sent by this Blender, (bytes sent, size).

    commercial_only: the preference that hides what may not be used commercially.
    """

    rows: tuple[WeightsRow, ...] = ()
    uploads: dict[str, tuple[int, int]] = field(default_factory=dict)
    refused: dict[str, ServerFault] = field(default_factory=dict)
    commercial_only: bool = False

    @property
    def offered(self) -> tuple[WeightsRow, ...]:
        return tuple(row for row in self.rows if row.commercial or not self.commercial_only)

    @property
    def is_moving(self) -> bool:
        """Whether something is on its way here."""
        return bool(self.uploads) or any(row.is_busy for row in self.rows)

    def named(self, names: tuple[str, ...]) -> list[WeightsRow]:
        """The rows of these names, in their order; those the server does not know are left out."""
        known = {row.name: row for row in self.rows}
        return [known[name] for name in names if name in known]

    def fault(self, row: WeightsRow) -> ServerFault | None:
        return self.refused.get(row.name) or row.error

    def take(self, message: WeightsMessage) -> None:
        if isinstance(message, WeightsNews):
            self.rows = message.rows
        elif isinstance(message, UploadNews):
            self.uploads.pop(message.name, None)
            if message.sent_bytes is not None:
                self.uploads[message.name] = (message.sent_bytes, message.size_bytes)
        else:
            self.refused.pop(message.name, None)
            if message.fault is not None:
                self.refused[message.name] = message.fault


@dataclass(eq=False)
class JobView:
    """One job as the panel shows it; `arrived` results land in turn, `waiting` ones found no placeholder."""

    id: str
    name: str
    spec: JobSpec | None
    follower: Follower | None = None
    state: str = "sending"
    stage: str = ""
    fraction: float = 0.0
    eta_s: float | None = None
    fault: ServerFault | None = None
    server_id: str = ""
    hashes: dict[str, str | None] = field(default_factory=dict)
    pictures: dict[tuple[int, str], PictureCame] = field(default_factory=dict)
    arrived: list[Package] = field(default_factory=list)
    waiting: list[Package] = field(default_factory=list)
    placed: int = 0

    @property
    def is_over(self) -> bool:
        return self.state in END_STATES and not self.arrived

    @property
    def is_settled(self) -> bool:
        """Over, and nothing of it waits for a placeholder that undo may bring back."""
        return self.is_over and not self.waiting


@dataclass
class Board:
    link: LinkView = field(default_factory=LinkView)
    weights: WeightsView = field(default_factory=WeightsView)
    usual: str = FIRST  # the best backend that was ready when a server was seen last
    jobs: dict[str, JobView] = field(default_factory=dict)  # oldest first

    @property
    def running(self) -> list[JobView]:
        return [job for job in self.jobs.values() if job.state not in END_STATES]

    @property
    def newest_first(self) -> list[JobView]:
        return list(reversed(self.jobs.values()))

    @property
    def pictured(self) -> list[JobView]:
        """The jobs whose pictures are shown: that run, else the newest; and what the failed ones had made."""
        newest = self.running or self.newest_first[:1]
        return [job for job in self.jobs.values() if job in newest or job.state == "failed"]

    @property
    def offered(self) -> tuple[BackendCard, ...]:
        """The backends that the preferences allow."""
        return tuple(card for card in self.link.backends if self._is_allowed(card))

    def chosen(self, wanted: str) -> str:
        """The backend to use: the one wanted, where it is offered; else the best one that is ready."""
        offered = {card.name: card for card in self.offered}
        if wanted and (wanted in offered or not offered):
            return wanted
        ready = [name for name in BEST_FIRST if name in offered and offered[name].ready]
        return (ready or list(offered)[:1] or [self.usual])[0]

    def _is_allowed(self, card: BackendCard) -> bool:
        rows = self.weights.named(card.weights)
        return not self.weights.commercial_only or all(row.commercial for row in rows)

    def take(self, message: Message) -> None:
        """Changes what the panel shows; packages are only laid down here, to be imported in turn."""
        if isinstance(message, LinkNews):
            self._take_link(message)
        elif isinstance(message, WeightsMessage):
            self.weights.take(message)
        else:
            self._take_job(message)

    def _take_job(self, message: JobMessage) -> None:
        job = self.jobs.get(message.job_id)
        if job is None:
            return
        if isinstance(message, Accepted):
            job.server_id = message.server_id
            job.hashes.update(message.hashes or {})
            if job.spec is not None and message.hashes:  # the server has the pictures now
                job.spec = replace(job.spec, **message.hashes)
            if job.state == "sending":
                job.state = "queued"
        elif isinstance(message, Progress):
            job.state, job.stage = message.state, message.stage
            job.fraction, job.eta_s = message.fraction, message.eta_s
        elif isinstance(message, PictureCame):
            job.pictures[(message.variant, message.name)] = message
        elif isinstance(message, PackageCame):
            job.arrived.append(message.package)
        elif isinstance(message, Ended):
            job.state, job.fault, job.eta_s = message.state, message.fault, None
            if message.state == "done":
                job.fraction = 1.0

    def _take_link(self, news: LinkNews) -> None:
        self.link.state, self.link.fault = news.state, news.fault
        if news.health is not None:
            self.link.health = news.health
        if news.backends is not None:
            self.link.backends = news.backends
