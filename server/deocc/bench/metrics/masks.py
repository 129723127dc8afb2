"""How well two masks agree."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def iou(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    """Intersection over union of two masks of one shape, 0..1; 1 where both are empty."""
    union = int((a | b).sum())
    return int((a & b).sum()) / union if union else 1.0
