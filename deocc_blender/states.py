"""The exact words of every state, with the one action that goes with it. No bpy."""

from __future__ import annotations

from dataclasses import dataclass

from .actions import REMEDIES
from .board import Board, JobView, LinkView
from .replies import BackendCard, ServerFault


@dataclass(frozen=True)
class Button:
    """action: a word of `actions.REMEDIES`.  about: the job, backend or weights it is done to; "" for none.
    label: "" for the remedy's own."""

    action: str
    about: str = ""
    label: str = ""


@dataclass(frozen=True)
class Bar:
    """How far something is, 0..1, and the words on its bar."""

    fraction: float
    words: str


@dataclass(frozen=True)
class Line:
    """One state as the panel draws it: words, a second line, a bar, the action its button does, an icon.

    about: what the action is done to.  others: further buttons.
    """

    words: str
    more: str = ""
    action: str = ""
    icon: str = "NONE"
    alert: bool = False
    about: str = ""
    label: str = ""
    others: tuple[Button, ...] = ()
    bar: Bar | None = None

    @property
    def buttons(self) -> tuple[Button, ...]:
        first = (Button(self.action, self.about, self.label),) if self.action else ()
        return first + self.others


def state_line(board: Board) -> Line:
    """The panel's first line: what runs, else how the link is."""
    running = board.running
    link = board.link
    if link.state == "lost":
        return Line("Lost the server. Reconnecting… your job is kept.", icon="UNLINKED", alert=True)
    if running and link.state != "fault":
        return Line(running_words(running[0]), "", "cancel", "SORTTIME", about=running[0].id)
    if link.state == "starting":
        return Line("Server is starting…", icon="SORTTIME")
    if link.state == "fault":
        return link_fault_line(link)
    if link.state == "ready" and link.health:
        return Line(ready_words(link.health.device), icon="CHECKMARK")
    return Line("Server is off.", "It starts with the first job.", "server_start", "RADIOBUT_OFF")


def ready_words(device: str) -> str:
    plain = device.strip()
    if not plain or plain.lower().startswith(("cpu", "processor")):
        return "Ready · no graphics card, using the processor"
    return f"Ready · {plain}"


def link_fault_line(link: LinkView) -> Line:
    fault = link.fault
    if fault is None or fault.code == "server_off":
        return Line("Server is off.", "It starts with the first job.", "server_start", "RADIOBUT_OFF")
    return fault_line(fault)


def fault_line(fault: ServerFault, about: str = "") -> Line:
    return Line(fault.message, fault.hint, fault.action, "ERROR", True, about)


def running_words(job: JobView) -> str:
    """`Chair: six views, 4 of 6 · 41 % · about 14 s`"""
    parts = [f"{job.name}: {stage_words(job)}"]
    if job.state == "running":
        parts.append(f"{job.fraction * 100:.0f} %")
    if job.eta_s is not None and job.eta_s >= 1:
        parts.append(f"about {duration_words(job.eta_s)}")
    return " · ".join(parts)


def stage_words(job: JobView) -> str:
    if job.stage == "cancelling":
        return "cancelling"
    words = {"sending": "sending the photo", "queued": "waiting its turn", "running": job.stage or "starting"}
    return words.get(job.state, job.stage)


def done_line(job: JobView) -> Line:
    """`Chair placed. 3 more seeds: ◀ ▶`, or where a result went otherwise."""
    if job.state == "failed":
        fault = job.fault or ServerFault("failed", "The job failed.", "", "retry")
        takes = REMEDIES[fault.action].takes if fault.action in REMEDIES else ""
        about = {"job_id": job.id, "backend": job.spec.backend if job.spec else ""}
        return fault_line(fault, about.get(takes, ""))
    if job.state == "cancelled":
        return Line(f"{job.name} cancelled.", icon="CANCEL")
    if job.arrived:  # Blender moves objects or renders: see landing.py
        return Line(f"{job.name} is done and about to be placed.", icon="SORTTIME")
    if job.waiting:
        return Line(f"{job.name} is done; its placeholder is gone.", icon="INFO")
    more = job.placed - 1
    if more > 0:
        return Line(f"{job.name} placed. {more} more seed{'s' if more > 1 else ''}:", icon="CHECKMARK")
    return Line(f"{job.name} placed.", icon="CHECKMARK")


def estimate_words(card: BackendCard | None, variants: int) -> str:
    """`about 2 s · 0.4 GB   (measured on this machine)`; "" while the server has not said it."""
    if card is None or card.seconds <= 0:
        return ""
    how = "measured on this machine" if card.measured else "not yet measured here"
    return f"about {duration_words(card.seconds * variants)} · {card.memory_gb:.1f} GB   ({how})"


def duration_words(seconds: float) -> str:
    if seconds >= 5400:
        return f"{seconds / 3600:.1f} h"
    if seconds >= 90:
        return f"{seconds / 60:.0f} min"
    return f"{max(seconds, 1):.0f} s"


def size_words(size_bytes: float) -> str:
    """`3.8 GB`, `12 MB`; a file's size as shops and downloads say it."""
    if size_bytes >= 10**9:
        return f"{size_bytes / 1e9:.1f} GB"
    return f"{max(size_bytes / 1e6, 0.1):.{0 if size_bytes >= 10**7 else 1}f} MB"


def of_words(done_bytes: int, size_bytes: int) -> str:
    """`1.2 of 3.8 GB`, `41 of 118 MB`"""
    whole = size_words(size_bytes)
    unit = 1e9 if whole.endswith("GB") else 1e6
    places = 1 if unit == 1e9 or size_bytes < 10**7 else 0
    return f"{min(done_bytes, size_bytes) / unit:.{places}f} of {whole}"


def share_words(share: float) -> str:
    """A mask's area: `18 % of photo`."""
    if share <= 0:
        return "empty"
    return "under 1 % of photo" if share < 0.01 else f"{share * 100:.0f} % of photo"
