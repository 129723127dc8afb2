"""Materials as flat pictures: noise, paint, stone, wood, metal, tiles, cloth; colours that things have."""

from __future__ import annotations

import itertools
import math

import cv2
import numpy as np
from numpy.typing import NDArray

Rng = np.random.Generator

# linear steps of one material from dark to light, sRGB: woods, stones, cloths, paints, leaves, metals
MATERIALS = np.array(
    [
        [[70, 42, 22], [176, 124, 76]], [[120, 86, 52], [214, 178, 130]], [[48, 30, 22], [104, 66, 44]],
        [[86, 84, 80], [176, 174, 168]], [[150, 146, 138], [226, 222, 214]], [[40, 42, 46], [104, 106, 112]],
        [[34, 46, 84], [92, 112, 168]], [[110, 30, 30], [196, 84, 70]], [[40, 70, 40], [118, 150, 92]],
        [[180, 168, 140], [242, 234, 212]], [[212, 212, 208], [250, 250, 248]], [[16, 16, 18], [58, 58, 62]],
        [[170, 120, 20], [240, 200, 80]], [[110, 80, 110], [200, 170, 196]], [[20, 90, 100], [120, 190, 196]],
        [[150, 96, 66], [222, 170, 134]],
    ],
    np.float32,
)  # fmt: skip


def colour(rng: Rng, bright: float = 0.15) -> NDArray[np.float32]:
    """(3,) sRGB 0..255 of a thing: mostly greys and dull colours; bright: the share of paint and plastic."""
    kind = rng.random()
    if kind < bright:
        saturation = rng.uniform(0.6, 0.95)
    else:
        saturation = rng.beta(1.2, 3.5)
    hue = rng.uniform(0, 360) if rng.random() < 0.5 else rng.normal(35, 20) % 360  # wood, skin, sand, lamps
    value = rng.beta(2, 1.5) * (1 - 0.25 * saturation)  # no screen's neon on things
    rgb = cv2.cvtColor(np.array([[[hue, saturation, value]]], np.float32), cv2.COLOR_HSV2RGB)
    return rgb[0, 0] * 240 + 8


def clouds(rng: Rng, side_px: int, cells: float = 4.0, octaves: int = 5, stretch: float = 1.0) -> NDArray:
    """(side, side) float32 of mean 0.5 within 0..1: noise at halving sizes; stretch: longer along x."""
    total = np.zeros((side_px, side_px), np.float32)
    for octave in range(octaves):
        rows = cells * 2**octave
        grid = rng.random((min(int(rows) + 3, side_px), min(int(rows / stretch) + 3, side_px)), np.float32)
        wave = cv2.resize(grid, (side_px, side_px), interpolation=cv2.INTER_CUBIC)
        total += (wave - 0.5) * 0.55**octave
    return np.clip(0.5 + total / 1.2, 0, 1)


def _two_colours(rng: Rng) -> NDArray[np.float32]:
    """(2, 3) sRGB: dark and light of one material."""
    if rng.random() < 0.6:
        return MATERIALS[rng.integers(len(MATERIALS))] * rng.uniform(0.8, 1.1)
    light = colour(rng, 0.05)
    return np.stack([light * rng.uniform(0.3, 0.9), light])


def _between(pair: NDArray, share: NDArray) -> NDArray[np.float32]:
    return (pair[0] + (pair[1] - pair[0]) * share[..., None]).astype(np.float32)


def plain(rng: Rng, side: int) -> NDArray[np.float32]:
    faint = clouds(rng, side, rng.uniform(1, 6), 3)
    return colour(rng, 0.2) * (1 + rng.uniform(0, 0.15) * (faint[..., None] - 0.5))


def gradient(rng: Rng, side: int) -> NDArray[np.float32]:
    angle = rng.uniform(0, 2 * math.pi)
    y, x = np.mgrid[0:side, 0:side].astype(np.float32) / side - 0.5
    share = np.clip(0.5 + x * math.cos(angle) + y * math.sin(angle), 0, 1)
    one = colour(rng, 0.05)
    return _between(
        np.stack([one, one * rng.uniform(0.5, 0.95) if rng.random() < 0.7 else colour(rng)]), share
    )


def speckled(rng: Rng, side: int) -> NDArray[np.float32]:
    """Stone, sand, plaster, carpet."""
    coarse = clouds(rng, side, rng.uniform(2, 20), 6)
    fine = rng.random((side, side), np.float32)
    fine = cv2.GaussianBlur(fine, (0, 0), float(rng.uniform(0.6, 1.6)))
    share = coarse + rng.uniform(0.2, 2.0) * (fine - 0.5)
    return _between(_two_colours(rng), np.clip(share, 0, 1))


