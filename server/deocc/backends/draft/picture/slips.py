"""Pixels that an object mask takes in from beside the object: hand-drawn masks slip over its outline."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from deocc.backends.draft.morphology import around, box_mean, carried_on, distance, grown, nearest
from deocc.backends.draft.picture.blending import smooth_fill

BAND_SHARE = 0.045  # of the object's size: so far a mask slips
FOREIGN_LEVELS = 40.0  # the object and what is beside it must differ by this much to be told apart
FOREIGN_SHARE = 0.8  # a foreign pixel is so much nearer to what is beside the object than to the object
NOISE_LEVELS = 16.0
EDGE_LEVELS = 20.0  # a foreign strip ends in an edge, a shadow on the side of the object does not
EDGE_PX = 1
LEAST_SLIPPED = 0.0005  # of the seen part: less is not worth a mistake
MOST_SLIPPED = 0.2  # of the seen part: more is rather an object that looks like its background
BESIDE_PX = 7


def near_occluder(
    colours: NDArray[np.float32], seen: NDArray[np.bool_], hides: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """(h, w) bool, pixels of `seen` more like what hides the object beside them than like the object further
    in. A pixel too many does no harm: all about there is filled anyway."""
    window, found = _window(seen, hides), np.zeros_like(seen)
    if window is None:
        return found
    alike, _ = _alike(colours[window], seen[window], hides[window], _size(seen))
    found[window] = grown(alike) & _band(seen[window], hides[window], _size(seen))
    return found


def near_background(
    colours: NDArray[np.float32], seen: NDArray[np.bool_], background: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """(h, w) bool, pixels of `seen` that are surely background: as like it as it is to itself, and with an
    edge towards the object."""
    window, found = _window(seen, background), np.zeros_like(seen)
    if window is None:
        return found
    part, own = colours[window], seen[window]
    alike, off = _alike(part, own, background[window], _size(seen))
    alike &= off < _spread(part, background[window]) + NOISE_LEVELS
    share = np.maximum(box_mean(own.astype(np.float32), BESIDE_PX), 0.02)
    alike &= box_mean(alike.astype(np.float32), BESIDE_PX) > 0.3 * share  # single pixels are noise
    alike &= _ends_in_an_edge(part, own, alike)
    found[window] = grown(alike) & _band(own, background[window], _size(seen))
    return found if found.sum() < MOST_SLIPPED * seen.sum() else np.zeros_like(found)


def _size(seen: NDArray[np.bool_]) -> float:
    return float(np.sqrt(seen.sum()))


def _band(seen: NDArray[np.bool_], beside: NDArray[np.bool_], size: float) -> NDArray[np.bool_]:
    return seen & (distance(beside) <= BAND_SHARE * size)


def _window(seen: NDArray[np.bool_], beside: NDArray[np.bool_]) -> tuple[slice, slice] | None:
    """Around the part of `seen` that is near to `beside`; None where there is none, or nothing else."""
    size = _size(seen)
    if not beside.any():
        return None
    band = _band(seen, beside, size)
    if not band.any():
        return None
    window = around(band, round(3 * BAND_SHARE * size))
    return window if (seen & ~band)[window].any() else None


def _alike(
    colours: NDArray[np.float32], seen: NDArray[np.bool_], beside: NDArray[np.bool_], size: float
) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """Pixels of the band that are more like what is beside than like the object, and how far from it."""
    band = _band(seen, beside, size)
    own = _mean(colours, seen, 3)
    object_like = smooth_fill(colours, seen & ~band)
    beside_like = carried_on(_mean(colours, beside, BESIDE_PX), beside)
    off = np.minimum(_far(own, beside_like), _far(colours, beside_like))  # a thin strip's means are mixed
    alike = band & (off < FOREIGN_SHARE * _far(own, object_like))
    return alike & (_far(object_like, beside_like) > FOREIGN_LEVELS), off


def _ends_in_an_edge(
    colours: NDArray[np.float32], seen: NDArray[np.bool_], found: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Those connected parts of `found` that differ from the seen pixels next to them, but for specks."""
    rest = seen & ~grown(found, EDGE_PX)
    if not found.any() or not rest.any():
        return found
    at, away = nearest(rest)
    smooth = _mean(colours, found, 3)
    step = _far(smooth, _mean(colours, rest, 3).reshape(-1, 3)[at])
    rim = found & (away <= 2 * EDGE_PX + 1)
    count, labels = cv2.connectedComponents(found.astype(np.uint8))
    labels = np.asarray(labels, np.int64)
    number = np.bincount(labels[rim], minlength=count)
    mean = np.bincount(labels[rim], step[rim], minlength=count) / np.maximum(number, 1)
    large = np.bincount(labels.reshape(-1), minlength=count) > LEAST_SLIPPED * seen.sum()
    return (large & (mean > EDGE_LEVELS))[labels] & found


def _mean(colours: NDArray[np.float32], mask: NDArray[np.bool_], side_px: int) -> NDArray[np.float32]:
    """Means over the mask's pixels around each."""
    part = mask.astype(np.float32)
    return box_mean(colours * part[..., None], side_px) / np.maximum(box_mean(part, side_px), 0.02)[..., None]


def _spread(colours: NDArray[np.float32], mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """(h, w) how far the mask's colours, about its pixel nearest to each, are from their mean."""
    mean = _mean(colours, mask, BESIDE_PX)
    variance = np.maximum(_mean(colours**2, mask, BESIDE_PX) - mean**2, 0)
    return carried_on(np.sqrt(np.einsum("hwc->hw", variance)), mask)


def _far(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    difference = a - b
    square = np.einsum("hwc,hwc->hw", difference, difference)  # five times as fast as a sum over axis 2
    return np.sqrt(square)
