"""COV and MMD of a method's shapes as a set, over level 3's case of each object (Amodal3R §4.1, B.1b)."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deocc.bench.metrics.alignment import align, moved
from deocc.bench.metrics.sets import (
    CLOUD_POINTS,
    coverage,
    depth_cameras,
    depth_cloud,
    minimum_matching_distance,
    pairwise_chamfer,
)
from deocc.bench.metrics.surface import sample_surface
from deocc.bench.reporting.collect import Scores, Slot
from deocc.bench.reporting.kept import Machines, Work, code_digest, keep
from deocc.bench.running.record import result_folder

LEVEL = 3
ALIGN_POINTS = 20_000  # of each surface: as many as the alignment looks at
NOTE = (
    f"COV and MMD: one shape an object, of its case at level {LEVEL}, aligned to its own truth; "
    f"{CLOUD_POINTS} farthest points of what four cameras see (yaw 0, 90, 180, 270, pitch 30); squared "
    "Chamfer distance, mean of both directions, object units squared; reference: the true shapes of the same "
    "objects. Failed results are no part of the made set. `truth` is not sampled anew: its distance is 0."
)


@dataclass(frozen=True)
class CloudTask:
    """mesh: the bytes of the .npz of which the cloud is made.  truth: aligned to this one first; b"": not."""

    mesh: bytes
    truth: bytes
    alignment: str


def shape_sets(
    out: Path, bench: Path, scores: Scores, digest: str, machines: Machines
) -> dict[str, dict[str, float | None]]:
    """By method: {"cov": …, "mmd": …, "cov_n": made shapes, "cov_reference": true shapes}; None where a
    method has no shape."""
    slots = {method: _chosen(scores, method) for method in scores.methods}
    known = {slot.object.id: slot.object for several in slots.values() for slot in several}
    store = out / "truth-clouds" / f"{digest[:16]}-{code_digest()}"
    truths = {name: store / f"{name}.npy" for name in sorted(known)}
    meshes = {name: bench / "objects" / name / one.mesh for name, one in known.items()}
    works = [_cloud_work(path, meshes[name], None, "none") for name, path in truths.items()]
    for slot in (slot for several in slots.values() for slot in several):
        path = _cloud(out, slot, scores.alignment)
        works.append(_cloud_work(path, path.with_name("mesh.npz"), meshes[slot.object.id], scores.alignment))
    keep(cloud_of, works, machines, "shapes for COV and MMD")
    reference = [path for path in truths.values() if path.exists()]
    key = _digest(json.dumps([digest, [path.stem for path in reference], scores.alignment, code_digest()]))
    rows: dict[str, list[Path]] = {}
    for method, several in slots.items():
        clouds = (_cloud(out, slot, scores.alignment) for slot in several)
        rows[method] = [path.with_name(f"distances-{key}.json") for path in clouds if path.exists()]
    cloud_name = _cloud_name(scores.alignment)
    works = [
        Work(path, lambda path=path: [path.with_name(cloud_name).read_bytes(), *_bytes(reference)])
        for several in rows.values()
        for path in several
    ]
    keep(distances_of, works, machines, "COV and MMD")
    return {method: _figures(several, len(reference)) for method, several in rows.items()}


def _cloud(out: Path, slot: Slot, alignment: str) -> Path:
    return result_folder(out, slot.key) / _cloud_name(alignment)


def _cloud_name(alignment: str) -> str:
    return f"cloud-{alignment}-{code_digest()}.npy"


def _cloud_work(kept: Path, mesh: Path, truth: Path | None, alignment: str) -> Work:
    return Work(kept, lambda: CloudTask(mesh.read_bytes(), truth.read_bytes() if truth else b"", alignment))


def _bytes(paths: list[Path]) -> list[bytes]:
    return [path.read_bytes() for path in paths]


def _chosen(scores: Scores, method: str) -> list[Slot]:
    """The method's results of level 3 that have a shape, one an object."""
    found: dict[str, Slot] = {}
    for slot in scores.of(method):
        if slot.record and not slot.failed and slot.case.level == LEVEL and slot.object.mesh:
            found.setdefault(slot.object.id, slot)
    return list(found.values())


def _figures(rows: list[Path], reference: int) -> dict[str, float | None]:
    kept = [json.loads(path.read_text("utf-8")) for path in rows if path.exists()]
    counts: dict[str, float | None] = {"cov_n": len(kept), "cov_reference": reference}
    if not kept:
        return counts | {"cov": None, "mmd": None}
    matrix = np.array(kept)
    return counts | {"cov": coverage(matrix), "mmd": minimum_matching_distance(matrix)}


def cloud_of(task: CloudTask) -> bytes | None:
    """The (CLOUD_POINTS, 3) float32 cloud of a mesh, object frame, as .npy; None where no camera sees it."""
    vertices, faces = _mesh(task.mesh)
    if task.truth:
        generator = np.random.default_rng(0)
        ours = sample_surface(vertices, faces, ALIGN_POINTS, generator).points
        true = sample_surface(*_mesh(task.truth), ALIGN_POINTS, generator).points
        found = align(task.alignment, ours, true, generator)
        truth_from_guess = np.linalg.inv(found.measured_from_truth) @ found.measured_from_guess
        vertices = moved(vertices, truth_from_guess)
    cloud = depth_cloud(vertices, faces, depth_cameras()).astype(np.float32)
    if len(cloud) == 0:
        return None
    data = io.BytesIO()
    np.save(data, cloud)
    return data.getvalue()


def distances_of(clouds: list[bytes]) -> bytes:
    """The distances of the first cloud to each of the others, JSON."""
    made, *true = (np.load(io.BytesIO(one), allow_pickle=False) for one in clouds)
    return json.dumps([float(value) for value in pairwise_chamfer([made], true)[0]]).encode()


def _mesh(npz: bytes) -> tuple[NDArray, NDArray]:
    with np.load(io.BytesIO(npz), allow_pickle=False) as held:
        return held["vertices"].astype(np.float64), held["faces"].astype(np.int64)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
