"""Two surfaces compared by points on them: Chamfer distance, F-score, agreement of normals.

Points are drawn independently and evenly by area, so two draws of one surface never meet: `sampling_floor`
says how far apart they stay. Distances are in the unit of the points; the benchmark moves both surfaces into
a measuring frame first (alignment.py), where 1 is the radius of the truth's unit sphere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deocc.bench.metrics.neighbours import Nearest
from deocc.bench.metrics.similarity import moved, rotation_of, turned, unit_sphere

COUNT = 100_000  # points a surface in the main table
THRESHOLDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25)  # of the F-score, in radii of the unit sphere


@dataclass(frozen=True)
class Samples:
    """Points (N, 3) float64 on a surface and the unit normals (N, 3) float64 of the faces they lie on."""

    points: NDArray[np.float64]
    normals: NDArray[np.float64]

    def moved(self, target_from_source: NDArray[np.float64]) -> Samples:
        """The same samples after a similarity (4, 4)."""
        return Samples(
            moved(self.points, target_from_source), turned(self.normals, rotation_of(target_from_source))
        )


@dataclass(frozen=True)
class Distances:
    """Nearest neighbours both ways. there: (N,) from each point of the guess to the truth.  back: (M,) from
    each point of the truth to the guess.  normals_there, normals_back: |cosine| of the two normals, 0..1."""

    there: NDArray[np.float64]
    back: NDArray[np.float64]
    normals_there: NDArray[np.float64]
    normals_back: NDArray[np.float64]


def sample_surface(vertices: NDArray, faces: NDArray, count: int, generator: np.random.Generator) -> Samples:
    """`count` points drawn independently, evenly by area, from triangles: vertices (V, 3), faces (F, 3).

    They come in the order of the faces. A mesh without area gives points between its corners, with normals
    of length 0; one without faces is a ValueError.
    """
    if len(faces) == 0:
        raise ValueError("a surface without faces has no points")
    corners = np.asarray(vertices, np.float64)[np.asarray(faces)]  # (F, 3, 3)
    first, along, across = corners[:, 0], corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    normal = np.cross(along, across)
    area = np.linalg.norm(normal, axis=1)
    total = np.cumsum(area if area.sum() > 0 else np.ones(len(faces)))
    draws = np.sort(
        generator.random(count)
    )  # neighbours in the array are near each other: searches are quicker
    chosen = np.searchsorted(total, draws * total[-1], side="right")
    chosen = np.minimum(chosen, len(faces) - 1)
    u, v = generator.random((2, count))
    over = u + v > 1  # the other half of the parallelogram, folded back
    u, v = np.where(over, 1 - u, u)[:, None], np.where(over, 1 - v, v)[:, None]
    unit = normal / np.where(area > 0, area, 1)[:, None]
    return Samples(first[chosen] + u * along[chosen] + v * across[chosen], unit[chosen])


def distances(guess: Samples, truth: Samples) -> Distances:
    """Nearest neighbours of two sampled surfaces in one frame, exact."""
    there, at_truth = Nearest(truth.points).query(guess.points)
    back, at_guess = Nearest(guess.points).query(truth.points)
    return Distances(
        there=there,
        back=back,
        normals_there=np.abs(np.einsum("ij,ij->i", guess.normals, truth.normals[at_truth])),
        normals_back=np.abs(np.einsum("ij,ij->i", truth.normals, guess.normals[at_guess])),
    )


def sampling_floor(
    vertices: NDArray, faces: NDArray, generator: np.random.Generator, count: int = COUNT
) -> Distances:
    """What a perfect result would get: two independent samples of one surface, moved into its unit sphere."""
    one, two = (sample_surface(vertices, faces, count, generator) for _ in range(2))
    frame = unit_sphere(two.points)
    return distances(one.moved(frame), two.moved(frame))


def chamfer(found: Distances) -> float:
    """Mean of both directions' mean distances (DeOcc-1-to-3 §4.1: bidirectional mean; ZeroShape §5), ≥ 0."""
    return float(found.there.mean() + found.back.mean()) / 2


def chamfer_squared(found: Distances) -> float:
    """Mean of both directions' mean squared distances, ≥ 0; the other reading of DeOcc-1-to-3 §4.1."""
    return float(np.square(found.there).mean() + np.square(found.back).mean()) / 2


def f_score(found: Distances, threshold: float) -> float:
    """Harmonic mean of precision and recall, 0..1: the shares of points nearer than `threshold`, strictly
    (ZeroShape's code and ZeroShape-W B); 0 where both are 0."""
    precision, recall = float((found.there < threshold).mean()), float((found.back < threshold).mean())
    return 2 * precision * recall / (precision + recall) if precision + recall > 0 else 0.0


def normal_consistency(found: Distances) -> float:
    """Mean of both directions of |n · n'| at nearest neighbours, 0..1. Absolute, since half of the meshes
    are open or inconsistently wound: which side is out is not known of them."""
    return float(found.normals_there.mean() + found.normals_back.mean()) / 2
