"""Points of made-up solids: the same angles from the same points, wherever in memory they come to lie."""

from __future__ import annotations

import numpy as np

from deocc.data.solids.piece import azimuths


def test_azimuths_are_counted_from_x_to_y():
    points = np.array([(2.0, 0, 5), (0, 3, -1), (-1, 0, 0), (0, -1, 0)])
    assert np.degrees(azimuths(points)).tolist() == [0, 90, 180, -90]


def test_azimuths_have_the_same_last_bits_each_time():
    """Of the columns themselves, arctan2 gives others where its result comes to lie right behind them."""
    points = np.random.default_rng(0).normal(size=(577, 3))
    found, kept = set(), []
    for _ in range(300):
        room = np.empty(577 * 4 + 8)
        kept.append(np.empty(20))
        del room  # free for a copy and, behind it, its angles
        kept.append(points.copy())
        kept.append(azimuths(kept[-1]))
        found.add(kept[-1].tobytes())
    assert len(found) == 1
