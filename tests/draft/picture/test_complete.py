"""The whole object's picture: mirrored where that fits, grown elsewhere, the occluder's colour nowhere."""

from __future__ import annotations

import numpy as np
import pytest

from deocc.backends.draft.canvas import Canvas, make_canvas, paste_back
from deocc.backends.draft.picture.complete import complete_picture
from deocc.backends.draft.silhouette.hypotheses import Completion, hypotheses
from deocc.backends.draft.silhouette.symmetry import Axis
from deocc.observation import Observation

SHAPE = (120, 160)
GREEN = (0, 255, 0)


def scene(texture: np.ndarray, slip_px: int = 0) -> tuple[Canvas, np.ndarray, np.ndarray]:
    """Canvas of a block whose right part is behind a green bar, and on it its whole mask and true picture.

    slip_px: how many pixels of the bar the object mask takes in.
    """
    whole = np.zeros(SHAPE, bool)
    whole[20:100, 40:120] = True
    bar = np.zeros(SHAPE, bool)
    bar[6:114, 90:125] = True
    photo = np.where(bar[..., None], GREEN, np.where(whole[..., None], texture, 90)).astype(np.uint8)
    occluder = bar.copy()
    occluder[:, : 90 + slip_px] = False
    canvas = make_canvas(Observation(photo, whole & ~occluder, occluder, np.zeros(SHAPE, bool)))
    height, width = canvas.seen.shape
    window = np.s_[canvas.top : canvas.top + height, canvas.left : canvas.left + width]
    return canvas, whole[window], texture[window]


