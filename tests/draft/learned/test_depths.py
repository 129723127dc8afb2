"""Depths at the mesh's vertices: true inside, carried on to the outline, never crossing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from deocc.backends.draft.learned.crop import SIDE, Square
from deocc.backends.draft.learned.depths import (
    FINER,
    LEAST_AT_EDGE,
    LEAST_THICK,
    depths_at,
    field_of,
    places_of,
    read,
)
from tests.draft.learned.true_prediction import blank_prediction

NOBODY = (np.zeros(0, np.int64), np.zeros(0, np.int64))  # no vertex of these is on an outline
SQUARE = Square(0, 0, SIDE)
RADIUS = 50.0
ROWS, COLUMNS = np.mgrid[0:SIDE, 0:SIDE] + 0.5
FROM_MIDDLE = np.hypot(COLUMNS - 64, ROWS - 64)
DISC = FROM_MIDDLE < RADIUS


def along(distances: list[float]) -> np.ndarray:
    """Places so far from the disc's middle, to the right and a little down."""
    return np.array([(64 + d * np.cos(0.3), 64 + d * np.sin(0.3)) for d in distances])


def depths(
    front: np.ndarray, back: np.ndarray, distances: list[float], thickness: float = 1.0, most: float = 9.0
):
    said = replace(
        blank_prediction(SQUARE, DISC), front=front.astype(np.float32), back=back.astype(np.float32)
    )
    return depths_at(field_of(said, DISC), along(distances), NOBODY, thickness, most)


def ball() -> np.ndarray:
    return np.sqrt(np.maximum(RADIUS**2 - FROM_MIDDLE**2, 0)) / 64


def test_a_balls_sides_meet_at_its_outline():
    distances = [0.0, 30.0, 45.0, 49.0, 49.9]
    front, back = depths(ball(), -ball(), distances)
    truth = np.sqrt(RADIUS**2 - np.square(distances)) / 64
    assert front == pytest.approx(truth, abs=0.06)  # the truth falls by 0.1 from pixel to pixel out there
    assert front[-1] - back[-1] < 0.15  # half of what the last pixel itself would say


def test_a_discs_sides_stay_apart_at_its_outline():
    flat = np.where(DISC, 0.2, 0.0)  # outside there is nothing, and 0 says so
    front, back = depths(flat, -flat, [0.0, 45.0, 49.0, 50.0, 50.5])
    assert front == pytest.approx(0.2, abs=0.005) and back == pytest.approx(-0.2, abs=0.005)


def test_the_front_is_nearer_even_where_the_network_says_otherwise():
    front, back = depths(-ball(), ball(), [0.0, 20.0, 49.0])
    assert front - back == pytest.approx([LEAST_THICK] * 3)


def test_an_outline_may_be_sharper_than_a_leaf_is_thin():
    said = replace(blank_prediction(SQUARE, DISC), front=0 * FROM_MIDDLE, back=0 * FROM_MIDDLE)
    ends = (np.array([0, 1]), np.array([1, 0]))
    front, back = depths_at(field_of(said, DISC), along([50.0, 50.0, 20.0]), ends, 1.0, 9.0)
    assert front - back == pytest.approx([LEAST_AT_EDGE, LEAST_AT_EDGE, LEAST_THICK])


def test_thickness_is_a_factor_and_there_is_a_limit():
    flat = np.full((SIDE, SIDE), 0.3)
    front, back = depths(flat, -flat, [10.0], thickness=2.0)
    assert (front[0], back[0]) == pytest.approx((0.6, -0.6), abs=1e-6)
    front, back = depths(flat + 5, 5 - flat, [10.0], most=1.0)
    assert front[0] == pytest.approx(1.0) and back[0] == pytest.approx(0.4)


def test_thickness_that_grows_outwards_is_not_carried_on_any_further():
    rim = 0.1 + 0.01 * FROM_MIDDLE
    front, back = depths(rim, -rim, [49.9])
    assert front[0] - back[0] == pytest.approx(1.16, abs=0.02)  # as at 48 pixels, where the band begins


def test_beyond_the_outline_of_a_ball_there_is_nothing():
    front, back = depths(ball(), -ball(), [51.5])
    assert front - back == pytest.approx(LEAST_THICK)


def test_the_blend_of_object_and_nothing_at_the_outline_is_not_read():
    inner = FROM_MIDDLE < 49.2
    front, back = depths(np.where(inner, 0.5, 0.0), np.where(inner, 0.1, 0.0), [45.0, 49.9])
    assert front == pytest.approx(0.5, abs=0.005) and back == pytest.approx(0.1, abs=0.005)


def test_a_wire_is_read_where_it_lies_and_not_carried_on_from_its_other_side():
    wire = np.zeros((SIDE, SIDE), bool)
    wire[:, 60:63] = True
    across = np.where(COLUMNS < 61, 0.1, np.where(COLUMNS < 62, 0.2, 0.3))
    said = replace(
        blank_prediction(SQUARE), front=across.astype(np.float32), back=np.zeros((SIDE, SIDE), np.float32)
    )
    places = np.array([(60.5, 64.0), (61.5, 64.0), (62.5, 64.0)])
    front, _ = depths_at(field_of(said, wire), places, NOBODY, 1.0, 9.0)
    assert front == pytest.approx([0.1, 0.2, 0.3], abs=1e-6)


