"""`deocc run`: files in, package folders out, in this process and without a server."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deocc import backends
from deocc.backends.readiness import Readiness
from deocc.contract import JobRequest, OptionValue
from deocc.door import check_values, clean_name
from deocc.errors import InputFault
from deocc.package import write_folder
from deocc.png import png
from deocc.reconstruct import observe, reconstruct
from deocc.worker import forbid_downloads

Progress = Callable[[int, str, float], None]  # (seed, stage, fraction)


@dataclass(frozen=True)
class RunRequest:
    """One object of one photo, by files; out: the folder that gets a folder `seed-<n>` for each seed."""

    photo: Path
    object_mask: Path
    out: Path
    occluder_mask: Path | None = None
    keep_mask: Path | None = None
    backend: str = "draft"
    options: Mapping[str, OptionValue] | None = None
    seeds: tuple[int, ...] = (0,)


def run_photo(request: RunRequest, progress: Progress, ready: Readiness) -> list[Path]:
    """The packages' folders; raises before any work where an input is wrong, weights or libraries are
    missing, or a folder is there already."""
    paths: dict[str, Path] = {}
    wanted = JobRequest(
        photo=_name(request.photo, paths),
        object_mask=_name(request.object_mask, paths),
        backend=request.backend,
        occluder_mask=_name(request.occluder_mask, paths) if request.occluder_mask else None,
        keep_mask=_name(request.keep_mask, paths) if request.keep_mask else None,
        options=dict(request.options or {}),
        seeds=list(request.seeds),
        name=clean_name(request.photo.stem),
    )
    check_values(wanted, ready)
    folders = [request.out / f"seed-{seed}" for seed in request.seeds]
    for folder in folders:
        if folder.exists():
            raise InputFault("exists", f"{folder} is there already.", "Choose another --out.")
    observe(wanted, paths.__getitem__)  # kept for the backend, which may take half a minute to load
    make_folder(request.out)
    forbid_downloads()
    backend = backends.load(backends.module_of(request.backend), ready.weights.root)
    for seed, folder in zip(request.seeds, folders, strict=True):
        tick = _RunTick(seed, progress)
        made = reconstruct(backend, wanted, paths.__getitem__, seed, tick, ready.weights)
        write_folder(made.files, folder)
        progress(seed, "done", 1.0)
    return folders


def _name(path: Path, paths: dict[str, Path]) -> str:
    """The sha256 of a file, under which `paths` then holds it."""
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise InputFault("no_file", f"{path} can't be read: {error.strerror or error}.") from error
    paths[digest] = path
    return digest


def make_folder(out: Path) -> None:
    """Makes the folder for results, where need be; InputFault where nothing can be written into it."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputFault("out_folder", f"{out} can't be made: {error.strerror or error}.") from error
    if not os.access(out, os.W_OK):
        raise InputFault("out_folder", f"Nothing can be written into {out}.", "Choose another --out.")


class _RunTick:
    """The tick of a run without a server: nobody cancels it but Ctrl-C."""

    def __init__(self, seed: int, progress: Progress):
        self.seconds: dict[str, float] = {}  # none of its own: the backend's and the total are in the result
        self.encoded: dict[str, tuple[NDArray[np.uint8], bytes]] = {}
        self._seed, self._progress = seed, progress

    def __call__(self, stage: str, fraction: float) -> None:
        self._progress(self._seed, stage, min(max(fraction, 0.0), 0.999))

    def picture(self, name: str, rgba: NDArray[np.uint8]) -> None:
        self.encoded[name] = (rgba, png(rgba))
