"""What hides an object besides other objects: drawn shapes, hands, patches of contact; and their colours."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from deocc.data.draws.layer import Layer, Mask, Pixels, grown
from deocc.data.occluders.shapes import RULES, random_shapes

# of hands, light to dark
SKIN = ((255, 224, 196), (240, 190, 150), (198, 134, 96), (141, 85, 56), (82, 50, 36))
FULL = (255,)

Paint = Callable[[Mask, np.random.Generator], Pixels]  # (h, w) -> (h, w, 3) colours


def scattered(side_px: int, rng: np.random.Generator) -> Mask:
    """(side_px, side_px) lines, circles, ellipses and swollen rectangles as Amodal3R draws them (A21-A23)."""
    return random_shapes(side_px, side_px, rng, list(RULES)[int(rng.integers(len(RULES)))])


def single(side_px: int, rng: np.random.Generator) -> Mask:
    """One large bar, ellipse, circle or turned rectangle that fits (side_px, side_px)."""
    mask = np.zeros((side_px, side_px), np.uint8)
    middle = (side_px / 2, side_px / 2)
    turn_deg = float(rng.uniform(0, 180))
    longer, shorter = 0.7 * side_px, side_px * float(rng.uniform(0.2, 0.7))
    kind = rng.integers(4)
    if kind == 0:
        bar = cv2.boxPoints((middle, (1.5 * side_px, max(0.35 * shorter, 2)), turn_deg))
        cv2.fillConvexPoly(mask, np.round(bar).astype(np.int32), FULL)
    elif kind == 1:
        cv2.ellipse(mask, (middle, (longer, shorter), turn_deg), FULL, cv2.FILLED)
    elif kind == 2:
        cv2.circle(mask, (side_px // 2, side_px // 2), side_px // 2 - 1, FULL, cv2.FILLED)
    else:
        turn_deg = turn_deg if rng.random() < 0.6 else 0.0
        rectangle = cv2.boxPoints((middle, (longer, shorter), turn_deg))
        cv2.fillConvexPoly(mask, np.round(rectangle).astype(np.int32), FULL)
    return mask > 0


def fingers(side_px: int, rng: np.random.Generator) -> Mask:
    """(side_px, side_px) three or four thick strokes side by side out of one palm."""
    mask = np.zeros((side_px, side_px), np.uint8)
    count, towards = int(rng.integers(3, 5)), rng.uniform(0, 2 * np.pi)
    along = np.array([np.cos(towards), np.sin(towards)])
    across = np.array([-along[1], along[0]])
    thick = max(round(side_px * rng.uniform(0.08, 0.12)), 2)
    palm = side_px / 2 - 0.25 * side_px * along
    for i in range(count):
        root = palm + across * thick * 1.25 * (i - (count - 1) / 2)
        tip = root + along * side_px * rng.uniform(0.45, 0.62) + across * rng.normal(0, 0.04 * side_px)
        ends = [tuple(np.round(end).astype(int).tolist()) for end in (root, tip)]
        cv2.line(mask, ends[0], ends[1], FULL, thick)
    wide = round(thick * 0.62 * count)
    cv2.circle(mask, tuple(np.round(palm).astype(int).tolist()), wide, FULL, cv2.FILLED)
    return mask > 0


def skin(mask: Mask, rng: np.random.Generator) -> Pixels:
    """(h, w, 3) colours of a hand, rounded towards the mask's edges."""
    base = np.array(SKIN[int(rng.integers(len(SKIN)))]) * rng.uniform(0.8, 1.0, 3)
    depth = cv2.distanceTransform(np.pad(mask, 1).view(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
    light = rng.uniform(0.5, 0.75) + 0.4 * np.minimum(depth / (0.08 * max(mask.shape)), 1)
    return (base * light[..., None]).clip(0, 255).astype(np.uint8)


def plain(mask: Mask, rng: np.random.Generator) -> Pixels:
    """(h, w, 3) one colour that runs a little into another."""
    height, width = mask.shape
    one = rng.uniform(0, 255, 3)
    other = (one + rng.normal(0, 40, 3)).clip(0, 255)
    corners = np.stack([one, other, other, one]).reshape(2, 2, 3) if rng.random() < 0.5 else [[one], [other]]
    return cv2.resize(np.asarray(corners, np.float32), (width, height)).astype(np.uint8)


def torn(mask: Mask, picture: Pixels, rng: np.random.Generator) -> Pixels:
    """(h, w, 3) a drawn part of a picture: what hides looks like the rest of a photo does."""
    height, width = mask.shape
    side = picture.shape[0]
    length = int(rng.integers(side // 4, side // 2))
    top, left = rng.integers(0, side - length, 2)
    part = np.asarray(picture[top : top + length, left : left + length])
    return np.asarray(cv2.resize(part, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def stamped(mask: Mask, paint: Paint, corner: tuple[int, int], rng: np.random.Generator) -> Layer:
    """The mask in colours, its outline softened by half a pixel. corner: left, top."""
    wide = np.pad(mask, 1)
    alpha = np.asarray(cv2.GaussianBlur(wide.view(np.uint8) * np.uint8(255), (3, 3), 0), np.uint8)
    colours = paint(wide, rng).astype(np.uint16) * alpha[..., None] // 255
    return Layer(np.dstack([colours.astype(np.uint8), alpha]), corner[0] - 1, corner[1] - 1)


def patch(contact: NDArray[np.uint8], share: float, swell_px: int) -> Mask:
    """The contact patch that hides about `share` of what is seen of the body: rows A24-A26.

    contact: (h, w) ranks as in views/record.py, already in the frame. The growth order is kept; what holds
    the body sticks out over its outline by swell_px."""
    ranks = contact[contact > 0]
    if len(ranks) == 0:
        return np.zeros(contact.shape, bool)
    nth = min(int(share * len(ranks)), len(ranks) - 1)
    last = np.partition(ranks, nth)[nth]
    chosen = (contact > 0) & (contact <= last)
    soft = cv2.GaussianBlur(chosen.astype(np.float32), (0, 0), 1.5)  # triangles' teeth are no hand's outline
    held = (soft > 0.5) & (contact > 0)
    beyond = grown(held, swell_px) & (contact == 0) if swell_px > 0 else np.zeros_like(held)
    return held | beyond


def arm(hand: Mask, whole: Mask, rng: np.random.Generator) -> Mask:
    """(h, w) what the hand hangs on: a bar from its middle away from the body's, to beyond the frame."""
    middles = [np.argwhere(mask).mean(axis=0)[::-1] for mask in (hand, whole)]
    towards = middles[0] - middles[1] + rng.normal(0, 0.05 * len(whole), 2)
    end = middles[0] + towards / max(float(np.hypot(*towards)), 1e-3) * 1.5 * len(whole)
    thick = max(round(np.sqrt(np.count_nonzero(hand)) * rng.uniform(0.4, 0.9)), 3)
    out = np.zeros(whole.shape, np.uint8)
    ends = [tuple(np.round(point).astype(int).tolist()) for point in (middles[0], end)]
    cv2.line(out, ends[0], ends[1], FULL, thick)
    return out > 0
