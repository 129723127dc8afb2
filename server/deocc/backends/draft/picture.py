"""The whole object's picture: hidden pixels from the mirrored visible side where that fits, else grown
texture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deocc.backends.draft.canvas import Canvas
from deocc.backends.draft.morphology import box_mean, distance, grown, inside, moved, nearest
from deocc.backends.draft.patches import fill, smooth_fill
from deocc.backends.draft.silhouette import Completion
from deocc.backends.draft.symmetry import Axis

RIM_SHARE = 0.006  # of the object's size: this near to the occluder its colour has bled into the object
BAND_SHARE = 0.045  # of the object's size: this far a hand-drawn mask takes in pixels of the occluder
FOREIGN_LEVELS = 40.0  # object and occluder must differ by this much for a pixel to be told apart
LIKE_LEVELS = 20.0  # partners that differ by less than this many of 255 levels may stand in for each other
LIKE_CORRELATION = 0.25  # so may those whose colours go together; light from one side spoils more than this
# things stand upright and are mirrored left to right: an axis this upright needs no more proof
UPRIGHT_DEG = 12.0
APRON_SHARE = 0.06  # of the object's size: around it this far its colours go on
SEAM_SHARE = 0.12  # of the object's size: over this way from the seam a step in brightness is evened out


def complete_picture(canvas: Canvas, completion: Completion, seed: int = 0) -> NDArray[np.uint8]:
    """(h, w, 3) uint8: seen pixels as they are, hidden ones filled; around the object its colours go on for a
    little, so that a texture made of it has no background at its edges."""
    generator = np.random.default_rng(seed)
    size = float(np.sqrt(canvas.seen.sum()))
    window = _window(completion.whole, margin=round(APRON_SHARE * size) + 2)
    whole = completion.whole[window]
    clean = _clean(canvas, size)[window]
    colours, known = canvas.picture[window].astype(np.float32), clean
    if completion.axis is not None and (whole & ~clean).any():
        origin = (window[1].start, window[0].start)
        colours, known = _mirror(colours, clean, whole, completion.axis.moved(*origin), size)
    left = whole & ~known
    if left.any():
        colours = _grow(colours, known, left, size, generator)
    picture = canvas.picture.copy()
    picture[window] = np.clip(_outside(colours, whole) + 0.5, 0, 255).astype(np.uint8)
    return picture


def _mirror(
    colours: NDArray[np.float32], clean: NDArray[np.bool_], whole: NDArray[np.bool_], axis: Axis, size: float
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Hidden pixels taken from their seen partners, where partners look alike; and what is known now."""
    mirrored, valid = _partners(colours, clean, axis)
    if not _alike(colours, mirrored, clean & valid, axis, size):
        return colours, clean
    taken = whole & ~clean & valid
    return np.where(
        taken[..., None], _level(colours, mirrored, clean, valid, taken, size), colours
    ), clean | taken


def _clean(canvas: Canvas, size: float) -> NDArray[np.bool_]:
    """The seen part without its rim along the occluder, nor what a clumsy mask took from the occluder there:
    in a wider band, pixels more like the occluder beside them than like the object. All of it where nothing
    is left."""
    away = distance(canvas.may_hide)
    clean = canvas.seen & (away > max(1.5, RIM_SHARE * size))
    band, inner = canvas.seen & (away <= BAND_SHARE * size), canvas.seen & (away > BAND_SHARE * size)
    if not band.any() or not inner.any():
        return clean if clean.any() else canvas.seen
    window = _window(band, margin=round(3 * BAND_SHARE * size))
    colours = box_mean(canvas.picture[window].astype(np.float32), 3)
    object_like = smooth_fill(colours, inner[window]) if inner[window].any() else colours
    occluder_like = smooth_fill(colours, canvas.may_hide[window])

    def far(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.linalg.norm(a - b, axis=2)

    foreign = far(colours, occluder_like) < 0.8 * far(colours, object_like)
    foreign &= far(object_like, occluder_like) > FOREIGN_LEVELS
    clean[window] &= ~(grown(foreign & band[window]) & band[window])
    return clean if clean.any() else canvas.seen


def _window(mask: NDArray[np.bool_], margin: int) -> tuple[slice, slice]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return (
        slice(max(int(rows[0]) - margin, 0), int(rows[-1]) + 1 + margin),
        slice(max(int(columns[0]) - margin, 0), int(columns[-1]) + 1 + margin),
    )


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
    """Whether the symmetry of the outline holds for the colours too, looked at coarsely."""
    step = max(1, round(size / 40))
    a, b = (box_mean(one, 2 * step + 1)[both] for one in (colours, mirrored))
    if len(a) < 16:
        return False
    if float(np.abs(a - b).mean()) < LIKE_LEVELS:
        return True
    if axis.kind == "mirror" and abs(axis.angle_deg % 180 - 90) < UPRIGHT_DEG:
        return True
    a, b = a - a.mean(axis=0), b - b.mean(axis=0)
    return float((a * b).sum()) > LIKE_CORRELATION * float(np.sqrt((a**2).sum() * (b**2).sum()))


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
    return mirrored + _carried(colours - mirrored, both, taken, size)


def _carried(
    step: NDArray[np.float32], at: NDArray[np.bool_], into: NDArray[np.bool_], size: float
) -> NDArray[np.float32]:
    """`step` beside `into`, smoothed and fading with the way from there."""
    near = grown(into, 3) & at
    if not near.any():
        return np.zeros_like(step)
    fade = np.exp(-distance(near) / np.float32(SEAM_SHARE * size))
    return smooth_fill(step, near) * fade[..., None]


def _grow(
    colours: NDArray[np.float32],
    known: NDArray[np.bool_],
    left: NDArray[np.bool_],
    size: float,
    generator: np.random.Generator,
) -> NDArray[np.float32]:
    """Texture grown over what is left, the step to what is known evened out."""
    filled = fill(colours, known, left, generator)
    smooth = smooth_fill(colours, known)
    rim = left & grown(known, 2)
    filled = filled + _carried(smooth - box_mean(filled, 5), rim, left, size / 3)
    return np.where(left[..., None], filled, colours)


def _outside(colours: NDArray[np.float32], whole: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Pixels off the object take the nearest of its colours."""
    at, _ = nearest(whole)
    return colours[at[..., 0], at[..., 1]]
