"""Random shapes laid over a picture as occluders, as Amodal3R draws them: lines, round shapes, rectangles."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

WHITE = (255,)
REFERENCE_PX = 518  # the published numbers are pixels of a picture with this side


@dataclass(frozen=True)
class ShapesRule:
    """How many are drawn, (least, most): of lines, of circles and of ellipses each, then of rectangles."""

    each: tuple[int, int]
    rectangles: tuple[int, int]
    words: str


# The released script and the paper's appendix A.2b disagree about the counts.
RULES = {
    "script": ShapesRule(
        (1, 2), (3, 6), "1-2 lines, circles, ellipses each, 3-6 rectangles (released script)"
    ),
    "paper": ShapesRule((1, 3), (3, 7), "1-3 lines, circles, ellipses each, 3-7 rectangles (paper, A.2b)"),
}
DEFAULT_RULE = "script"  # the published weights have seen its masks, and its coverage is recorded


def random_shapes(
    height: int, width: int, generator: np.random.Generator, rule: str = DEFAULT_RULE
) -> NDArray[np.bool_]:
    """(height, width) bool, true where the picture is hidden."""
    counts = RULES[rule]
    brush = _Brush(np.zeros((height, width), np.uint8), (height + width) / (2 * REFERENCE_PX), generator)
    for draw in (brush.line, brush.circle, brush.ellipse):
        for _ in range(brush.between(*counts.each)):
            draw()
    for _ in range(brush.between(*counts.rectangles)):
        brush.rectangle()
        brush.swell()
    return brush.mask > 0


class _Brush:
    """A mask (H, W) uint8 being drawn on. scale: pixels for each pixel of the published numbers."""

    def __init__(self, mask: NDArray[np.uint8], scale: float, generator: np.random.Generator):
        self.mask, self._scale, self._generator = mask, scale, generator

    def between(self, low: int, high: int) -> int:
        """An integer, both ends included."""
        return int(self._generator.integers(low, high + 1))

    def _length(self, low: int, high: int) -> int:
        return max(round(self.between(low, high) * self._scale), 1)

    def _place(self) -> tuple[int, int]:
        height, width = self.mask.shape
        return self.between(0, width - 1), self.between(0, height - 1)

    def line(self) -> None:
        cv2.line(self.mask, self._place(), self._place(), WHITE, self._length(3, 30))

    def circle(self) -> None:
        cv2.circle(self.mask, self._place(), self._length(3, 30), WHITE, cv2.FILLED)

    def ellipse(self) -> None:
        """An arc from 0 to a drawn angle, as thick as a line, turned by a drawn angle."""
        axes = self._length(3, 30), self._length(3, 30)
        turn_deg, end_deg = self.between(0, 179), self.between(0, 359)
        cv2.ellipse(self.mask, self._place(), axes, turn_deg, 0, end_deg, WHITE, self._length(3, 30))

    def rectangle(self) -> None:
        """Wholly inside the picture, as the recorded masks have them."""
        across, down = self._length(25, 74), self._length(25, 74)
        height, width = self.mask.shape
        x, y = self.between(0, max(width - across, 0)), self.between(0, max(height - down, 0))
        cv2.rectangle(self.mask, (x, y), (x + across - 1, y + down - 1), WHITE, cv2.FILLED)

    def swell(self) -> None:
        """Everything drawn so far grows, so that shapes that almost touch become one (row A23)."""
        size = 1 + self._length(4, 7)  # elements of 5 to 8 px: what grows is one less
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
        cv2.dilate(self.mask, kernel, dst=self.mask)
