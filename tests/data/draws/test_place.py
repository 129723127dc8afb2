"""Places of occluders: as much is hidden as was wanted, or nothing at all."""

import numpy as np
import pytest

from deocc.data.draws.place import beside, over

SIDE = 192


def disc(radius: float) -> np.ndarray:
    y, x = np.mgrid[:SIDE, :SIDE] - SIDE / 2
    return np.hypot(x, y) < radius


def laid(stamp: np.ndarray, corner: tuple[int, int]) -> np.ndarray:
    """(SIDE, SIDE): the stamp in the frame, what sticks out cut off."""
    room = 200
    wide = np.zeros((SIDE + 2 * room, SIDE + 2 * room), bool)
    left, top = corner[0] + room, corner[1] + room
    wide[top : top + stamp.shape[0], left : left + stamp.shape[1]] = stamp
    return wide[room:-room, room:-room]


@pytest.mark.parametrize("wanted", [0.05, 0.3, 0.6, 0.8])
def test_a_stamp_hides_the_wanted_share(wanted: float) -> None:
    """Within 1.5 % of the object and what four-pixel cells may miscount along the outline, 3 % together."""
    visible, stamp = disc(50), np.ones((90, 110), bool)
    area = int(visible.sum())
    for seed in range(20):
        corner, told = over(visible, stamp, wanted * area, np.random.default_rng(seed))
        hidden = int((visible & laid(stamp, corner)).sum()) / area
        assert abs(hidden - wanted) < 0.03
        assert abs(told / area - hidden) < 0.02


def test_the_places_differ_and_are_mostly_low() -> None:
    """Occluders stand nearer, so lower: 60 % by rule and half of the rest by chance."""
    visible, stamp = disc(50), np.ones((60, 60), bool)
    found = [over(visible, stamp, 2000, np.random.default_rng(seed))[0] for seed in range(200)]
    lower = np.mean([top + 60 > SIDE / 2 + 50 for _, top in found])
    assert len(set(found)) > 50
    assert 0.6 < lower < 0.95


def test_a_stamp_too_small_hides_all_it_can() -> None:
    """A 20 × 20 stamp hides its 400 pixels where 4000 are wanted."""
    visible, stamp = disc(50), np.ones((20, 20), bool)
    corner, hidden = over(visible, stamp, 4000, np.random.default_rng(0))
    assert (visible & laid(stamp, corner)).sum() == 400
    assert hidden == pytest.approx(400)


def test_beside_touches_nothing_but_is_near() -> None:
    """No pixel is hidden, and the gap is at most the wanted one and the six pixels of cells and growth."""
    whole, stamp = disc(40), np.ones((50, 30), bool)
    for seed in range(20):
        corner = beside(whole, stamp, 8, np.random.default_rng(seed))
        assert corner is not None
        there = laid(stamp, corner)
        assert not (there & whole).any()
        y, x = np.nonzero(there)
        gap = np.hypot(x - SIDE / 2, y - SIDE / 2).min() - 40
        assert 0 <= gap <= 8 + 6
