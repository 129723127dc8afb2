"""One closed part of a made-up solid, and how parts are moved about before they are joined."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

AXES = {"x": 0, "y": 1, "z": 2}


@dataclass(frozen=True)
class Piece:
    """A closed surface in its family's own units, +Z up.

    vertices: (N, 3) float64, split along seams of uv at exactly one place.  faces: (M, 3) int64,
    counter-clockwise seen from outside.  uv: (N, 2) float64 in 0..1, v up.  paint: the name under which the
    pieces of one solid share a colour or a skin; some names mean a material (paints.MATERIALS).
    """

    vertices: NDArray[np.float64]
    faces: NDArray[np.int64]
    uv: NDArray[np.float64]
    paint: str = "body"

    def moved(self, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Piece:
        return replace(self, vertices=np.add(self.vertices, (x, y, z)))

    def scaled(self, x: float = 1.0, y: float = 1.0, z: float = 1.0) -> Piece:
        """By factors above 0, about the origin."""
        return replace(self, vertices=self.vertices * (x, y, z))

    def turned(self, axis: str, angle_deg: float) -> Piece:
        """About an axis through the origin, counter-clockwise seen from its tip."""
        return replace(self, vertices=self.vertices @ turn(axis, angle_deg).T)

    def mirrored(self, axis: str) -> Piece:
        """In the plane through the origin across an axis."""
        signs = np.ones(3)
        signs[AXES[axis]] = -1.0
        return replace(self, vertices=self.vertices * signs, faces=self.faces[:, ::-1])

    def painted(self, paint: str) -> Piece:
        return replace(self, paint=paint)


def turn(axis: str, angle_deg: float) -> NDArray[np.float64]:
    """(3, 3) that turns columns counter-clockwise seen from the axis' tip."""
    cosine, sine = math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))
    second, third = (AXES[axis] + 1) % 3, (AXES[axis] + 2) % 3
    matrix = np.eye(3)
    matrix[second, second] = matrix[third, third] = cosine
    matrix[third, second], matrix[second, third] = sine, -sine
    return matrix


def azimuths(vertices: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N,) angles about z, from +x to +y, of points (N, 3).

    Of copies: where the result comes to lie right behind the points, numpy takes their columns for
    overlapping it and computes arctan2 in another way, whose last bits differ: two runs, two solids."""
    x, y = vertices.T[:2].copy()
    return np.arctan2(y, x)


def bounds(pieces: Iterable[Piece]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lowest and highest corner of the box around pieces, two (3,)."""
    lows, highs = zip(*((one.vertices.min(axis=0), one.vertices.max(axis=0)) for one in pieces), strict=True)
    return np.min(lows, axis=0), np.max(highs, axis=0)
