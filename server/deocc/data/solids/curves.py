"""Smooth lines through a few points, outlines of sections, and numbers drawn from a range."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

T = TypeVar("T")
Points = ArrayLike | Sequence[ArrayLike]  # (P, D), or P points of any kind


def smooth(points: Points, count: int) -> NDArray[np.float64]:
    """(count, D) along a curve through all points (P, D), the ends included (Catmull and Rom's spline)."""
    given = np.asarray(points, np.float64)
    padded = np.concatenate([[2 * given[0] - given[1]], given, [2 * given[-1] - given[-2]]])
    place = np.linspace(0, len(given) - 1, count)
    first = np.minimum(place.astype(int), len(given) - 2)
    t = (place - first)[:, None]
    a, b, c, d = (padded[first + i] for i in range(4))
    return b + t / 2 * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))


def rounded(count: int, squareness: float = 2.0) -> NDArray[np.float64]:
    """(count, 2) counter-clockwise on |x|ⁿ + |y|ⁿ = 1, n = squareness: 2 a circle, 8 nearly a square."""
    angle = np.arange(count) * (2 * math.pi / count)
    x, y = np.cos(angle), np.sin(angle)
    if squareness == 2.0:
        return np.stack([x, y], axis=1)
    reach = (np.abs(x) ** squareness + np.abs(y) ** squareness) ** (-1 / squareness)
    return np.stack([x * reach, y * reach], axis=1)


def rectangle(width: float, height: float, corner: float = 0.0, steps: int = 3) -> NDArray[np.float64]:
    """(S, 2) counter-clockwise around the origin, its corners cut round with radius `corner`."""
    corner = min(corner, 0.499 * width, 0.499 * height)
    if corner <= 0:
        return np.array([[1, -1], [1, 1], [-1, 1], [-1, -1]]) * (width / 2, height / 2)
    quarter = np.linspace(0, math.pi / 2, steps + 1)
    arc = corner * np.stack([np.cos(quarter), np.sin(quarter)], axis=1)
    inner = (width / 2 - corner, height / 2 - corner)
    turned = [arc]
    for _ in range(3):
        turned.append(turned[-1] @ np.array([[0, 1], [-1, 0]]))
    signs = ((1, 1), (-1, 1), (-1, -1), (1, -1))
    return np.concatenate([one + np.multiply(inner, sign) for one, sign in zip(turned, signs, strict=True)])


def arc(radius: float, start_deg: float, end_deg: float, count: int) -> NDArray[np.float64]:
    """(count, 2) on a circle around the origin."""
    angle = np.radians(np.linspace(start_deg, end_deg, count))
    return radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)


class Chance:
    """Draws of one solid: a generator, with the few questions that families ask it."""

    def __init__(self, rng: np.random.Generator):
        self.rng = rng

    def between(self, low: float, high: float) -> float:
        return float(low + (high - low) * self.rng.random())

    def count(self, low: int, high: int) -> int:
        """Both ends included."""
        return int(self.rng.integers(low, high + 1))

    def happens(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def one_of(self, choices: Sequence[T]) -> T:
        return choices[int(self.rng.integers(len(choices)))]
