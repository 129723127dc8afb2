"""Random shapes cover pictures as the recorded samples of the released generator do."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from deocc.data.occluders.shapes import DEFAULT_RULE, RULES, random_shapes


def coverages(count: int, height: int, width: int, rule: str = DEFAULT_RULE, seed: int = 5):
    """Covered share and number of connected parts of each of count masks."""
    generator = np.random.default_rng(seed)
    drawn = [random_shapes(height, width, generator, rule) for _ in range(count)]
    parts = [cv2.connectedComponents(one.astype(np.uint8))[0] - 1 for one in drawn]
    return np.array([one.mean() for one in drawn]), np.array(parts)


def test_a_thousand_masks_cover_as_much_as_the_thousand_recorded_ones():
    share, parts = coverages(1000, 518, 518)
    # recorded of the released script: mean 16.35 %, sd 5.13 %, median 15.7, 5th and 95th of a hundred 9.2 and
    # 25.2, 5.96 parts. Two samples of 1,000 differ in the mean by 0.23 % (one sigma, sd * sqrt(2 / 1000)), in
    # sd by 0.16, in the outer percentiles by about 0.5, in parts by 0.07: three sigmas of each
    assert share.mean() == pytest.approx(0.1635, abs=0.007)
    assert share.std() == pytest.approx(0.0513, abs=0.005)
    assert np.percentile(share, (5, 50, 95)) == pytest.approx((0.092, 0.157, 0.252), abs=0.015)
    assert parts.mean() == pytest.approx(5.96, abs=0.2)
    assert 0.03 < share.min() and share.max() < 0.45  # recorded 5.1 and 35.1 %


@pytest.mark.parametrize(("height", "width"), [(224, 224), (300, 200)])
def test_shapes_keep_their_share_of_a_smaller_picture(height, width):
    share, _ = coverages(300, height, width)
    by_mean_side = ((height + width) / 2) ** 2 / (height * width)  # what lengths scale with, as in the script
    # three sigmas of 300 samples are 0.9 %; lengths are whole pixels, worth as much again at this size
    assert share.mean() == pytest.approx(0.1635 * by_mean_side, abs=0.018)


def test_the_papers_counts_cover_more_than_the_scripts():
    script, _ = coverages(200, 160, 160, "script")
    paper, _ = coverages(200, 160, 160, "paper")
    assert paper.mean() > script.mean() + 0.02  # half a shape of each kind more, one rectangle more
    assert all(rule.words for rule in RULES.values())


def test_masks_come_from_the_generator_and_from_nothing_else():
    np.random.seed(1)
    first = random_shapes(96, 128, np.random.default_rng(3))
    np.random.seed(2)
    assert first.shape == (96, 128) and first.dtype == bool
    assert np.array_equal(first, random_shapes(96, 128, np.random.default_rng(3)))
    assert not np.array_equal(first, random_shapes(96, 128, np.random.default_rng(4)))


def test_pictures_smaller_than_a_rectangle_get_their_mask_too():
    generator = np.random.default_rng(0)
    for size in (1, 8, 30):
        assert 0 < random_shapes(size, size, generator).mean() <= 1
