"""True masks -> masks as people draw them: grown, shrunk, wobbling, with gaps and bites (rows D23, D24)."""

from __future__ import annotations

import math

import cv2
import numpy as np

from deocc.data.draws.layer import Mask, box, grown

EXACT = 0.2  # share of single masks left as they are,
BOTH_EXACT = 0.4  # and of pairs: together half of each, as masks from a segmenter nearly are
# lengths in sizes of a mask, the root of its area: by its longer side thin things would not outlast it
MOST_GROWN = 0.04  # dilated or eroded by so much
MOST_WOBBLE = 0.02  # amplitude,
WAVE = 0.6  # and length of the shorter waves
MOST_SIMPLE = 0.015  # corners left out move an outline by so much
GAP = 0.3  # share of pairs with a strip of nothing between object and occluder
GAP_PX = (1, 4)
BITES = 0.3  # share of masks with bites and islands, and how many
MOST_BITES = 4
LEAST_LEFT = 0.4  # of the visible object; a clumsier mask is not taken


def drawn_pair(visible: Mask, occluder: Mask, rng: np.random.Generator) -> tuple[Mask, Mask]:
    """The object's and the occluder's mask as a user would draw them, disjoint.

    visible, occluder: (h, w) bool, the true ones."""
    if rng.random() < BOTH_EXACT:
        return visible, occluder & ~visible
    seen, hides = drawn(visible, rng), drawn(occluder, rng)
    gap_px = int(rng.integers(GAP_PX[0], GAP_PX[1] + 1)) if rng.random() < GAP else 0
    if rng.random() < 0.5:  # what both cover is the object's as often as not, and so is the gap
        hides = hides & ~grown(seen, gap_px)
    else:
        seen = seen & ~grown(hides, gap_px)
    if np.count_nonzero(seen & visible) < LEAST_LEFT * np.count_nonzero(visible):
        return visible, occluder & ~visible
    return seen, hides


def drawn(mask: Mask, rng: np.random.Generator) -> Mask:
    """One mask with a hand's faults."""
    size_px = math.sqrt(np.count_nonzero(mask))
    if size_px == 0 or rng.random() < EXACT:
        return mask
    out = wobbled(mask, size_px, rng) if rng.random() < 0.75 else mask
    if rng.random() < 0.75:
        out = grown(out, round(size_px * rng.uniform(-MOST_GROWN, MOST_GROWN)))
    if rng.random() < BITES:
        out = _bitten(out, size_px, rng)
    return out


def wobbled(mask: Mask, size_px: float, rng: np.random.Generator) -> Mask:
    """Outlines moved by a few long waves and drawn with fewer corners; holes stay holes."""
    outlines, _ = cv2.findContours(mask.view(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    waves = rng.normal(0, 2 * np.pi / (WAVE * size_px), (3, 2))
    phases = rng.uniform(0, 2 * np.pi, 3)
    heights = rng.normal(0, rng.uniform(0, MOST_WOBBLE) * size_px, (3, 2))
    simple_px = rng.uniform(0, MOST_SIMPLE) * size_px
    moved = []
    for outline in outlines:
        points = outline[:, 0].astype(np.float32)  # (N, 2)
        points = points + np.sin(points @ waves.T + phases) @ heights
        moved.append(cv2.approxPolyDP(np.round(points).astype(np.int32), simple_px, True))
    out = np.zeros(mask.shape, np.uint8)
    cv2.fillPoly(out, moved, (1,))
    return out.view(bool)


def blob(
    shape: tuple[int, ...], centre: tuple[float, float], radius_px: float, rng: np.random.Generator
) -> Mask:
    """(h, w) a lump about a centre (x, y): a wavy round."""
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    lobes = rng.normal(0, 0.18, 3) @ np.sin(np.outer((1, 2, 3), angles) + rng.uniform(0, 7, (3, 1)))
    radii = radius_px * np.maximum(1 + lobes, 0.3)
    points = np.stack([np.cos(angles) * rng.uniform(0.6, 1.4), np.sin(angles)], axis=1) * radii[:, None]
    out = np.zeros(shape, np.uint8)
    cv2.fillPoly(out, [np.round(points + centre).astype(np.int32)], (1,))
    return out.view(bool)


def _bitten(mask: Mask, size_px: float, rng: np.random.Generator) -> Mask:
    """Small lumps taken from the outline or added to it, or drawn beside it."""
    outlines, _ = cv2.findContours(mask.view(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not outlines:
        return mask
    outline = max(outlines, key=len)[:, 0]
    out = mask
    for _ in range(int(rng.integers(1, MOST_BITES + 1))):
        x, y = outline[int(rng.integers(len(outline)))] + rng.normal(0, 0.03 * size_px, 2)
        lump = blob(mask.shape, (float(x), float(y)), rng.uniform(0.012, 0.06) * size_px, rng)
        out = out & ~lump if rng.random() < 0.5 else out | lump
    return out


def generous(occluder: Mask, whole: Mask, visible: Mask, longest_px: int, rng: np.random.Generator) -> Mask:
    """What a user marks as the occluder: mostly all of it, else only the part near the object, else more."""
    drawn_as = rng.random()
    if not occluder.any() or drawn_as < 0.65:
        return occluder
    if drawn_as < 0.88:
        return occluder & _boxed(grown(whole, round(longest_px * rng.uniform(0.03, 0.3))))
    return grown(occluder, round(longest_px * rng.uniform(0.03, 0.12))) & ~visible


def _boxed(mask: Mask) -> Mask:
    left, top, right, bottom = box(mask)
    out = np.zeros_like(mask)
    out[top:bottom, left:right] = True
    return out
