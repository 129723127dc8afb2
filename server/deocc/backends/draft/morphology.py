"""Masks grown, closed, measured, resized: OpenCV's calls with numpy's types, for the draft backend."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Floats = NDArray[np.float32]


def around(mask: Mask, margin: int) -> tuple[slice, slice]:
    """Rows and columns of the box of the mask's pixels and so much more, from 0 on. It must not be empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return (
        slice(max(int(rows[0]) - margin, 0), int(rows[-1]) + 1 + margin),
        slice(max(int(columns[0]) - margin, 0), int(columns[-1]) + 1 + margin),
    )


def grown(mask: Mask, by: int = 1) -> Mask:
    """The mask and all pixels within `by` of it, diagonals counted as one step."""
    kernel = np.ones((2 * by + 1, 2 * by + 1), np.uint8)
    return np.asarray(cv2.dilate(mask.astype(np.uint8), kernel), bool)


def inside(mask: Mask, by: int = 1) -> Mask:
    """The mask without its outermost `by` pixels; the picture's border counts as its end."""
    return ~grown(np.pad(~mask, by, constant_values=True), by)[by:-by, by:-by]


def closed(mask: Mask, reach: int) -> Mask:
    """The mask with cracks narrower than 2 × reach filled; none against the picture's border."""
    wide = np.pad(mask, reach + 1)
    if not mask.any():
        return mask.copy()
    held = distance(distance(wide) > reach) > reach  # by distances: a large ball would take seconds
    return (held | wide)[reach + 1 : -reach - 1, reach + 1 : -reach - 1]


def distance(mask: Mask) -> Floats:
    """(h, w) px: how far every pixel is from the mask, 0 in it."""
    return np.asarray(cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 3), np.float32)


def nearest(mask: Mask) -> tuple[NDArray[np.int32], Floats]:
    """(h, w) of each pixel the mask's nearest one, as its place in the flattened mask, and (h, w) px how far
    it is. The mask must not be empty."""
    away, labels = cv2.distanceTransformWithLabels(
        (~mask).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    labels = np.asarray(labels, np.int32)
    place = np.zeros(int(labels.max()) + 1, np.int32)
    place[labels[mask]] = np.flatnonzero(mask)
    return place[labels], np.asarray(away, np.float32)


def carried_on(values: NDArray, mask: Mask) -> NDArray:
    """The values (h, w, …) at the mask's pixel nearest to each. The mask must not be empty."""
    return values.reshape(mask.size, *values.shape[2:])[nearest(mask)[0]]


def resized(values: Floats, size: tuple[int, int]) -> Floats:
    """Floats at `size` (width, height): block means where it shrinks, linear where it grows."""
    shrinks = size[0] <= values.shape[1] and size[1] <= values.shape[0]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    out = np.asarray(cv2.resize(values, size, interpolation=how), np.float32)
    return out.reshape(size[1], size[0], *values.shape[2:])


def blurred(values: Floats, sigma_px: float) -> Floats:
    return np.asarray(cv2.GaussianBlur(values, (0, 0), sigma_px), np.float32)


def box_mean(values: Floats, side_px: int) -> Floats:
    return np.asarray(cv2.blur(values, (side_px, side_px)), np.float32)


def moved(values: NDArray, matrix: NDArray[np.float64], smooth: bool = False) -> NDArray:
    """A picture or mask moved by `matrix` (2, 3), which takes pixel coordinates with (0, 0) the corner of the
    first pixel; same size, 0 where nothing comes from."""
    centred = matrix.copy()
    centred[:, 2] += matrix[:, :2] @ (0.5, 0.5) - 0.5  # OpenCV counts from the first pixel's centre
    height, width = values.shape[:2]
    pixels = values.astype(np.uint8) if values.dtype == bool else values
    how = cv2.INTER_LINEAR if smooth else cv2.INTER_NEAREST
    out = cv2.warpAffine(pixels, centred, (width, height), flags=how)
    return np.asarray(out, values.dtype)
