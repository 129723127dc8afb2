"""What any shape backend must beat: the silhouette extruded, and the ellipsoid of its bounding box.

Both get a silhouette and nothing else, stand square to the photo, and take the smaller side of the
silhouette's box as their depth.
"""

from __future__ import annotations

import cv2
import numpy as np
import trimesh
from numpy.typing import NDArray

SIDE_CELLS = 96  # the extrusion's grid along the longer side


def ellipsoid(whole: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Vertices (N, 3), +Z up, front −Y, and faces (M, 3)."""
    width, height = _box_sides(whole)
    ball = trimesh.creation.icosphere(subdivisions=4)
    return ball.vertices * (width / 2, min(width, height) / 2, height / 2), np.asarray(ball.faces)


def extrusion(whole: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The silhouette as a slab of cubes: vertices (N, 3), +Z up, front −Y, and faces (M, 3)."""
    width, height = _box_sides(whole)
    depth, cell = min(width, height), max(width, height) / SIDE_CELLS
    rows, columns = np.nonzero(whole)
    crop = whole[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1].astype(np.float32)
    size = (max(round(width / cell), 1), max(round(height / cell), 1))
    grid = np.pad(cv2.resize(crop, size, interpolation=cv2.INTER_AREA) > 0.5, 1)
    quads = []
    y, x = np.nonzero(grid)
    for side in (-depth / 2, depth / 2):
        quads.append(_quads(x, y, x + 1, y + 1, side, side))
    for dx, dy, edge in (
        (-1, 0, (0, 0, 0, 1)),
        (1, 0, (1, 0, 1, 1)),
        (0, -1, (0, 0, 1, 0)),
        (0, 1, (0, 1, 1, 1)),
    ):
        v, u = np.nonzero(grid & ~np.roll(grid, (-dy, -dx), (0, 1)))
        quads.append(_quads(u + edge[0], v + edge[1], u + edge[2], v + edge[3], -depth / 2, depth / 2))
    corners = np.concatenate(quads) * (cell, 1, -cell)
    first = 4 * np.arange(len(corners))[:, None]
    faces = np.concatenate([first + np.array([0, 1, 2]), first + np.array([0, 2, 3])])
    return corners.reshape(-1, 3), faces


def _quads(x0, y0, x1, y1, near: float, far: float) -> NDArray[np.float64]:
    """(K, 4, 3) corners; flat squares where near equals far, else walls along an edge."""
    count = len(x0)
    if near == far:
        flat = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
        return np.stack([np.stack([x, np.full(count, near), y], axis=1) for x, y in flat], axis=1)
    wall = [(x0, near, y0), (x1, near, y1), (x1, far, y1), (x0, far, y0)]
    return np.stack([np.stack([x, np.full(count, side), y], axis=1) for x, side, y in wall], axis=1)


def _box_sides(whole: NDArray[np.bool_]) -> tuple[float, float]:
    rows, columns = np.flatnonzero(whole.any(axis=1)), np.flatnonzero(whole.any(axis=0))
    return float(columns[-1] - columns[0] + 1), float(rows[-1] - rows[0] + 1)
