"""How far a silhouette reaches in every direction: what simple convex bodies are fitted to."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

DIRECTIONS = 90
TOLERANCE = 0.01  # of the silhouette's size: an outline this far off costs as much as one prior at its spread


def reach(whole: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Directions (2, DIRECTIONS), unit, all around, and the support function of the silhouette's convex hull
    along each (DIRECTIONS,), in pixels from the corner of the picture."""
    contours, _ = cv2.findContours(whole.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    hull = cv2.convexHull(np.concatenate(contours)).reshape(-1, 2).astype(float) + 0.5
    angles = np.linspace(0, 2 * np.pi, DIRECTIONS, endpoint=False)
    directions = np.stack([np.cos(angles), np.sin(angles)])
    return directions, (hull @ directions).max(axis=0)
