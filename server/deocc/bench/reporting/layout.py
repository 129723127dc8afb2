"""A table of figures as Markdown for people and as CSV for programs, from the same cells."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

EMPTY = "–"


@dataclass(frozen=True)
class Span:
    """A mean with its interval; None where there is none. digits: its own, else the column's."""

    value: float | None
    low: float | None = None
    high: float | None = None
    digits: int | None = None


Cell = str | int | float | Span | None


@dataclass(frozen=True)
class Column:
    """digits: printed after the point of a float.  spans: its cells are Spans, three columns in the CSV."""

    title: str
    digits: int = 0
    spans: bool = False


@dataclass(frozen=True)
class Table:
    """name: of its file.  title: its heading.  notes: sentences below it."""

    name: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    notes: Sequence[str] = ()

    def markdown(self) -> str:
        """Heading, table and notes. A column that is empty in every row stays: its note says why."""
        head = "| " + " | ".join(_escaped(column.title) for column in self.columns) + " |"
        rule = "|" + "|".join("---" if _is_text(self.rows, i) else "---:" for i in self._numbers()) + "|"
        body = [
            "| " + " | ".join(_words(cell, self.columns[i]) for i, cell in enumerate(row)) + " |"
            for row in self.rows
        ]
        notes = [f"\n{note}" for note in self.notes]
        return "\n".join([f"### {self.title}", "", head, rule, *body, *notes, ""])

    def csv(self) -> str:
        """Unrounded figures; an interval in two columns of its own; an empty cell for none."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        head = []
        for column in self.columns:
            title = column.title
            head += [title, f"{title} low", f"{title} high"] if column.spans else [title]
        writer.writerow(head)
        for row in self.rows:
            writer.writerow([value for i, cell in enumerate(row) for value in _values(cell, self.columns[i])])
        return text.getvalue()

    def _numbers(self) -> range:
        return range(len(self.columns))


def empty_reasons(columns: Mapping[str, Sequence[Cell]], reasons: Mapping[str, str]) -> list[str]:
    """The reasons for those columns, by title, in which any cell is empty."""
    told = {}
    for title, cells in columns.items():
        if title in reasons and any(_is_empty(cell) for cell in cells):
            told.setdefault(reasons[title], []).append(title)
    return [f"{EMPTY} in {', '.join(titles)}: {reason}" for reason, titles in told.items()]


def _is_empty(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, Span) and cell.value is None)


def _is_text(rows: Sequence[Sequence[Cell]], column: int) -> bool:
    return column == 0 or any(isinstance(row[column], str) for row in rows)


def _words(cell: Cell, column: Column) -> str:
    if cell is None:
        return EMPTY
    if isinstance(cell, Span):
        digits = column.digits if cell.digits is None else cell.digits
        if cell.value is None or cell.low is None or cell.high is None:
            return EMPTY if cell.value is None else f"{cell.value:.{digits}f}"
        return f"{cell.value:.{digits}f} [{cell.low:.{digits}f}, {cell.high:.{digits}f}]"
    if isinstance(cell, float):
        return f"{cell:.{column.digits}f}"
    return _escaped(str(cell)) or EMPTY


def _values(cell: Cell, column: Column) -> list[str]:
    if column.spans:
        span = cell if isinstance(cell, Span) else Span(None)
        return [_plain(one) for one in (span.value, span.low, span.high)]
    return [_plain(cell)] if not isinstance(cell, Span) else [_plain(cell.value)]


def _plain(cell: Cell) -> str:
    return "" if cell is None else repr(cell) if isinstance(cell, float) else str(cell)


def _escaped(words: str) -> str:
    """Words that don't end a cell or a row."""
    return words.replace("|", "\\|").replace("\n", " ")
