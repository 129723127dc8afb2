"""What a solid's pieces look like: a colour for each paint, or a picture with a skin for each."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from deocc.data.solids.curves import Chance
from deocc.data.views.patterns import skin

TEXTURED = 0.6  # share of solids with a picture
SKINNED = 0.65  # share of a textured solid's paints with more than one colour
PRINTED = 0.95  # the same of those that mostly carry print or a pattern
PRINTS = {"label", "cover", "cloth", "shade"}
CELL_PX, EDGE_PX = 128, 8
# Paints with a material's name: hue, saturation and value from … to; any other name takes any colour.
MATERIALS = {
    "wood": ((0.05, 0.11), (0.3, 0.75), (0.25, 0.8)),
    "metal": ((0.55, 0.65), (0.0, 0.12), (0.35, 0.9)),
    "dark": ((0.0, 1.0), (0.0, 0.2), (0.04, 0.25)),
    "white": ((0.0, 1.0), (0.0, 0.08), (0.8, 1.0)),
    "leaf": ((0.2, 0.42), (0.35, 0.9), (0.2, 0.7)),
    "earth": ((0.03, 0.1), (0.3, 0.7), (0.15, 0.4)),
    "fur": ((0.03, 0.12), (0.05, 0.7), (0.1, 0.95)),
}


class Paints:
    """The looks of one solid, drawn when they are laid on."""

    def __init__(self, chance: Chance):
        self._chance = chance

    def laid_on(
        self, names: Sequence[str], piece: NDArray[np.int64], places: NDArray, uv: NDArray
    ) -> tuple[NDArray, NDArray[np.uint8] | None, NDArray[np.uint8] | None]:
        """names: of each piece's paint.  piece: (N,) of each vertex. Gives uv (N, 2) on the picture, and
        colours (N, 3) or the picture (H, W, 3)."""
        unique = sorted(set(names))
        of_vertex = np.array([unique.index(name) for name in names])[piece]
        colours = np.stack([self._colour(name) for name in unique])
        if not self._chance.happens(TEXTURED):
            return np.zeros_like(uv), self._shaded(colours[of_vertex], places), None
        cells = [self._cell(name, colour) for name, colour in zip(unique, colours, strict=True)]
        texture = np.concatenate(cells, axis=1)
        start = (of_vertex * (CELL_PX + 2 * EDGE_PX) + EDGE_PX) / texture.shape[1]
        placed = uv.clip(0, 1) * (CELL_PX / texture.shape[1], CELL_PX / texture.shape[0])
        return placed + np.stack([start, np.full(len(uv), EDGE_PX / texture.shape[0])], axis=1), None, texture

    def _colour(self, name: str) -> NDArray[np.float64]:
        """(3,) sRGB in 0..255."""
        chance = self._chance
        ranges = MATERIALS.get(name)
        if ranges is None:
            ranges = (
                ((0.0, 1.0), (0.0, 0.15), (0.15, 1.0))
                if chance.happens(0.3)
                else ((0, 1), (0.2, 1), (0.3, 1))
            )
        rgb = colorsys.hsv_to_rgb(*(chance.between(*one) for one in ranges))
        return 255 * np.array(rgb, np.float64)

    def _shaded(self, colours: NDArray, places: NDArray) -> NDArray[np.uint8]:
        """Some bodies are darker at one end, as worn and dyed things are."""
        if self._chance.happens(0.3):
            axis = self._chance.count(0, 2)
            share = (places[:, axis] - places[:, axis].min()) / max(np.ptp(places[:, axis]), 1e-9)
            colours = colours * (1 - self._chance.between(-0.5, 0.5) * (share[:, None] - 0.5))
        return np.clip(np.round(colours), 0, 255).astype(np.uint8)

    def _cell(self, name: str, colour: NDArray) -> NDArray[np.uint8]:
        """(S, S, 3): a skin, a label on a plain ground, a tinted skin, or the plain colour."""
        chance = self._chance
        plain = np.broadcast_to(np.round(colour), (CELL_PX, CELL_PX, 3)).astype(np.uint8)
        inner = plain
        if chance.happens(PRINTED if name in PRINTS else SKINNED):
            printed = skin(chance.rng, CELL_PX)
            kind = chance.count(0, 2)
            inner = printed
            if kind == 1:
                inner = self._labelled(plain, printed)
            elif kind == 2:
                inner = _tinted(printed, colour)
        return np.pad(inner, ((EDGE_PX, EDGE_PX), (EDGE_PX, EDGE_PX), (0, 0)), "edge")

    def _labelled(self, plain: NDArray[np.uint8], printed: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """A band or a patch of the skin on the plain ground."""
        chance = self._chance
        low, high = sorted((chance.count(8, CELL_PX // 2), chance.count(CELL_PX // 2 + 8, CELL_PX - 8)))
        left, right = (0, CELL_PX) if chance.happens(0.5) else (chance.count(4, 40), chance.count(70, 124))
        labelled = plain.copy()
        labelled[low:high, left:right] = cv2.resize(printed, (right - left, high - low))
        return labelled


def _tinted(printed: NDArray[np.uint8], colour: NDArray) -> NDArray[np.uint8]:
    """The skin's light and dark in the paint's colour."""
    light = np.float32(0.55) + cv2.cvtColor(printed, cv2.COLOR_RGB2GRAY)[..., None] * np.float32(0.9 / 255)
    return np.minimum(colour.astype(np.float32) * light, 255).astype(np.uint8)
