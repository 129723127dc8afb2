"""What a follower is given, and the messages it leaves for the main thread: plain values. No bpy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .package import Package
from .picture import Picture
from .replies import BackendCard, Health, LinkFault, ServerFault, WeightsRow


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
    """A picture to be shown, in a file whose path no other content has.

    small: (h, w, 4) uint8, row 0 at the bottom, or None where Blender is to read the file.
    """

    job_id: str
    variant: int
    name: str
    path: str
    small: NDArray[np.uint8] | None = None


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


@dataclass(frozen=True)
class WeightsNews:
    """The server's table of weights, as it is now."""

    rows: tuple[WeightsRow, ...]


@dataclass(frozen=True)
class UploadNews:
    """How much of a checkpoint has been sent; sent_bytes None: the upload is over."""

    name: str
    sent_bytes: int | None
    size_bytes: int


@dataclass(frozen=True)
class WeightsRefused:
    """The server would not do what was asked of these weights; fault None: asked anew."""

    name: str
    fault: ServerFault | None


WeightsMessage = WeightsNews | UploadNews | WeightsRefused
JobMessage = Accepted | Progress | PictureCame | PackageCame | Ended
Message = LinkNews | WeightsMessage | JobMessage
