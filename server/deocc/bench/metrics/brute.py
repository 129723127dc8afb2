"""ZeroShape's brute-force alignment: 6,912 rotations on 1,000 points, the best 20 again on 10,000.

Its frame is the photo's view, here taken upright: x right, y down, z away from the camera. There both sets
are centred and divided by the larger of their x- and y-extents, the guess anew after each rotation
R = Rz(roll) Rx(elevation) Ry(azimuth) P (its public code, and "Evaluation" of the paper).

Most rotations need no nearest neighbours: a bound from below (bound.py) says that they can't be among the
best 20. What comes out is the same.
"""

from __future__ import annotations

import bisect
import math

import numpy as np
from numpy.typing import NDArray

from deocc.bench.metrics.bound import LowerBound
from deocc.bench.metrics.neighbours import Nearest
from deocc.bench.metrics.similarity import similarity, some, turned

AZIMUTHS, ELEVATIONS, ROLLS = 24, 24, 12  # each over a whole turn, its end left out
VIEW_FROM_OBJECT = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
PERMUTATION = np.array([[-1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, -1.0, 0.0]])  # its P
FEW, MANY, KEPT = 1_000, 10_000, 20
EXTENT_MARGIN = 1e-7  # added to an extent before dividing by it, as it does


def brute_force(
    guess: NDArray[np.float64], truth: NDArray[np.float64], generator: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points (N, 3), (M, 3), object frame -> measured_from_guess, measured_from_truth, (4, 4) each."""
    candidates = rotations()
    kept = best_rotations(Sets(some(guess, FEW, generator), some(truth, FEW, generator)), candidates)
    many = Sets(some(guess, MANY, generator), some(truth, MANY, generator))
    best = min(kept, key=lambda i: many.distance(candidates[i]))
    return many.matrices(candidates[best])


def rotations() -> NDArray[np.float64]:
    """(3456, 3, 3): the 6,912 without those that come twice: turning azimuth and roll by 180 degrees and
    taking the elevation to 180 degrees less it is the same rotation."""
    made = [
        _roll(roll) @ _elevation(elevation) @ _azimuth(azimuth) @ PERMUTATION
        for azimuth in _turn(AZIMUTHS)
        for elevation in _turn(ELEVATIONS)
        for roll in _turn(ROLLS)[: ROLLS // 2]
    ]
    return np.array(made)


class Sets:
    """Both point sets (N, 3) centred in the view's frame, the truth normalised, with a tree each."""

    def __init__(self, guess: NDArray[np.float64], truth: NDArray[np.float64]):
        self._guess_mean, self._truth_mean = guess.mean(axis=0), truth.mean(axis=0)
        self.guess = turned(guess - self._guess_mean, VIEW_FROM_OBJECT)
        centred = turned(truth - self._truth_mean, VIEW_FROM_OBJECT)
        self._truth_extent = extent(centred)
        self.truth = centred / self._truth_extent
        self._of_guess, self._of_truth = Nearest(self.guess), Nearest(self.truth)

    def distance(self, rotation: NDArray[np.float64]) -> float:
        """Chamfer distance after a rotation; the queries are turned, the trees stay."""
        queries = turned(self.guess, rotation)
        size = extent(queries)
        there, _ = self._of_truth.query(queries / size)
        back, _ = self._of_guess.query(turned(self.truth, rotation.T) * size)
        return (float(there.mean()) + float(back.mean()) / size) / 2

    def bounds(self, candidates: NDArray[np.float64]) -> NDArray[np.float64]:
        """(K,): what the distance after each rotation (K, 3, 3) is not below."""
        of_guess, of_truth = LowerBound(self._of_guess), LowerBound(self._of_truth)
        found = np.empty(len(candidates))
        for i, rotation in enumerate(candidates):
            queries = turned(self.guess, rotation)
            size = extent(queries)
            back = of_guess.mean(turned(self.truth, rotation.T) * size)
            found[i] = (of_truth.mean(queries / size) + back / size) / 2
        return found

    def matrices(self, rotation: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """measured_from_guess, measured_from_truth: the object frame into ZeroShape's, after a rotation."""
        turn, scale = rotation @ VIEW_FROM_OBJECT, 1 / extent(turned(self.guess, rotation))
        of_guess = similarity(turn, scale, -scale * turn @ self._guess_mean)
        scale = 1 / self._truth_extent
        of_truth = similarity(VIEW_FROM_OBJECT, scale, -scale * VIEW_FROM_OBJECT @ self._truth_mean)
        return of_guess, of_truth


def best_rotations(sets: Sets, candidates: NDArray[np.float64], count: int = KEPT) -> list[int]:
    """The `count` rotations of the least distance, best first: most promising first, until none that is left
    can be better."""
    best: list[tuple[float, int]] = []
    bounds = sets.bounds(candidates)
    for i in np.argsort(bounds, kind="stable"):
        if len(best) >= count and bounds[i] > best[count - 1][0]:
            break
        bisect.insort(best, (sets.distance(candidates[i]), int(i)))
    return [i for _, i in best[:count]]


def extent(points: NDArray[np.float64]) -> float:
    """The larger of the x- and y-extents of points (N, 3), what ZeroShape divides by."""
    return float(np.ptp(points[:, :2], axis=0).max()) + EXTENT_MARGIN


def _turn(steps: int) -> NDArray[np.float64]:
    return np.arange(steps) * math.tau / steps


def _azimuth(angle: float) -> NDArray[np.float64]:
    cosine, sine = math.cos(angle), math.sin(angle)
    return np.array([[cosine, 0.0, sine], [0.0, 1.0, 0.0], [-sine, 0.0, cosine]])


def _elevation(angle: float) -> NDArray[np.float64]:
    cosine, sine = math.cos(angle), math.sin(angle)
    return np.array([[1.0, 0.0, 0.0], [0.0, cosine, -sine], [0.0, sine, cosine]])


def _roll(angle: float) -> NDArray[np.float64]:
    cosine, sine = math.cos(angle), math.sin(angle)
    return np.array([[cosine, sine, 0.0], [-sine, cosine, 0.0], [0.0, 0.0, 1.0]])
