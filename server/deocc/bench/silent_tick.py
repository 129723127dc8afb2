"""The tick of a backend that is measured: nobody listens to it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


class SilentTick:
    def __call__(self, stage: str, fraction: float) -> None: ...

    def picture(self, name: str, rgba: NDArray[np.uint8]) -> None: ...
