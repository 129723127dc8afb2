"""How long a variant still takes: from how far it is, and from how others went on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

STEPS = 20  # the curve is kept at every twentieth of the progress
_NEWEST_SHARE = 0.3  # of the newest run in the average: follows a change of options within a few runs
_TRUST_FRACTION = 0.05  # before this much progress a run's own speed says little


@dataclass(frozen=True)
class Pace:
    """One backend on this machine.

    curve_s: STEPS + 1 rising seconds, when progress passed 0, 1/STEPS … 1.  memory_gb: peak of a variant.
    """

    curve_s: tuple[float, ...]
    memory_gb: float

    @property
    def total_s(self) -> float:
        return self.curve_s[-1]


def even_pace(seconds: float, memory_gb: float) -> Pace:
    """The pace assumed before anything was measured: even progress."""
    return Pace(tuple(seconds * i / STEPS for i in range(STEPS + 1)), memory_gb)


def remaining_s(pace: Pace, fraction: float, elapsed_s: float) -> float:
    """Seconds left of a variant that has come to `fraction` in `elapsed_s`: the curve at this run's speed."""
    reached_s = float(np.interp(fraction, np.linspace(0, 1, STEPS + 1), pace.curve_s))
    speed = elapsed_s / reached_s if fraction > _TRUST_FRACTION and reached_s > 0 else 1.0
    return max(0.0, (pace.total_s - reached_s) * speed)


def measured_pace(
    before: Pace | None, passed: Sequence[tuple[float, float]], total_s: float, memory_gb: float
) -> Pace:
    """The pace after one more run; passed: (fraction, seconds) as ticked, rising."""
    fractions = [0.0, *(fraction for fraction, _ in passed), 1.0]
    seconds = [0.0, *(at for _, at in passed), total_s]
    rising = np.maximum.accumulate(fractions)
    newest = np.maximum.accumulate(np.interp(np.linspace(0, 1, STEPS + 1), rising, seconds))
    if before is None:
        return Pace(tuple(newest.tolist()), memory_gb)
    mixed = _NEWEST_SHARE * newest + (1 - _NEWEST_SHARE) * np.asarray(before.curve_s)
    memory_gb = max(memory_gb, _NEWEST_SHARE * memory_gb + (1 - _NEWEST_SHARE) * before.memory_gb)
    return Pace(tuple(mixed.tolist()), memory_gb)