def test_what_the_network_says_beside_the_object_is_not_read():
    """Nor where it sees nothing, nor where nothing is built: the nearest depth of both stands for it."""
    stripe = (COLUMNS > 60) & (COLUMNS < 64)  # four pixels wide: read to its very edge
    left = (COLUMNS < 64) & DISC
    for whole, likely, place in ((stripe, DISC | stripe, (60.1, 64.0)), (DISC, left, (90.0, 64.0))):
        front = np.where(whole & likely, 0.2, 5.0).astype(np.float32)
        said = replace(blank_prediction(SQUARE, likely), front=front, back=-front)
        found = depths_at(field_of(said, whole), np.array([place]), NOBODY, 1.0, 9.0)
        assert [one[0] for one in found] == pytest.approx([0.2, -0.2], abs=1e-6)


def test_where_it_sees_nothing_at_all_its_depths_are_taken_as_they_are():
    ramp = (0.01 * COLUMNS).astype(np.float32)
    said = replace(blank_prediction(SQUARE, np.zeros_like(DISC)), front=ramp, back=-ramp)
    front, back = depths_at(field_of(said, DISC), np.array([(40.0, 64.0)]), NOBODY, 1.0, 9.0)
    assert (front[0], back[0]) == pytest.approx((0.4, -0.4), abs=1e-4)  # a square between two pixels


def test_a_speck_in_the_depths_goes_and_a_ridge_two_pixels_wide_stays():
    front = np.full((SIDE, SIDE), 0.2)
    front[64, 64] = 0.6
    front[:, 80:82] = 0.6
    said = replace(blank_prediction(SQUARE, DISC), front=front.astype(np.float32))
    found, _ = depths_at(field_of(said, DISC), np.array([(64.5, 64.5), (81.0, 64.0)]), NOBODY, 1.0, 9.0)
    assert found == pytest.approx([0.2, 0.6], abs=1e-6)


def test_what_sticks_out_of_the_outline_is_evened_along_it():
    """Six rounds of a half and two quarters are the binomials of 12, over 4096; others stay as they are."""
    front = np.full((SIDE, SIDE), 0.2)
    front[62:67, 62:67] = 0.6
    said = replace(
        blank_prediction(SQUARE), front=front.astype(np.float32), back=np.full((SIDE, SIDE), -0.2, np.float32)
    )
    x = 64.0 + 7 * np.arange(-7, 8)  # along the outline, the middle one in the block; then one in it alone
    places = np.stack([[*x, 64.0], np.full(16, 64.0)], axis=1)
    outline = (np.arange(14), np.arange(1, 15))
    front, back = depths_at(field_of(said, np.ones_like(DISC)), places, outline, 1.0, 9.0)
    told = np.array([220, 495, 792, 924, 792, 495, 220]) / 4096
    assert front[4:11] == pytest.approx(0.2 + 0.4 * told, abs=1e-6)
    assert back == pytest.approx(-0.2, abs=1e-6)
    assert front[15] == pytest.approx(0.6, abs=1e-6)


def test_what_is_too_deep_for_its_place_is_cut_at_the_limit_on_both_sides():
    flat = np.full((SIDE, SIDE), 3.0)
    front, back = depths(flat, -flat, [10.0], most=1.0)
    assert (front[0], back[0]) == pytest.approx((1.0, -1.0))


def test_the_outline_is_measured_between_the_networks_pixels():
    """A slanted edge, four times as fine on the canvas: its distance to a seventh of a pixel, its way
    inwards to two degrees, however jagged the mask is."""
    angle = 0.3
    rows, columns = (np.mgrid[0 : 4 * SIDE, 0 : 4 * SIDE] + 0.5) / 4
    normal = np.array([np.cos(angle), np.sin(angle)])
    field = field_of(blank_prediction(Square(0, 0, 4 * SIDE)), columns * normal[0] + rows * normal[1] > 80.3)
    aside = np.random.default_rng(0).uniform(-20, 20, 200)
    away = np.random.default_rng(1).uniform(-1.5, 3, 200)
    places = (80.3 + away)[:, None] * normal + aside[:, None] * (-normal[1], normal[0])
    assert np.abs(read(field.away, places, FINER) - away).max() < 0.15
    inwards = np.stack([read(field.inwards[..., i], places, FINER) for i in (0, 1)], axis=1)
    assert np.degrees(np.arccos(np.clip(inwards @ normal, -1, 1))).max() < 2


def test_places_are_the_fields_pixels_and_are_read_between_them():
    said = blank_prediction(Square(10, 20, SIDE // 2))
    assert places_of(said, np.array([(10.0, 20.0), (42.0, 36.0)])) == pytest.approx(
        np.array([(0, 0), (64, 32)])
    )
    ramp = (10 * ROWS + COLUMNS).astype(np.float32)
    found = read(ramp, np.array([(3.5, 2.5), (4.0, 2.5), (3.5, 2.75), (-9.0, 2.5), (300.0, 2.5)]))
    assert found == pytest.approx([28.5, 29.0, 31.0, 25.5, 152.5])
    assert read(ramp, np.array([(1.0, 0.5)]), 4) == pytest.approx([24.0])  # its pixel four to the right
