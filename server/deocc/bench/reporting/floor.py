"""The sampling floor: what a perfect shape would score, because two samples of one surface never meet."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from deocc.bench.built import BenchObject
from deocc.bench.metrics.surface import (
    COUNT,
    chamfer,
    chamfer_squared,
    f_score,
    normal_consistency,
    sampling_floor,
)
from deocc.bench.reporting.kept import Machines, Work, code_digest, keep
from deocc.bench.reporting.measures import THRESHOLDS


def mean_floor(
    out: Path, bench: Path, objects: Iterable[BenchObject], digest: str, machines: Machines
) -> dict[str, float]:
    """By measure, the mean over the objects that have a mesh; empty where none has."""
    store = out / "truth-floors" / f"{digest[:16]}-{COUNT}-{code_digest()}"
    meshes = [
        (bench / "objects" / one.id / one.mesh, store / f"{one.id}.json") for one in objects if one.mesh
    ]
    keep(floor_of, [Work(path, mesh.read_bytes) for mesh, path in meshes], machines, "sampling floor")
    known = [json.loads(path.read_text("utf-8")) for _, path in meshes if path.exists()]
    return mean_of(known)


def mean_of(floors: Iterable[Mapping[str, float]]) -> dict[str, float]:
    every = list(floors)
    return {name: float(np.mean([one[name] for one in every])) for name in (every[0] if every else ())}


def floor_of(npz: bytes) -> bytes:
    """The floor of one true mesh, JSON."""
    with np.load(io.BytesIO(npz), allow_pickle=False) as held:
        vertices, faces = held["vertices"].astype(np.float64), held["faces"]
    found = sampling_floor(vertices, faces, np.random.default_rng(0))
    floor = {
        "cd": chamfer(found),
        "cd_squared": chamfer_squared(found),
        **{f"f@{threshold}": f_score(found, float(threshold)) for threshold in THRESHOLDS},
        "normal_consistency": normal_consistency(found),
    }
    return json.dumps({name: float(f"{value:.9g}") for name, value in floor.items()}).encode()
