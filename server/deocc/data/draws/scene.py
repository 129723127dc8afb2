"""An imagined photo before anything hides the object: backdrop, clutter behind, the object and its shadow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from deocc.data.draws.layer import Affine, Layer, Mask, Pixels, box, paste, placed, shade, similarity
from deocc.data.views.record import BODY_PX, SIDE

Views = Sequence[np.void] | NDArray[np.void]  # of views/record.py's VIEW; companions come from all of them

FRAME = 288  # pixels a side of what is imagined: the largest object and what a first crop takes around it
SCALE = (0.5, 1.0)  # of the object, in its view's pixels
TURN_DEG = 6.0
LEAST_PX = 150  # of the object, where its view has so many
CLUTTER = 0.55  # share of the scenes with other objects behind
SHADOW = 0.5  # share of the scenes where the object has one on the ground


@dataclass(frozen=True)
class Scene:
    """Everything (FRAME, FRAME). photo: (…, 3) uint8.  empty: (…, 3) uint8, the photo without the object.
    whole: bool, the object.  to_frame: from the view's pixels.  scale: frame pixels per view pixel.
    longest_px: the longer side of the object's box."""

    photo: Pixels
    empty: Pixels
    whole: Mask
    to_frame: Affine
    scale: float
    longest_px: int


def cutout(view: np.void) -> Pixels:
    """(SIDE, SIDE, 4) uint8; the colours are 0 outside, so they are multiplied by alpha already."""
    return np.asarray(cv2.merge([np.asarray(view["front_rgb"]), np.asarray(view["whole"])]), np.uint8)


def companion(views: Views, body: int, rng: np.random.Generator) -> np.void:
    """A view of another body, where a few draws find one."""
    for _ in range(4):
        view = views[int(rng.integers(len(views)))]
        if view["body"] != body:
            break
    return view


def other(
    views: Views,
    body: int,
    longest_px: float,
    centre: tuple[float, float],
    rng: np.random.Generator,
) -> Layer:
    """Another body's cut-out with a longer side of about longest_px, in a light of its own."""
    turn_deg = rng.uniform(-180, 180) if rng.random() < 0.25 else rng.uniform(-12, 12)
    matrix = similarity(longest_px / BODY_PX, turn_deg, rng.random() < 0.5, SIDE / 2, centre)
    layer = placed(cutout(companion(views, body, rng)), matrix)
    gains = rng.uniform(0.6, 1.0) * np.append(rng.uniform(0.85, 1.0, 3), 0)  # colours stay below alpha
    gains[3] = 1
    table = np.round(np.arange(256)[:, None, None] * gains).astype(np.uint8)  # (256, 1, 4)
    return Layer(np.asarray(cv2.LUT(layer.rgba, table), np.uint8), layer.left, layer.top)


def backdrop(backdrops: NDArray[np.uint8], rng: np.random.Generator) -> Pixels:
    """(FRAME, FRAME, 3): a part of one of them, upright, mirrored half the time."""
    picture = np.asarray(backdrops[int(rng.integers(len(backdrops)))])
    side = picture.shape[0]
    scale = FRAME / (side * np.sqrt(rng.uniform(0.3, 1.0)))
    slack = FRAME - scale * side
    matrix = similarity(scale, 0.0, rng.random() < 0.5, side / 2, (FRAME / 2, FRAME / 2))
    matrix[:, 2] += rng.uniform(-0.5, 0.5, 2) * slack
    by_centres = matrix.copy()
    by_centres[:, 2] += matrix[:, :2] @ (0.5, 0.5) - 0.5
    size = (FRAME, FRAME)
    wide = cv2.warpAffine(
        picture, by_centres, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )
    return np.asarray(wide, np.uint8)


def draw_scene(views: Views, backdrops: NDArray[np.uint8], view: np.void, rng: np.random.Generator) -> Scene:
    """Sizes, places and lights are drawn; the object is wholly inside the frame."""
    photo = backdrop(backdrops, rng)
    scale = float(SCALE[0] + (SCALE[1] - SCALE[0]) * np.sqrt(rng.random()))  # denser at the sharp end
    centre = FRAME / 2 + rng.uniform(-12, 12, 2)
    matrix = similarity(scale, rng.uniform(-TURN_DEG, TURN_DEG), rng.random() < 0.5, SIDE / 2, tuple(centre))
    layer = placed(cutout(view), matrix)
    whole = layer.covers(FRAME)
    if np.count_nonzero(whole) < LEAST_PX:  # lost between pixels: as the view has it, then
        matrix, scale = similarity(1.0, 0.0, False, SIDE / 2, (FRAME / 2, FRAME / 2)), 1.0
        layer = placed(cutout(view), matrix)
        whole = layer.covers(FRAME)
    left, top, right, bottom = box(whole)
    longest_px = max(right - left, bottom - top)
    if rng.random() < CLUTTER:
        for _ in range(int(rng.integers(1, 4))):
            away = rng.uniform(-1.0, 1.0, 2) * (1.1, 0.5) * longest_px
            size = rng.uniform(0.4, 1.1) * longest_px
            paste(photo, other(views, int(view["body"]), size, tuple(centre + away), rng))
    if rng.random() < SHADOW:
        _ground_shadow(photo, whole, bottom, longest_px, rng)
    empty = photo.copy()
    paste(photo, layer)
    return Scene(photo, empty, whole, matrix, scale, longest_px)


def _ground_shadow(
    photo: Pixels, whole: Mask, bottom: int, longest_px: int, rng: np.random.Generator
) -> None:
    """The object's shape laid flat from its lowest point, to a side and to the back."""
    flat, lean = rng.uniform(0.08, 0.35), rng.uniform(-0.7, 0.7)
    foot = bottom - 0.06 * longest_px
    matrix = np.array([[1.0, -lean * flat, lean * flat * foot], [0.0, flat, foot * (1 - flat)]])
    shade(photo, whole, matrix, rng.uniform(0.015, 0.08) * longest_px, rng.uniform(0.25, 0.8))
