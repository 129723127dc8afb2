"""Small solids the metrics are tried on, as vertices (N, 3) float64 and faces (M, 3)."""

from __future__ import annotations

import numpy as np
import trimesh
from numpy.typing import NDArray

Solid = tuple[NDArray[np.float64], NDArray[np.int64]]


def of_trimesh(made: trimesh.Trimesh) -> Solid:
    return np.array(made.vertices, np.float64), np.array(made.faces, np.int64)


def ball(radius: float = 1.0, subdivisions: int = 5) -> Solid:
    return of_trimesh(trimesh.creation.icosphere(subdivisions=subdivisions, radius=radius))


def box(
    sides: tuple[float, float, float] = (1.0, 1.0, 1.0), at: tuple[float, float, float] = (0, 0, 0)
) -> Solid:
    vertices, faces = of_trimesh(trimesh.creation.box(extents=sides))
    return vertices + at, faces


def square(height: float = 0.0) -> Solid:
    """The unit square across +Z."""
    vertices = np.array([[0, 0, height], [1, 0, height], [1, 1, height], [0, 1, height]], np.float64)
    return vertices, np.array([[0, 1, 2], [0, 2, 3]])


def joined(*parts: Solid) -> Solid:
    starts = np.cumsum([0] + [len(vertices) for vertices, _ in parts[:-1]])
    faces = [faces + start for (_, faces), start in zip(parts, starts, strict=True)]
    return np.concatenate([vertices for vertices, _ in parts]), np.concatenate(faces)


def chair() -> Solid:
    """Nothing that any turn maps onto itself: a seat with a back, one arm, and a ball on it."""
    ball_on_it = ball(0.12, 3)
    return joined(
        box((0.6, 0.6, 0.1)),
        box((0.6, 0.1, 0.7), (0, 0.25, 0.4)),
        box((0.1, 0.5, 0.1), (0.25, -0.05, 0.3)),
        (ball_on_it[0] + (-0.15, -0.1, 0.17), ball_on_it[1]),
    )