def symmetric_texture() -> np.ndarray:
    """Bands of colour, the same left and right of column 80."""
    off = np.abs(np.arange(SHAPE[1]) - 79.5)
    bands = np.stack([40 + off * 2, 200 - off * 3, 60 + 40 * (off // 10 % 2)], 1)
    return np.broadcast_to(bands, (*SHAPE, 3)).clip(0, 255).astype(np.uint8)


def rough_texture() -> np.ndarray:
    noise = np.random.default_rng(5).normal(0, 20, (*SHAPE, 1))
    return (np.array([170, 60, 40]) + noise).clip(0, 255).astype(np.uint8)


def upright_axis(canvas: Canvas) -> Axis:
    return Axis("mirror", 80.0 - canvas.left, 60.0, 90.0)


def test_the_mirrored_side_fills_the_hidden_one():
    canvas, whole, truth = scene(symmetric_texture())
    picture = complete_picture(canvas, Completion(whole, "mirror", upright_axis(canvas), 1.0))
    hidden = whole & ~canvas.seen
    assert np.abs(picture[hidden].astype(int) - truth[hidden]).mean() < 3  # resampled once, its seam levelled


def test_seen_pixels_away_from_the_occluder_are_the_photo():
    canvas, whole, truth = scene(rough_texture())
    picture = complete_picture(canvas, Completion(whole, "contour", None, 1.0))
    away = canvas.seen.copy()
    away[:, 90 - canvas.left - 5 :] = False  # the rim that is filled anew, a few pixels of 80
    assert np.array_equal(picture[away], truth[away])


@pytest.mark.parametrize("slip_px", [0, 3])
@pytest.mark.parametrize("kind", ["contour", "mirror"])
def test_the_occluder_does_not_bleed_in(kind: str, slip_px: int):
    canvas, whole, _ = scene(rough_texture(), slip_px)
    axis = upright_axis(canvas) if kind == "mirror" else None
    picture = complete_picture(canvas, Completion(whole, kind, axis, 1.0)).astype(int)
    green = (picture[..., 1] > 140) & (picture[..., 0] < 110) & whole
    assert green.mean() < 0.001


def test_the_filled_part_is_no_flat_colour_and_of_the_objects_colours():
    canvas, whole, truth = scene(rough_texture())
    picture = complete_picture(canvas, Completion(whole, "contour", None, 1.0)).astype(float)
    hidden = whole & ~canvas.seen
    assert picture[hidden].std(axis=0).min() > 10  # of the texture's 20
    assert picture[hidden].mean(axis=0) == pytest.approx(truth[canvas.seen].mean(axis=0), abs=6)


def test_no_seam_shows_where_the_light_falls_off():
    # lit from the left, so the mirrored side is too bright
    slope = np.linspace(1.3, 0.5, SHAPE[1])[None, :, None]
    canvas, whole, _ = scene((np.full((*SHAPE, 3), 120) * slope).astype(np.uint8))
    picture = complete_picture(canvas, Completion(whole, "mirror", upright_axis(canvas), 1.0)).astype(float)
    seam = 90 - canvas.left
    rows = slice(30 - canvas.top, 70 - canvas.top)
    before, after = picture[rows, seam - 8 : seam - 4], picture[rows, seam + 2 : seam + 6]
    step = np.abs(before.mean(axis=(0, 1)) - after.mean(axis=(0, 1)))
    assert step.max() < 9  # the slope's own 6; unlevelled it is 18


def test_outside_the_objects_own_colours_go_on():
    canvas, whole, _ = scene(rough_texture())
    picture = complete_picture(canvas, Completion(whole, "contour", None, 1.0))
    left = 40 - canvas.left
    assert np.array_equal(
        picture[60 - canvas.top, left - 3 : left], picture[60 - canvas.top, left + 1 : left + 4][::-1]
    )


def slipped_scene(slip_px: int) -> tuple[Canvas, np.ndarray]:
    """All of a red block seen, before smooth blue; its mask takes in slip_px of the blue all around."""
    whole = np.zeros(SHAPE, bool)
    whole[20:100, 40:120] = True
    photo = np.where(whole[..., None], rough_texture(), (60, 70, 160)).astype(np.uint8)
    seen = np.zeros(SHAPE, bool)
    seen[20 - slip_px : 100 + slip_px, 40 - slip_px : 120 + slip_px] = True
    return make_canvas(Observation(photo, seen, np.zeros(SHAPE, bool), np.zeros(SHAPE, bool))), whole


def test_background_that_the_mask_takes_in_is_painted_over():
    canvas, whole = slipped_scene(3)
    picture = complete_picture(canvas, Completion(canvas.seen, "seen", None, 1.0)).astype(int)
    blue = (picture[..., 2] > picture[..., 0]) & canvas.seen
    assert blue.sum() < 0.02 * (canvas.seen.sum() - whole.sum())


def test_a_mask_that_fits_loses_nothing():
    canvas, _ = slipped_scene(0)
    picture = complete_picture(canvas, Completion(canvas.seen, "seen", None, 1.0))
    assert np.array_equal(picture[canvas.seen], canvas.picture[canvas.seen])


def test_what_is_to_be_kept_stays_even_where_the_object_could_go_on():
    shape = (120, 160)
    whole, bar, keep = np.zeros(shape, bool), np.zeros(shape, bool), np.zeros(shape, bool)
    whole[20:100, 40:120] = True
    bar[6:114, 90:125] = True
    keep[50:70, 95:110] = True  # of the bar
    photo = np.where(bar[..., None], GREEN, np.where(whole[..., None], rough_texture(), 90)).astype(np.uint8)
    observation = Observation(photo, whole & ~bar, bar, keep)
    canvas = make_canvas(observation)
    for one in hypotheses(canvas):
        picture = complete_picture(canvas, one)
        assert not (one.whole & canvas.keep).any()
        assert np.array_equal(picture[canvas.keep], canvas.picture[canvas.keep])
        assert not paste_back(canvas, picture, one.whole)[keep].any()


def test_a_slanting_symmetry_of_the_outline_alone_is_not_believed():
    y, x = np.indices(SHAPE)
    texture = np.stack([40 + 2 * y, 220 - 1.5 * y, 60 + 0 * x], axis=-1).clip(0, 255).astype(np.uint8)
    canvas, whole, truth = scene(texture)
    axis = Axis("mirror", 80.0 - canvas.left, 60.0 - canvas.top, 45.0)  # of the square, not of what is on it
    picture = complete_picture(canvas, Completion(whole, "mirror", axis, 1.0)).astype(int)
    hidden = whole & ~canvas.seen
    assert np.abs(picture[hidden] - truth[hidden]).mean() < 12  # mirrored across the slope it is 50


def test_the_seed_decides_alone():
    canvas, whole, _ = scene(rough_texture())
    completion = Completion(whole, "contour", None, 1.0)
    first, second, other = (complete_picture(canvas, completion, seed) for seed in (0, 0, 1))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)
