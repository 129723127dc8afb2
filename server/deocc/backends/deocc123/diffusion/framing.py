"""The visible part of the object, cut out by its mask, in the middle of a square (DeOcc-1-to-3 §3.3)."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from deocc.observation import Observation

OBJECT_SHARE = 0.85  # of the square's side; what InstantMesh's demo gives Zero123++
SPECK_SHARE = 0.002  # of the mask's pixels: a patch below it is a slip of the brush, no part of the object


@dataclass(frozen=True)
class Framed:
    """rgba: (S, S, 4) uint8, alpha 255 on the object and 0 elsewhere, where colours are 0.

    photo_from_frame: (3, 3), pixels of the frame -> pixels of the photo, both counted from corners.
    """

    rgba: NDArray[np.uint8]
    photo_from_frame: NDArray[np.float64]


def frame(observation: Observation) -> Framed:
    """The object's cut-out at the photo's own resolution; what lies beyond the photo's border is empty."""
    mask = without_specks(observation.object_mask)
    top, bottom, left, right = bounds(mask)
    alpha = np.where(mask[top:bottom, left:right], 255, 0).astype(np.uint8)
    colours: NDArray[np.uint8] = observation.photo[top:bottom, left:right].copy()
    colours[alpha == 0] = 0
    rgba, before_y, before_x = pad_square(np.concatenate([colours, alpha[..., None]], axis=2))
    photo_from_frame = np.array([[1, 0, left - before_x], [0, 1, top - before_y], [0, 0, 1]], np.float64)
    return Framed(rgba, photo_from_frame)


def without_specks(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(H, W) bool: the mask less its tiny separate patches; an occluder may leave an object in many parts."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    areas = stats[1:, cv2.CC_STAT_AREA]
    kept = np.zeros(count, bool)
    kept[1:] = (areas >= SPECK_SHARE * areas.sum()) | (areas == areas.max(initial=0))
    return kept[np.asarray(labels, np.intp)]


def bounds(mask: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """top, bottom, left, right of what is true, bottom and right exclusive."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def pad_square(cut_out: NDArray[np.uint8], share: float = OBJECT_SHARE) -> tuple[NDArray[np.uint8], int, int]:
    """(h, w, 4) -> (S, S, 4) with the larger side `share` of S, and the rows and columns that came before."""
    height, width = cut_out.shape[:2]
    inner = max(height, width)
    side = int(inner / share)
    margin = (side - inner) // 2  # in two steps, as the reference rounds
    before_y, before_x = margin + (inner - height) // 2, margin + (inner - width) // 2
    square = np.zeros((side, side, 4), np.uint8)
    square[before_y : before_y + height, before_x : before_x + width] = cut_out
    return square, before_y, before_x


def resize_foreground(rgba: NDArray[np.uint8], share: float = OBJECT_SHARE) -> NDArray[np.uint8]:
    """A picture with alpha, framed as InstantMesh's demo does: its box leaves out the last row and column."""
    top, bottom, left, right = bounds(rgba[..., 3] > 0)
    return pad_square(rgba[top : bottom - 1, left : right - 1], share)[0]
