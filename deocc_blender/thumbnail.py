"""A PNG as the small picture that a panel shows, decoded in a thread. No bpy.

Blender would load a picture itself, but shows nothing of it until it has: previews that change four times a
second would flicker. Only what the server writes is decoded here; anything else is left to Blender.
"""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

SIDE_PX = 160  # twice what an icon of the panel takes, for screens with fine pixels
MAX_PIXELS = 64 * 10**6
CHANNELS = {2: 3, 6: 4}  # PNG 11.2.1: RGB, RGBA
NONE, UP = 0, 2  # PNG 9.2: filters of a row


def thumbnail(png: bytes) -> NDArray[np.uint8] | None:
    """(h, w, 4) uint8 sRGB with straight alpha, row 0 at the bottom, at most SIDE_PX a side.

    None for a picture of another kind than the server's, or a damaged one.
    """
    try:
        pixels = _decode(png)
    except (struct.error, zlib.error, ValueError):
        return None
    return None if pixels is None else np.ascontiguousarray(_shrunk(pixels)[::-1])


def _decode(png: bytes) -> NDArray[np.uint8] | None:
    """(H, W, 3 or 4), row 0 at the top; None but for 8-bit RGB(A) whose rows are filtered as "up" or not."""
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", png[16:29])
    if depth != 8 or colour not in CHANNELS or interlaced or not 0 < width * height <= MAX_PIXELS:
        return None
    line = 1 + width * CHANNELS[colour]
    flat = zlib.decompressobj().decompress(_packed(png), height * line)
    lines = np.frombuffer(flat, np.uint8).reshape(height, line)  # ValueError for a cut one
    filters, rows = lines[:, 0], lines[:, 1:]
    if (filters[1:] == UP).all() and filters[0] in (NONE, UP):
        rows = np.add.accumulate(rows, axis=0, dtype=np.uint8)  # modulo 256, as PNG counts
    elif filters.any():
        return None
    return rows.reshape(height, width, CHANNELS[colour])


def _packed(png: bytes) -> bytes:
    """The content of all IDAT chunks."""
    parts, at = [], 8
    while at + 8 <= len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        if kind == b"IDAT":
            parts.append(png[at + 8 : at + 8 + length])
        at += 12 + length
    return b"".join(parts)


def _shrunk(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Means of square blocks, colours weighted by alpha: what is transparent has no colour to give."""
    height, width, channels = pixels.shape
    step = -(-max(height, width) // SIDE_PX)
    rows, columns = max(height // step, 1), max(width // step, 1)
    blocks = pixels[: rows * step, : columns * step].reshape(
        rows, min(step, height), columns, min(step, width), channels
    )
    means = np.full((rows, columns, 4), 255.0, np.float32)
    if channels == 4:
        alpha = blocks[..., 3:].astype(np.float32)
        whole = alpha.mean(axis=(1, 3))
        means[..., :3] = (blocks[..., :3] * alpha).mean(axis=(1, 3)) / np.maximum(whole, 1e-6)
        means[..., 3:] = whole
    else:
        means[..., :3] = blocks.mean(axis=(1, 3), dtype=np.float32)
    return (means + 0.5).clip(0, 255).astype(np.uint8)
