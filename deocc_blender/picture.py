"""A picture on its way to the server: taken on the main thread, read and encoded in a worker. No bpy."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .replies import ServerFault

MAX_FILE_BYTES = 256 * 2**20  # the server's own limit: larger files are refused before they are read
EXIF_ORIENTATION = 0x0112


@dataclass(frozen=True)
class Picture:
    """One of: path (a file as it is), data (a file's bytes), pixels ((H, W, 4) float32, row 0 at the bottom).

    linear: pixels are scene-linear and are written as sRGB.  label: what a person calls it.
    shrink: keeps every n-th pixel's mean, pixels only.
    """

    label: str
    path: str = ""
    data: bytes = b""
    pixels: NDArray[np.float32] | None = None
    linear: bool = False
    shrink: int = 1


def picture_bytes(picture: Picture) -> bytes:
    """The picture as a file's bytes; slow: for worker threads. ServerFault where it can't be read."""
    if picture.pixels is not None:
        return encode_png(_to_bytes(picture))
    if picture.data:
        return picture.data
    path = Path(picture.path)
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            limit = MAX_FILE_BYTES // 2**20
            words = f"The {picture.label} “{path.name}” is over {limit} MB."
            raise ServerFault("file_too_large", words, "Save it smaller.", "open_photo")
        return path.read_bytes()
    except OSError as error:
        words = f"The {picture.label}'s file “{path.name}” can't be read."
        raise ServerFault("file_unreadable", words, error.strerror or "", "open_photo") from error


def encode_png(pixels: NDArray[np.uint8]) -> bytes:
    """(H, W), (H, W, 3) or (H, W, 4) uint8, row 0 at the top, as PNG; level 1: speed counts on loopback."""
    height, width = pixels.shape[:2]
    colour_type = {1: 0, 3: 2, 4: 6}[pixels.shape[2] if pixels.ndim == 3 else 1]
    rows = np.zeros((height, 1 + pixels[0].size), np.uint8)  # each row begins with filter 0
    rows[:, 1:] = pixels.reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 8, colour_type, 0, 0, 0)
    body = zlib.compress(rows.tobytes(), 1)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def exif_orientation(head: bytes) -> int:
    """How a JPEG's pixels are to be turned, 1 (upright) to 8, read from the file's first bytes."""
    at = 2
    while head[:2] == b"\xff\xd8" and at + 4 <= len(head) and head[at] == 0xFF:
        marker, size = head[at + 1], struct.unpack_from(">H", head, at + 2)[0]
        if marker == 0xE1 and head[at + 4 : at + 10] == b"Exif\0\0":
            return _tiff_orientation(head[at + 10 : at + 2 + size])
        if marker == 0xDA:  # the picture itself begins
            break
        at += 2 + size
    return 1


def turn_upright(pixels: NDArray, orientation: int) -> NDArray:
    """(H, W, C), row 0 at the top, turned as EXIF orientation says; 5 to 8 swap the sides."""
    if orientation >= 5:
        pixels = pixels.swapaxes(0, 1)  # 5: mirrored along the main diagonal
    flip_rows = orientation in (3, 4, 7, 8)
    flip_columns = orientation in (2, 3, 6, 7)
    return pixels[:: -1 if flip_rows else 1, :: -1 if flip_columns else 1]


def _tiff_orientation(tiff: bytes) -> int:
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None or len(tiff) < 8:
        return 1
    start = struct.unpack_from(order + "I", tiff, 4)[0]
    if start + 2 > len(tiff):
        return 1
    count = struct.unpack_from(order + "H", tiff, start)[0]
    for at in range(start + 2, min(start + 2 + 12 * count, len(tiff) - 11), 12):
        tag, _, _, value = struct.unpack_from(order + "HHIH", tiff, at)
        if tag == EXIF_ORIENTATION:
            return value if 1 <= value <= 8 else 1
    return 1


def _to_bytes(picture: Picture) -> NDArray[np.uint8]:
    pixels = picture.pixels
    assert pixels is not None
    if picture.shrink > 1:
        n = picture.shrink
        height, width = (side // n * n for side in pixels.shape[:2])
        pixels = pixels[:height, :width].reshape(height // n, n, width // n, n, 4).mean(axis=(1, 3))
    if picture.linear:
        pixels = pixels.copy()
        rgb = np.clip(pixels[..., :3], 0, 1)
        pixels[..., :3] = np.where(rgb <= 0.0031308, rgb * 12.92, 1.055 * rgb ** (1 / 2.4) - 0.055)
    levels = (np.clip(np.nan_to_num(pixels), 0, 1) * 255 + 0.5).astype(np.uint8)[::-1]
    return levels[..., :3] if levels[..., 3].min() == 255 else levels


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
