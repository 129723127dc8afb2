"""The upright line about which a silhouette is symmetric: where a body of revolution has its axis."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from deocc.backends.draft.solid.viewpoint import Stand
from deocc.geometry.cameras import Camera

ROLLS_DEG = np.arange(-24.0, 24.5, 2.0)  # leaning of the axis that is searched
LEAST_ELEVATION_DEG = 4.0  # below this a circle is a line for all that pixels tell


@dataclass(frozen=True)
class Upright:
    """A line in the picture through (x, y) px, leaning to the right of upright by roll (radians)."""

    x: float
    y: float
    roll: float

    @staticmethod
    def of(camera: Camera) -> Upright:
        """How a camera sees the line through the object's middle upwards."""
        low, high = camera.project(np.array([[0, 0, -0.05], [0, 0, 0.05]]))[0]
        x, y = (low + high) / 2
        return Upright(float(x), float(y), math.atan2(high[0] - low[0], low[1] - high[1]))

    def scaled(self, factor: float) -> Upright:
        """The same line in a picture `factor` times as large."""
        return Upright(self.x * factor, self.y * factor, self.roll)


def best_upright(small: NDArray[np.bool_], stand: Stand) -> Upright:
    """The leaning line about which most of the silhouette is symmetric."""
    rolls = [math.degrees(stand.roll)] if stand.known else ROLLS_DEG
    best, line = -1.0, Upright(stand.x, stand.y, stand.roll)
    for degrees in rolls:
        upright = _turned_upright(small, stand, degrees)
        overlap, column = _symmetry_column(upright)
        overlap -= 0.001 * abs(degrees) * float(small.sum())  # ties, as of a ball, go to upright
        if overlap > best:
            roll = math.radians(degrees)
            offset = column - stand.x
            best = overlap
            line = Upright(stand.x + offset * math.cos(roll), stand.y + offset * math.sin(roll), roll)
    return line


def _turned_upright(small: NDArray[np.bool_], stand: Stand, degrees: float) -> NDArray[np.bool_]:
    """The silhouette turned about the stand's middle so that a line leaning by `degrees` becomes upright."""
    matrix = cv2.getRotationMatrix2D((stand.x - 0.5, stand.y - 0.5), degrees, 1.0)
    size = (small.shape[1], small.shape[0])
    return cv2.warpAffine(small.astype(np.float32), matrix, size, flags=cv2.INTER_LINEAR) > 0.5


def _symmetry_column(mask: NDArray[np.bool_]) -> tuple[float, float]:
    """Largest overlap of a mask with its mirror image about a column, and that column."""
    rows = mask.astype(np.float32)
    width = mask.shape[1]
    spectrum = np.fft.rfft(rows, 2 * width, axis=1)
    overlaps = np.fft.irfft((spectrum**2).sum(axis=0), 2 * width)  # index i + j of pixels i, j that meet
    best = int(overlaps.argmax())
    return float(overlaps[best]), best / 2 + 0.5


def mirrored(small: NDArray[np.bool_], axis: Upright) -> NDArray[np.bool_]:
    """The silhouette mirrored about the axis."""
    c, s = math.cos(2 * axis.roll), math.sin(2 * axis.roll)
    turn = np.array([[-c, -s], [-s, c]])  # mirror about the direction (sin roll, -cos roll)
    middle = np.array([axis.x - 0.5, axis.y - 0.5])
    matrix = np.concatenate([turn, (middle - turn @ middle)[:, None]], axis=1)
    size = (small.shape[1], small.shape[0])
    return cv2.warpAffine(small.astype(np.float32), matrix, size, flags=cv2.INTER_LINEAR) > 0.5


def on_upright(stand: Stand, axis: Upright, elevation: float) -> Stand:
    """The stand whose upright through its middle is seen as the axis."""
    elevation = math.copysign(max(abs(elevation), math.radians(LEAST_ELEVATION_DEG)), elevation)
    placed = replace(stand, x=axis.x, y=axis.y, elevation=elevation, roll=axis.roll)
    for _ in range(2):  # off the picture's middle, leaning in the picture is not leaning about the ray
        placed = replace(placed, roll=placed.roll + axis.roll - Upright.of(placed.camera()).roll)
    return placed
