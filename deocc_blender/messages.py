"""What a follower is given, and the messages it leaves for the main thread: plain values. No bpy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .package import Package
from .picture import Picture
from .replies import BackendCard, Health, LinkFault, ServerFault


@dataclass(frozen=True)
class JobSpec:
    """What is to be reconstructed. A picture is either still to be sent, or named by its hash on the server.

    object_mask None: the photo's own alpha.
    """

    name: str
    backend: str
    seeds: tuple[int, ...]
    photo: Picture | str
    object_mask: Picture | str | None
    occluder_mask: Picture | str | None = None
    keep_mask: Picture | str | None = None
    options: Mapping[str, bool | int | float | str] = field(default_factory=dict)


@dataclass(frozen=True)
class LinkNews:
    """The connection's state: "ready", "starting", "lost" or "fault"."""

    state: str
    health: Health | None = None
    backends: tuple[BackendCard, ...] | None = None
    fault: LinkFault | None = None


@dataclass(frozen=True)
class Accepted:
    job_id: str
    server_id: str
    hashes: Mapping[str, str | None] | None = None  # of what was sent, by the request's names


@dataclass(frozen=True)
class Progress:
    job_id: str
    state: str
    stage: str
    fraction: float
    eta_s: float | None


@dataclass(frozen=True)
class PictureCame:
    job_id: str
    variant: int
    name: str
    path: str


@dataclass(frozen=True)
class PackageCame:
    job_id: str
    variant: int
    package: Package


@dataclass(frozen=True)
class Ended:
    job_id: str
    state: str
    fault: ServerFault | None = None


Message = LinkNews | Accepted | Progress | PictureCame | PackageCame | Ended
