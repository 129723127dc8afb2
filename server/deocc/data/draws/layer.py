"""Cut-outs laid into a frame: affine maps of pictures, pasting, soft shadows; all in OpenCV for speed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Pixels = NDArray[np.uint8]
Affine = NDArray[np.float64]  # (2, 3), of coordinates whose (0, 0) is the corner of the first pixel

COARSE = 4  # pixels a side: shadows are soft and are made on a grid as coarse as this


@dataclass(frozen=True)
class Layer:
    """A part of the frame that something covers. rgba: (h, w, 4) uint8, colours multiplied by alpha; left,
    top: its corner in the frame, may be negative."""

    rgba: Pixels
    left: int
    top: int

    def at(self, left: int, top: int) -> Layer:
        return Layer(self.rgba, left, top)

    def covers(self, side: int) -> Mask:
        """(side, side) of the frame: where it is more opaque than not."""
        mask = np.zeros((side, side), bool)
        here, there = _overlap(self, side)
        mask[here] = self.rgba[..., 3][there] > 127
        return mask


def similarity(scale: float, turn_deg: float, mirror: bool, centre: float, to: tuple[float, float]) -> Affine:
    """Takes the point (centre, centre) to `to`; mirrors left and right first, then turns clockwise."""
    cos, sin = scale * math.cos(math.radians(turn_deg)), scale * math.sin(math.radians(turn_deg))
    linear = np.array([[cos, -sin], [sin, cos]])
    if mirror:
        linear[:, 0] = -linear[:, 0]
    return np.column_stack([linear, np.asarray(to) - linear @ (centre, centre)])


def warped(values: NDArray, matrix: Affine, size: tuple[int, int], how: int = cv2.INTER_LINEAR) -> NDArray:
    """Where `matrix` takes them, 0 from outside. size: (width, height)."""
    by_centres = matrix.copy()
    by_centres[:, 2] += matrix[:, :2] @ (0.5, 0.5) - 0.5  # OpenCV's (0, 0) is the first pixel's centre
    return np.asarray(cv2.warpAffine(values, by_centres, size, flags=how))


def placed(cutout: Pixels, matrix: Affine) -> Layer:
    """A cut-out (h, w, 4), colours multiplied by alpha, where `matrix` takes it, trimmed to what it shows."""
    h, w = cutout.shape[:2]
    corners = matrix[:, :2] @ np.array([[0, w, 0, w], [0, 0, h, h]]) + matrix[:, 2:]
    low, high = np.floor(corners.min(axis=1)).astype(int), np.ceil(corners.max(axis=1)).astype(int)
    shifted = matrix.copy()
    shifted[:, 2] -= low
    rgba = warped(cutout, shifted, (int(high[0] - low[0]), int(high[1] - low[1])))
    x, y, width, height = cv2.boundingRect(rgba[..., 3])
    trimmed = rgba[y : y + max(height, 1), x : x + max(width, 1)]
    return Layer(trimmed, int(low[0]) + x, int(low[1]) + y)


def paste(photo: Pixels, layer: Layer) -> None:
    """Lays the layer over the square photo, in place."""
    here, there = _overlap(layer, photo.shape[0])
    rgba = layer.rgba[there]
    if rgba.size:
        through = 255 - rgba[..., 3:].astype(np.uint16)
        photo[here] = (photo[here] * through + 127) // 255 + rgba[..., :3]


def shade(photo: Pixels, covered: Mask, matrix: Affine, blur_px: float, strength: float) -> None:
    """Darkens the square photo, in place, where `matrix` takes the covered pixels; strength: 0..1."""
    side = photo.shape[0]
    coarse = side // COARSE
    light = warped(covered.view(np.uint8) * np.uint8(255), matrix / COARSE, (coarse, coarse))
    light = cv2.GaussianBlur(light, (0, 0), max(blur_px / COARSE, 0.4))
    light = 255 - cv2.resize(light, (side, side), interpolation=cv2.INTER_LINEAR) * np.float32(strength)
    cv2.multiply(photo, cv2.cvtColor(light.astype(np.uint8), cv2.COLOR_GRAY2RGB), dst=photo, scale=1 / 255)


def only(values: NDArray, mask: Mask) -> NDArray:
    """The values where the mask is true, else 0; OpenCV is four times as fast as multiplying here."""
    return np.asarray(cv2.bitwise_and(values, values, mask=mask.view(np.uint8)))


def box(mask: Mask) -> tuple[int, int, int, int]:
    """left, top, right, bottom (exclusive) of the true pixels; zeros where there are none."""
    x, y, width, height = cv2.boundingRect(mask.view(np.uint8))
    return x, y, x + width, y + height


def grown(mask: Mask, by_px: int) -> Mask:
    """Dilated by a disc, eroded where by_px is negative."""
    left, top, right, bottom = box(mask)
    if by_px == 0 or right == left:
        return mask
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * abs(by_px) + 1, 2 * abs(by_px) + 1))
    change = cv2.dilate if by_px > 0 else cv2.erode
    room = abs(by_px)
    near = np.s_[max(top - room, 0) : bottom + room, max(left - room, 0) : right + room]
    out = np.zeros_like(mask)
    out[near] = np.asarray(change(np.ascontiguousarray(mask[near]).view(np.uint8), disc), np.uint8).view(bool)
    return out


def _overlap(layer: Layer, side: int) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Rows and columns of the frame that the layer covers, and the same of the layer."""
    height, width = layer.rgba.shape[:2]
    top, left = max(layer.top, 0), max(layer.left, 0)
    bottom, right = max(min(layer.top + height, side), top), max(min(layer.left + width, side), left)
    here = slice(top, bottom), slice(left, right)
    there = (
        slice(top - layer.top, bottom - layer.top),
        slice(left - layer.left, right - layer.left),
    )
    return here, there
