"""The wire's types, frozen: everything a request may hold and everything an answer says (docs/http.md)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar

from deocc.errors import DeoccError

OptionValue = bool | int | float | str
SEED_LIMIT = 2**63  # seeds are 0 <= seed < 2^63: one signed 64-bit integer everywhere, SQLite's included
MAX_SEEDS = 16


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


END_STATES = frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED})


@dataclass(frozen=True)
class Fault:
    """What a person reads when something went wrong; `action` names the remedy, or is ""."""

    code: str
    message: str
    hint: str = ""
    action: str = ""


def as_fault(error: DeoccError) -> Fault:
    return Fault(error.code, error.message, error.hint, error.action)


@dataclass(frozen=True)
class FaultReply:
    """Body of every answer of status 400 and above: the first fault, and all of them."""

    error: Fault
    faults: list[Fault] = field(default_factory=list)


_STRICT = {"extra": "forbid"}  # read by pydantic: a misspelt field is a fault, not silence


@dataclass(frozen=True)
class PhotoCamera:
    """The photo's camera where it is known: field of view and how far it looks down.

    fov_deg: horizontal field of view.  elevation_deg: angle of the optical axis below the horizon (a camera
    looking straight down: 90).  cx, cy: principal point as a share of width and height.
    """

    __pydantic_config__: ClassVar = _STRICT

    fov_deg: float
    elevation_deg: float | None = None
    cx: float = 0.5
    cy: float = 0.5


@dataclass(frozen=True)
class JobRequest:
    """What PUT /v1/jobs/{id} takes. Images are named by the sha256 under which they were put.

    A mask is a grey picture of the photo's upright size, white where true; or one with alpha, which counts.
    """

    __pydantic_config__: ClassVar = _STRICT

    photo: str
    object_mask: str
    backend: str = "draft"
    occluder_mask: str | None = None
    keep_mask: str | None = None
    camera: PhotoCamera | None = None
    options: dict[str, OptionValue] = field(default_factory=dict)
    seeds: list[int] = field(default_factory=lambda: [0])
    name: str = "Object"


def request_of(body: dict[str, Any]) -> JobRequest:
    """The request that `dataclasses.asdict` made into body."""
    camera = body["camera"]
    return JobRequest(**{**body, "camera": PhotoCamera(**camera) if camera else None})


@dataclass(frozen=True)
class VariantReply:
    """One seed of a job; `views` and `completed` say which pictures are there already."""

    seed: int
    state: JobState
    views: list[int] = field(default_factory=list)
    completed: bool = False
    seconds: float | None = None


@dataclass(frozen=True)
class JobReply:
    id: str
    name: str
    backend: str
    state: JobState
    stage: str
    fraction: float  # 0..1 over all seeds
    eta_s: float | None
    queue_position: int | None  # 0: next to run; None: not queued
    variants: list[VariantReply]
    error: Fault | None
    created: float  # seconds since 1970
    request: JobRequest


@dataclass(frozen=True)
class JobList:
    jobs: list[JobReply]


@dataclass(frozen=True)
class Event:
    """One line of GET /v1/jobs/{id}/events: kind is "state", "progress", "picture" or "variant".

    state is the job's, in a "variant" event that variant's.
    """

    id: int
    kind: str
    state: JobState
    stage: str = ""
    fraction: float = 0.0
    eta_s: float | None = None
    variant: int | None = None
    picture: str | None = None  # "views/0.png" … or "completed.png"
    error: Fault | None = None


@dataclass(frozen=True)
class Health:
    program: str  # always "deocc"
    server_id: str
    version: str
    api: str
    state: str  # "ready" or "running"
    device: str
    proof: str  # hex HMAC-SHA256 of the nonce's UTF-8 with the token's UTF-8; "" without a nonce


@dataclass(frozen=True)
class OptionField:
    """One option of a backend, as its dataclass declares it."""

    name: str
    type: str  # "bool", "int", "float", "choice"
    default: OptionValue
    title: str
    help: str
    minimum: float | None = None
    maximum: float | None = None
    choices: list[str] = field(default_factory=list)


class WeightsState(StrEnum):
    READY = "ready"
    MISSING = "missing"
    PARTIAL = "partial"  # some of it was fetched; a fetch goes on from there
    FETCHING = "fetching"
    DAMAGED = "damaged"  # it was whole once; a fetch mends it
    UNPUBLISHED = "unpublished"  # there is nothing to fetch, only a file to import


@dataclass(frozen=True)
class WeightsReply:
    """One row of the table of weights and what of it is here.

    size_bytes: what a fetch moves, 0: not published; about so much where `approximate`.  fetched_bytes: how
    much of that lies here; it does not rise while files are checked and prepared, which `stage` tells.
    commercial: whether the recorded licence allows commercial use.  error: how the last fetch ended, if
    badly.  backends: who needs it with some options or other.
    """

    name: str
    title: str
    size_bytes: int
    approximate: bool
    fetched_bytes: int
    licence: str
    licence_url: str
    commercial: bool
    source: str  # where it is fetched from, for people
    state: WeightsState
    stage: str = ""  # words while it is being fetched or imported: "fetching", "checking", "preparing"
    error: Fault | None = None
    backends: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class WeightsList:
    weights: list[WeightsReply]


@dataclass(frozen=True)
class Estimate:
    """What one variant takes on this machine; measured is False until a job has run here."""

    seconds: float
    memory_gb: float
    measured: bool


@dataclass(frozen=True)
class BackendReply:
    """A backend's card. weights: names in /v1/weights of what it needs with its default options.

    blocked: why it can't run now: packages_missing (action "install_packages"), weights_missing or
    weights_damaged ("weights_fetch"), weights_unpublished ("weights_import"); ready: blocked is None.
    """

    name: str
    title: str
    summary: str
    options: list[OptionField]
    weights: list[str]
    estimate: Estimate
    ready: bool
    blocked: Fault | None = None


@dataclass(frozen=True)
class BackendList:
    backends: list[BackendReply]


@dataclass(frozen=True)
class ImageReply:
    sha256: str
    size_bytes: int
