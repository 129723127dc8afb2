"""Small pictures built for the tests: a photo, its masks, and files in odd formats."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
from PIL import Image

SIZE = (96, 64)  # width, height


def photo(size: tuple[int, int] = SIZE) -> Image.Image:
    """A gradient, so that a turned or mirrored reading shows."""
    width, height = size
    red, green = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    return Image.fromarray(np.dstack([red, green, 0 * red + 128]).astype(np.uint8))


def mask(box: tuple[int, int, int, int] | None, size: tuple[int, int] = SIZE) -> Image.Image:
    """White inside (left, top, right, bottom); None: nowhere."""
    drawn = Image.new("L", size, 0)
    if box:
        drawn.paste(255, box)
    return drawn


OBJECT_BOX, OCCLUDER_BOX = (20, 10, 50, 50), (50, 10, 70, 60)


def file_of(image: Image.Image, kind: str = "PNG", **how: Any) -> bytes:
    packed = io.BytesIO()
    image.save(packed, kind, **how)
    return packed.getvalue()


def photo_file() -> bytes:
    return file_of(photo())


def object_file() -> bytes:
    return file_of(mask(OBJECT_BOX))


def occluder_file() -> bytes:
    return file_of(mask(OCCLUDER_BOX))


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds nothing of it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    claim = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", claim) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
