"""Cut-out pictures of other objects pasted over a photo as occluders, as DeOcc-1-to-3 and ZeroShape-W do."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from deocc.errors import InputFault

VISIBLE_PX = 64  # so much of the object stays visible at least, and
VISIBLE_SHARE = 0.1  # this share of it
HIDDEN_SHARE = 0.02  # and so much is hidden at least, where anything is pasted
TRIES = 40  # of places; after one that hides too much
SHRINK = 0.9  # is the size of the next


@dataclass(frozen=True)
class PasteRule:
    """count: (least, most) cut-outs.  scale: (least, most) of a cut-out's longest side, in longest sides of
    the object's box in the picture."""

    count: tuple[int, int]
    scale: tuple[float, float]
    words: str


RULES = {
    "deocc": PasteRule(
        (1, 1), (0.5, 1.0), "one object's cut-out, 0.5-1.0 times the object's size (our choice), over it"
    ),
    "zeroshape": PasteRule((0, 2), (0.4, 0.6), "0-2 cut-outs, 0.4-0.6 times the object's size, over it"),
}


@dataclass(frozen=True)
class Pasted:
    """An occluded sample. With the photo I_raw and the amodal mask M_full that it was made of, these are the
    four products of DeOcc-1-to-3 §3.3: I_full = I_raw ⊙ M_full, I_occ = I_mix ⊙ M_occ.

    photo: (H, W, 3) uint8, I_mix.  occluder_mask: (H, W) bool, every pixel that a cut-out touches; the photo
    is unchanged outside.  object_mask: (H, W) bool, M_occ, what is visible of the object.
    used: indices of the pasted cut-outs, in order of pasting.
    """

    photo: NDArray[np.uint8]
    occluder_mask: NDArray[np.bool_]
    object_mask: NDArray[np.bool_]
    used: tuple[int, ...]


def paste(
    photo: NDArray[np.uint8],
    amodal: NDArray[np.bool_],
    cutouts: Sequence[NDArray[np.uint8]],
    rule: str,
    generator: np.random.Generator,
    least: int = 1,
) -> Pasted:
    """Pastes drawn cut-outs at drawn sizes and places over the object.

    photo: (H, W, 3) uint8.  amodal: (H, W) bool, the whole object.  cutouts: (h, w, 4) uint8 RGBA, colours
    not multiplied by alpha, each one object seen by a camera of about the photo's focal length (row W24).
    rule: a name of RULES.  least: so many cut-outs at least, whatever the rule's least count.
    A cut-out whose TRIES all hide too little or too much is left out, so `used` may be shorter than drawn.
    InputFault where the object is too small to be hidden in part, there are no cut-outs or one shows nothing.
    """
    how, limits = RULES[rule], _limits(amodal)
    count = int(generator.integers(max(how.count[0], least), how.count[1] + 1))
    if count and not cutouts:
        raise InputFault("no_cutouts", "There is no picture to paste over the photo.", "Give cut-outs.")
    rows, columns = np.nonzero(amodal)
    longest_px = max(int(np.ptp(rows)), int(np.ptp(columns))) + 1
    mixed, occluder, used = photo, np.zeros(amodal.shape, bool), []
    for _ in range(count):
        index = int(generator.integers(len(cutouts)))
        size_px = generator.uniform(*how.scale) * longest_px
        layer = _laid_over(_trimmed(cutouts[index]), size_px, amodal, occluder, limits, generator)
        if layer is not None:
            mixed, occluder = _blended(mixed, layer), occluder | (layer[..., 3] > 0)
            used.append(index)
    return Pasted(mixed, occluder, amodal & ~occluder, tuple(used))


def _limits(amodal: NDArray[np.bool_]) -> tuple[int, int]:
    """Least and most pixels of the object that may be hidden."""
    total = int(amodal.sum())
    least = max(1, math.ceil(HIDDEN_SHARE * total))
    most = total - max(VISIBLE_PX, math.ceil(VISIBLE_SHARE * total))
    if least > most:
        words = f"The object has {total} pixels: too few to hide a part of it."
        raise InputFault("object_too_small", words, "Come nearer.")
    return least, most


def _laid_over(
    cutout: NDArray[np.uint8],
    size_px: float,
    amodal: NDArray[np.bool_],
    occluder: NDArray[np.bool_],
    limits: tuple[int, int],
    generator: np.random.Generator,
) -> NDArray[np.uint8] | None:
    """(H, W, 4) the cut-out at the first drawn place where it, with the occluder so far, hides a number of
    pixels within limits; None where TRIES places don't."""
    places = np.argwhere(amodal)
    for _ in range(TRIES):
        layer = _placed(cutout, size_px, places, amodal.shape, generator)
        hidden = int(((occluder | (layer[..., 3] > 0)) & amodal).sum())
        if limits[0] <= hidden <= limits[1]:
            return layer
        if hidden > limits[1]:
            size_px = max(size_px * SHRINK, 1.0)
    return None


def _trimmed(cutout: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The cut-out without empty rows and columns at its sides."""
    rows, columns = np.nonzero(cutout[..., 3])
    if len(rows) == 0:
        raise InputFault("empty_cutout", "A cut-out picture shows nothing.", "Leave it out.")
    return cutout[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


def _placed(
    cutout: NDArray[np.uint8],
    size_px: float,
    places: NDArray[np.int64],
    shape: tuple[int, ...],
    generator: np.random.Generator,
) -> NDArray[np.uint8]:
    """(H, W, 4) the cut-out with its longest side size_px, so moved that a random pixel of it lies over
    one of places (N, 2), rows and columns of the object, hence always over some of it; empty elsewhere."""
    scaled = _scaled(cutout, size_px)
    opaque = np.argwhere(scaled[..., 3] == scaled[..., 3].max())
    over, under = generator.integers(len(opaque)), generator.integers(len(places))
    top, left = (places[under] - opaque[over]).tolist()
    layer = np.zeros((*shape, 4), np.uint8)
    height, width = scaled.shape[:2]
    inside = layer[max(top, 0) : max(top + height, 0), max(left, 0) : max(left + width, 0)]
    down, across = max(-top, 0), max(-left, 0)
    inside[:] = scaled[down : down + inside.shape[0], across : across + inside.shape[1]]
    return layer


def _scaled(cutout: NDArray[np.uint8], size_px: float) -> NDArray[np.uint8]:
    """Resized with colours multiplied by alpha, else what lies beside the outline would bleed into it."""
    factor = size_px / max(cutout.shape[:2])
    target = max(round(cutout.shape[1] * factor), 1), max(round(cutout.shape[0] * factor), 1)
    alpha = cutout[..., 3:].astype(np.float32)
    layers = np.concatenate([cutout[..., :3] * (alpha / 255), alpha], axis=2)
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    layers = cv2.resize(layers, target, interpolation=how).reshape(target[1], target[0], 4)
    colours = layers[..., :3] * (255 / np.maximum(layers[..., 3:], 1e-3))
    return np.round(np.concatenate([colours, layers[..., 3:]], axis=2)).clip(0, 255).astype(np.uint8)


def _blended(photo: NDArray[np.uint8], layer: NDArray[np.uint8]) -> NDArray[np.uint8]:
    alpha = layer[..., 3:].astype(np.float32) / 255
    return np.round(layer[..., :3] * alpha + photo * (1 - alpha)).astype(np.uint8)
