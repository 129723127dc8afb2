"""Depths at the mesh's vertices: true inside, carried on to the outline, never crossing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from deocc.backends.draft.learned.crop import SIDE, Square
from deocc.backends.draft.learned.depths import LEAST_AT_EDGE, LEAST_THICK, depths_at, field_of
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


def read(
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
    front, back = read(ball(), -ball(), distances)
    truth = np.sqrt(RADIUS**2 - np.square(distances)) / 64
    assert front == pytest.approx(truth, abs=0.06)  # the truth falls by 0.1 from pixel to pixel out there
    assert front[-1] - back[-1] < 0.15  # half of what the last pixel itself would say


def test_a_discs_sides_stay_apart_at_its_outline():
    flat = np.where(DISC, 0.2, 0.0)  # outside there is nothing, and 0 says so
    front, back = read(flat, -flat, [0.0, 45.0, 49.0, 50.0, 50.5])
    assert front == pytest.approx(0.2, abs=0.005) and back == pytest.approx(-0.2, abs=0.005)


def test_the_front_is_nearer_even_where_the_network_says_otherwise():
    front, back = read(-ball(), ball(), [0.0, 20.0, 49.0])
    assert front - back == pytest.approx([LEAST_THICK] * 3)


def test_an_outline_may_be_sharper_than_a_leaf_is_thin():
    said = replace(blank_prediction(SQUARE, DISC), front=0 * FROM_MIDDLE, back=0 * FROM_MIDDLE)
    ends = (np.array([0, 1]), np.array([1, 0]))
    front, back = depths_at(field_of(said, DISC), along([50.0, 50.0, 20.0]), ends, 1.0, 9.0)
    assert front - back == pytest.approx([LEAST_AT_EDGE, LEAST_AT_EDGE, LEAST_THICK])


def test_thickness_is_a_factor_and_there_is_a_limit():
    flat = np.full((SIDE, SIDE), 0.3)
    front, back = read(flat, -flat, [10.0], thickness=2.0)
    assert (front[0], back[0]) == pytest.approx((0.6, -0.6), abs=1e-6)
    front, back = read(flat + 5, 5 - flat, [10.0], most=1.0)
    assert front[0] == pytest.approx(1.0) and back[0] == pytest.approx(0.4)
