"""Clumsy masks: faults of the published sizes, never both true at once."""

import numpy as np

from deocc.data.draws.clumsy import blob, drawn, drawn_pair, generous, wobbled

SIDE = 192
Y, X = np.mgrid[:SIDE, :SIDE] - SIDE / 2
DISC = np.hypot(X, Y) < 50
RING = DISC & (np.hypot(X, Y) > 25)
OCCLUDER = (X > 20) & (X < 70) & (np.abs(Y) < 40)
VISIBLE = DISC & ~OCCLUDER


def test_the_pair_is_disjoint_and_about_the_truth() -> None:
    """IoU with the truth stays above 0.7: the largest faults are 4 % of the size at each side, waves of 2 %
    and four lumps of 6 %."""
    for seed in range(200):
        seen, hides = drawn_pair(VISIBLE, OCCLUDER, np.random.default_rng(seed))
        assert not (seen & hides).any()
        assert (seen & VISIBLE).sum() / (seen | VISIBLE).sum() > 0.7


def test_about_half_are_exact() -> None:
    """40 % as pairs and 20 % of the others: 52 %; 600 draws have a standard deviation of 2 %."""
    exact = 0
    for seed in range(600):
        seen, _ = drawn_pair(DISC, np.zeros_like(DISC), np.random.default_rng(seed))
        exact += bool((seen == DISC).all())
    assert 0.45 < exact / 600 < 0.59


def test_masks_are_grown_and_shrunk_alike() -> None:
    """Rows D23, D24: areas go both ways, up to 4 % of 89 px at each side: 3.5 of a radius of 50, 14 % of the
    area, and half as much again by waves and lumps."""
    rng = np.random.default_rng(0)
    areas = np.array([drawn(DISC, rng).sum() for _ in range(300)]) / DISC.sum()
    assert (areas > 1.03).mean() > 0.15
    assert (areas < 0.97).mean() > 0.15
    assert 0.75 < areas.min() and areas.max() < 1.25


def test_gaps_and_overlaps_both_occur() -> None:
    """Some pairs leave the strip of the shared edge empty, others give the object some of the occluder."""
    edge = DISC & (np.abs(X - 20) < 2)
    gaps = taken = 0
    for seed in range(200):
        seen, hides = drawn_pair(VISIBLE, OCCLUDER, np.random.default_rng(seed))
        gaps += bool((~(seen | hides) & edge).sum() > 0.5 * edge.sum())
        taken += bool((seen & OCCLUDER & DISC).sum() > 50)
    assert gaps > 20
    assert taken > 10


def test_a_wobbling_ring_keeps_its_hole() -> None:
    """The middle of the hole is 25 px from the mask, waves are 2 % of 77 px high, three of them."""
    for seed in range(30):
        out = wobbled(RING, 77.0, np.random.default_rng(seed))
        assert not out[SIDE // 2 - 5 : SIDE // 2 + 5, SIDE // 2 - 5 : SIDE // 2 + 5].any()
        assert 0.7 < out.sum() / RING.sum() < 1.3


def test_thin_masks_outlast_the_hand() -> None:
    """A bar of 4 × 100 px has a size of 20 px: shrinking by 4 % of it takes no whole pixel."""
    bar = (np.abs(X) < 2) & (np.abs(Y) < 50)
    for seed in range(100):
        seen, _ = drawn_pair(bar, np.zeros_like(bar), np.random.default_rng(seed))
        assert (seen & bar).sum() >= 0.4 * bar.sum()


def test_the_occluder_is_marked_whole_or_near_or_larger() -> None:
    """All three ways of marking occur, and none takes a visible pixel."""
    ways = set()
    for seed in range(100):
        marked = generous(OCCLUDER, DISC, VISIBLE, 100, np.random.default_rng(seed))
        ways.add(int(np.sign(int(marked.sum()) - int(OCCLUDER.sum()))))
        assert not (marked & VISIBLE).any()
    assert ways == {-1, 0, 1}


def test_a_blob_lies_about_its_centre() -> None:
    """Its area is that of a disc within a factor of three: the lobes change the radius by 18 % each."""
    for seed in range(30):
        lump = blob((SIDE, SIDE), (90.0, 100.0), 20.0, np.random.default_rng(seed))
        assert lump[100, 90]
        assert 1 / 3 < lump.sum() / (np.pi * 400) < 3
