"""Masks grown, closed and measured, borders included."""

from __future__ import annotations

import numpy as np
import pytest

from deocc.backends.draft.morphology import (
    around,
    carried_on,
    closed,
    distance,
    grown,
    inside,
    moved,
    nearest,
    resized,
)


def dot(row: int, column: int, shape: tuple[int, int] = (9, 11)) -> np.ndarray:
    mask = np.zeros(shape, bool)
    mask[row, column] = True
    return mask


def test_the_box_around_a_dot_ends_at_the_pictures_corner_and_may_reach_beyond_its_other_sides():
    assert around(dot(4, 5), 2) == np.s_[2:7, 3:8]
    assert around(dot(1, 9), 3) == np.s_[0:5, 6:13]  # slices beyond the end take what is there


def test_a_dot_grows_to_a_square_and_back():
    square = grown(dot(4, 5), 2)
    assert square.sum() == 25
    assert np.array_equal(inside(square, 2), dot(4, 5))


def test_the_border_of_the_picture_ends_a_mask():
    full = np.ones((5, 6), bool)
    assert inside(full).sum() == 3 * 4


def test_closing_fills_a_crack_but_nothing_against_the_border():
    mask = np.ones((20, 20), bool)
    mask[:, 9:11] = False
    assert closed(mask, 2)[2:-2].all()  # two pixels wide
    assert not closed(mask, 2)[0, 9]
    mask[:, 6:14] = False
    assert not closed(mask, 2)[:, 8:12].any()  # eight pixels wide


def test_distance_and_nearest_agree():
    mask = dot(2, 3) | dot(7, 9)
    place, away = nearest(mask)
    rows, columns = np.indices(mask.shape)
    exact = np.hypot(rows - place // mask.shape[1], columns - place % mask.shape[1])
    assert mask.reshape(-1)[place].all()
    assert away == pytest.approx(exact, rel=0.05)  # OpenCV's 5 × 5 chamfer is within 5 % of the true distance
    assert distance(mask)[2, 3] == 0


def test_carried_on_values_are_those_of_the_nearest_pixel_of_the_mask():
    values = np.arange(2 * 8 * 10).reshape(8, 10, 2)
    mask = np.zeros((8, 10), bool)
    mask[:, 6] = True
    assert np.array_equal(carried_on(values, mask), np.repeat(values[:, 6:7], 10, axis=1))


def test_shrinking_keeps_the_mean():
    values = np.random.default_rng(2).random((12, 18, 3)).astype(np.float32)
    assert resized(values, (6, 4)).mean() == pytest.approx(values.mean(), abs=1e-6)
    assert resized(values[..., :1], (6, 4)).shape == (4, 6, 1)


def test_moving_by_whole_pixels_is_exact():
    picture = np.random.default_rng(2).integers(0, 256, (8, 9, 3)).astype(np.uint8)
    shift = np.array([[1.0, 0, 2], [0, 1, 1]])
    assert np.array_equal(moved(picture, shift)[1:, 2:], picture[:-1, :-2])
    assert not moved(picture, shift)[0].any()
