"""Bootstrap intervals cover what they promise; pairing narrows; levels and seeds are summed up as said."""

from __future__ import annotations

import numpy as np
import pytest

from deocc.bench.metrics.interval import FEWEST, bootstrap, level_mean, over_seeds, paired


def test_a_95_percent_interval_covers_the_mean_about_so_often():
    random, hits = np.random.default_rng(0), 0
    for _ in range(400):
        found = bootstrap(random.normal(5, 2, 40), random, 1000)
        assert found is not None
        hits += found.low <= 5 <= found.high
    # the percentile bootstrap of 40 promises about 94 %; 400 trials: ± 1.2 %
    assert 0.91 <= hits / 400 <= 0.975


def test_its_width_is_the_normal_one():
    values = np.random.default_rng(1).normal(0, 1, 400)
    found = bootstrap(values, np.random.default_rng(2))
    assert found is not None and found.mean == pytest.approx(values.mean())
    assert found.high - found.low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.05)


def test_below_ten_objects_there_is_none():
    assert bootstrap(np.ones(FEWEST - 1), np.random.default_rng(0)) is None
    assert bootstrap(np.ones(FEWEST), np.random.default_rng(0)) is not None
    assert bootstrap([], np.random.default_rng(0)) is None


def test_scaling_and_shifting_values_does_so_to_the_interval_and_the_seed_decides():
    values = np.random.default_rng(1).gamma(2, 1, 30)
    one, other = (bootstrap(v, np.random.default_rng(4)) for v in (values, 3 * values + 1))
    assert one is not None and other is not None
    assert (other.mean, other.low, other.high) == pytest.approx(
        [3 * v + 1 for v in (one.mean, one.low, one.high)]
    )
    assert bootstrap(values, np.random.default_rng(4)) == one


def test_a_paired_difference_is_found_where_objects_differ_far_more_than_methods():
    random = np.random.default_rng(3)
    hard = random.normal(0, 10, 24)  # how hard each object is, for both
    a, b = hard + random.normal(0.5, 0.3, 24), hard + random.normal(0, 0.3, 24)
    found = paired(a, b, np.random.default_rng(0))
    assert found is not None and 0 < found.low < 0.5 < found.high < 1
    alone = bootstrap(a, np.random.default_rng(0))
    assert alone is not None and alone.high - alone.low > 5


def test_levels_are_weighted_by_the_paper_s_shares():
    found = level_mean({1: 1.0, 2: 2.0, 3: 3.0, 4: 4.0, 5: 5.0})
    assert found is not None and found.missing == ()
    assert found.mean == pytest.approx(0.123 + 2 * 0.285 + 3 * 0.316 + 4 * 0.194 + 5 * 0.082)


def test_missing_levels_leave_their_shares_to_the_others():
    found = level_mean({5: 1.0, 2: 0.0})
    assert found is not None and found.missing == (1, 3, 4)
    assert found.mean == pytest.approx(0.082 / (0.082 + 0.285))
    assert level_mean({}) is None


def test_best_mean_and_spread_over_seeds():
    found = over_seeds([0.3, 0.1, 0.2], larger_is_better=False)
    assert (found.best, found.mean, found.spread) == pytest.approx((0.1, 0.2, 0.1))
    assert over_seeds([0.3, 0.1], larger_is_better=True).best == pytest.approx(0.3)
    assert over_seeds([0.3], larger_is_better=True).spread is None
