"""What the server answers, typed and checked: JSON in, frozen dataclasses out. No bpy.

ServerFault           what a person reads: code, message, hint, and the action that mends it
  LinkFault           the server could not be reached, or what answers is not ours; the job is unharmed
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

END_STATES = frozenset({"done", "failed", "cancelled"})
STATES = END_STATES | {"queued", "running"}
PICTURE_NAME = re.compile(r"completed\.png|views/[0-5]\.png")  # anything else is no path of ours
WEIGHTS_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,60}")
WEIGHTS_STATES = frozenset({"ready", "missing", "partial", "fetching", "damaged", "unpublished"})


class ServerFault(Exception):
    """A fault in three parts and its remedy; `action` is a word of docs/http.md or ""."""

    def __init__(self, code: str, message: str, hint: str = "", action: str = ""):
        super().__init__(message)
        self.code, self.message, self.hint, self.action = code, message, hint, action


class LinkFault(ServerFault):
    """Nothing, or something else, answers; trying again may help where `passing` is true."""

    def __init__(self, code: str, message: str, hint: str = "", action: str = "", passing: bool = False):
        super().__init__(code, message, hint, action)
        self.passing = passing


@dataclass(frozen=True)
class Health:
    program: str
    server_id: str
    version: str
    api: str
    state: str
    device: str
    proof: str


@dataclass(frozen=True)
class Option:
    """One option of a backend; type is "bool", "int", "float" or "choice"."""

    name: str
    type: str
    default: bool | int | float | str
    title: str
    help: str
    minimum: float | None
    maximum: float | None
    choices: tuple[str, ...]


@dataclass(frozen=True)
class BackendCard:
    """weights: names of what it needs with its default options.  blocked: why it can't run now, or None."""

    name: str
    title: str
    summary: str
    options: tuple[Option, ...]
    seconds: float
    memory_gb: float
    measured: bool
    ready: bool
    weights: tuple[str, ...] = ()
    blocked: ServerFault | None = None


@dataclass(frozen=True)
class WeightsRow:
    """One row of the server's table of weights, and what of it is on its disk.

    stage: words while it is fetched or imported.  error: how the last fetch ended, if badly.
    """

    name: str
    title: str
    size_bytes: int
    approximate: bool
    fetched_bytes: int
    licence: str
    licence_url: str
    commercial: bool
    source: str
    state: str
    stage: str
    error: ServerFault | None
    backends: tuple[str, ...]

    @property
    def is_busy(self) -> bool:
        return self.state == "fetching"

    @property
    def can_fetch(self) -> bool:
        return self.state in ("missing", "partial", "damaged")


@dataclass(frozen=True)
class Variant:
    seed: int
    state: str


@dataclass(frozen=True)
class Job:
    id: str
    name: str
    state: str
    stage: str
    fraction: float
    eta_s: float | None
    queue_position: int | None
    variants: tuple[Variant, ...]
    error: ServerFault | None


@dataclass(frozen=True)
class Event:
    """One server-sent event of a job; `picture` is a checked name or None."""

    id: int
    kind: str
    state: str
    stage: str
    fraction: float
    eta_s: float | None
    variant: int | None
    picture: str | None
    error: ServerFault | None


def bad_answer(what: str) -> LinkFault:
    words = f"The server's answer makes no sense ({what})."
    return LinkFault("bad_answer", words, "See its log.", "show_log")


def health(data: Any) -> Health:
    names = ("program", "server_id", "version", "api", "state", "device", "proof")
    return Health(*(_text(data, name) for name in names))


def backend_cards(data: Any) -> tuple[BackendCard, ...]:
    return tuple(_card(one) for one in _list(data, "backends"))


def weights_rows(data: Any) -> tuple[WeightsRow, ...]:
    return tuple(weights_row(one) for one in _list(data, "weights"))


