"""Pictures of both sides: the photo's own pixels, the network's colours elsewhere."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from deocc.backends.draft.canvas import Canvas
from deocc.backends.draft.learned.colours import back_picture, expected_colours
from deocc.backends.draft.learned.crop import SIDE, Square, resampled
from deocc.backends.draft.learned.passes import Prediction
from deocc.backends.draft.picture.complete import complete_picture
from deocc.backends.draft.silhouette.hypotheses import Completion
from tests.draft.learned.true_prediction import blank_prediction, open_canvas

SHAPE = (200, 260)
SQUARE = Square(40, 20, 160)
WHOLE, HIDES = np.zeros(SHAPE, bool), np.zeros(SHAPE, bool)
WHOLE[60:140, 60:180] = True
HIDES[40:160, 130:200] = True
RED, BLUE = (200, 40, 30), (30, 40, 200)


def scene():
    """A block, red above and blue below, whose right part is behind a green post; and what is said of it."""
    canvas = open_canvas(SHAPE, WHOLE & ~HIDES, HIDES)
    rows = np.arange(SHAPE[0])[:, None, None] < 100
    grain = np.random.default_rng(4).normal(0, 12, (*SHAPE, 1))
    true = (np.where(rows, RED, BLUE) * np.ones((*SHAPE, 1)) + grain).clip(0, 255).astype(np.uint8)
    photo = np.where(HIDES[..., None], (0, 255, 0), np.where(WHOLE[..., None], true, 90)).astype(np.uint8)
    canvas = replace(canvas, picture=photo)
    said = replace(
        blank_prediction(SQUARE, resampled(WHOLE, SQUARE) > 0.5),
        front_rgb=resampled(np.where(rows, RED, BLUE) * np.ones((*SHAPE, 1), np.float32), SQUARE) + 25,
        back_rgb=np.full((SIDE, SIDE, 3), 100, np.float32) * np.array([1, 0.5, 1.5], np.float32),
    )
    return canvas, Completion(WHOLE, "learned", None, 0.9), said, true


def front_of(canvas: Canvas, completion: Completion, said: Prediction) -> np.ndarray:
    return complete_picture(canvas, completion, 0, partial(expected_colours, said))


def test_seen_pixels_are_the_photos_and_hidden_ones_have_the_networks_colours_and_the_photos_grain():
    canvas, completion, said, true = scene()
    picture = front_of(canvas, completion, said).astype(int)
    seen = WHOLE & ~HIDES
    seen[:, 120:] = False  # the rim along the occluder is filled anew
    assert np.array_equal(picture[seen], true[seen])
    for rows, colour in ((np.s_[70:92], RED), (np.s_[108:130], BLUE)):
        found = picture[rows, 140:172]
        # what it says is 25 levels too bright; where it meets the seen part, that is put right
        assert np.abs(found[:, :10].mean(axis=(0, 1)) - colour).max() < 14
        assert np.abs(found.mean(axis=(0, 1)) - colour).max() < 30
        assert found.std(axis=(0, 1)).min() > 6  # half of the photo's grain
    assert not ((picture[..., 1] > 150) & WHOLE).any()  # the post is green


def test_what_the_seen_part_has_nothing_of_is_the_networks_all_the_same():
    canvas, completion, said, _ = scene()
    yellow = said.front_rgb.copy()
    yellow[:, 96:] = (230, 220, 40)  # from column 160 of the photo on
    picture = front_of(canvas, completion, replace(said, front_rgb=yellow)).astype(int)
    assert (
        np.abs(picture[70:130, 166:176].mean(axis=(0, 1)) - (205, 195, 15)).max() < 20
    )  # 25 too bright again


def test_colours_that_the_network_does_not_believe_itself_give_way_to_those_around():
    canvas, completion, said, _ = scene()
    green = np.broadcast_to(np.array([0, 250, 0], np.float32), said.front_rgb.shape)
    doubted = replace(said, front_rgb=green, front_rgb_error=said.front_error + 500)
    found = front_of(canvas, completion, doubted).astype(int)[70:92, 140:172].mean(axis=(0, 1))
    assert np.abs(found - RED).max() < 25  # the seen part beside it is red


def test_the_back_is_the_networks_in_the_photos_light():
    canvas, completion, said, _ = scene()
    front = front_of(canvas, completion, said)
    back = back_picture(canvas, said, front).astype(int)
    # it says of the front as well that it is 25 levels brighter than the photo has it
    assert back[WHOLE].mean(axis=0) == pytest.approx([75, 25, 125], abs=3)


def test_where_the_network_does_not_know_the_back_it_is_the_front_shining_through():
    canvas, completion, said, _ = scene()
    front = front_of(canvas, completion, said)
    lost = replace(said, back_rgb_error=np.full((SIDE, SIDE), 5000, np.float32))
    assert np.abs(back_picture(canvas, lost, front).astype(int) - front)[WHOLE].max() <= 1


ASIDE = Square(41, 21, 160)  # the block's edges lie within the network's pixels


def grey_block(**changes) -> tuple[Canvas, Prediction]:
    """All of a block of 90 is seen, amid magenta; it is said to be 90 in front and 100 behind."""
    canvas = open_canvas(SHAPE, WHOLE, HIDES & ~WHOLE)
    canvas = replace(canvas, picture=np.where(WHOLE[..., None], 90, (255, 0, 255)).astype(np.uint8))
    likely = resampled(WHOLE, ASIDE) > 0.5
    inside = likely[..., None] * np.ones(3, np.float32)
    said = replace(blank_prediction(ASIDE, likely), front_rgb=90 * inside, back_rgb=100 * inside)
    return canvas, replace(said, **changes)


def behind(canvas: Canvas, said: Prediction) -> np.ndarray:
    return back_picture(canvas, said, np.zeros_like(canvas.picture)).astype(int)


def test_an_error_of_25_levels_halves_belief_and_one_of_50_leaves_a_fifth():
    for error, belief in ((25, 1 / 2), (50, 1 / 5)):
        _, said = grey_block(front_rgb_error=np.full((SIDE, SIDE), error, np.float32))
        trust = expected_colours(said, np.s_[0 : SHAPE[0], 0 : SHAPE[1]], (SHAPE[1], SHAPE[0])).trust
        assert trust[WHOLE] == pytest.approx(belief, abs=1e-4)


def test_the_back_has_the_objects_colours_up_to_its_outline_and_is_not_lit_by_what_is_around():
    assert (behind(*grey_block())[WHOLE] == 100).all()


def test_the_back_is_rounded_and_never_wraps():
    for said_of_it, levels in ((99.7, 100), (99.3, 99), (290.0, 255), (-20.0, 0)):
        canvas, said = grey_block(back_rgb=np.full((SIDE, SIDE, 3), said_of_it, np.float32))
        assert (behind(canvas, said)[WHOLE] == levels).all()


def test_light_is_the_mean_of_each_colour_where_the_network_sees_the_object_too():
    canvas, said = grey_block()
    stripes = np.where(np.arange(SHAPE[1]) // 4 % 2, 8, -8)[None, :, None] + np.array([10, -10, 0])
    photo = np.where(WHOLE[..., None], 90 + stripes, 0).astype(np.uint8)
    right = np.broadcast_to(np.arange(SIDE) >= 72, (SIDE, SIDE))  # it takes that for something else
    doubted = replace(
        said,
        logits=np.where(right, -8, said.logits).astype(np.float32),
        front_rgb=np.where(right[..., None], 0, said.front_rgb),
    )
    found = behind(replace(canvas, picture=photo), doubted)
    assert found[WHOLE].mean(axis=0) == pytest.approx([110, 90, 100], abs=1)


def test_where_it_sees_no_object_at_all_its_colours_are_taken_as_they_are():
    ramp = np.broadcast_to(np.arange(SIDE, dtype=np.float32)[None, :, None], (SIDE, SIDE, 3))
    canvas, said = grey_block(logits=np.full((SIDE, SIDE), -8, np.float32), back_rgb=ramp)
    found = behind(canvas, said)
    for column in (70, 100, 160):  # of the canvas; 1.25 of them are one of the network's
        assert found[100, column] == pytest.approx((column + 0.5 - ASIDE.left) / 1.25 - 0.5, abs=0.51)
