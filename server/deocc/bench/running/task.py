"""One task of a run, from values to values: a method on a case with a seed, measured."""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deocc.bench.running.measure import Measures, measure, notes, rounded
from deocc.bench.running.methods import Call, Given, Method, load_backend
from deocc.bench.running.result import as_result
from deocc.contract import OptionValue
from deocc.geometry.mesh import Mesh
from deocc.place import peak_memory_gb, reset_peak_memory
from deocc.png import png

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Task:
    """options: that differ from the backend's own.  weights: the folder of all weights.  alignments: by which
    it is measured."""

    method: Method
    given: Given
    seed: int
    options: Mapping[str, OptionValue]
    weights: Path
    alignments: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """seconds: of the method alone, wall clock, its libraries loaded.  peak_memory_gb: of its process or card
    meanwhile, None where the system can't measure one task.  files: the result's, by name, without a record.
    view_set: see measure.Result."""

    seconds: float
    peak_memory_gb: float | None
    measures: Mapping[str, Measures]
    notes: tuple[str, ...]
    view_set: str
    files: Mapping[str, bytes]


def carry_out(task: Task) -> Outcome:
    """Runs and measures one task; raises whatever the method raises."""
    method, given = task.method, task.given
    if method.module:
        load_backend(method.module, task.weights)  # before the clock starts
    fresh = reset_peak_memory()
    began = time.perf_counter()
    made = method.run(given, Call(task.options, task.seed, task.weights))
    seconds = time.perf_counter() - began
    if made.packed_mesh:
        made.packed_mesh.result()  # still running in a thread, it would slow down what follows
    memory_gb = peak_memory_gb() if fresh else None
    result = as_result(made, given, method.frame)
    key = f"{method.name} {given.object.id} {given.case.name} {task.seed}"
    measures = rounded(measure(result, given, method.frame, task.alignments, key))
    log.info("%s: %.2f s, measured in %.2f s", key, seconds, time.perf_counter() - began - seconds)
    pictures = {f"views/{i}.png": one for i, one in enumerate(result.views)}
    pictures |= {f"random/{i}.png": one for i, one in enumerate(result.random)}
    if result.completed is not None:
        pictures["completed.png"] = result.completed
    files = {"mesh.npz": mesh_npz(result.mesh)} | {name: png(pixels) for name, pixels in pictures.items()}
    return Outcome(seconds, memory_gb, measures, notes(result, given), result.view_set, files)


def mesh_npz(mesh: Mesh) -> bytes:
    """The shape alone, float32 and int32: the same bytes for the same mesh."""
    stream = io.BytesIO()
    np.savez_compressed(
        stream, vertices=_exact(mesh.vertices, np.float32), faces=_exact(mesh.faces, np.int32)
    )
    return stream.getvalue()


def _exact(array: NDArray, dtype: type) -> NDArray:
    return np.ascontiguousarray(array, dtype)
