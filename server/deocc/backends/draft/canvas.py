"""The part of the photo that the draft backend works on: around the object, padded where it may go on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deocc.backends.draft.morphology import closed, distance
from deocc.observation import Observation

REACH = 0.75  # of the seen box's longest side: so far beyond that box the hidden part goes at most
SLENDER = 8  # a box longer than so many times its other side reaches no farther: its canvas would never end
BORDER_PX = 3  # a mask this near to the photo's border is taken to touch it
MOST_PIXELS = 24_000_000  # of a canvas: for an object that fills a large photo there is less room beside it
MARGIN_PX = 8  # of background around all that may be the object's
# hand-drawn masks leave a strip between object and occluder
GAP_SHARE = 0.04  # of the object's size: its width at most,
GAP_MAX_PX = 12  # and no more than this at one megapixel


@dataclass(frozen=True)
class Canvas:
    """Object and surroundings, all arrays of one size, pixels of the photo's scale.

    picture: (h, w, 3) uint8 sRGB, the border's pixels repeated beyond the photo.  seen: (h, w) bool, the
    object's visible pixels.  may_hide: (h, w) bool, where the rest of it may be: under the occluder, in the
    narrow strip that clumsy masks leave between the two, or beyond the photo's border; never seen, never
    kept. keep: (h, w) bool, not to be filled.  left, top: the canvas's corner in the photo, may be negative.
    photo_size: (width, height).
    """

    picture: NDArray[np.uint8]
    seen: NDArray[np.bool_]
    may_hide: NDArray[np.bool_]
    keep: NDArray[np.bool_]
    left: int
    top: int
    photo_size: tuple[int, int]


def make_canvas(observation: Observation) -> Canvas:
    """Crops the observation to what the object may occupy."""
    seen, occluder = observation.object_mask, observation.occluder_mask
    height, width = seen.shape
    box = _box(seen)
    across, down = _reach(box[2] - box[0], box[3] - box[1])
    left, top, right, bottom = box[0] - across, box[1] - down, box[2] + across, box[3] + down
    left, top, right, bottom = _stop_at_border((left, top, right, bottom), seen | occluder)
    beyond = ((max(-top, 0), max(bottom - height, 0)), (max(-left, 0), max(right - width, 0)))
    window = np.s_[max(top, 0) : min(bottom, height), max(left, 0) : min(right, width)]

    def crop(mask: NDArray[np.bool_], outside: bool = False) -> NDArray[np.bool_]:
        return np.pad(mask[window], beyond, constant_values=outside)

    canvas_seen, keep = crop(seen), crop(observation.keep_mask)
    may_hide = crop(occluder, outside=True) & ~canvas_seen & ~keep
    may_hide |= _strip_between(canvas_seen, may_hide, width * height) & ~keep
    picture = np.pad(observation.photo[window], (*beyond, (0, 0)), mode="edge")
    canvas = Canvas(picture, canvas_seen, may_hide, keep, left, top, (width, height))
    return _tighten(canvas)


def paste_back(canvas: Canvas, picture: NDArray[np.uint8], whole: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The completed object at the photo's size: (H, W, 4) uint8, alpha is `whole`; what lies beyond the
    photo's border is left out."""
    width, height = canvas.photo_size
    h, w = whole.shape
    out = np.zeros((height, width, 4), np.uint8)
    rows = slice(max(canvas.top, 0), min(canvas.top + h, height))
    columns = slice(max(canvas.left, 0), min(canvas.left + w, width))
    inside = (
        slice(rows.start - canvas.top, rows.stop - canvas.top),
        slice(columns.start - canvas.left, columns.stop - canvas.left),
    )
    out[rows, columns, :3] = picture[inside] * whole[inside][..., None]
    out[rows, columns, 3] = whole[inside].astype(np.uint8) * 255
    return out


def _box(mask: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """left, top, right, bottom (exclusive) of the true pixels; the whole picture where there are none."""
    columns, rows = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
    if len(columns) == 0:
        return 0, 0, mask.shape[1], mask.shape[0]
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _reach(width: int, height: int) -> tuple[int, int]:
    """How far to the sides and up and down of a box of this size the object may go on, px."""
    longest, share = max(width, height), REACH
    while True:
        across, down = (round(share * min(longest, SLENDER * side)) for side in (width, height))
        if share < 0.05 or (width + 2 * across) * (height + 2 * down) < MOST_PIXELS:
            return across + MARGIN_PX, down + MARGIN_PX
        share *= 0.8


def _stop_at_border(box: tuple[int, int, int, int], covered: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """`box` cut at those borders of the photo which neither object nor occluder reaches inside it: where the
    background is seen along the whole border, nothing crosses it."""
    height, width = covered.shape
    left, top, right, bottom = box
    rows, columns = slice(max(top, 0), max(bottom, 0)), slice(max(left, 0), max(right, 0))
    if not covered[rows, :BORDER_PX].any():
        left = max(left, 0)
    if not covered[:BORDER_PX, columns].any():
        top = max(top, 0)
    if not covered[rows, width - BORDER_PX :].any():
        right = min(right, width)
    if not covered[height - BORDER_PX :, columns].any():
        bottom = min(bottom, height)
    return left, top, right, bottom


def _strip_between(seen: NDArray[np.bool_], hides: NDArray[np.bool_], photo_pixels: int) -> NDArray[np.bool_]:
    """Pixels in narrow gaps between the object's mask and the occluder's: closing the union fills them, and
    only what is near to both counts, so that no corner of the background is taken in."""
    if not hides.any():
        return np.zeros_like(seen)
    size = float(np.sqrt(seen.sum()))
    gap = min(GAP_SHARE * size, GAP_MAX_PX * max(photo_pixels / 1e6, 0.3) ** 0.5)
    gap = max(round(gap), 2)
    narrow = distance(seen) + distance(hides) <= gap + 1  # both count to the first pixel beyond the gap
    return closed(seen | hides, gap) & narrow & ~seen & ~hides


def _tighten(canvas: Canvas) -> Canvas:
    """Without the sides where nothing of the object can be, but for a margin."""
    height, width = canvas.seen.shape
    left, top, right, bottom = _box(canvas.seen | canvas.may_hide)
    left, top = max(left - MARGIN_PX, 0), max(top - MARGIN_PX, 0)
    right, bottom = min(right + MARGIN_PX, width), min(bottom + MARGIN_PX, height)
    window = np.s_[top:bottom, left:right]
    return Canvas(
        np.ascontiguousarray(canvas.picture[window]),
        np.ascontiguousarray(canvas.seen[window]),
        np.ascontiguousarray(canvas.may_hide[window]),
        np.ascontiguousarray(canvas.keep[window]),
        canvas.left + left,
        canvas.top + top,
        canvas.photo_size,
    )
