"""Sheets of failures: which rows, in which order, with which words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from deocc.bench.reporting import failures
from deocc.bench.reporting.collect import Scores, collect
from deocc.bench.reporting.failures import failure_sheets, failure_words, ranking, reconstructs
from deocc.bench.reporting.sheet import Row
from deocc.bench.running.record import MethodFacts, result_folder
from tests.bench.reporting.in_memory import made_run, main_scores
from tests.bench.reporting.made_run import PHOTO_PX, Made, Method, case, make_run, picture, subject

IOU = {"a": 0.5, "b": 0.6, "c": 0.7, "d": 0.8}  # of each object; its cases differ by their level


def figures(name: str, case_name: str, _seed: int) -> Mapping[str, float | None] | None:
    """By amodal IoU the objects stand in the alphabet's order, level 5 the worst; by CD in the reverse, and
    of "a" no CD is known."""
    if (name, case_name) in (("a", "placed-5"), ("d", "placed-2")):
        return None
    level = int(case_name[-1]) if case_name[-1].isdigit() else 0
    cd = None if name == "a" else 0.1 * (ord(name) - ord("a")) - 0.01 * level
    return {"amodal_iou": IOU[name] - 0.01 * level, "cd": cd}


@pytest.fixture
def made(tmp_path: Path) -> Made:
    objects = [subject(name, more=(case("photo", 2, "photo"),)) for name in "cdab"]
    methods = {"draft": Method(figures), "clean": Method(figures, sees="clean")}
    return make_run(tmp_path, methods, objects, kinds=("placed", "photo"))


def rows_of(made: Made, kind: str = "placed") -> list[Row]:
    return failures._rows(made.out, made.bench, scores_of(made, kind), "draft")


def scores_of(made: Made, kind: str = "placed") -> Scores:
    return collect(made.run, made.objects, kind, "yaw")


def in_order(rows: list[Row]) -> list[tuple[str, str]]:
    """Object and case of each row."""
    return [(row.name, (row.fault or row.words[0]).split(",")[0]) for row in rows]


def test_errors_come_first_then_the_worst_by_each_measure(made: Made, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(failures, "WORST", 2)
    rows = rows_of(made)
    assert in_order(rows) == [
        *(("d", "placed-2"), ("a", "placed-5")),  # in the benchmark's order
        *(("a", "placed-4"), ("b", "placed-5")),  # the lowest amodal IoU
        *(("d", "placed-1"), ("c", "placed-1")),  # the largest CD
    ]
    assert [row.heading for row in rows] == [
        *("Failed with an error: 2", ""),
        *("Lowest amodal IoU, each object's worst case: 2 of 4 objects", ""),
        *("Largest Chamfer distance (CD), each object's worst case: 2 of 3 objects", ""),
    ]


def test_an_error_has_its_case_and_its_sentence(made: Made):
    one = rows_of(made)[0]
    assert one.fault == "placed-2, 15% hidden. It broke on this one." and one.completed is None


def test_a_row_tells_its_ranks_and_those_of_the_cases_that_it_stands_for(made: Made):
    rows = rows_of(made)
    # 18 of 20 cases did not fail. By IoU a's four come first, then b's; by CD d's, c's and then b's
    assert list(rows[2].words) == [
        "placed-4, 35% hidden",
        "amodal IoU 0.460 (1 of 18)",
        "its other cases: rank 2, 3, 4",
    ]
    assert list(rows[3].words)[:3] == [
        "placed-5, 50% hidden",
        "amodal IoU 0.550 (5 of 18)",
        "its other cases: rank 6, 7, 8, 9",
    ]
    assert list(rows[3].words)[3:] == ["CD 0.0500 (14 of 14)"]


def test_others_are_those_worse_than_the_last_shown_and_no_more(made: Made, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(failures, "WORST", 1)
    found = ranking(scores_of(made), "draft", "amodal_iou")
    assert [slot.key[1:3] for slot in found.shown] == [("a", "placed-4")]
    assert list(found.others.values()) == [()], "the row itself is the last"


def test_a_case_that_is_worst_by_both_stands_once_and_that_is_said(made: Made):
    rows = rows_of(made, "photo")
    assert in_order(rows) == [(name, "photo") for name in "abcd"]
    assert [bool(row.heading) for row in rows] == [True, False, False, False], "none is left for CD"
    placed = rows_of(made)
    shown = in_order(placed)
    assert len(set(shown)) == len(shown)


def test_what_stands_above_already_is_named(tmp_path: Path):
    def values(name: str, case_name: str, _seed: int) -> Mapping[str, float | None]:
        level = int(case_name[-1])
        # a's first level is its worst by both, b's first by CD and its last by IoU
        return {"amodal_iou": 0.9 + 0.01 * level * (1 if name == "a" else -1), "cd": 0.2 - 0.01 * level}

    again = make_run(tmp_path, {"draft": Method(values)}, [subject("a"), subject("b")])
    rows = rows_of(again)
    assert in_order(rows) == [("b", "placed-5"), ("a", "placed-1"), ("b", "placed-1")]
    assert rows[2].heading == (
        "Largest Chamfer distance (CD), each object's worst case: 2 objects; shown above already: a placed-1"
    )


def test_equal_values_stand_in_the_order_of_names_however_the_run_was_ordered():
    values = {(name, f"placed-{i}"): {"amodal_iou": 0.5} for name in "ba" for i in (2, 1)}
    objects = {name: subject(name) for name in "ba"}
    found = ranking(main_scores(made_run({"draft": values}, objects), objects), "draft", "amodal_iou")
    assert [slot.key[1:3] for slot in found.shown] == [("a", "placed-1"), ("b", "placed-1")]
    assert list(found.ranks.values()) == [1, 2, 3, 4]


def test_too_much_is_never_cut_off(made: Made):
    key = ("draft", "b", "placed-5", 0)
    pixels = np.zeros((PHOTO_PX, PHOTO_PX, 4), np.uint8)
    far = result_folder(made.out, key) / "completed.png"
    far.write_bytes(picture(PHOTO_PX, (1, 2, 3)))
    plain = next(row for row in rows_of(made) if row.name == "b")
    pixels[2:62, 2:62] = 255
    wide = replace(plain, completed=pixels)
    assert plain.crop == pytest.approx((0.25 - 0.1, 0.25 - 0.1, 0.75 + 0.1, 0.75 + 0.1), abs=0.01)
    assert failures._around_both(wide) == (0, 0, 1, 1)
    assert failures._around_both(replace(wide, completed=None)) == plain.crop


def test_only_what_reconstructs_from_the_hidden_photo_has_a_sheet(made: Made):
    sheets = failure_sheets(made.out, made.bench, scores_of(made), made.run.methods)
    assert list(sheets) == ["failures-draft.jpg"]
    photos = failure_sheets(made.out, made.bench, scores_of(made, "photo"), made.run.methods)
    assert list(photos) == ["failures-photo-draft.jpg"]
    assert reconstructs(MethodFacts("upright", ("photo", "object mask"), "occluded", ""))
    assert not reconstructs(MethodFacts("photo view", ("object mask",), "occluded", "")), "a floor"
    assert not reconstructs(MethodFacts("upright", ("clean photo", "amodal mask"), "clean", "")), "a ceiling"


def test_a_method_with_nothing_to_rank_has_no_sheet(tmp_path: Path):
    made = make_run(tmp_path, {"draft": Method(lambda *_: {"f@0.05": 0.5})}, [subject("a")])
    assert failure_sheets(made.out, made.bench, scores_of(made), made.run.methods) == {}


def test_the_report_says_how_rows_were_chosen():
    words = failure_words(["failures-draft.jpg"])
    assert words.startswith("### Failure cases\n\nWorst first, by rule and not picked by hand: ")
    assert words.endswith("![failures-draft](failures-draft.jpg)\n")
    assert failure_words([]) == ""
