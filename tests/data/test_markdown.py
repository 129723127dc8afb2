"""A card's table stays a table whatever its cells hold."""

from __future__ import annotations

from deocc.data.markdown import markdown_table


def test_bars_and_line_breaks_in_a_cell_break_no_row():
    made = markdown_table(("name", "by"), [("a|b", "one\nof us"), ("c", "")])
    assert made == "| name | by |\n| --- | --- |\n| a\\|b | one of us |\n| c |  |\n"
