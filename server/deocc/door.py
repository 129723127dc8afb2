"""The door: a job's request from the wire checked whole, all its faults told together."""

from __future__ import annotations

import dataclasses
import math
import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from deocc import backends
from deocc.backends.base import parse_options
from deocc.backends.readiness import Readiness
from deocc.contract import MAX_SEEDS, SEED_LIMIT, JobRequest, PhotoCamera
from deocc.errors import DeoccError, InputFault, InputFaults, shape_fault
from deocc.files import Files
from deocc.observation import load_masks
from deocc.picture_file import image_size

MAX_REQUEST_BYTES = 2**20
NAME_LENGTH = 60  # Blender's names hold 63 bytes
_SHA256 = re.compile(r"[0-9a-f]{64}")

request_type = TypeAdapter(JobRequest)


def read_request(body: bytes) -> JobRequest:
    """A request of the right shape, its name cleaned; InputFaults with every field that is not."""
    try:
        request = request_type.validate_json(body, strict=True)
    except ValidationError as error:
        faults = [shape_fault(".".join(map(str, one["loc"])), one["msg"]) for one in error.errors()]
        raise InputFaults(faults) from None
    return dataclasses.replace(request, name=clean_name(request.name))


def clean_name(name: str) -> str:
    """A name fit for a panel: one line, no path, no invisible characters, never empty."""
    visible = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in name)
    last = re.split(r"[/\\]", visible)[-1]
    return " ".join(last.split())[:NAME_LENGTH].strip(" .") or "Object"


def check_request(request: JobRequest, files: Files, ready: Readiness) -> None:
    """Everything that can be known before the job runs; InputFaults with every fault found."""
    _check_all((*_value_checks(request, ready), lambda: _check_pictures(request, files)))


def check_values(request: JobRequest, ready: Readiness) -> None:
    """What check_request checks, but the pictures."""
    _check_all(_value_checks(request, ready))


def _value_checks(request: JobRequest, ready: Readiness) -> tuple[Callable[[], None], ...]:
    return (
        lambda: _check_seeds(request),
        lambda: _check_camera(request),
        lambda: _check_backend(request, ready),
    )


def _check_all(checks: Iterable[Callable[[], None]]) -> None:
    faults: list[DeoccError] = []
    for check in checks:
        try:
            check()
        except InputFaults as several:
            faults += several.faults
        except InputFault as fault:
            faults.append(fault)
    if faults:
        raise InputFaults(faults)


def check_seed_count(count: int) -> None:
    if not 1 <= count <= MAX_SEEDS:
        raise _seeds_fault(f", not {count}")


def _check_seeds(request: JobRequest) -> None:
    seeds = request.seeds
    if len(set(seeds)) != len(seeds):
        raise _seeds_fault("; two of these are the same")
    check_seed_count(len(seeds))
    wrong = [seed for seed in seeds if not 0 <= seed < SEED_LIMIT]
    if wrong:
        shown = str(wrong[0]) if abs(wrong[0]) < 10**24 else "of over 24 digits"
        raise InputFault(
            "bad_seed", f"The seed {shown} is not between 0 and 2^63 - 1.", "Choose another one."
        )


def _seeds_fault(what: str) -> InputFault:
    return InputFault(
        "bad_seed", f"A job has 1 to {MAX_SEEDS} different seeds{what}.", "Give each variant its own."
    )


def _check_camera(request: JobRequest) -> None:
    camera = request.camera or PhotoCamera(50.0)
    elevation = camera.elevation_deg or 0.0
    numbers = (camera.fov_deg, elevation, camera.cx, camera.cy)
    fits = all(math.isfinite(number) for number in numbers) and (
        1 <= camera.fov_deg <= 170
        and -90 <= elevation <= 90
        and -1 <= camera.cx <= 2
        and -1 <= camera.cy <= 2
    )
    if not fits:
        raise InputFault(
            "bad_camera",
            "The photo's camera can't be: its field of view is 1° to 170°, its elevation -90° to 90°.",
            "Leave the camera out to have it estimated.",
        )


def _check_backend(request: JobRequest, ready: Readiness) -> None:
    """Its options, and with these whether it can run here."""
    card = backends.card(request.backend)
    ready.check(card, parse_options(card.options, request.options))


def _check_pictures(request: JobRequest, files: Files) -> None:
    photo = _picture(request.photo, "photo", files)
    named = {
        "object mask": request.object_mask,
        "occluder mask": request.occluder_mask,
        "keep mask": request.keep_mask,
    }
    masks = {what: _picture(name, what, files) if name is not None else None for what, name in named.items()}
    _check_masks(photo, tuple(masks.items()))


@lru_cache(maxsize=64)
def _check_masks(photo: Path, masks: tuple[tuple[str, Path | None], ...]) -> None:
    """Raises what load_masks does. Files are named by their hash: what was found good once stays so."""
    load_masks(image_size(photo), dict(masks))


def _picture(sha256: str, what: str, files: Files) -> Path:
    if not _SHA256.fullmatch(sha256):
        raise InputFault(
            "bad_image_name", f"The {what} must be named by its sha256, 64 lower-case hex digits."
        )
    path = files.image(sha256)
    if not path.is_file():
        raise InputFault(
            "image_missing", f"The server does not have the {what} yet.", "Send it first.", "retry"
        )
    return path
