"""The whole object in colour: hidden pixels from the mirrored seen side where that fits, else grown."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from deocc.backends.draft.canvas import Canvas
from deocc.backends.draft.morphology import around, box_mean, distance, inside, moved, resized
from deocc.backends.draft.picture.blending import carried
from deocc.backends.draft.picture.folding import carried_outwards
from deocc.backends.draft.picture.guided import Guess, Guesser, fill_towards
from deocc.backends.draft.picture.patches import fill
from deocc.backends.draft.picture.slips import near_background, near_occluder
from deocc.backends.draft.silhouette.hypotheses import Completion
from deocc.backends.draft.silhouette.symmetry import Axis

WORKING_PX = 640  # longest side at which colours are filled: what is invented needs no more
SLIPS_PX = 320  # the same where what a mask took in by mistake is told apart
LEAST_RIM_PX = 1.5
RIM_SHARE = 0.01  # of the object's size: this near to the occluder its colour has bled into the object
LIKE_SHARE = 0.6  # of the difference of any two pixels: partners differing by less are like each other
PLAIN_LEVELS = 6.0  # of 255: an object of one colour is like itself everywhere
# things stand upright and are mirrored left to right: an axis this upright needs no more proof
UPRIGHT_DEG = 12.0
APRON_SHARE = 0.06  # of the object's size: around it this far its colours go on
SEAM_SHARE = 0.12  # of the object's size: over this way from the seam a step in brightness is evened out


def complete_picture(
    canvas: Canvas, completion: Completion, seed: int = 0, guesser: Guesser | None = None
) -> NDArray[np.uint8]:
    """(h, w, 3) uint8: seen pixels as they are, hidden ones filled; around the object its colours go on for a
    little, so that a texture made of it has no background at its edges. What is to be kept stays.

    guesser: says what hidden pixels look like, where somebody knows.
    """
    generator = np.random.default_rng(seed)
    margin = round(APRON_SHARE * float(np.sqrt(canvas.seen.sum()))) + 2
    window = around(completion.whole, margin)
    scene, factor = _scene(canvas, completion, window, WORKING_PX)
    rough, _ = _scene(canvas, completion, window, SLIPS_PX)
    guess = guesser(window, (scene.seen.shape[1], scene.seen.shape[0])) if guesser else None
    axis = completion.axis
    if axis is not None:
        axis = axis.moved(window[1].start, window[0].start).scaled(factor)
    filled, spoiled = _complete(scene, rough, axis, generator, guess)
    picture, photo = canvas.picture.copy(), canvas.picture[window]
    size = (photo.shape[1], photo.shape[0])
    own = (canvas.seen[window] & ~_resized(spoiled, size)) | canvas.keep[window]
    filled = np.clip(filled + 0.5, 0, 255).astype(np.uint8)
    if filled.shape[1::-1] != size:
        filled = np.asarray(cv2.resize(filled, size, interpolation=cv2.INTER_LINEAR), np.uint8)
    np.copyto(picture[window], filled, where=~own[..., None])
    return picture


@dataclass(frozen=True)
class _Scene:
    """The window worked on, small enough to work on: colours (h, w, 3) float32, masks (h, w) bool, the
    object's size in pixels (square root of the seen area)."""

    colours: NDArray[np.float32]
    seen: NDArray[np.bool_]
    may_hide: NDArray[np.bool_]
    whole: NDArray[np.bool_]
    size: float


def _scene(
    canvas: Canvas, completion: Completion, window: tuple[slice, slice], longest_px: int
) -> tuple[_Scene, float]:
    """The window at that size at most, and the factor."""
    colours, masks = canvas.picture[window], (canvas.seen, canvas.may_hide, completion.whole)
    height, width = colours.shape[:2]
    factor = min(1.0, longest_px / max(height, width))
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    if factor < 1:
        colours = cv2.resize(colours, size, interpolation=cv2.INTER_AREA)
        seen, may_hide, whole = (resized(mask[window].astype(np.float32), size) for mask in masks)
        seen = seen > (0.99 if (seen > 0.99).any() else 0)  # a mixed pixel's colour is not the object's
        may_hide, whole = (may_hide > 0) & ~seen, (whole > 0.5) | seen
    else:
        seen, may_hide, whole = (mask[window] for mask in masks)
    object_size = float(np.sqrt(seen.sum()))
    return _Scene(np.asarray(colours, np.float32), seen, may_hide, whole, object_size), factor


