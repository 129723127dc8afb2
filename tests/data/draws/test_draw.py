"""Whole samples: as the contract in sample.py says, for every kind of occlusion."""

from collections import Counter
from dataclasses import fields

import numpy as np
import pytest

from deocc.data.draws.draw import draw_sample
from deocc.data.draws.sample import GREY, KINDS, SIDE, Sample
from tests.data.draws import bodies

COUNT = 400
VIEWS, BACKDROPS = bodies.views(), bodies.backdrops()


def drawn(i: int) -> Sample:
    return draw_sample(VIEWS, BACKDROPS, i % len(VIEWS), np.random.default_rng([3, i]))


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    return [drawn(i) for i in range(COUNT)]


def test_the_same_seed_is_the_same_sample(samples: list[Sample]) -> None:
    """Every field, bit by bit; and no two seeds give the same picture."""
    for i in (0, 7, 31):
        again = drawn(i)
        for field in fields(Sample):
            assert np.array_equal(getattr(again, field.name), getattr(samples[i], field.name))
    assert len({sample.picture.tobytes() for sample in samples}) == COUNT


def test_shapes_and_types_are_those_of_the_contract(samples: list[Sample]) -> None:
    for sample in samples:
        for name in ("object_mask", "occluder_mask", "keep_mask", "inside", "whole", "visible"):
            mask = getattr(sample, name)
            assert mask.shape == (SIDE, SIDE) and mask.dtype == bool
        for name in ("picture", "front_rgb", "back_rgb"):
            assert getattr(sample, name).shape == (SIDE, SIDE, 3) and getattr(sample, name).dtype == np.uint8
        for name in ("front", "back"):
            assert getattr(sample, name).shape == (SIDE, SIDE) and getattr(sample, name).dtype == np.float32
        assert sample.kind in KINDS and sample.body in range(bodies.BODIES)
        assert sample.elevation_deg == 10 * sample.body


def test_masks_are_disjoint_and_the_object_is_there(samples: list[Sample]) -> None:
    for sample in samples:
        marked = [mask.astype(int) for mask in (sample.object_mask, sample.occluder_mask, sample.keep_mask)]
        assert np.sum(marked, axis=0).max() == 1
        assert sample.object_mask.any()


def test_the_truth_holds_what_is_visible_and_nothing_that_is_kept(samples: list[Sample]) -> None:
    kept = 0
    for sample in samples:
        assert not (sample.visible & ~sample.whole).any()
        assert not (sample.keep_mask & sample.whole).any()
        for name in ("front", "back", "front_rgb", "back_rgb"):
            assert not getattr(sample, name)[~sample.whole].any()
        assert (sample.front >= sample.back).all()
        kept += bool(sample.keep_mask.any())
    assert 0.08 < kept / COUNT < 0.3  # 6 % missing and 12 % of the others, some outside the crop


def test_beyond_the_border_all_is_grey_and_the_occluder_s(samples: list[Sample]) -> None:
    beyond = 0
    for sample in samples:
        assert (sample.picture[~sample.inside] == GREY).all()
        assert sample.occluder_mask[~sample.inside].all()
        assert not sample.visible[~sample.inside].any()
        beyond += bool((~sample.inside).any())
    assert beyond > 0.2 * COUNT


def test_every_kind_occurs_and_some_are_not_occluded(samples: list[Sample]) -> None:
    """12 % by rule, ± 1.6 % for 400; those that hide nothing have half the time an occluder beside them."""
    kinds = Counter(sample.kind for sample in samples)
    assert set(kinds) == set(KINDS)
    assert min(kinds.values()) > 0.06 * COUNT
    free = [sample for sample in samples if sample.kind == "none"]
    assert 0.07 < len(free) / COUNT < 0.17
    assert all(sample.hidden_share == 0 for sample in free)
    beside = [(sample.occluder_mask & sample.inside).any() for sample in free]
    assert 0.2 < np.mean(beside) < 0.8


def test_hidden_shares_fill_the_range_and_most_are_common_ones(samples: list[Sample]) -> None:
    """Half of 350 lie evenly in eighths of 0 to 0.8, 22 in each, so at least 10 (± 5 by chance); with the
    other half six in ten hide 0.1 to 0.4, as in photos."""
    shares = np.array([sample.hidden_share for sample in samples if sample.kind != "none"])
    counts, _ = np.histogram(shares, np.linspace(0, 0.8, 9))
    assert counts.min() >= 10 and 0.5 < counts[1:4].sum() / counts.sum() < 0.72
    assert shares.max() <= 0.88 and shares.min() > 0


def test_the_hidden_share_is_what_the_crop_shows(samples: list[Sample]) -> None:
    """Where the whole object is in the crop, hidden pixels over all, within 4 %: outlines are resampled."""
    compared = 0
    for sample in samples:
        border = np.concatenate([sample.whole[[0, -1]].ravel(), sample.whole[:, [0, -1]].ravel()])
        if not border.any() and sample.whole.sum() > 1500:
            measured = 1 - sample.visible.sum() / sample.whole.sum()
            assert measured == pytest.approx(sample.hidden_share, abs=0.04)
            compared += 1
    assert compared > COUNT / 3


def test_what_is_seen_has_the_object_s_colours(samples: list[Sample]) -> None:
    """I_occ = I_mix ⊙ M_occ (row D17) up to noise, blur and JPEG: visible pixels away from outlines are
    within 25 levels of the truth in the median of every sample; hidden ones are not in most."""
    hidden_off = []
    for sample in samples:
        off = np.abs(sample.picture.astype(int) - sample.front_rgb).mean(axis=2)
        inner = sample.visible & sample.inside
        for axis in (0, 1):
            inner &= np.roll(inner, 2, axis) & np.roll(inner, -2, axis)
        if inner.sum() > 100:
            assert np.median(off[inner]) < 25
        hidden = sample.whole & ~sample.visible
        if hidden.sum() > 100:
            hidden_off.append(np.median(off[hidden]))
    assert np.mean(np.array(hidden_off) > 25) > 0.7


def test_masks_are_mostly_right(samples: list[Sample]) -> None:
    """The object's mask and what is visible: median IoU above 0.85, and a quarter nearly exact."""
    ious = [
        (sample.object_mask & sample.visible).sum() / max((sample.object_mask | sample.visible).sum(), 1)
        for sample in samples
    ]
    assert np.median(ious) > 0.85
    assert np.mean(np.array(ious) > 0.97) > 0.2


def test_a_needle_and_a_speck_can_be_drawn() -> None:
    """Views of one pixel's width, and of nine pixels: the object's mask is never empty."""
    for box in (np.s_[4:124, 63:64], np.s_[62:65, 62:65]):
        view = bodies.view(bodies.SPHERE)
        for name in ("whole", "front", "back", "front_rgb", "back_rgb", "contact"):
            kept = view[name][box].copy()
            view[name] = 0
            view[name][box] = kept
        pair = np.stack([view, VIEWS[1]])
        for seed in range(40):
            sample = draw_sample(pair, BACKDROPS, 0, np.random.default_rng(seed))
            assert sample.object_mask.any()
