"""The reach of a silhouette in every direction."""

from __future__ import annotations

import numpy as np
import pytest

from deocc.backends.draft.solid.reach import DIRECTIONS, reach


def test_a_rectangles_reach_is_that_of_its_corner_pixels_and_hollows_do_not_count():
    whole = np.zeros((100, 200), bool)
    whole[20:61, 50:151] = True  # centres from (50.5, 20.5) to (150.5, 60.5)
    whole[20:40, 90:110] = False
    directions, far = reach(whole)
    assert directions.shape == (2, DIRECTIONS) and far.shape == (DIRECTIONS,)
    corners = np.array([[50.5, 20.5], [150.5, 20.5], [50.5, 60.5], [150.5, 60.5]])
    assert far == pytest.approx((corners @ directions).max(axis=0))
    assert far[0] == pytest.approx(150.5)  # straight to the right
