"""The solid that stands in front of an object where no other mesh can hide it: a box."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deocc.geometry.mesh import Mesh

# Corner i stands at (x, y, z) = (i & 1, i >> 1 & 1, i >> 2); each side counter-clockwise from outside.
_SIDES = ((0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (3, 2, 6, 7), (2, 0, 4, 6), (1, 3, 7, 5))


def box(size: tuple[float, float, float], colour: NDArray[np.uint8]) -> Mesh:
    """A closed box of size (x, y, z), the middle of its bottom at the origin; colour (3,) uint8 sRGB.

    Its sides share no vertices, so that they stay flat when they are shaded."""
    bits = np.arange(8)[:, None] >> np.arange(3) & 1
    corners = (bits - (0.5, 0.5, 0.0)) * size  # (8, 3)
    sides = np.array(_SIDES).reshape(-1)  # (24,)
    first = np.arange(0, 24, 4)
    halves = np.array([[0, 1, 2], [0, 2, 3]])  # of a side, (2, 3)
    faces = (first[:, None, None] + halves).reshape(-1, 3)  # (12, 3)
    return Mesh(
        corners[sides].astype(np.float32),
        faces.astype(np.int32),
        np.zeros((24, 2), np.float32),
        np.zeros(24, np.float32),
        np.tile(colour.astype(np.uint8), (24, 1)),
    )
