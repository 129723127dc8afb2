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
    border = nearest(known)[0][rows, columns]
    across_rows = np.clip(2 * (border // width) - rows, 0, height - 1)
    across = across_rows * width + np.clip(2 * (border % width) - columns, 0, width - 1)
    at = np.where(known.reshape(-1)[across], across, border)
    out = picture.copy()
    out[rows, columns] = picture.reshape(known.size, -1)[at].reshape(-1, *picture.shape[2:])
    return out


def folded(colours: NDArray[np.float32], known: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The known pixels turned over along their border, to and fro, no deeper than FOLD_SHARE: what lies deep
    inside has nothing to do with what lies far outside."""
    place, away = nearest(known)
    border = np.stack(np.divmod(place, known.shape[1]), axis=2)  # (h, w, 2) row, column
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
