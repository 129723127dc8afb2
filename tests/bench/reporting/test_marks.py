"""Masks as pictures: what is coloured, where, and how much of a photo is shown."""

from __future__ import annotations

import numpy as np
import pytest

from deocc.bench.reporting.marks import (
    AGREED,
    HATCH,
    TINT,
    TOO_LITTLE,
    TOO_MUCH,
    crop_around,
    cropped,
    marked,
    silhouettes,
)


def test_a_crop_is_a_square_around_the_object_and_within_the_picture():
    mask = np.zeros((100, 200), bool)
    mask[40:60, 90:100] = True  # 20 rows, 10 columns; with half of 20 on each side: 40 pixels square
    assert crop_around(mask, 0.5) == pytest.approx((75 / 200, 0.3, 115 / 200, 0.7))
    mask[:] = False
    mask[0:20, 0:10] = True
    assert crop_around(mask, 0.5) == pytest.approx((0, 0, 0.2, 0.4)), "moved inwards, not cut"
    assert crop_around(~np.zeros((100, 200), bool), 0.5) == (0, 0, 1, 1)
    assert crop_around(np.zeros((100, 200), bool), 0.5) == (0, 0, 1, 1)


def test_what_is_cropped_is_that_part_and_never_nothing():
    picture = np.arange(200, dtype=np.uint8).reshape(10, 20)
    assert np.array_equal(cropped(picture, (0.25, 0.5, 0.75, 1.0)), picture[5:, 5:15])
    assert cropped(picture, (0.5, 0.5, 0.5, 0.5)).shape == (1, 1)


@pytest.mark.parametrize("side", [64, 512, 1024])
def test_the_object_is_tinted_and_the_occluder_hatched_at_any_size(side: int):
    photo = np.full((side, side, 3), 128, np.uint8)
    seen, hides = np.zeros((2, side, side), bool)
    seen[: side // 2], hides[side // 2 :] = True, True
    picture = marked(photo, seen, hides)
    top, bottom = picture[: side // 2], picture[side // 2 :]
    assert (top[..., 1] > top[..., 0] + 20).all(), "the object is not green"
    striped = (bottom != 128).any(axis=2).mean()
    assert 0.15 < striped < 0.5, "stripes cover about a quarter"
    assert (photo == 128).all(), "the photo itself was written to"


@pytest.mark.parametrize(("side", "width"), [(64, 1), (512, 5), (1024, 10)])
def test_both_are_outlined_inside_and_not_along_the_photos_border(side: int, width: int):
    photo = np.full((side, side, 3), 128, np.uint8)
    seen, hides = np.zeros((2, side, side), bool)
    quarter, half = side // 4, side // 2
    seen[quarter:half, :half], hides[quarter:half, half + quarter :] = True, True
    picture = marked(photo, seen, hides)
    column = picture[quarter:half, quarter]  # through the middle of the object, top to bottom
    drawn = (column == TINT).all(axis=1)
    assert drawn[:width].all() and drawn[-width:].all()
    assert drawn.sum() == 2 * width
    assert not (picture[quarter + width : half - width, 0] == TINT).all(axis=1).any(), "the photo's border"
    assert (picture[quarter + 1 : half - 1, half + quarter] == HATCH).all(), "the occluder's left side"
    assert (picture[:quarter, :] == 128).all(), "outlines lie inside"


def test_silhouettes_show_what_agrees_what_is_too_much_and_what_too_little():
    true = np.zeros((4, 6), bool)
    true[1:3, 1:4] = True
    completed = np.zeros((4, 6, 4), np.uint8)
    completed[1:3, 3:5, 3] = 255
    completed[0, :, 3] = 127  # less than half there: not of the silhouette
    picture = silhouettes(true, completed)
    expected = np.full((4, 6, 3), 255, np.uint8)
    expected[1:3, 1:3], expected[1:3, 3], expected[1:3, 4] = TOO_LITTLE, AGREED, TOO_MUCH
    assert np.array_equal(picture, expected)


def test_a_large_photo_that_was_worked_on_smaller_is_compared_at_its_own_size():
    true = np.zeros((40, 60), bool)
    true[10:40, 10:50] = True
    completed = np.zeros((20, 30, 4), np.uint8)
    completed[5:20, 5:25] = 255
    colours = silhouettes(true, completed).reshape(-1, 3)
    assert {tuple(one) for one in colours.tolist()} == {AGREED, (255, 255, 255)}
