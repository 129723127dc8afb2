"""Similarities as (4, 4) matrices: of paired points, into a unit sphere, and what they do to points.

No matrix is inverted and no tall one multiplied by BLAS: its threads would spin for milliseconds after every
call, which with a process on every core is most of the time.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

FLAT = 1e-12  # a mean squared spread below which points count as one point
DAMPING = 1e-4  # of the stiffest direction: keeps still what planes don't hold, as a ball's rotation


def similarity(rotation: NDArray, scale: float, shift: NDArray) -> NDArray[np.float64]:
    """(4, 4) of x -> scale * rotation @ x + shift."""
    matrix = np.eye(4)
    matrix[:3, :3] = scale * rotation
    matrix[:3, 3] = shift
    return matrix


def scale_of(matrix: NDArray[np.float64]) -> float:
    """By how much a similarity (4, 4) stretches, > 0."""
    return float(np.linalg.norm(matrix[:3, 0]))


def rotation_of(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """(3, 3): how a similarity (4, 4) turns."""
    return matrix[:3, :3] / scale_of(matrix)


def inverse(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """(4, 4): the similarity that undoes a similarity (4, 4)."""
    back, scale = rotation_of(matrix).T, 1 / scale_of(matrix)
    return similarity(back, scale, -scale * back @ matrix[:3, 3])


def moved(points: NDArray[np.float64], matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points (N, 3) after a similarity (4, 4)."""
    return turned(points, matrix[:3, :3]) + matrix[:3, 3]


def turned(points: NDArray[np.float64], linear: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points or directions (N, 3) after a (3, 3) matrix."""
    return np.einsum("nj,ij->ni", points, linear)


def unit_sphere(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """(4, 4): the centroid of points (N, 3) to the origin, the farthest to distance 1.

    Points that are all one keep their scale.
    """
    centre = points.mean(axis=0)
    radius = float(np.linalg.norm(points - centre, axis=1).max())
    scale = 1 / radius if radius**2 > FLAT else 1.0
    return similarity(np.eye(3), scale, -scale * centre)


def umeyama(source: NDArray, target: NDArray, with_scale: bool) -> NDArray[np.float64]:
    """(4, 4): the similarity, or rigid motion, of paired points (K, 3) with the least squared distances
    (Umeyama 1991). Points without spread are only shifted, never scaled to nothing."""
    middle_source, middle_target = source.mean(axis=0), target.mean(axis=0)
    from_middle, to_middle = source - middle_source, target - middle_target
    u, spread, vt = np.linalg.svd(np.einsum("ki,kj->ij", to_middle, from_middle))
    signs = np.array([1.0, 1.0, 1.0 if np.linalg.det(u @ vt) > 0 else -1.0])  # no mirror image
    rotation = (u * signs) @ vt
    variance, shared = float(np.square(from_middle).sum()), float(spread @ signs)
    has_spread = min(variance, shared) > FLAT * len(source)
    scale = shared / variance if with_scale and has_spread else 1.0
    return similarity(rotation, scale, middle_target - scale * rotation @ middle_source)


def toward_planes(points: NDArray, targets: NDArray, normals: NDArray) -> NDArray[np.float64]:
    """(4, 4): a small similarity about the origin that brings points (K, 3) nearer to planes through targets
    (K, 3) with unit normals (K, 3), by least squares of its first-order effect (Chen and Medioni 1991)."""
    rows = np.column_stack([np.cross(points, normals), normals, (points * normals).sum(axis=1)])  # (K, 7)
    away = ((targets - points) * normals).sum(axis=1)
    stiffness, axes = np.linalg.eigh(np.einsum("ki,kj->ij", rows, rows))
    pull = axes.T @ np.einsum("ki,k->i", rows, away)
    step = axes @ (pull / np.maximum(stiffness + DAMPING * stiffness[-1], FLAT))
    return similarity(Rotation.from_rotvec(step[:3]).as_matrix(), float(np.exp(step[6])), step[3:6])


def some(points: NDArray[np.float64], count: int, generator: np.random.Generator) -> NDArray[np.float64]:
    """At most `count` of points (N, 3), drawn without putting back."""
    if len(points) <= count:
        return points
    return points[generator.choice(len(points), count, replace=False)]
