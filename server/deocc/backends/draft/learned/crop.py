"""Photo -> what the small network sees: a square of it, with its masks, at the network's resolution.

Training draws and the backend crop by these same rules, so that what was learned is what is asked.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE = 128  # pixels of the network's picture
GREY = 128  # of pixels beyond the photo's border
REACH = 0.75  # of the seen box's longest side: what may hide the object counts so far beyond that box
MARGIN = 0.06  # of the first square, on each side
MOST = 2.6  # sides of the seen box's longest side: the first square is no larger
TIGHT = 0.84  # of the second square's side: the predicted object's longest side, where little is hidden
# Where more is hidden the second square is wider: from the first of these shares of the object on, in a line,
# up to ROOM of its side at the second. Chosen for the overlap over 385 cases of the 77 learned objects.
UNSURE = (0.3, 0.5)
ROOM = 0.25


@dataclass(frozen=True)
class Square:
    """A square of a picture; left, top: its corner, side: its length, in the picture's pixels; may reach
    beyond the picture."""

    left: float
    top: float
    side: float

    def rounded(self) -> Square:
        """On whole pixels, which is what a crop takes."""
        left, top = round(self.left), round(self.top)
        return Square(float(left), float(top), float(max(round(self.side), 2)))

    def moved(self, x: float, y: float) -> Square:
        return Square(self.left + x, self.top + y, self.side)


def first_square(seen: NDArray[np.bool_], may_hide: NDArray[np.bool_]) -> Square:
    """Around all that the object may be: the box of `seen` and of what hides it nearby. seen, may_hide:
    (h, w) bool of one picture; the square is in its pixels. `seen` must not be empty."""
    left, top, right, bottom = _box(seen)
    longest = max(right - left, bottom - top)
    reach = round(REACH * longest)
    low_x, low_y = max(left - reach, 0), max(top - reach, 0)
    near = may_hide[low_y : bottom + reach, low_x : right + reach]
    if near.any():
        x0, y0, x1, y1 = _box(near)
        left, right = min(left, low_x + x0), max(right, low_x + x1)
        top, bottom = min(top, low_y + y0), max(bottom, low_y + y1)
    side = min(max(right - left, bottom - top) / (1 - 2 * MARGIN), MOST * longest)
    return _centred(left, top, right, bottom, side)


def second_square(
    whole_probability: NDArray[np.floating], first: Square, seen: NDArray[np.floating] | None = None
) -> Square:
    """Tight around the object that the first pass predicts: (SIDE, SIDE) 0..1 over the first square, which is
    returned where nothing is predicted. seen: the like of what is seen of it; the more is hidden, the less
    sure is its extent, and the wider the square."""
    whole = whole_probability > 0.5
    if not whole.any():
        return first
    step = first.side / whole.shape[0]
    left, top, right, bottom = (step * edge for edge in _box(whole))
    hidden = 0.0 if seen is None else 1 - np.count_nonzero(seen > 0.5) / np.count_nonzero(whole)
    wider = 1 + ROOM * float(np.interp(hidden, UNSURE, (0, 1)))
    square = _centred(left, top, right, bottom, wider * max(right - left, bottom - top) / TIGHT)
    return square.moved(first.left, first.top)


def crop(
    picture: NDArray[np.uint8],
    masks: tuple[NDArray, NDArray, NDArray],
    square: Square,
) -> NDArray[np.float32]:
    """(7, SIDE, SIDE) float32: red, green, blue in -1..1, the object's, the occluder's and the keep mask, and
    the share of the pixel inside the photo.

    picture: (h, w, 3) uint8, the whole photo: its border is the photo's.  masks: object, occluder, keep,
    each (h, w) bool or shares 0..1.  Beyond the border all is grey and the occluder's.
    """
    out = np.empty((7, SIDE, SIDE), np.float32)
    colours = resampled(picture, square, (GREY, GREY, GREY))
    out[:3] = colours.transpose(2, 0, 1) / np.float32(127.5) - 1
    for i, (mask, beyond) in enumerate(zip(masks, (0, 1, 0), strict=True)):
        out[3 + i] = resampled(mask, square, beyond)
    out[6] = resampled(np.ones(picture.shape[:2], bool), square, 0)
    return out


def resampled(
    values: NDArray, square: Square, beyond: float | tuple[float, ...] = 0.0, side: int = SIDE
) -> NDArray[np.float32]:
    """(side, side, …) float32: the square of a picture or mask (h, w, …): means over pixels where it shrinks,
    linear where it grows; `beyond` outside the picture."""
    height, width = values.shape[:2]
    whole = square.rounded()
    left, top, length = int(whole.left), int(whole.top), int(whole.side)
    x0, x1 = np.clip((left, left + length), 0, width)
    y0, y1 = np.clip((top, top + length), 0, height)
    kept = np.uint8 if values.dtype in (np.bool_, np.uint8) else np.float32
    window = np.empty((length, length, *values.shape[2:]), kept)
    window[:] = 255 * np.asarray(beyond) if values.dtype == bool else beyond
    part = values[y0:y1, x0:x1]
    if values.dtype == bool:
        part = part.view(np.uint8) * np.uint8(255)
    window[y0 - top : y1 - top, x0 - left : x1 - left] = part
    how = cv2.INTER_AREA if length >= side else cv2.INTER_LINEAR
    out = np.asarray(cv2.resize(window, (side, side), interpolation=how), np.float32)
    out = out.reshape(side, side, *values.shape[2:])
    return out / np.float32(255) if values.dtype == bool else out


def _centred(left: float, top: float, right: float, bottom: float, side: float) -> Square:
    return Square((left + right - side) / 2, (top + bottom - side) / 2, side).rounded()


def _box(mask: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """left, top, right, bottom (exclusive) of the true pixels."""
    columns, rows = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
