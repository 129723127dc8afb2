"""Tables for a terminal, and figures beside their goals."""

from __future__ import annotations

import math

from deocc.bench.figure import Figure, figure_words, goal_words
from deocc.bench.speed import speed_table
from deocc.bench.table import table


def test_columns_line_up_names_to_the_left_and_numbers_to_the_right():
    lines = table(("what", "here"), [("start", "0.5 s"), ("a longer name", "12 s")]).splitlines()
    assert lines == ["what            here", "start          0.5 s", "a longer name   12 s"]


def test_a_figure_over_its_goal_says_so_and_one_without_a_goal_says_nothing():
    assert goal_words(Figure("start", 1.1, "s", 1.0)) == "MISSED ≤ 1 s"
    assert goal_words(Figure("start", 1.0, "s", 1.0)) == "≤ 1 s"
    assert goal_words(Figure("packing", 5.0, "s")) == ""


def test_short_times_are_milliseconds_and_what_is_not_known_is_not_a_number():
    assert figure_words(Figure("step", 0.0304, "s")) == "30 ms"
    assert figure_words(Figure("memory", 99.96, "MB")) == "100 MB"
    assert figure_words(Figure("memory", math.nan, "MB", 150.0)) == "not told here"
    assert not Figure("memory", math.nan, "MB", 150.0).is_missed


def test_the_speed_table_begins_with_the_machine():
    first, _, head, row = speed_table([Figure("start", 0.5, "s", 1.0)]).splitlines()
    assert "cores, Python 3." in first and head.split() == ["what", "here", "goal"]
    assert row.split() == ["start", "0.5", "s", "≤", "1", "s"]
