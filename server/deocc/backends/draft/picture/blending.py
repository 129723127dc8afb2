"""Steps in brightness evened out: between copied pieces, and where a filled part meets a known one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.linalg import splu

from deocc.backends.draft.morphology import box_mean, distance, grown, resized

SMOOTH_PX = 256
STEP_LEVELS = 25.0  # a larger step is the edge of something shown, a smaller one rather a change of light
RIM_LEVELS = 30.0  # the same at full size, where the small picture has left a step
JOIN_LEVELS = 40.0  # the same between two copied pieces, where edges are rarer
HOLD = 0.01  # pull towards the copied colours: over 1/√HOLD = 10 pixels a step fades
_BESIDE = np.array([(0, 1), (1, 0), (0, -1), (-1, 0)])


def evened(
    level: NDArray[np.float32],
    known: NDArray[np.bool_],
    wanted: NDArray[np.bool_],
    shift: NDArray[np.int64],
    filled: NDArray[np.float32],
) -> NDArray[np.float32]:
    """`level` with the wanted pixels copied from where `shift` (h, w, 2; row, column) says, as Poisson's
    equation has them: neighbours differ as they do at the source, and known pixels stay, but across large
    steps everything is free. filled: (h, w, 3), for pixels whose source is not known.

    Minimises Σ w (u_p - u_q - d_pq)² + HOLD Σ (u_p - c_p)² over neighbours p, q; only for small pictures.
    """
    targets = np.argwhere(wanted)
    count = len(targets)
    index = np.full(wanted.shape, -1)
    index[wanted] = np.arange(count)
    own = shift[wanted]
    copied, held = _colours(level, known, targets + own)
    copied[~held] = filled[wanted][~held]
    diagonal, right = np.full(count, HOLD), HOLD * copied.astype(float)
    rows, columns, values = [np.arange(count)], [np.arange(count)], []
    for step in _BESIDE:
        near = targets + step
        beside, is_beside = _colours(level, known, near + own)
        fixed, is_fixed = _colours(level, known, near)
        other = _at(index, near, -1)
        theirs, is_theirs = _colours(level, known, near + _at(shift, near, 0))
        there = np.where(is_fixed[:, None], fixed, theirs)
        use = held & is_beside & (is_fixed | ((other >= 0) & is_theirs))
        edge = np.where(is_fixed, STEP_LEVELS, JOIN_LEVELS)
        weight = use / (1 + ((beside - there) ** 2).mean(axis=1) / edge**2)
        pull = weight[:, None] * (copied - beside)
        diagonal += weight
        right += pull + (weight * is_fixed)[:, None] * fixed
        free = np.flatnonzero(use & ~is_fixed)
        partner = other[free]
        np.add.at(diagonal, partner, weight[free])
        np.add.at(right, partner, -pull[free])
        rows += [free, partner]
        columns += [partner, free]
        values += [-weight[free], -weight[free]]
    matrix = coo_matrix(
        (np.concatenate([diagonal, *values]), (np.concatenate(rows), np.concatenate(columns))), (count, count)
    )
    out = level.copy()
    out[wanted] = splu(matrix.tocsc()).solve(right)
    return out


def smooth_fill(colours: NDArray[np.float32], known: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The known pixels carried on smoothly to all others: means of ever larger blocks, then back down. At
    most SMOOTH_PX fine: what varies faster is not smooth."""
    height, width = known.shape
    factor = min(1.0, SMOOTH_PX / max(height, width))
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    value, weight = shrunk(colours, known, size)
    levels = [(value, weight)]
    while max(levels[-1][1].shape) > 2:
        value, weight = levels[-1]
        half = (max(1, (weight.shape[1] + 1) // 2), max(1, (weight.shape[0] + 1) // 2))
        below = resized(weight, half)
        levels.append((resized(value * weight[..., None], half) / np.maximum(below, 1e-6)[..., None], below))
    result = levels[-1][0]
    for value, weight in reversed(levels[:-1]):
        below = resized(result, (weight.shape[1], weight.shape[0]))
        share = np.minimum(weight, 1)[..., None]
        result = value * share + below * (1 - share)
    return resized(result.astype(np.float32), (width, height))


def shrunk(
    colours: NDArray[np.float32], known: NDArray[np.bool_], size: tuple[int, int]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Means over the known pixels at `size` (width, height), and the share of them, (h, w) float32 0..1."""
    share = resized(known.astype(np.float32), size)
    value = resized(colours * known[..., None], size)
    return value / np.maximum(share, np.float32(1e-6))[..., None], share


def met(
    colours: NDArray[np.float32], known: NDArray[np.bool_], filled: NDArray[np.bool_], reach_px: float
) -> NDArray[np.float32]:
    """The filled part brought to the known one where they meet, over about reach_px; what is too large a step
    is left standing."""
    side = 2 * round(reach_px / 2) + 1
    rim = filled & grown(known, 2)
    weight = np.maximum(box_mean(filled.astype(np.float32), side), np.float32(1e-3))[..., None]
    step = smooth_fill(colours, known) - box_mean(colours * filled[..., None], side) / weight
    square = np.einsum("hwc,hwc->hw", step, step)[..., None] / 3
    step = step / (1 + square / np.float32(RIM_LEVELS**2))
    return np.where(filled[..., None], colours + carried(step, rim, filled, reach_px), colours)


def carried(
    step: NDArray[np.float32], at: NDArray[np.bool_], into: NDArray[np.bool_], reach_px: float
) -> NDArray[np.float32]:
    """`step` (h, w, 3) where `at` lies beside `into`, smoothed and fading over about reach_px from there."""
    near = grown(into, 3) & at
    if not near.any():
        return np.zeros_like(step)
    fade = np.exp(-distance(near) / np.float32(reach_px))
    return smooth_fill(step, near) * fade[..., None]


def _at(values: NDArray[np.int64], places: NDArray[np.int64], outside: int) -> NDArray[np.int64]:
    """The values at row, column (N, 2), `outside` beyond the border."""
    on = (places >= 0).all(axis=1) & (places < values.shape[:2]).all(axis=1)
    rows, columns = np.where(on[:, None], places, 0).T
    found = values[rows, columns]
    found[~on] = outside
    return found


def _colours(
    level: NDArray[np.float32], known: NDArray[np.bool_], places: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Colours (N, 3) at row, column (N, 2), and where they are known; others are 0."""
    on = (places >= 0).all(axis=1) & (places < known.shape).all(axis=1)
    rows, columns = np.where(on[:, None], places, 0).T
    on &= known[rows, columns]
    return level[rows, columns] * on[:, None], on
