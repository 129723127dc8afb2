"""One measured figure beside its goal."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """value: in `unit`, NaN where this system does not tell it.  goal: at most this; None: only told."""

    name: str
    value: float
    unit: str
    goal: float | None = None

    @property
    def is_missed(self) -> bool:
        return self.goal is not None and self.value > self.goal


def figure_words(figure: Figure) -> str:
    """“0.86 s”; milliseconds below a tenth of a second."""
    return "not told here" if math.isnan(figure.value) else _words(figure.value, figure.unit)


def goal_words(figure: Figure) -> str:
    """“≤ 1.5 s”, “MISSED ≤ 1.5 s”, or nothing."""
    if figure.goal is None:
        return ""
    return f"{'MISSED ' if figure.is_missed else ''}≤ {_words(figure.goal, figure.unit)}"


def _words(value: float, unit: str) -> str:
    if unit == "s" and value < 0.1:
        return f"{value * 1000:.0f} ms"
    return f"{value:.3g} {unit}"
