"""Colours of two sources brought to one level: their ratio where both are known, carried on smoothly.

Two pictures of one surface differ by light and by a network's taste, which multiply: a lamp that makes a red
surface redder leaves the black beside it black.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, map_coordinates

CELLS = 32  # per side of the grid over the object: a cell is 3 % of it
SPREADS = (1.5, 3.0, 6.0, 12.0)  # cells; the wider ones count only where the narrower ones know nothing
FALLING = 1e-2  # how much less each wider one counts
DARK = 24.0  # of 255, added before ratios are taken: near black they mean nothing
MOST = 0.6  # of a ratio's logarithm, a factor of 1.8: larger ones are of other things than light
SAMPLES = 60_000  # points that carry a difference; more add nothing to a smooth field


def levels(
    points: NDArray[np.float32],
    below: NDArray[np.float32],
    above: NDArray[np.float32],
    weight: NDArray[np.float32],
    where: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Logarithms (K, 3) of what brings colours at `where` (K, 3) from the level of `below` to that of
    `above`, both (T, 3) 0..255 at points (T, 3), by weight (T,)."""
    some = slice(None, None, max(1, len(points) // SAMPLES))
    ratio = np.log((np.maximum(above[some], 0) + DARK) / (np.maximum(below[some], 0) + DARK))
    return carried_on(points[some], np.clip(ratio, -MOST, MOST), weight[some], where)


def relit(colours: NDArray[np.float32], logarithms: NDArray[np.float32]) -> NDArray[np.float32]:
    """Colours (T, 3) at another level; see `levels`."""
    return (np.maximum(colours, 0) + DARK) * np.exp(logarithms) - DARK


def carried_on(
    points: NDArray[np.float32],
    values: NDArray[np.float32],
    weight: NDArray[np.float32],
    where: NDArray[np.float32],
) -> NDArray[np.float32]:
    """values (T, C), known at points (T, 3) by weight (T,) -> (K, C) at `where` (K, 3): smoothed where they
    are known, their surroundings' elsewhere. 0 where nothing is known at all."""
    known = np.flatnonzero(weight > 0)
    if len(known) == 0:
        return np.zeros((len(where), values.shape[1]), np.float32)
    low = np.minimum(points[known].min(axis=0), where.min(axis=0))
    side = float((np.maximum(points[known].max(axis=0), where.max(axis=0)) - low).max()) + 1e-6
    cell = np.clip(((points[known] - low) / side * CELLS).astype(np.int64), 0, CELLS - 1)
    flat = (cell[:, 0] * CELLS + cell[:, 1]) * CELLS + cell[:, 2]
    weighted = values[known] * weight[known, None]
    sums = [np.bincount(flat, part, CELLS**3) for part in (*weighted.T, weight[known])]
    fields = _widened(np.stack(sums).astype(np.float64).reshape(-1, CELLS, CELLS, CELLS))
    at = ((where - low) / side * CELLS - 0.5).T
    found = [map_coordinates(one, at, order=1, mode="nearest") for one in fields]
    return np.stack(found, axis=1).astype(np.float32)


def _widened(sums: NDArray[np.float64]) -> NDArray[np.float32]:
    """Weighted sums and, last, weights on the grid -> means everywhere."""
    total = np.zeros_like(sums)
    for i, spread in enumerate(SPREADS):
        total += FALLING**i * np.stack([gaussian_filter(one, spread, mode="constant") for one in sums])
    total += FALLING ** len(SPREADS) * sums.sum(axis=(1, 2, 3), keepdims=True) / CELLS**3
    return (total[:-1] / np.maximum(total[-1], 1e-30)).astype(np.float32)
