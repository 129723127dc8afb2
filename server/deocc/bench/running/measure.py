"""One result beside the truth: its surface in each alignment, its views, its completed picture.

A measure that does not apply, or whose truth is not known, is None.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from deocc.bench.built import View
from deocc.bench.metrics import surface
from deocc.bench.metrics.alignment import align
from deocc.bench.metrics.masks import iou
from deocc.bench.metrics.pictures import SOLID_ALPHA, psnr, silhouette_iou, ssim
from deocc.bench.metrics.surface import Samples
from deocc.bench.metrics.volume import volume_iou
from deocc.bench.running.methods import CLEAN, Given, read_mesh
from deocc.bench.running.result import Result, same_camera
from deocc.geometry.mesh import Mesh

Measures = dict[str, float | None]

SHAPE = (
    "cd", "cd_squared", *(f"f@{one:g}" for one in surface.THRESHOLDS), "iou", "normal_consistency",
    "rotation_deg", "scale_error",
)  # fmt: skip
VIEWS = ("silhouette_iou", "psnr", "ssim")
RANDOM = ("psnr_random", "ssim_random")
PHOTO = ("amodal_iou", "psnr_photo")


def measure(
    result: Result, given: Given, frame: str, alignments: Iterable[str], key: str
) -> dict[str, Measures]:
    """All measures by alignment, then by name. key: names the result, for what is drawn at random."""
    pictures = {
        **_view_measures(result, given),
        **_random_measures(result, given),
        **_photo_measures(result, given),
    }
    return {one: {**shape_measures(result.mesh, given, frame, one, key), **pictures} for one in alignments}


def shape_measures(mesh: Mesh, given: Given, frame: str, alignment: str, key: str) -> Measures:
    """The surface beside the true one, in the alignment's frame; lengths in radii of the truth's unit sphere.

    rotation_deg is None where the truth doesn't stand as the photo shows it, nor for a front of its own.
    """
    measures: Measures = dict.fromkeys(SHAPE)
    if not given.object.mesh:
        return measures
    true_mesh, truth = _truth(given.files[given.object.mesh], given.object.id, surface.COUNT)
    guess = _sampled(mesh, f"{key} guess", surface.COUNT)
    found = align(alignment, guess.points, truth.points, generator_of(f"{key} {alignment}"))
    distances = surface.distances(
        guess.moved(found.measured_from_guess), truth.moved(found.measured_from_truth)
    )
    measures["cd"] = surface.chamfer(distances)
    measures["cd_squared"] = surface.chamfer_squared(distances)
    for threshold in surface.THRESHOLDS:
        measures[f"f@{threshold:g}"] = surface.f_score(distances, threshold)
    measures["normal_consistency"] = surface.normal_consistency(distances)
    measures["iou"] = volume_iou(
        _moved(mesh.vertices, found.measured_from_guess),
        mesh.faces,
        _moved(true_mesh.vertices, found.measured_from_truth),
        true_mesh.faces,
    )
    if given.object.photo_frame and frame != "canonical":
        measures["rotation_deg"] = found.rotation_deg
    measures["scale_error"] = found.scale_error
    return measures


def notes(result: Result, given: Given) -> tuple[str, ...]:
    """Sentences on what is odd about a result's measures."""
    open_ones = [] if result.mesh.is_watertight() else ["result"]
    if given.object.mesh and given.object.watertight is False:
        open_ones.append("truth")
    return tuple(f"Volume by winding number: the {which} is not watertight." for which in open_ones)


def generator_of(words: str) -> np.random.Generator:
    """Randomness that depends on these words and nothing else."""
    return np.random.default_rng(int.from_bytes(hashlib.sha256(words.encode()).digest()[:16], "big"))


def _view_measures(result: Result, given: Given) -> Measures:
    """Means over the six views beside the true ones of the same cameras, on white."""
    measures: Measures = dict.fromkeys(VIEWS)
    if not result.view_set:
        return measures
    true = _pictures(given, given.object.views[result.view_set])
    pairs = list(zip(result.views, true, strict=True))
    measures["silhouette_iou"] = _mean(silhouette_iou(a, b) for a, b in pairs)
    if result.coloured:
        measures["psnr"] = _mean(psnr(a, b) for a, b in pairs)
        measures["ssim"] = _mean(ssim(a, b) for a, b in pairs)
    return measures


def _random_measures(result: Result, given: Given) -> Measures:
    """Means over views from cameras that no method was told."""
    measures: Measures = dict.fromkeys(RANDOM)
    if result.coloured and result.random:
        pairs = list(zip(result.random, _pictures(given, given.object.views["random"]), strict=True))
        measures["psnr_random"] = _mean(psnr(a, b) for a, b in pairs)
        measures["ssim_random"] = _mean(ssim(a, b) for a, b in pairs)
    return measures


def _photo_measures(result: Result, given: Given) -> Measures:
    """The completed picture beside the whole object: its silhouette, and its colours if nothing hid it."""
    measures: Measures = dict.fromkeys(PHOTO)
    if result.completed is None:
        return measures
    amodal = given.picture(given.case.amodal_mask)
    amodal = (amodal if amodal.ndim == 2 else amodal[..., 0]) >= 128
    height, width = result.completed.shape[:2]
    if amodal.shape != (height, width):  # a photo too large to be worked on as it is
        amodal = cv2.resize(amodal.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST) > 0
    measures["amodal_iou"] = iou(result.completed[..., 3] >= SOLID_ALPHA, amodal)
    clean = _clean_photo(given)
    if _shows_colours(result.completed) and clean is not None and clean.shape[:2] == (height, width):
        measures["psnr_photo"] = psnr(result.completed, clean, amodal)
    return measures


def _clean_photo(given: Given) -> NDArray[np.uint8] | None:
    """The case's photo as it would be if nothing hid the object; None where there is none."""
    for case in given.object.cases:
        if case.kind == CLEAN and same_camera(case.camera, given.case.camera):
            return given.picture(case.photo)[..., :3]
    return None


def _shows_colours(rgba: NDArray[np.uint8]) -> bool:
    """Whether a picture is more than a silhouette in one colour."""
    shown = rgba[rgba[..., 3] >= SOLID_ALPHA][:, :3]
    return len(shown) > 0 and bool((shown != shown[0]).any())


@lru_cache(maxsize=1)  # a worker mostly meets one object's cases one after another
def _truth(npz: bytes, name: str, count: int) -> tuple[Mesh, Samples]:
    mesh = read_mesh(npz)
    return mesh, _sampled(mesh, f"{name} truth", count)


def _sampled(mesh: Mesh, words: str, count: int) -> Samples:
    return surface.sample_surface(mesh.vertices, mesh.faces, count, generator_of(words))


def _moved(vertices: NDArray, measured_from_object: NDArray) -> NDArray[np.float64]:
    return vertices.astype(np.float64) @ measured_from_object[:3, :3].T + measured_from_object[:3, 3]


def _pictures(given: Given, views: Iterable[View]) -> list[NDArray[np.uint8]]:
    return [given.picture(one.picture) for one in views]


def _mean(values: Iterable[float | None]) -> float | None:
    known = [one for one in values if one is not None]
    return float(np.mean(known)) if known else None


def rounded(measures: Mapping[str, Mapping[str, float | None]]) -> dict[str, dict[str, float | None]]:
    """As stored: nine digits, so that a processor's last bits make no other record; never NaN."""
    return {
        alignment: {
            name: None if value is None or not math.isfinite(value) else float(f"{value:.9g}")
            for name, value in by_name.items()
        }
        for alignment, by_name in measures.items()
    }