def weights_row(data: Any) -> WeightsRow:
    name, state = _text(data, "name"), _text(data, "state")
    if not WEIGHTS_NAME.fullmatch(name) or state not in WEIGHTS_STATES:
        raise bad_answer(f"the weights “{name[:40]}” are “{state[:40]}”")
    return WeightsRow(
        name=name,
        title=_text(data, "title"),
        size_bytes=max(_whole(data, "size_bytes") or 0, 0),
        approximate=bool(data.get("approximate")),
        fetched_bytes=max(_whole(data, "fetched_bytes") or 0, 0),
        licence=_text(data, "licence"),
        licence_url=_text(data, "licence_url", ""),
        commercial=data.get("commercial") is True,
        source=_text(data, "source", ""),
        state=state,
        stage=_text(data, "stage", ""),
        error=fault(data.get("error")),
        backends=tuple(str(one) for one in _list(data, "backends")),
    )


def image(data: Any) -> str:
    """The hash under which a picture was stored."""
    return _text(data, "sha256")


def job(data: Any) -> Job:
    return Job(
        id=_text(data, "id"),
        name=_text(data, "name"),
        state=_state(data),
        stage=_text(data, "stage"),
        fraction=_share(data),
        eta_s=_number(data, "eta_s", None),
        queue_position=_whole(data, "queue_position"),
        variants=tuple(Variant(_whole(one, "seed") or 0, _state(one)) for one in _list(data, "variants")),
        error=fault(data.get("error")),
    )


def event(data: Any) -> Event:
    picture = data.get("picture") if isinstance(data, Mapping) else None
    return Event(
        id=_whole(data, "id") or 0,
        kind=_text(data, "kind"),
        state=_state(data),
        stage=_text(data, "stage", ""),
        fraction=_share(data),
        eta_s=_number(data, "eta_s", None),
        variant=_whole(data, "variant"),
        picture=picture if isinstance(picture, str) and PICTURE_NAME.fullmatch(picture) else None,
        error=fault(data.get("error")),
    )


def fault(data: Any) -> ServerFault | None:
    """The fault in a reply, or None where there is none."""
    if not isinstance(data, Mapping):
        return None
    return ServerFault(
        _text(data, "code"), _text(data, "message"), _text(data, "hint", ""), _text(data, "action", "")
    )


def _card(data: Any) -> BackendCard:
    estimate = data.get("estimate") if isinstance(data, Mapping) else None
    return BackendCard(
        name=_text(data, "name"),
        title=_text(data, "title"),
        summary=_text(data, "summary", ""),
        options=tuple(_option(one) for one in _list(data, "options")),
        seconds=_number(estimate, "seconds", 0.0) or 0.0,
        memory_gb=_number(estimate, "memory_gb", 0.0) or 0.0,
        measured=bool(estimate and estimate.get("measured")),
        ready=bool(data.get("ready")),
        weights=tuple(str(one) for one in _list(data, "weights")),
        blocked=fault(data.get("blocked")),
    )


def _option(data: Any) -> Option:
    default = data.get("default") if isinstance(data, Mapping) else None
    if not isinstance(default, bool | int | float | str):
        raise bad_answer("an option without a default")
    return Option(
        name=_text(data, "name"),
        type=_text(data, "type"),
        default=default,
        title=_text(data, "title"),
        help=_text(data, "help", ""),
        minimum=_number(data, "minimum", None),
        maximum=_number(data, "maximum", None),
        choices=tuple(str(choice) for choice in _list(data, "choices")),
    )


def _text(data: Any, name: str, default: str | None = None) -> str:
    value = data.get(name, default) if isinstance(data, Mapping) else None
    if not isinstance(value, str):
        raise bad_answer(f"“{name}” is missing")
    return value[:4000]  # words for a panel, never more


def _number(data: Any, name: str, default: float | None) -> float | None:
    value = data.get(name) if isinstance(data, Mapping) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return default
    return float(value)


def _whole(data: Any, name: str) -> int | None:
    value = data.get(name) if isinstance(data, Mapping) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _share(data: Any) -> float:
    return min(max(_number(data, "fraction", 0.0) or 0.0, 0.0), 1.0)


def _state(data: Any) -> str:
    state = _text(data, "state")
    if state not in STATES:
        raise bad_answer(f"the state “{state[:40]}”")
    return state


def _list(data: Any, name: str) -> list[Any]:
    value = data.get(name) if isinstance(data, Mapping) else None
    if not isinstance(value, list):
        raise bad_answer(f"“{name}” is missing")
    return value
