"""Nearest neighbours are exact, also far away, of few points and of many in one place."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import KDTree

from deocc.bench.metrics.neighbours import Nearest


@pytest.mark.parametrize("shift", [0.0, 100.0])
def test_they_are_those_of_another_library(shift):
    random = np.random.default_rng(0)
    held, asked = random.normal(size=(5000, 3)) + shift, 3 * random.normal(size=(2000, 3)) + shift
    distance, index = Nearest(held).query(asked)
    theirs, _ = KDTree(held).query(asked)
    # chosen in float32 about the middle: of two that are equally near to 1e-6 either may be taken
    assert distance == pytest.approx(theirs, abs=1e-6)
    assert np.allclose(np.linalg.norm(held[index] - asked, axis=1), distance)


def test_several_are_the_nearest_first_and_no_more_than_there_are():
    held = np.arange(6.0)[:, None] * [1, 0, 0]
    assert Nearest(held).several(np.zeros((1, 3)), 3).tolist() == [[0, 1, 2]]
    assert Nearest(held[:2]).several(np.zeros((4, 3)), 12).shape == (4, 2)


def test_points_in_one_place_and_a_single_point():
    for held in (np.ones((3000, 3)), np.ones((1, 3))):
        assert Nearest(held).query(np.zeros((2, 3)))[0] == pytest.approx(np.sqrt(3))
