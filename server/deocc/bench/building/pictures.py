"""Masks, depth and photos as they are kept: PNG without a date, the same bytes for the same pixels."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from deocc.bench.built import DEPTH_UNIT
from deocc.png import png

DEPTH_MOST = 65535  # 6.5 object units: farther than any of the cameras stands


def picture_png(pixels: NDArray[np.uint8]) -> bytes:
    """(H, W, 3 or 4) uint8 sRGB."""
    return png(np.ascontiguousarray(pixels))


def mask_png(mask: NDArray[np.bool_]) -> bytes:
    """(H, W) bool, white where true."""
    return _packed(Image.fromarray(mask.astype(np.uint8) * np.uint8(255)))


def depth_png(depth: NDArray[np.float32]) -> bytes:
    """(H, W) float32, units along the optical axis, infinite for nothing -> 16 bits of DEPTH_UNIT."""
    steps = np.where(np.isfinite(depth), np.round(depth / DEPTH_UNIT), 0)
    return _packed(Image.fromarray(np.minimum(steps, DEPTH_MOST).astype(np.uint16)))


def painted_black(photo: NDArray[np.uint8], hidden: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The photo (H, W, 3) with what is hidden (H, W) black: Amodal3R takes picture times visible mask."""
    return np.where(hidden[..., None], np.uint8(0), photo)


def on_black(rgba: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(H, W, 4) straight alpha -> (H, W, 3) over black, as Amodal3R feeds objects without surroundings."""
    return np.round(rgba[..., :3] * (rgba[..., 3:] / 255.0)).astype(np.uint8)


def _packed(image: Image.Image) -> bytes:
    packed = io.BytesIO()
    image.save(packed, "PNG")
    return packed.getvalue()
