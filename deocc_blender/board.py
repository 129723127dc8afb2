"""What the panel knows of the link and every job, changed only by messages, on the main thread. No bpy."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from .follow import Follower
from .messages import Accepted, Ended, JobSpec, LinkNews, Message, PackageCame, PictureCame, Progress
from .package import Package
from .replies import END_STATES, BackendCard, Health, LinkFault, ServerFault


@dataclass
class LinkView:
    """state: "unknown", "starting", "ready", "lost" or "fault"; a server that is off is a fault, too."""

    state: str = "unknown"
    health: Health | None = None
    backends: tuple[BackendCard, ...] = ()
    fault: LinkFault | None = None

    def card(self, name: str) -> BackendCard | None:
        return next((card for card in self.backends if card.name == name), None)


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
    pictures: dict[tuple[int, str], str] = field(default_factory=dict)
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
    jobs: dict[str, JobView] = field(default_factory=dict)  # oldest first

    @property
    def running(self) -> list[JobView]:
        return [job for job in self.jobs.values() if job.state not in END_STATES]

    @property
    def newest_first(self) -> list[JobView]:
        return list(reversed(self.jobs.values()))

    def take(self, message: Message) -> None:
        """Changes what the panel shows; packages are only laid down here, to be imported in turn."""
        if isinstance(message, LinkNews):
            self._take_link(message)
            return
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
            job.pictures[(message.variant, message.name)] = message.path
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
