"""Seconds of one stage after another, for the log and the package."""

from __future__ import annotations

import time


class Stopwatch:
    """seconds: per stage, as far as they have passed."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        """The stage that began with the last lap, or with this watch, is over."""
        now = time.perf_counter()
        self.seconds[stage], self._last = now - self._last, now

    def __str__(self) -> str:
        return ", ".join(f"{stage} {seconds:.2f} s" for stage, seconds in self.seconds.items())
