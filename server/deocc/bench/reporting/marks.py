"""Masks as pictures: marked on a photo, beside the true silhouette, and what of a photo is worth showing."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from deocc.bench.metrics.pictures import SOLID_ALPHA, on_white

Crop = tuple[float, float, float, float]  # left, top, right, bottom in shares of a picture
TINT = np.array([0, 158, 115])  # the object; all colours of the colour-blind safe palette that plots.py has
HATCH = np.array([213, 94, 0])  # what hides it
HATCH_EVERY, HATCH_WIDTH, OUTLINE = 24, 6, 5  # pixels of a picture of 512
AGREED, TOO_MUCH, TOO_LITTLE = (170, 170, 170), (213, 94, 0), (0, 114, 178)


def marked(photo: NDArray[np.uint8], seen: NDArray[np.bool_], hides: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """(H, W, 3) uint8: the photo with the object tinted and what hides it hatched, both outlined."""
    picture = on_white(photo)
    picture[seen] = 0.65 * picture[seen] + 0.35 * TINT
    y, x = np.indices(hides.shape)
    scale = max(max(hides.shape) / 512, 0.25)
    stripes = hides & ((x + y) % round(HATCH_EVERY * scale) < HATCH_WIDTH * scale)
    picture[stripes] = 0.25 * picture[stripes] + 0.75 * HATCH
    width = max(round(OUTLINE * scale), 1)
    picture[_outline(hides, width)] = HATCH
    picture[_outline(seen, width)] = TINT
    return picture.round().astype(np.uint8)


def _outline(mask: NDArray[np.bool_], width: int) -> NDArray[np.bool_]:
    """The outermost `width` pixels of a mask (H, W); none along the picture's border, which only cuts it."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * width + 1, 2 * width + 1))
    inner = cv2.erode(mask.astype(np.uint8), kernel)  # beyond the border counts as inside
    return mask & (inner == 0)


def silhouettes(true: NDArray[np.bool_], completed: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(H, W, 3) uint8: a true whole silhouette (H, W) and that of a completed photo, RGBA: where they agree,
    where there is too much and too little."""
    made = silhouette_of(completed, true.shape)
    picture = np.full((*true.shape, 3), 255, np.uint8)
    picture[true & made], picture[made & ~true], picture[true & ~made] = AGREED, TOO_MUCH, TOO_LITTLE
    return picture


def silhouette_of(completed: NDArray[np.uint8], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """That of a completed photo, RGBA, (H, W) at a photo's shape: a large photo is worked on smaller."""
    made = (completed[..., 3] >= SOLID_ALPHA).astype(np.uint8)
    height, width = shape[:2]
    if made.shape != (height, width):
        made = cv2.resize(made, (width, height), interpolation=cv2.INTER_NEAREST)
    return made > 0


def crop_around(mask: NDArray[np.bool_], margin: float) -> Crop:
    """A square around a mask (H, W), its sides `margin` of the mask's longer one wider on each side, within
    the picture, in shares of the picture; all of it for an empty mask."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if len(rows) == 0:
        return (0.0, 0.0, 1.0, 1.0)
    height, width = mask.shape
    side = (1 + 2 * margin) * max(rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1)
    spans = []
    for places, size in ((columns, width), (rows, height)):
        half = min(side, size) / 2
        middle = min(max((places[0] + places[-1] + 1) / 2, half), size - half)
        spans.append(((middle - half) / size, (middle + half) / size))
    (left, right), (top, bottom) = spans
    return (left, top, right, bottom)


def cropped(picture: NDArray, crop: Crop) -> NDArray:
    """That part of a picture or a mask, (H, W) or (H, W, C), one pixel at least."""
    height, width = picture.shape[:2]
    left, top, right, bottom = (round(share * n) for share, n in zip(crop, 2 * (width, height), strict=True))
    return np.ascontiguousarray(picture[top : max(bottom, top + 1), left : max(right, left + 1)])
