"""Colours carried on beyond what is known by folding them over its border; repeating it draws streaks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deocc.backends.draft.morphology import nearest
from deocc.backends.draft.picture.blending import smooth_fill

FOLD_SHARE = 0.2  # of the object's size


def carried_outwards(picture: NDArray, known: NDArray[np.bool_]) -> NDArray:
    """All other pixels reflected in their nearest known one."""
    height, width = known.shape
    rows, columns = np.nonzero(~known)
    border, _ = nearest(known)  # (h, w, 2) row, column
    border = border[rows, columns]
    across = np.clip(2 * border - np.stack([rows, columns], axis=1), 0, (height - 1, width - 1))
    at = np.where(known[across[:, 0], across[:, 1]][:, None], across, border)
    out = picture.copy()
    out[rows, columns] = picture[at[:, 0], at[:, 1]]
    return out


def folded(colours: NDArray[np.float32], known: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The known pixels turned over along their border, to and fro, no deeper than FOLD_SHARE: what lies deep
    inside has nothing to do with what lies far outside."""
    border, away = nearest(known)  # (h, w, 2) row, column of the nearest known pixel
    outward = np.indices(known.shape).transpose(1, 2, 0) - border
    outward = outward / np.maximum(np.linalg.norm(outward, axis=2), 1e-6)[..., None]
    deepest = max(2.0, FOLD_SHARE * float(np.sqrt(known.sum())))
    depth = deepest - np.abs(away % (2 * deepest) - deepest)
    out = np.where(known[..., None], colours, smooth_fill(colours, known))
    left = ~known
    for share in (1.0, 0.5, 0.25):  # where the object is thinner than the fold
        source = np.rint(border - outward * (share * depth)[..., None]).astype(int)
        source = np.clip(source, 0, np.array(known.shape) - 1)
        good = left & known[source[..., 0], source[..., 1]]
        out[good] = colours[source[good][:, 0], source[good][:, 1]]
        left &= ~good
    return out.astype(np.float32)
