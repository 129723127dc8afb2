"""The network's crop of an imagined photo: which square, and the truth of a view in it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from deocc.backends.draft.learned.crop import Square, first_square
from deocc.data.draws.layer import Affine, Mask, Pixels, box, only, warped
from deocc.data.draws.sample import SIDE
from deocc.data.views.record import SIDE as VIEW_SIDE

BORDER_PX = 3  # a mask this near to the photo's border is taken to reach it, as the canvas takes it
SECOND_FILLS = (0.55, 0.95)  # of the second square's side: the longer side of what the first pass found
WELL_FOUND = 0.3  # share of first passes that found the object's box, else
MISJUDGED = 0.14  # standard deviation of each of its sides, in the object's longer side
COARSE = 0.5  # crop pixels per view pixel: below, the truth is taken from means over 2 × 2 of the view


@dataclass(frozen=True)
class Truth:
    """The object in the crop, everything (SIDE, SIDE); as in Sample."""

    whole: Mask
    front: NDArray[np.float32]
    back: NDArray[np.float32]
    front_rgb: Pixels
    back_rgb: Pixels


def first_like(
    seen: Mask, hides: Mask, keep: Mask, inside: tuple[int, int, int, int], rng: np.random.Generator
) -> Square:
    """The backend's first square of these masks, not quite hit. All (h, w) of the frame; inside: left, top,
    right, bottom of the photo in it."""
    left, top, right, bottom = inside
    covered = (seen | hides)[top:bottom, left:right]
    beyond = np.zeros_like(seen)  # a side where neither mask reaches the border hides nothing beyond it
    beyond[:, :left] = covered[:, :BORDER_PX].any()
    beyond[:, right:] |= bool(covered[:, -BORDER_PX:].any())
    beyond[:top] |= bool(covered[:BORDER_PX].any())
    beyond[bottom:] |= bool(covered[-BORDER_PX:].any())
    square = first_square(seen, (hides | beyond) & ~seen & ~keep)
    side = square.side * rng.uniform(0.95, 1.1)
    away = rng.normal(0, 0.02, 2) * side + (square.side - side) / 2
    return Square(square.left + away[0], square.top + away[1], side).rounded()


def second_like(whole: Mask, seen: Mask, rng: np.random.Generator) -> Square:
    """About the whole object as a first pass would find it: often too large or too small, but never less than
    what is seen. Were it always right, the square's size would tell how far the hidden part reaches."""
    left, top, right, bottom = box(whole)
    if rng.random() >= WELL_FOUND and seen.any():
        off = np.round(rng.normal(0, MISJUDGED * max(right - left, bottom - top), 4)).astype(int)
        low_x, low_y, high_x, high_y = box(seen)
        left, top = min(left + int(off[0]), low_x), min(top + int(off[1]), low_y)
        right, bottom = max(right + int(off[2]), high_x), max(bottom + int(off[3]), high_y)
    side = max(right - left, bottom - top) / rng.uniform(*SECOND_FILLS)
    room = np.maximum(side - np.array([right - left, bottom - top]), 0) / 2
    away = rng.uniform(-1, 1, 2) * np.minimum(room, 0.12 * side) + rng.normal(0, 0.01, 2) * side
    corner = (np.array([left + right, top + bottom]) - side) / 2 + away
    return Square(float(corner[0]), float(corner[1]), float(side)).rounded()


def truth_in(view: np.void, to_frame: Affine, scale: float, square: Square) -> Truth:
    """A view's truth in the square, straight from its own pixels; only those of the body are mixed, so no
    depth runs into the background. to_frame: from the view's pixels; scale: frame pixels per view pixel."""
    step = SIDE / square.side
    matrix = to_frame * step
    matrix[:, 2] -= step * np.array([square.left, square.top])
    layers = [
        cv2.merge([np.asarray(view["front_rgb"]), np.asarray(view["whole"])]),
        np.asarray(view["back_rgb"]),
        cv2.merge([np.asarray(view[side], np.float32) for side in ("front", "back")]),  # 0 outside the body
    ]
    if scale * step < COARSE:
        layers = [cv2.resize(one, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) for one in layers]
        matrix[:, :2] *= 2
    first, second, depths = (warped(one, matrix, (SIDE, SIDE)) for one in layers)
    front_rgb, share = np.ascontiguousarray(first[..., :3]), first[..., 3]
    whole = share > 127
    edge = np.nonzero(whole & (share < 255))  # the only pixels where body and nothing were mixed
    by = np.float32(255) / share[edge][:, None]
    for layer in (front_rgb, second, depths):
        most = 255 if layer.dtype == np.uint8 else np.inf
        layer[edge] = np.minimum(layer[edge] * by, most).astype(layer.dtype)
    depths *= np.float32(scale * step * VIEW_SIDE / SIDE)  # halves of the view -> halves of the crop
    front, back = cv2.split(only(depths, whole))
    return Truth(
        whole,
        np.asarray(front, np.float32),
        np.asarray(back, np.float32),
        only(front_rgb, whole),
        only(second, whole),
    )
