"""One seed from pictures to a package's files: what the worker and `deocc run` both do."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from deocc.backends.base import Backend, Tick, parse_options
from deocc.contract import JobRequest
from deocc.observation import Observation, load_observation
from deocc.package import Recipe, Reconstruction, package_files
from deocc.place import peak_memory_gb, reset_peak_memory
from deocc.weights.folder import WeightsFolder


class KeepingTick(Tick, Protocol):
    """A tick that keeps what it measured and encoded, so that the package need not do it again."""

    seconds: dict[str, float]  # per stage
    encoded: dict[str, tuple[NDArray[np.uint8], bytes]]  # pictures shown so far, as arrays and as PNG


@dataclass(frozen=True)
class Made:
    """files: a package's, by name.  memory_gb: the most that the process held."""

    files: Mapping[str, bytes]
    memory_gb: float


def reconstruct(
    backend: Backend,
    request: JobRequest,
    find: Callable[[str], Path],
    seed: int,
    tick: KeepingTick,
    weights: WeightsFolder,
) -> Made:
    """Runs one seed; find: from an image's sha256 to its file. Raises what the door and the backend raise."""
    reset_peak_memory()
    began = time.perf_counter()
    tick("reading the photo", 0.0)
    options = parse_options(backend.card.options, request.options)
    observation = observe(request, find)
    backend_began = time.perf_counter()
    result = backend.run(observation, options, seed, tick)
    backend_s = time.perf_counter() - backend_began
    tick("packing the result", 1.0)
    _show_missing(result, tick)
    recipe = Recipe(
        name=request.name,
        backend=request.backend,
        options=asdict(options),
        seed=seed,
        photo=request.photo,
        object_mask=request.object_mask,
        occluder_mask=request.occluder_mask,
        keep_mask=request.keep_mask,
        weights=weights.hashes(backend.card.weights_for(options)) or None,
    )
    memory_gb = peak_memory_gb()
    seconds = {
        **tick.seconds,
        **result.seconds,
        "backend": backend_s,
        "total": time.perf_counter() - began,
    }
    encoded = {name: data for name, (_, data) in tick.encoded.items()}
    return Made(package_files(result, recipe, seconds, memory_gb, encoded, backend.card.packages), memory_gb)


def observe(request: JobRequest, find: Callable[[str], Path]) -> Observation:
    """The request's pictures and camera, read and checked; raises InputFaults."""
    names = (request.photo, request.object_mask, request.occluder_mask, request.keep_mask)
    return _observe(*(find(name) if name else None for name in names), request.camera)


# the next seed or the next try mostly sees the same, and a photo of 100 megapixels takes a second to read
_observe = lru_cache(maxsize=1)(load_observation)


def _show_missing(result: Reconstruction, tick: KeepingTick) -> None:
    """Shows what the backend did not show itself, or shows differently in its result."""
    final = {f"views/{i}.png": view for i, view in enumerate(result.views)} | {
        "completed.png": result.completed
    }
    for name, rgba in final.items():
        shown = tick.encoded.get(name)
        if shown is None or (shown[0] is not rgba and not np.array_equal(shown[0], rgba)):
            tick.picture(name, rgba)
