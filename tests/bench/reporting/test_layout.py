"""Tables: Markdown that parses, CSV that comes back as it went out."""

from __future__ import annotations

import csv
import io

from deocc.bench.reporting.layout import EMPTY, Column, Span, Table, empty_reasons

TABLE = Table(
    "shape",
    "Shape",
    [Column("method"), Column("CD ↓", 3, spans=True), Column("FID ↓", 2), Column("n")],
    [["draft", Span(0.12345, 0.1, 0.2), None, 24], ["a | b\nc", Span(0.5), 1.23456, 0]],
    ["A note."],
)


def cells(line: str) -> list[str]:
    """The cells of a Markdown row, an escaped bar being no border."""
    return [one.strip().replace("\0", "|") for one in line.replace("\\|", "\0").strip("|").split("|")]


def test_markdown_has_as_many_cells_in_every_row_as_in_its_head():
    lines = [line for line in TABLE.markdown().splitlines() if line.startswith("|")]
    assert [len(cells(line)) for line in lines] == [4] * 4
    assert cells(lines[0]) == ["method", "CD ↓", "FID ↓", "n"]
    assert cells(lines[2]) == ["draft", "0.123 [0.100, 0.200]", EMPTY, "24"]
    assert cells(lines[3]) == ["a | b c", "0.500", "1.23", "0"]
    assert TABLE.markdown().startswith("### Shape\n") and "\nA note.\n" in TABLE.markdown()


def test_markdown_aligns_numbers_to_the_right():
    rule = TABLE.markdown().splitlines()[3]
    assert rule == "|---|---:|---:|---:|"


def test_csv_comes_back_unrounded_and_an_empty_cell_is_empty():
    head, *rows = csv.reader(io.StringIO(TABLE.csv()))
    assert head == ["method", "CD ↓", "CD ↓ low", "CD ↓ high", "FID ↓", "n"]
    assert rows == [["draft", "0.12345", "0.1", "0.2", "", "24"], ["a | b\nc", "0.5", "", "", "1.23456", "0"]]
    assert float(rows[0][1]) == 0.12345


def test_reasons_are_told_once_and_only_for_empty_cells():
    columns = {"KID": [None, 0.1], "FID": [Span(None)], "CD": [0.1], "PSNR": [None]}
    told = empty_reasons(columns, {"KID": "no network.", "FID": "no network.", "CD": "never."})
    assert told == [f"{EMPTY} in KID, FID: no network."]
