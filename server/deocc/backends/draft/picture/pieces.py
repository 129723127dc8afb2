"""Many small copies -> few large pieces: a fill that takes one flat patch over and over draws a grid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deocc.backends.draft.morphology import box_mean, distance

MOST_PIECES = 60  # shifts that pieces are copied by
PIECE_SHARE = 0.05  # of the picture worked on: so far around each of its pixels a piece must fit
JOINING, JOINING_ROUNDS = 1500.0, 3  # what it is worth that all neighbours take the same shift
TRUTH = 4.0  # how much more it counts that a piece fits what is known beside it than what was guessed
FAR = 3000.0  # squared colour levels: what differs more is no worse


def pieces(
    picture: NDArray[np.float32],
    known: NDArray[np.bool_],
    source: NDArray[np.bool_],
    wanted: NDArray[np.bool_],
    shift: NDArray[np.int64],
) -> NDArray[np.int64]:
    """(h, w, 2) shifts row, column, few of them, so that whole pieces are copied: each wanted pixel takes the
    common shift that fits best around it, and that its neighbours take.

    picture: (h, w, 3), filled.  source: (h, w) bool, where copies may come from.  shift: as `pieces`, one
    for each pixel alone.
    """
    shape = wanted.shape
    side = 2 * max(round(PIECE_SHARE * max(shape)), 2) + 1
    offered = _common(shift[wanted], shape) + _common(shift[_deep(wanted)], shape)
    if not offered:
        return shift
    costs = np.stack([_misfit(picture, known, source, wanted, one, side) for one in offered])  # (K, h, w)
    held = np.isfinite(costs).any(axis=0)
    chosen = costs.argmin(axis=0)
    for _ in range(JOINING_ROUNDS):
        alike = [box_mean(((chosen == i) & held).astype(np.float32), side) for i in range(len(offered))]
        chosen = (costs - JOINING * np.stack(alike)).argmin(axis=0)
    out = shift.copy()
    out[held] = np.array(offered)[chosen[held]]
    return out


def _misfit(
    picture: NDArray[np.float32],
    known: NDArray[np.bool_],
    source: NDArray[np.bool_],
    wanted: NDArray[np.bool_],
    shift: tuple[int, int],
    side: int,
) -> NDArray[np.float32]:
    """(h, w) squared levels by which the picture about each wanted pixel differs from that a shift away;
    infinite where there is no source."""
    (height, width), (down, right) = wanted.shape, shift
    to = np.s_[max(-down, 0) : height - max(down, 0), max(-right, 0) : width - max(right, 0)]
    at = np.s_[max(down, 0) : height - max(-down, 0), max(right, 0) : width - max(-right, 0)]
    difference = picture[to] - picture[at]
    square = np.einsum("hwc,hwc->hw", difference, difference) / 3
    off = np.full(wanted.shape, FAR, np.float32)
    off[to] = np.where(known[at], np.minimum(square, FAR), FAR)
    trust = np.where(known, TRUTH, 1.0).astype(np.float32) * (known | wanted)
    mean = box_mean(off * trust, side) / np.maximum(box_mean(trust, side), np.float32(1e-3))
    usable = np.zeros_like(wanted)
    usable[to] = wanted[to] & source[at]
    return np.where(usable, mean, np.float32(np.inf))


def _deep(wanted: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Its inner half, which only longer shifts can fill."""
    away = distance(~wanted)
    return wanted & (away > np.median(away[wanted]))


def _common(shifts: NDArray[np.int64], shape: tuple[int, ...]) -> list[tuple[int, int]]:
    """The most frequent of the shifts (N, 2), one for all that differ by a pixel or two."""
    middle = np.array(shape)
    counts = np.zeros(2 * middle + 1, np.float32)
    np.add.at(counts, tuple((shifts + middle).T), 1)
    counts += box_mean(counts, 3)  # the mean alone is as high a pixel beside the peak
    peaks = []
    for _ in range(MOST_PIECES):
        row, column = np.unravel_index(int(counts.argmax()), counts.shape)
        if counts[row, column] <= 0:
            break
        peaks.append((int(row - middle[0]), int(column - middle[1])))
        counts[max(row - 2, 0) : row + 3, max(column - 2, 0) : column + 3] = 0
    return [peak for peak in peaks if peak != (0, 0)]
