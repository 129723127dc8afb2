"""Symmetries of the visible part: the axis or centre under which its outline agrees best with itself.

A symmetry is searched by moving sampled points of the true outline: each must land on the true outline or
where the object may hide (which says nothing), not inside the object and not on the background.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deocc.backends.draft.morphology import distance, grown, inside

COARSE_POINTS, FINE_POINTS = 120, 400
TURNS_DEG = (180.0, 120.0, 90.0, 72.0, 60.0)
TOLERANCE = 0.025  # of the object's size: half agreement for a point this far from the outline
# share of the points that count as disagreeing from the start: few witnesses prove little
UNKNOWN_PRIOR = 0.15
MIN_SCORE = 0.3


@dataclass(frozen=True)
class Axis:
    """A symmetry in canvas pixels, (0, 0) the corner of the first pixel.

    kind: "mirror" or "turn".  x, y: a point of the axis, or the centre of turning.  angle_deg: the axis's
    direction in the picture (0 along x, 90 along y), or the angle of turning.
    """

    kind: str
    x: float
    y: float
    angle_deg: float

    def matrix(self) -> NDArray[np.float64]:
        """(2, 3): the partner of a point given in canvas coordinates."""
        return _matrices(self.kind, np.array([[self.x, self.y, self.angle_deg]]))[0]

    def images(self) -> list[NDArray[np.float64]]:
        """All (2, 3) maps that the symmetry gives but the identity: one mirror, or n - 1 turns."""
        if self.kind == "mirror":
            return [self.matrix()]
        count = round(360 / self.angle_deg)
        turns = np.array([[self.x, self.y, self.angle_deg * k] for k in range(1, count)])
        return list(_matrices("turn", turns))

    def moved(self, left: float, top: float) -> Axis:
        """The same symmetry in a crop whose corner is at left, top."""
        return Axis(self.kind, self.x - left, self.y - top, self.angle_deg)

    def scaled(self, factor: float) -> Axis:
        """The same symmetry in a picture `factor` times as large."""
        return Axis(self.kind, self.x * factor, self.y * factor, self.angle_deg)


def find_axes(
    seen: NDArray[np.bool_], may_hide: NDArray[np.bool_], count: int = 3
) -> list[tuple[Axis, float]]:
    """The best symmetries of each kind with their agreement 0..1, at most `count` per kind, best first."""
    edge = true_outline(seen, may_hide)
    rows, columns = np.nonzero(edge)
    if len(columns) < 12:
        return []
    points = np.stack([columns, rows], 1).astype(np.float64) + 0.5
    size = math.sqrt(float(seen.sum()))
    field = _Field.of(edge, may_hide, size)
    found: list[tuple[Axis, float]] = []
    for kind in ("mirror", "turn"):
        coarse = _mirrors(seen, size) if kind == "mirror" else _turns(seen, may_hide, size)
        found += _best(kind, coarse, points, field, size, count)
    return sorted(found, key=lambda one: -one[1])


def true_outline(seen: NDArray[np.bool_], may_hide: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Pixels of the seen part on its outline where the background begins, not what hides it."""
    return seen & ~inside(seen) & ~grown(may_hide, 2)


