"""Squares of the photo: where they lie, what they hold, and the way back."""

from __future__ import annotations

import numpy as np
import pytest

from deocc.backends.draft.learned.crop import SIDE, Square, crop, first_square, resampled, second_square
from deocc.backends.draft.learned.passes import in_window, on_canvas
from tests.draft.learned.true_prediction import open_canvas

SHAPE = (240, 320)


def mask(rows: slice, columns: slice) -> np.ndarray:
    drawn = np.zeros(SHAPE, bool)
    drawn[rows, columns] = True
    return drawn


def holds(square: Square, rows: slice, columns: slice) -> bool:
    across = square.left <= columns.start and columns.stop <= square.left + square.side
    return across and square.top <= rows.start and rows.stop <= square.top + square.side


def test_the_first_square_holds_the_seen_part_and_what_hides_it_nearby_with_a_margin():
    seen, occluder = mask(np.s_[100:140], np.s_[100:160]), mask(np.s_[90:150], np.s_[160:180])
    square = first_square(seen, occluder)
    assert holds(square, np.s_[90:150], np.s_[100:180])
    assert square.side == pytest.approx(80 / 0.88, abs=1)  # 6 % on each side
    assert (square.left + square.side / 2, square.top + square.side / 2) == pytest.approx((140, 120), abs=1)


def test_the_first_square_goes_no_farther_than_the_object_may():
    seen, everywhere = mask(np.s_[100:120], np.s_[150:170]), np.ones(SHAPE, bool)
    square = first_square(seen, everywhere & ~seen)
    assert square.side == pytest.approx(2.6 * 20, abs=1)  # 2.5 sides and the margin would be more
    assert holds(square, np.s_[85:135], np.s_[135:185])  # 0.75 of 20 px beyond the box


def test_an_occluder_far_away_is_none():
    seen, far = mask(np.s_[100:140], np.s_[20:60]), mask(np.s_[0:240], np.s_[95:320])
    assert first_square(seen, far) == first_square(seen, np.zeros(SHAPE, bool))


def test_the_second_square_is_tight_around_the_prediction():
    probability = np.zeros((SIDE, SIDE), np.float32)
    probability[32:96, 40:72] = 0.9
    square = second_square(probability, Square(10, 20, 256))  # two photo pixels in one of the crop's
    assert square.side == pytest.approx(128 / 0.84, abs=1)
    assert holds(square, np.s_[84:212], np.s_[90:154])
    assert square.top + square.side / 2 == pytest.approx(148, abs=1)


@pytest.mark.parametrize(("hidden", "wider"), [(0.0, 1.0), (0.25, 1.0), (0.40625, 1.133), (0.625, 1.25)])
def test_the_second_square_is_wider_where_much_is_hidden(hidden: float, wider: float):
    """From three tenths of the object on, and by a quarter from a half on."""
    probability = np.zeros((SIDE, SIDE), np.float32)
    probability[32:96, 40:72] = 0.9
    seen = probability.copy()
    seen[32 : 32 + round(64 * hidden)] = 0
    square = second_square(probability, Square(10, 20, 256), seen)
    assert square.side == pytest.approx(wider * 128 / 0.84, abs=1.5)
    assert square.top + square.side / 2 == pytest.approx(148, abs=1)


def test_a_prediction_of_nothing_keeps_the_first_square():
    first = Square(1, 2, 50)
    assert second_square(np.zeros((SIDE, SIDE), np.float32), first) == first


@pytest.mark.parametrize("side", [64, 100, 128, 200, 311])
def test_a_crop_and_back_is_the_same_picture(side: int):
    y, x = np.mgrid[0 : SHAPE[0], 0 : SHAPE[1]].astype(np.float32)
    square = Square(40, -20, side)
    canvas = open_canvas(SHAPE, x >= 0, x < 0)
    back = on_canvas(resampled(x + 2 * y, square), square, canvas)
    inner = np.s_[
        10 : min(side - 30, 230), 50 : min(30 + side, 310)
    ]  # a few pixels inside the square and the photo
    assert np.abs(back - (x + 2 * y))[inner].max() < 0.5  # a sixth of what a pixel's shift would do


@pytest.mark.parametrize("size", [(90, 60), (45, 15), (180, 120)])
def test_a_window_of_the_canvas_shows_what_lies_in_it_at_every_size(size: tuple[int, int]):
    y, x = np.mgrid[0 : SHAPE[0], 0 : SHAPE[1]].astype(np.float32)
    square, rows, columns = Square(60, 30, 200), slice(80, 140), slice(100, 190)
    told = in_window(resampled(np.stack([x, y], axis=2), square), square, (rows, columns), size)
    place = [(np.arange(n) + 0.5) / n for n in size]  # of the pixels' centres in the window, 0..1
    assert told.shape == (size[1], size[0], 2)
    assert told[..., 0] == pytest.approx(np.tile(100 + 90 * place[0] - 0.5, (size[1], 1)), abs=0.2)
    assert told[..., 1].T == pytest.approx(np.tile(80 + 60 * place[1] - 0.5, (size[0], 1)), abs=0.2)


def test_bytes_stay_bytes_on_the_canvas():
    canvas = open_canvas(SHAPE, np.ones(SHAPE, bool), np.zeros(SHAPE, bool))
    told = on_canvas(np.full((SIDE, SIDE, 3), 200, np.uint8), Square(10, 10, 100), canvas)
    assert told.dtype == np.uint8 and (told == 200).all()


def test_areas_survive_the_crop():
    seen = mask(np.s_[60:163], np.s_[70:201])
    square = Square(20, 10, 220)
    share = resampled(seen, square)
    assert share.sum() * (220 / SIDE) ** 2 == pytest.approx(seen.sum(), rel=0.005)  # 8-bit shares


def test_channels_are_what_the_network_learned():
    photo = np.full((*SHAPE, 3), (255, 0, 128), np.uint8)
    seen, occluder = mask(np.s_[100:140], np.s_[0:40]), mask(np.s_[100:140], np.s_[40:80])
    keep = mask(np.s_[0:50], np.s_[0:320])
    made = crop(photo, (seen, occluder, keep), Square(-64, 60, 128))
    assert made.shape == (7, SIDE, SIDE) and made.dtype == np.float32
    inside, beyond = np.s_[:, 60, 70], np.s_[:, 60, 30]  # at photo pixels (6, 120) and (-34, 120)
    assert made[inside] == pytest.approx([1, -1, 128 / 127.5 - 1, 1, 0, 0, 1], abs=1e-6)
    assert made[beyond] == pytest.approx([128 / 127.5 - 1] * 3 + [0, 1, 0, 0], abs=1e-6)
    assert made[4, 60, 64 + 50] == 1 and made[5, 60, 70] == 0


def test_a_square_beyond_the_photo_is_grey():
    photo = np.zeros((*SHAPE, 3), np.uint8)
    nothing = np.zeros(SHAPE, bool)
    made = crop(photo, (nothing, nothing, nothing), Square(1000, 1000, 60))
    assert (made[6] == 0).all() and (made[4] == 1).all() and np.abs(made[:3]).max() < 0.01
