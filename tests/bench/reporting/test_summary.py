"""Numbers of hand-made records: intervals, pairs, groups, seeds."""

from __future__ import annotations

import json

import pytest

from deocc.bench.built import BenchObject
from deocc.bench.reporting.collect import collect
from deocc.bench.reporting.measures import MEASURES, SET_MEASURES
from deocc.bench.reporting.summary import Extras, summarise
from tests.bench.reporting.in_memory import made_run, main_scores
from tests.bench.reporting.made_run import subject


def many(count: int) -> dict[str, BenchObject]:
    return {f"o{i:02}": subject(f"o{i:02}", watertight=i % 2 == 0, group="ab"[i % 2]) for i in range(count)}


def one_level(objects: dict[str, BenchObject], value, measure: str = "cd") -> dict:
    return {(name, "placed-3"): {measure: value(i)} for i, name in enumerate(objects)}


def numbers_of(run, objects, **more):
    return summarise(run, {"placed": main_scores(run, objects)}, [main_scores(run, objects)], **more)


def test_there_is_an_interval_from_ten_objects_on():
    for count, known in ((9, False), (10, True)):
        objects = many(count)
        one = numbers_of(made_run({"draft": one_level(objects, float)}, objects), objects)["draft"]
        assert one["n"] == count
        assert one["cd"] == pytest.approx((count - 1) / 2)
        assert (one["cd_interval"] is not None) == known
    low, high = one["cd_interval"]
    assert 0 < low < one["cd"] < high < 9


def test_a_paired_difference_has_an_interval_of_its_own():
    objects = many(12)
    run = made_run(
        {"draft": one_level(objects, float), "other": one_level(objects, lambda i: i + 0.5)}, objects
    )
    numbers = numbers_of(run, objects)
    pair = numbers["other"]["paired"]["cd"]
    # every object differs by exactly 0.5, however far apart the objects are: the interval has no width
    assert (pair["difference"], pair["low"], pair["high"], pair["n"]) == pytest.approx((0.5, 0.5, 0.5, 12))
    assert pair["to"] == "draft"
    assert numbers["draft"]["paired"]["cd"] is None


def test_a_pair_is_of_common_objects_alone():
    objects = many(12)
    other = one_level(objects, lambda i: i + 0.5)
    del other["o00", "placed-3"]
    run = made_run({"draft": one_level(objects, float), "other": other}, objects)
    pair = numbers_of(run, objects)["other"]["paired"]["cd"]
    assert (pair["difference"], pair["n"]) == (pytest.approx(0.5), 11)


def test_a_pair_is_of_common_cases_alone():
    objects = many(1)
    both = {("o00", "placed-1"): {"cd": 0.1}, ("o00", "placed-5"): {"cd": 0.9}}
    run = made_run({"draft": both, "other": {("o00", "placed-1"): {"cd": 0.2}}}, objects)
    # on the one case that both have it is 0.1 worse, though draft's mean, with the hard case, is above it
    numbers = numbers_of(run, objects)
    assert numbers["draft"]["cd"] > numbers["other"]["cd"]
    assert numbers["other"]["paired"]["cd"]["difference"] == pytest.approx(0.1)


def test_groups_sources_and_watertightness_have_their_n():
    objects = many(5)
    one = numbers_of(made_run({"draft": one_level(objects, float)}, objects), objects)["draft"]
    assert {group: (m["n"], m["cd"]) for group, m in one["by_group"].items()} == {
        "a": (3, 2.0),
        "b": (2, 2.0),
    }
    assert one["by_source"]["here"]["n"] == 3
    assert one["by_watertight"]["not watertight"]["cd"] == 2.0
    assert one["by_level"]["3"]["n"] == 5
    assert one["by_level"]["1"]["n"] == 0 and one["by_level"]["1"]["cd"] is None


def test_best_of_k_is_by_case_and_in_no_other_number():
    objects = many(1)
    first = {("o00", "placed-1"): {"cd": 0.1, "f@0.05": 0.5}, ("o00", "placed-2"): {"cd": 0.4, "f@0.05": 0.6}}
    second = {
        ("o00", "placed-1"): {"cd": 0.3, "f@0.05": 0.7},
        ("o00", "placed-2"): {"cd": 0.2, "f@0.05": 0.2},
    }
    run = made_run({"draft": first}, objects, seeds={1: {"draft": second}})
    seeds = [collect(run, objects, "placed", "yaw", seed) for seed in range(2)]
    one = summarise(run, {"placed": seeds[0]}, seeds)["draft"]
    a, b = 0.123 / 0.408, 0.285 / 0.408  # Table 1's shares of the two levels
    assert one["cd"] == pytest.approx(a * 0.1 + b * 0.4)
    assert one["ambiguity"]["k"] == 2
    assert one["ambiguity"]["cd_best"] == pytest.approx(a * 0.1 + b * 0.2)
    assert one["ambiguity"]["cd_mean"] == pytest.approx(a * 0.2 + b * 0.3)
    assert one["ambiguity"]["f@0.05_best"] == pytest.approx(a * 0.7 + b * 0.6)
    assert one["ambiguity"]["cd_spread"] == pytest.approx(0.1 * 2**0.5)  # n - 1, both cases 0.2 apart


def test_one_seed_has_no_ambiguity():
    objects = many(1)
    assert (
        numbers_of(made_run({"draft": one_level(objects, float)}, objects), objects)["draft"]["ambiguity"]
        is None
    )


def test_every_number_is_there_and_json_has_no_nan():
    objects = many(2)
    run = made_run({"draft": {("o00", "placed-1"): None}, "other": one_level(objects, float)}, objects)
    numbers = numbers_of(run, objects, extras=Extras({"draft": {"cov": 0.5}}, {"cd": 0.004}))
    again = json.loads(json.dumps(numbers, allow_nan=False))
    assert list(again) == ["draft", "other"]
    for one in again.values():
        assert {*MEASURES, *SET_MEASURES} <= one.keys()
        assert {"n", "failures", "missing", "cd_interval", "by_level", "by_group", "by_kind"} <= one.keys()
        assert one["sampling_floor"] == {"cd": 0.004}
    assert again["draft"]["failures"] == 1
    assert again["draft"]["failed_results"] == ["o00/placed-1/seed-0"]
    assert again["draft"]["cov"] == 0.5 and again["other"]["cov"] is None
    assert again["draft"]["seconds"] is None, "a failed result is no measurement of time"
    assert again["other"]["seconds"] == 1.0


def test_a_method_that_was_not_asked_for_the_main_kind_has_empty_numbers():
    objects = many(1)
    run = made_run({"draft": {}}, objects)
    one = summarise(run, {}, [])["draft"]
    assert one["n"] == 0 and one["cd"] is None and one["by_kind"] == {}
