"""Scores of hand-made records: weights of levels, failures, missing results, stand-ins."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from deocc.bench.built import BenchObject
from deocc.bench.reporting.collect import collect, kinds_of, read_bench
from deocc.errors import InputFault
from tests.bench.reporting.in_memory import made_run, main_scores
from tests.bench.reporting.made_run import Method, case, make_run, subject

LEVELS = range(1, 6)
ONE = {"a": subject("a")}
TWO = ONE | {"b": subject("b")}


def at_levels(name: str, measure: str, values: list[float]) -> dict:
    return {(name, f"placed-{level}"): {measure: value} for level, value in zip(LEVELS, values, strict=True)}


def test_an_objects_mean_is_weighted_by_the_shares_of_table_1():
    run = made_run({"draft": at_levels("a", "cd", [1, 2, 3, 4, 5])}, ONE)
    # 0.123 · 1 + 0.285 · 2 + 0.316 · 3 + 0.194 · 4 + 0.082 · 5
    assert main_scores(run, ONE).per_object("draft", "cd") == {"a": pytest.approx(2.827)}


def test_the_share_of_a_missing_level_goes_to_the_others_and_is_told():
    values = at_levels("a", "cd", [1, 2, 3, 4, 5])
    del values["a", "placed-5"]
    run = made_run({"draft": values}, ONE, missing=(("draft", "a", "placed-5"),))
    scores = main_scores(run, ONE)
    assert scores.per_object("draft", "cd")["a"] == pytest.approx((2.827 - 0.41) / 0.918)
    assert scores.missing("draft") == [("draft", "a", "placed-5", 0)]
    assert scores.failures("draft") == []
    assert scores.without_levels("draft") == {"a": (5,)}


@pytest.mark.parametrize(
    ("measure", "others", "expected"),
    [
        ("cd", [0.1, 0.2], 0.9),  # the worst of the other method, not of its own
        ("cd_squared", [0.1, 0.2], 0.9),
        ("f@0.05", [0.6, 0.8], 0.0),
        ("iou", [0.6, 0.8], 0.0),
        ("amodal_iou", [0.6, 0.8], 0.0),
        ("normal_consistency", [0.6, 0.8], 0.0),
        ("psnr", [20.0, 12.0], 0.9),  # the smallest of the whole set
        ("lpips", [0.2, 0.3], 0.9),
    ],
)
def test_a_failure_scores_zero_or_the_worst_of_the_whole_set(
    measure: str, others: list[float], expected: float
):
    draft = {("a", "placed-1"): {measure: others[0]}, ("a", "placed-2"): {measure: others[1]}}
    draft |= {("b", "placed-1"): None}
    run = made_run({"draft": draft, "other": {("a", "placed-1"): {measure: 0.9}}}, TWO)
    assert main_scores(run, TWO).per_object("draft", measure)["b"] == expected


@pytest.mark.parametrize("measure", ["rotation_deg", "scale_error"])
def test_a_failure_has_no_pose(measure: str):
    draft = {("a", "placed-1"): {measure: 3.0}, ("b", "placed-1"): None}
    scores = main_scores(made_run({"draft": draft}, TWO), TWO)
    assert scores.per_object("draft", measure) == {"a": 3.0}


def test_a_failure_scores_only_what_its_method_measures_at_all():
    draft = {("a", "placed-1"): {"cd": 0.1, "amodal_iou": None}, ("b", "placed-1"): None}
    other = {("a", "placed-1"): {"cd": 0.5, "amodal_iou": 0.7}}
    scores = main_scores(made_run({"draft": draft, "other": other}, TWO), TWO)
    assert scores.per_object("draft", "amodal_iou") == {}
    assert scores.per_object("draft", "cd") == {"a": 0.1, "b": 0.5}


def test_a_method_that_always_fails_scores_everything():
    other = {("a", "placed-1"): {"cd": 0.5, "iou": 0.7}}
    scores = main_scores(made_run({"draft": {("a", "placed-1"): None}, "other": other}, ONE), ONE)
    assert scores.per_object("draft", "cd") == {"a": 0.5}
    assert scores.per_object("draft", "iou") == {"a": 0.0}
    assert scores.objects("draft").keys() == {"a"}


def test_a_failure_on_an_object_without_a_mesh_scores_no_shape():
    flat = {"a": ONE["a"], "b": replace(subject("b"), mesh="")}
    draft = {("a", "placed-1"): {"cd": 0.1, "amodal_iou": 0.5}, ("b", "placed-1"): None}
    scores = main_scores(made_run({"draft": draft}, flat), flat)
    assert scores.per_object("draft", "cd") == {"a": 0.1}
    assert scores.per_object("draft", "amodal_iou") == {"a": 0.5, "b": 0.0}


def test_a_missing_result_scores_nothing():
    draft = {("a", "placed-1"): {"cd": 0.1}}
    run = made_run({"draft": draft}, TWO, missing=(("draft", "b", "placed-1"),))
    scores = main_scores(run, TWO)
    assert scores.per_object("draft", "cd") == {"a": 0.1}
    assert scores.objects("draft").keys() == {"a"}


def test_a_method_that_sees_the_clean_photo_counts_at_every_level():
    truth = {("a", "clean"): {"cd": 0.004}}
    run = made_run({"truth": truth}, ONE, sees={"truth": "clean"})
    scores = main_scores(run, ONE)
    assert [scores.at_level("truth", "cd", level) for level in LEVELS] == [{"a": 0.004}] * 5
    assert scores.per_object("truth", "cd") == {"a": pytest.approx(0.004)}


def test_a_failed_clean_result_is_one_failure_not_five():
    run = made_run({"hull": {("a", "clean"): None}}, ONE, sees={"hull": "clean"})
    scores = main_scores(run, ONE)
    assert scores.failures("hull") == [("hull", "a", "clean", 0)]
    assert scores.missing("hull") == []


def test_only_seed_0_is_scored():
    first, second = ({("a", "placed-1"): {"cd": value}} for value in (0.1, 0.9))
    run = made_run({"draft": first}, ONE, seeds={1: {"draft": second}})
    assert main_scores(run, ONE).per_object("draft", "cd") == {"a": 0.1}
    assert collect(run, ONE, "placed", "yaw", seed=1).per_object("draft", "cd") == {"a": 0.9}


def test_another_kind_is_the_plain_mean_of_its_cases():
    more = (replace(case("contact-1", 1), kind="contact"), replace(case("contact-2", 5), kind="contact"))
    objects: dict[str, BenchObject] = {"a": subject("a", more=more)}
    values = {
        ("a", "contact-1"): {"cd": 1.0},
        ("a", "contact-2"): {"cd": 3.0},
        ("a", "placed-1"): {"cd": 9.0},
    }
    run = made_run({"draft": values}, objects)
    assert kinds_of(run, objects) == ("placed", "contact")
    scores = collect(run, objects, "contact", "yaw")
    assert scores.per_object("draft", "cd") == {"a": 2.0}


def test_a_run_of_stand_ins_alone_still_has_the_main_table():
    run = made_run({"truth": {("a", "clean"): {"cd": 0.004}}}, ONE, sees={"truth": "clean"})
    assert kinds_of(run, ONE) == ("placed",)


def test_another_benchmark_and_a_changed_object_are_refused(tmp_path: Path):
    made = make_run(tmp_path, {"draft": Method(lambda *_: {"cd": 0.1})}, [subject("a")])
    assert read_bench(made.bench, made.run)[0]["a"].cases == made.objects["a"].cases
    with pytest.raises(InputFault, match="another benchmark"):
        read_bench(made.bench, replace(made.run, digest="other"))
    path = made.bench / "objects" / "a" / "object.json"
    body = json.loads(path.read_bytes())
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_text(json.dumps({**body, "watertight": False}))
    assert hashlib.sha256(path.read_bytes()).hexdigest() != before
    with pytest.raises(InputFault, match="was changed"):
        read_bench(made.bench, made.run)
    path.unlink()
    with pytest.raises(InputFault, match="can't be read"):
        read_bench(made.bench, made.run)
