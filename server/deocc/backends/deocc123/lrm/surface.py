"""What a reconstruction network hands on: a coloured surface in the object frame, or that there is none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from deocc.errors import DeoccError


@dataclass(frozen=True)
class Surface:
    """vertices: (N, 3) float32, object frame.  faces: (M, 3) int32, counter-clockwise seen from outside.
    colours: (N, 3) uint8 sRGB of the vertices."""

    vertices: NDArray[np.float32]
    faces: NDArray[np.int32]
    colours: NDArray[np.uint8]


def empty_shape() -> DeoccError:
    """The fault of a field with nothing inside it, or nothing outside."""
    return DeoccError("empty_shape", "The shape came out empty.", "Try another seed.", "retry")


def used_vertices(faces: NDArray) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Which vertices the faces (M, 3) use, ascending, and the faces by their places among them."""
    used, places = np.unique(faces, return_inverse=True)
    return used, places.reshape(faces.shape).astype(np.int32)


def without_small_parts(faces: NDArray, vertex_count: int, least_share: float) -> NDArray:
    """The faces (M, 3) of those connected parts with at least `least_share` of the largest part's faces."""
    if least_share <= 0 or len(faces) == 0:
        return faces
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]]])
    links = coo_matrix((np.ones(len(edges), np.int8), edges.T), (vertex_count, vertex_count))
    part = connected_components(links, directed=False)[1][faces[:, 0]]  # (M,)
    size = np.bincount(part)
    return faces[size[part] >= least_share * size.max()]
