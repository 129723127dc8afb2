"""A quick bound from below on the mean distance of many points to a fixed set of points.

For a set of points t, |p|² - d(p)² = max over t of (2 p·t - |t|²) is convex in p. So between the corners of a
cell it lies below its trilinear interpolation, and the squared distance d(p)² above |p|² less that.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from deocc.bench.metrics.neighbours import Nearest

CORNERS = 40  # of the grid along each axis
MARGIN = 0.25  # by which it reaches beyond the set, as a share of its size


class LowerBound:
    """Of distances to the points of `nearest`."""

    def __init__(self, nearest: Nearest):
        points = nearest.points
        self._low, self._high = points.min(axis=0), points.max(axis=0)
        reach = MARGIN * float((self._high - self._low).max()) + 1e-9  # a single point has a grid too
        self._first = self._low - reach
        self._step = (self._high - self._low + 2 * reach) / (CORNERS - 1)
        corners = np.moveaxis(np.indices((CORNERS,) * 3), 0, -1) * self._step + self._first
        distance, _ = nearest.query(corners.reshape(-1, 3))
        self._convex = np.square(corners).sum(axis=-1) - np.square(distance).reshape((CORNERS,) * 3)

    def mean(self, points: NDArray[np.float64]) -> float:
        """What the mean distance of points (N, 3) to the set is not below. Outside of the grid it is the
        distance to the set's box that counts."""
        place = (points - self._first) / self._step
        within = ((place >= 0) & (place <= CORNERS - 1)).all(axis=1)
        outside = np.maximum(np.maximum(self._low - points, points - self._high), 0)
        squared = np.square(outside).sum(axis=1)
        convex = map_coordinates(self._convex, place[within].T, order=1, mode="nearest", prefilter=False)
        squared[within] = np.maximum(squared[within], np.square(points[within]).sum(axis=1) - convex)
        return float(np.sqrt(squared).mean())
