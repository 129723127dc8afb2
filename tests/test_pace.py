"""The time left: even at first, then as the runs before it went."""

from __future__ import annotations

import pytest

from deocc.pace import STEPS, even_pace, measured_pace, remaining_s

SLOW_START = [(0.1, 8.0), (0.5, 9.0)]  # eight of ten seconds go into the first tenth


def test_before_anything_is_known_progress_is_even():
    assert remaining_s(even_pace(10.0, 1.0), 0.0, 0.0) == 10.0
    assert remaining_s(even_pace(10.0, 1.0), 0.75, 7.5) == pytest.approx(2.5)


def test_a_measured_run_tells_which_stages_are_slow():
    pace = measured_pace(None, SLOW_START, 10.0, 0.4)
    assert len(pace.curve_s) == STEPS + 1 and pace.total_s == 10.0
    assert remaining_s(pace, 0.1, 8.0) == pytest.approx(2.0)
    assert remaining_s(pace, 0.5, 9.0) == pytest.approx(1.0)


def test_a_run_at_half_speed_is_expected_to_go_on_so():
    pace = measured_pace(None, SLOW_START, 10.0, 0.4)
    assert remaining_s(pace, 0.5, 18.0) == pytest.approx(2.0)


def test_the_time_left_is_never_negative_and_nothing_at_the_end():
    pace = measured_pace(None, [], 1.0, 0.1)
    assert remaining_s(pace, 1.0, 5.0) == 0.0
    assert remaining_s(even_pace(0.0, 0.0), 0.5, 1.0) == 0.0


def test_the_average_follows_a_change_within_a_few_runs():
    pace = measured_pace(None, [], 1.0, 0.1)
    for _ in range(10):
        pace = measured_pace(pace, [], 4.0, 0.2)
    assert 3.8 < pace.total_s < 4.0  # 0.7 ** 10 of the old 1.0 is left: 0.03
    assert pace.memory_gb == pytest.approx(0.2)


def test_fractions_that_repeat_or_jump_keep_the_curve_rising():
    pace = measured_pace(None, [(0.0, 0.1), (0.0, 0.5), (0.9, 0.6), (0.9, 0.9)], 1.0, 0.1)
    assert all(a <= b for a, b in zip(pace.curve_s, pace.curve_s[1:], strict=False))
