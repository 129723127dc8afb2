"""The plan: which phase a step is in, what was drawn before it, how the rate rises and falls."""

from __future__ import annotations

from deocc.training.plan import Phase, Plan

PLAN = Plan((Phase(6, 64, 8), Phase(4, 128, 2)), rate=2.0, warmup=2, decay=0.3)


def test_every_step_has_its_phase():
    assert [PLAN.at(step).side for step in range(10)] == [64] * 6 + [128] * 4
    assert PLAN.steps == 10
    assert PLAN.at(10).side == 128  # one that is asked for when all are done


def test_pictures_are_counted_over_phases():
    assert [PLAN.first_picture(step) for step in (0, 1, 6, 7, 10)] == [0, 8, 48, 50, 56]
    assert [PLAN.left_in_phase(step) for step in (0, 5, 6, 9, 10)] == [6, 1, 4, 1, 0]


def test_the_rate_warms_up_stays_and_falls_to_nearly_nothing():
    rates = [PLAN.rate_at(step) for step in range(10)]
    assert rates[:2] == [1.0, 2.0] and rates[2:8] == [2.0] * 6
    assert 0 < rates[9] < rates[8] < 2.0
    assert PLAN.rate_at(10) == 0


def test_the_fall_takes_the_last_share_rounded_up_and_neither_it_nor_the_warm_up_must_be():
    eleven = Plan((Phase(11, 64, 8),), rate=2.0, warmup=2, decay=0.3)
    assert [eleven.rate_at(step) for step in range(6, 11)] == [2.0, 2.0, 1.5, 1.0, 0.5]
    even = Plan((Phase(3, 64, 8),), rate=2.0, warmup=0, decay=0.0)
    assert [even.rate_at(step) for step in range(3)] == [2.0, 2.0, 2.0]


def test_a_longer_training_begins_alike():
    longer = Plan((Phase(600, 64, 8), Phase(400, 128, 2)), rate=2.0, warmup=2, decay=0.3)
    assert [longer.rate_at(step) for step in range(5)] == [PLAN.rate_at(step) for step in range(5)]


def test_the_average_follows_fast_at_first():
    plan = Plan((Phase(10, 64, 1),), average=0.9)
    assert plan.average_at(0) < 0.2 and plan.average_at(10_000) == 0.9


def test_lengthening_adds_to_the_last_phase_and_never_takes():
    assert PLAN.lengthened(25).phases == (Phase(6, 64, 8), Phase(19, 128, 2))
    assert PLAN.lengthened(3) == PLAN
