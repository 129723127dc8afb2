"""What a job tells of itself: a stage's part of the whole, and words that all stages add."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from deocc.backends.base import Tick


class Told:
    """A tick whose stages' words end with what `more` says then."""

    def __init__(self, tick: Tick, more: Callable[[], str]):
        self._tick, self._more = tick, more

    def __call__(self, stage: str, fraction: float) -> None:
        self._tick(stage + self._more(), fraction)

    def picture(self, name: str, rgba: NDArray[np.uint8]) -> None:
        self._tick.picture(name, rgba)


class Part:
    """A tick whose 0..1 is a part of its owner's."""

    def __init__(self, tick: Tick, low: float, high: float):
        self._tick, self._low, self._span = tick, low, high - low

    def __call__(self, stage: str, fraction: float) -> None:
        self._tick(stage, self._low + self._span * fraction)

    def picture(self, name: str, rgba: NDArray[np.uint8]) -> None:
        self._tick.picture(name, rgba)
