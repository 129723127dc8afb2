"""Where to lay an occluder so that it hides a wanted number of pixels: all places at once, by correlation."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from deocc.data.draws.layer import Mask, box, grown

COARSE = 4  # pixels a side of the cells that are counted in
ENOUGH = 12  # places at least are drawn from
TOLERANCE = 0.015  # of the object's visible pixels
IN_FRONT = 0.6  # share of occluders that stand nearer, so lower in the photo, where such places are


def over(
    visible: Mask, stamp: Mask, wanted_px: float, rng: np.random.Generator
) -> tuple[tuple[int, int], float]:
    """left, top of the stamp (h, w) where it hides about wanted_px of visible, or as near to it as can be,
    and how many it hides, within a cell's accuracy."""
    window = box(visible)
    hidden, left, top = _hidden(visible, stamp, window)
    error = np.abs(hidden - max(wanted_px, 1)).ravel()
    good = np.flatnonzero(error <= max(TOLERANCE * np.count_nonzero(visible), COARSE**2))
    if len(good) < ENOUGH:
        good = np.argpartition(error, min(ENOUGH, error.size - 1))[:ENOUGH]
    bottoms = top + COARSE * (good // hidden.shape[1]) + stamp.shape[0]
    lower = good[bottoms > window[3]]
    if len(lower) and rng.random() < IN_FRONT:
        good = lower
    row, column = divmod(int(good[rng.integers(len(good))]), hidden.shape[1])
    return (left + COARSE * column, top + COARSE * row), float(hidden[row, column])


def beside(whole: Mask, stamp: Mask, near_px: int, rng: np.random.Generator) -> tuple[int, int] | None:
    """left, top of the stamp where it hides nothing but comes within about near_px; None without a place."""
    wide = grown(whole, COARSE + near_px)
    window = box(wide)
    touches, left, top = _hidden(grown(whole, COARSE // 2), stamp, window)
    near, _, _ = _hidden(wide, stamp, window)
    good = np.flatnonzero((touches < 1) & (near >= 1))
    if len(good) == 0:
        return None
    row, column = divmod(int(good[rng.integers(len(good))]), touches.shape[1])
    return left + COARSE * column, top + COARSE * row


def _hidden(
    counted: Mask, stamp: Mask, window: tuple[int, int, int, int]
) -> tuple[NDArray[np.float32], int, int]:
    """(rows, columns) how many of the counted pixels in the window the stamp hides at each place, COARSE
    pixels apart, and left, top of the first place."""
    part = _cells(counted[window[1] : window[3], window[0] : window[2]])
    cells = _cells(stamp)
    down, across = cells.shape[0] - 1, cells.shape[1] - 1
    room = cv2.copyMakeBorder(part, down, down, across, across, cv2.BORDER_CONSTANT, value=(0,))
    hidden = np.asarray(cv2.matchTemplate(room, cells, cv2.TM_CCORR), np.float32) * COARSE**2
    return hidden, window[0] - COARSE * across, window[1] - COARSE * down


def _cells(mask: Mask) -> NDArray[np.float32]:
    """The share of each COARSE² pixels that is true; the last cells go on empty."""
    height, width = (-(-size // COARSE) for size in mask.shape)
    padded = np.zeros((height * COARSE, width * COARSE), np.float32)
    padded[: mask.shape[0], : mask.shape[1]] = mask
    return np.asarray(cv2.resize(padded, (width, height), interpolation=cv2.INTER_AREA), np.float32)