def _complete(
    scene: _Scene,
    rough: _Scene,
    axis: Axis | None,
    generator: np.random.Generator,
    guess: Guess | None,
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The scene's colours with hidden and outer pixels filled; and where the photo's own are not to stand,
    though the mask says that they are the object's. rough: the scene, smaller."""
    slipped, spoiled = _spoiled(scene, rough)
    clean, whole = scene.seen & ~spoiled, scene.whole & ~slipped
    if not clean.any():
        clean, whole, spoiled = scene.seen, scene.whole, np.zeros_like(spoiled)
    colours, known = scene.colours, clean
    if axis is not None and (whole & ~clean).any():
        colours, known = _mirror(colours, clean, whole, axis, scene.size)
    left = whole & ~known
    if left.any() and guess is not None:
        colours = fill_towards(guess, colours, known, left, scene.size, generator)
    elif left.any():
        colours = fill(colours, known, left, generator)
    return carried_outwards(colours, whole), spoiled


def _spoiled(scene: _Scene, rough: _Scene) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """What a clumsy mask took from the background; and all that does not show the object alone: that, what
    it took from the occluder, and the rim along the occluder."""
    size = (scene.seen.shape[1], scene.seen.shape[0])
    background = inside(~rough.whole & ~rough.may_hide)  # the first pixel outside mixes in the object
    slipped = _resized(near_background(rough.colours, rough.seen, background), size)
    spoiled = slipped | _resized(near_occluder(rough.colours, rough.seen, rough.may_hide), size)
    if scene.may_hide.any():
        spoiled |= distance(scene.may_hide) <= max(LEAST_RIM_PX, RIM_SHARE * scene.size)
    return slipped, spoiled


def _resized(mask: NDArray[np.bool_], size: tuple[int, int]) -> NDArray[np.bool_]:
    """The mask at (width, height)."""
    return mask if mask.shape[::-1] == size else resized(mask.astype(np.float32), size) > 0.5


def _mirror(
    colours: NDArray[np.float32], clean: NDArray[np.bool_], whole: NDArray[np.bool_], axis: Axis, size: float
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Hidden pixels taken from their seen partners, where partners look alike; and what is known now."""
    mirrored, valid = _partners(colours, clean, axis)
    if not _alike(colours, mirrored, clean & valid, axis, size):
        return colours, clean
    taken = whole & ~clean & valid
    levelled = _level(colours, mirrored, clean, valid, taken, size)
    return np.where(taken[..., None], levelled, colours), clean | taken


def _partners(
    colours: NDArray[np.float32], clean: NDArray[np.bool_], axis: Axis
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The picture moved onto itself by the symmetry, and where it has a seen partner."""
    mirrored, valid = np.zeros_like(colours), np.zeros_like(clean)
    for matrix in axis.images():
        fresh = moved(clean, matrix) & ~valid
        mirrored[fresh] = moved(colours, matrix, smooth=True)[fresh]
        valid |= fresh
    return mirrored, inside(valid)


def _alike(
    colours: NDArray[np.float32],
    mirrored: NDArray[np.float32],
    both: NDArray[np.bool_],
    axis: Axis,
    size: float,
) -> bool:
    """Whether the symmetry of the outline holds for the colours too, looked at coarsely: partners must differ
    by less than any two pixels of the object do."""
    step = max(1, round(size / 40))
    a, b = (box_mean(one, 2 * step + 1)[both] for one in (colours, mirrored))
    if len(a) < 16:
        return False
    if axis.kind == "mirror" and abs(axis.angle_deg % 180 - 90) < UPRIGHT_DEG:
        return True
    chance = float(np.abs(a - np.roll(a, len(a) // 2, axis=0)).mean())
    return float(np.abs(a - b).mean()) < max(LIKE_SHARE * chance, PLAIN_LEVELS)


def _level(
    colours: NDArray[np.float32],
    mirrored: NDArray[np.float32],
    clean: NDArray[np.bool_],
    valid: NDArray[np.bool_],
    taken: NDArray[np.bool_],
    size: float,
) -> NDArray[np.float32]:
    """The mirrored picture, its brightness brought to that of the seen side: their difference where both are
    known, carried smoothly into the taken part."""
    both = clean & valid & ~taken
    if not both.any():
        return mirrored
    return mirrored + carried(colours - mirrored, both, taken, SEAM_SHARE * size)