def wood(rng: Rng, side: int) -> NDArray[np.float32]:
    bent = clouds(rng, side, 2, 3, stretch=6) * rng.uniform(4, 14)
    y = np.linspace(0, rng.uniform(1, 8), side, dtype=np.float32)[:, None]
    rings = 0.5 + 0.5 * np.sin(2 * math.pi * (bent + y))
    grain = clouds(rng, side, 60, 2, stretch=30)
    share = np.clip(0.5 * rings + 0.5 * grain, 0, 1)
    picture = _between(MATERIALS[rng.integers(3)] * rng.uniform(0.8, 1.2), share)
    if rng.random() < 0.5:  # boards
        edges = np.sort(rng.integers(0, side, rng.integers(2, 9)))
        for one, other in itertools.pairwise(edges):
            picture[one:other] *= rng.uniform(0.8, 1.15)
            picture[one : one + max(side // 200, 1)] *= 0.5
    return _turned(picture, rng)


def tiles(rng: Rng, side: int) -> NDArray[np.float32]:
    """Tiles, checks, bricks."""
    width = int(side / rng.uniform(3, 16))
    height = int(width * rng.choice([1, 1, 0.5, 0.33]))
    y, x = np.mgrid[0:side, 0:side]
    row = y // max(height, 2)
    x = x + (row % 2) * (width // 2) * int(rng.random() < 0.4)
    column = x // max(width, 2)
    if rng.random() < 0.4:
        share = ((row + column) % 2).astype(np.float32)
    else:
        tones = rng.random((row.max() + 1, column.max() + 1), np.float32)
        share = 0.5 + rng.uniform(0, 0.8) * (tones[row, column] - 0.5)
    picture = _between(_two_colours(rng), np.clip(share + 0.2 * (clouds(rng, side, 8, 4) - 0.5), 0, 1))
    if rng.random() < 0.7:
        gap = max(int(width * rng.uniform(0.02, 0.08)), 1)
        picture[((x % max(width, 2)) < gap) | ((y % max(height, 2)) < gap)] *= rng.uniform(0.5, 1.2)
    return picture


def woven(rng: Rng, side: int) -> NDArray[np.float32]:
    """Cloth: threads, and a pattern of stripes or checks."""
    y, x = np.mgrid[0:side, 0:side].astype(np.float32)
    step = rng.uniform(2.5, 7)
    threads = 0.5 + 0.25 * (np.sin(2 * math.pi * x / step) + np.sin(2 * math.pi * y / step))
    picture = _between(
        _two_colours(rng), np.clip(0.4 + 0.4 * threads + 0.3 * (clouds(rng, side) - 0.5), 0, 1)
    )
    if rng.random() < 0.5:
        bands = _bands(rng, side)[None, :, None] * rng.uniform(0.3, 0.9)
        picture = picture * (1 - bands) + colour(rng, 0.3) * bands
        if rng.random() < 0.5:
            bands = bands.transpose(1, 0, 2)
            picture = picture * (1 - bands) + colour(rng, 0.3) * bands
    return _turned(picture, rng)


def _bands(rng: Rng, side: int) -> NDArray[np.float32]:
    """(side,) 1 within a stripe, else 0; regular."""
    period = side / rng.uniform(2, 14)
    return ((np.arange(side) / period + rng.random()) % 1 < rng.uniform(0.15, 0.6)).astype(np.float32)


def stripes(rng: Rng, side: int) -> NDArray[np.float32]:
    picture = plain(rng, side)
    for _ in range(rng.integers(1, 4)):
        bands = _bands(rng, side)[:, None, None]
        picture = picture * (1 - bands) + colour(rng, 0.3) * bands
    return _turned(picture, rng) if rng.random() < 0.5 else picture


def metal(rng: Rng, side: int) -> NDArray[np.float32]:
    """Brushed or cast, with worn places."""
    brushed = clouds(rng, side, 80, 2, stretch=40)
    worn = clouds(rng, side, 3, 5)
    grey = rng.uniform(60, 215) * np.array([1, rng.uniform(0.88, 1.0), rng.uniform(0.65, 1.02)], np.float32)
    picture = grey * (0.75 + 0.3 * brushed + 0.25 * (worn - 0.5))[..., None]
    if rng.random() < 0.25:
        rust = np.clip((worn - 0.58) * 8, 0, 1)[..., None]
        picture = picture * (1 - rust) + np.array([120, 66, 34], np.float32) * rust
    return _turned(picture.astype(np.float32), rng)


def _turned(picture: NDArray, rng: Rng) -> NDArray:
    return picture.transpose(1, 0, 2).copy() if rng.random() < 0.5 else picture