@dataclass(frozen=True)
class _Field:
    """agrees: (h, w) float32, 1 on the true outline, falling off; known: 1 where a point says something."""

    agrees: NDArray[np.float32]
    known: NDArray[np.float32]

    @staticmethod
    def of(edge: NDArray[np.bool_], may_hide: NDArray[np.bool_], size: float) -> _Field:
        agrees = np.exp2(-((distance(edge) / (TOLERANCE * size)) ** 2)).astype(np.float32)
        known = np.where(may_hide, agrees, 1).astype(np.float32)
        agrees[may_hide] *= known[may_hide]
        return _Field(agrees, known)

    def score(self, matrices: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
        """matrices (M, 2, 3), points (N, 2) -> agreement 0..1 of each, (M,)."""
        height, width = self.known.shape
        moved = points @ matrices[:, :, :2].transpose(0, 2, 1) + matrices[:, None, :, 2]  # (M, N, 2)
        x, y = moved[..., 0].astype(np.int32), moved[..., 1].astype(np.int32)
        held = (moved[..., 0] >= 0) & (moved[..., 1] >= 0) & (x < width) & (y < height)
        at = np.where(held, y * width + x, 0)
        agrees = np.where(held, self.agrees.ravel()[at], 0).sum(axis=1)
        known = np.where(held, self.known.ravel()[at], 1).sum(axis=1)
        return agrees / (known + UNKNOWN_PRIOR * len(points))


def _matrices(kind: str, parameters: NDArray[np.float64]) -> NDArray[np.float64]:
    """parameters (M, 3): x, y, angle_deg -> (M, 2, 3)."""
    x, y, angle = parameters.T
    twice = np.radians(angle) * (2 if kind == "mirror" else 1)
    c, s = np.cos(twice), np.sin(twice)
    rows = ((c, s), (s, -c)) if kind == "mirror" else ((c, -s), (s, c))
    linear = np.array(rows).transpose(2, 0, 1)  # (M, 2, 2)
    centre = np.stack([x, y], 1)
    shift = centre - np.einsum("mij,mj->mi", linear, centre)
    return np.concatenate([linear, shift[:, :, None]], axis=2)


def _mirrors(seen: NDArray[np.bool_], size: float) -> NDArray[np.float64]:
    """A grid of mirror axes near the seen part, (M, 3)."""
    rows, columns = np.nonzero(seen)
    x, y = columns.mean(), rows.mean()
    angle, off = np.meshgrid(np.arange(0, 180, 4.0), np.arange(-0.9, 0.91, 0.04) * size)
    angle, off = angle.ravel(), off.ravel()
    radians = np.radians(angle)
    return np.stack([x - off * np.sin(radians), y + off * np.cos(radians), angle], 1)


def _turns(seen: NDArray[np.bool_], may_hide: NDArray[np.bool_], size: float) -> NDArray[np.float64]:
    """A grid of centres and angles of turning, the centres within the object's reach, (M, 3)."""
    rows, columns = np.nonzero(seen)
    step = 0.05 * size
    x, y, angle = np.meshgrid(
        np.arange(columns.min(), columns.max() + step, step),
        np.arange(rows.min(), rows.max() + step, step),
        TURNS_DEG,
    )
    grid = np.stack([x.ravel(), y.ravel(), angle.ravel()], 1)
    at = grid[:, :2].astype(int)
    held = np.zeros(len(grid), bool)
    on = (at[:, 0] < seen.shape[1]) & (at[:, 1] < seen.shape[0])
    held[on] = (seen | may_hide)[at[on, 1], at[on, 0]]
    return grid[held]


def _best(
    kind: str,
    grid: NDArray[np.float64],
    points: NDArray[np.float64],
    field: _Field,
    size: float,
    count: int,
) -> list[tuple[Axis, float]]:
    """The `count` best of the grid that differ from each other, refined."""
    if len(grid) == 0:
        return []
    few = points[:: max(1, len(points) // COARSE_POINTS)]
    scores = field.score(_matrices(kind, grid), few)
    taken: list[NDArray[np.float64]] = []
    found = []
    for i in np.argsort(-scores, kind="stable")[:200]:
        if len(taken) == count or scores[i] < MIN_SCORE:
            break
        if any(_alike(grid[i], other, size) for other in taken):
            continue
        taken.append(grid[i])
        axis, score = _refine(kind, grid[i], points[:: max(1, len(points) // FINE_POINTS)], field, size)
        found.append((axis, score))
    return found


def _alike(a: NDArray[np.float64], b: NDArray[np.float64], size: float) -> bool:
    turned = abs((a[2] - b[2] + 90) % 180 - 90)
    return turned < 16 and float(np.hypot(*(a[:2] - b[:2]))) < 0.15 * size


def _refine(
    kind: str, start: NDArray[np.float64], points: NDArray[np.float64], field: _Field, size: float
) -> tuple[Axis, float]:
    """Climbs to the local best by ever smaller steps in all three parameters; a turn's angle stays."""
    best, score = start, -1.0
    steps = np.array([0.02 * size, 0.02 * size, 2.0 if kind == "mirror" else 0.0])
    turns = [-1, 0, 1] if kind == "mirror" else [0]
    signs = np.array(np.meshgrid([-1, 0, 1], [-1, 0, 1], turns)).reshape(3, -1).T
    for _ in range(8):
        around = best + signs * steps
        scores = field.score(_matrices(kind, around), points)
        if scores.max() <= score + 1e-9:
            steps = steps / 2
            continue
        best, score = around[int(scores.argmax())], float(scores.max())
    return Axis(kind, float(best[0]), float(best[1]), float(best[2])), score
