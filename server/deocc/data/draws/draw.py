"""One training pair from the views: an imagined photo with clumsy masks, and the truth behind it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from deocc.backends.draft.learned.crop import Square, resampled
from deocc.data.draws.clumsy import blob, drawn_pair, generous
from deocc.data.draws.degrade import degraded, drawn_tone
from deocc.data.draws.framing import first_like, second_like, truth_in
from deocc.data.draws.layer import Mask, grown, only
from deocc.data.draws.occlude import Hidden, hide
from deocc.data.draws.sample import GREY, Sample
from deocc.data.draws.scene import Scene, Views, draw_scene

FIRST = 0.35  # share of crops as the backend's first pass sees them, the rest as its second
KEPT = 0.12  # share of pairs with a keep mask over what is not the object's,
MISSING = 0.06  # and with one over a part that the object really lacks


def draw_sample(views: Views, backdrops: NDArray[np.uint8], index: int, rng: np.random.Generator) -> Sample:
    """A new pair of the view at `index`; the same rng gives the same pair.

    views: of views/record.py's VIEW, an array or anything indexed like one; other bodies' are what hides.
    backdrops: (K, B, B, 3) uint8."""
    view = views[index]
    scene = draw_scene(views, backdrops, view, rng)
    missing = np.zeros_like(scene.whole)
    if rng.random() < MISSING:
        scene, missing = _with_a_part_missing(scene, rng)
    hidden = hide(scene, view, views, backdrops, rng)
    seen, hides, keep = _masks(scene, hidden, missing, rng)
    if rng.random() < FIRST:
        square = first_like(seen, hides, keep, hidden.inside, rng)
    else:
        square = second_like(scene.whole, seen, rng)
    return _sample(view, scene, hidden, (seen, hides, keep | missing), missing, square, rng)


def _with_a_part_missing(scene: Scene, rng: np.random.Generator) -> tuple[Scene, Mask]:
    """The object with a bite out of it: the photo shows what is behind. Unless that is most of it."""
    places = np.argwhere(scene.whole)
    y, x = places[int(rng.integers(len(places)))].tolist()
    bite = blob(scene.whole.shape, (x, y), scene.longest_px * rng.uniform(0.08, 0.25), rng)
    whole = scene.whole & ~bite
    if np.count_nonzero(whole) < 0.6 * np.count_nonzero(scene.whole):
        return scene, np.zeros_like(bite)
    photo = np.where(bite[..., None], scene.empty, scene.photo)
    return replace(scene, photo=photo, whole=whole), bite


def _masks(scene: Scene, hidden: Hidden, missing: Mask, rng: np.random.Generator) -> tuple[Mask, Mask, Mask]:
    """Object, occluder, keep as a user would draw them, disjoint, inside the photo."""
    left, top, right, bottom = hidden.inside
    within = np.zeros_like(scene.whole)
    within[top:bottom, left:right] = True
    marked = generous(hidden.hides & within, scene.whole, hidden.visible, scene.longest_px, rng)
    seen, hides = drawn_pair(hidden.visible, marked, rng)
    keep = missing
    if not missing.any() and rng.random() < KEPT:
        keep = _kept(scene, hides, rng)
    keep = keep & within
    return seen & within & ~keep, hides & within & ~keep, keep


def _kept(scene: Scene, hides: Mask, rng: np.random.Generator) -> Mask:
    """A lump over what is not the object's, within the occluder's mask where there is one to hit, else beside
    the object."""
    around = grown(scene.whole, max(round(0.15 * scene.longest_px), 2)) & ~scene.whole
    within = around & hides
    places = np.argwhere(within if within.any() and rng.random() < 0.7 else around)
    y, x = places[int(rng.integers(len(places)))].tolist()
    lump = blob(scene.whole.shape, (x, y), scene.longest_px * rng.uniform(0.05, 0.3), rng)
    return lump & ~grown(scene.whole, int(rng.integers(3)))


def _sample(
    view: np.void,
    scene: Scene,
    hidden: Hidden,
    masks: tuple[Mask, Mask, Mask],
    missing: Mask,
    square: Square,
    rng: np.random.Generator,
) -> Sample:
    left, top, right, bottom = hidden.inside
    photo_square = square.moved(-left, -top)

    def cropped(values: NDArray, beyond: float) -> NDArray[np.float32]:
        return resampled(np.ascontiguousarray(values[top:bottom, left:right]), photo_square, beyond)

    look = drawn_tone(rng)
    photo = np.ascontiguousarray(hidden.photo[top:bottom, left:right])
    picture = degraded(look.of(_rounded(resampled(photo, photo_square, GREY))), rng)
    inside = resampled(np.ones(photo.shape[:2], bool), photo_square) >= 0.5
    picture[~inside] = GREY
    truth = truth_in(view, scene.to_frame, scene.scale, square)
    lost = resampled(missing, square) >= 0.5
    whole = truth.whole & ~lost
    keep = (cropped(masks[2], 0) >= 0.5) & ~whole
    shares = cropped(masks[0], 0) * ~keep
    least = max(float(shares.max()), 1e-3)  # what is thinner than the crop's pixels is there all the same
    seen = shares >= min(0.5, least)
    return Sample(
        picture=picture,
        object_mask=seen,
        occluder_mask=(cropped(masks[1], 1) >= 0.5) & ~seen & ~keep,
        keep_mask=keep,
        inside=inside,
        whole=whole,
        visible=whole & (cropped(hidden.hides, 1) < 0.5) & inside,
        front=only(truth.front, whole),
        back=only(truth.back, whole),
        front_rgb=only(look.of(truth.front_rgb), whole),
        back_rgb=only(look.of(truth.back_rgb), whole),
        elevation_deg=float(view["elevation_deg"]),
        hidden_share=float(hidden.share),
        kind=hidden.kind,
        body=int(view["body"]),
    )


def _rounded(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.round(values).clip(0, 255).astype(np.uint8)
