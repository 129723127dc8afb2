"""One picture file, in memory or on disk -> upright pixels; refused from its header where it can't be."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from deocc.errors import InputFault

MAX_FILE_BYTES = 256 * 2**20
MAX_PHOTO_PIXELS = 300_000_000  # read and scaled below this; above it a few bytes could unpack to gigabytes
WORKING_PIXELS = 16_000_000  # larger photos are scaled to this: 16 MP as float32 RGB is 0.2 GB
WORKING_SIDE_PX = 12_000  # OpenCV warps no picture beyond 32767, and an object may go on beyond the border
MIN_SIDE_PX = 16

# what people's photos and masks come as; not Pillow's whole list, which would hand an EPS to Ghostscript.
# AVIF last: an older Pillow does not know it, which shows only here
_FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF", "JPEG2000", "PPM", "TGA", "AVIF")

_ORIENTATION_TAG = 0x0112  # EXIF 2.32, 4.6.4
_UPRIGHT_BY_ORIENTATION = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

_WITH_ALPHA = frozenset({"RGBA", "LA", "PA"})

Picture = bytes | Path  # a picture's file, in memory or on disk

Image.MAX_IMAGE_PIXELS = None  # our own limit above is checked on the header, before anything is unpacked


def image_size(data: Picture, what: str = "photo") -> tuple[int, int]:
    """Upright (width, height) from a picture's header alone; InputFault where it is none or too large."""
    if (len(data) if isinstance(data, bytes) else data.stat().st_size) > MAX_FILE_BYTES:
        limit = MAX_FILE_BYTES // 2**20
        raise InputFault(
            "file_too_large", f"The {what} is over {limit} MB.", "Save it smaller.", _remedy(what), 413
        )
    with _open(data, what) as image:
        width, height = image.size
    if width * height > MAX_PHOTO_PIXELS:
        has, most = width * height // 10**6, MAX_PHOTO_PIXELS // 10**6
        raise InputFault(
            "photo_too_large",
            f"The {what} has {has} megapixels; {most} is the most.",
            "Scale it down first.",
            _remedy(what),
            413,
        )
    if min(width, height) < MIN_SIDE_PX:
        raise InputFault(
            "photo_too_small",
            f"The {what} is {width}×{height} pixels; each side needs at least {MIN_SIDE_PX}.",
            "Choose a larger picture.",
            _remedy(what),
        )
    return (height, width) if _orientation(data, what) >= 5 else (width, height)  # 5 to 8 swap the sides


def working_size(size: tuple[int, int]) -> tuple[int, int]:
    """(width, height) at which a picture of upright `size` is worked on: its own, or within both limits."""
    scale = min(1.0, (WORKING_PIXELS / (size[0] * size[1])) ** 0.5, WORKING_SIDE_PX / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _remedy(what: str) -> str:
    """The action that mends a fault of "photo", "file" or one of the masks."""
    return "open_photo" if what in ("photo", "file") else "edit_masks"


def _open(data: Picture, what: str) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data) if isinstance(data, bytes) else data, formats=_FORMATS)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, KeyError) as error:
        raise InputFault(
            "not_an_image",
            f"The {what} can't be read as a picture.",
            "Use PNG, JPEG or WebP.",
            _remedy(what),
        ) from error


def _orientation(data: Picture, what: str) -> int:
    """EXIF orientation, 1 to 8, without unpacking the picture; 1 where it says none or nonsense."""
    try:
        with _open(data, what) as image:
            if image.format == "PNG":  # Pillow would unpack all of it to look behind the pixels
                exif = Image.Exif()
                exif.load(_png_exif(data))
            else:
                exif = image.getexif()
            found = exif.get(_ORIENTATION_TAG, 1)
    except (OSError, ValueError, SyntaxError, EOFError, KeyError, TypeError, struct.error):
        return 1
    return found if found in _UPRIGHT_BY_ORIENTATION else 1


def _png_exif(data: Picture) -> bytes:
    """The content of a PNG's eXIf chunk, before or behind the pixels; empty where there is none."""
    with io.BytesIO(data) if isinstance(data, bytes) else open(data, "rb") as file:
        file.seek(8)  # the signature
        while len(head := file.read(8)) == 8:
            length, kind = struct.unpack(">I4s", head)
            if kind == b"eXIf":
                return file.read(length)
            file.seek(length + 4, io.SEEK_CUR)  # content and checksum
    return b""


def _upright(image: Image.Image, orientation: int, what: str) -> Image.Image:
    """The first frame, unpacked and turned upright; InputFault for a broken file."""
    try:
        image.load()
        turn = _UPRIGHT_BY_ORIENTATION.get(orientation)
        return image if turn is None else image.transpose(turn)
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise InputFault(
            "broken_image", f"The {what}'s file is damaged or incomplete.", "Save it again.", _remedy(what)
        ) from error


def load_photo(data: Picture, size: tuple[int, int]) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 sRGB at the working size; InputFault `broken_image`.

    size: upright (width, height), as image_size found it.
    """
    target = working_size(size)
    with _open(data, "photo") as image:
        if target != size and image.format == "JPEG":
            image.draft("RGB", (max(target), max(target)))  # unpacks at 1/2, 1/4 or 1/8 where that is enough
        image = _upright(image, _orientation(data, "photo"), "photo")
        if _is_deep(image):
            return _to_rgb16(image, target)
        if image.mode in _WITH_ALPHA or "transparency" in image.info:
            image = image.convert("RGBA")  # colours stay as they are; alpha may be a mask, never a background
        if image.mode != "RGB":
            image = image.convert("RGB")
        if image.size != target:
            image = image.resize(target, Image.Resampling.BOX)
        return np.asarray(image, np.uint8)


def load_mask(data: Picture, what: str, size: tuple[int, int]) -> NDArray[np.bool_]:
    """(H, W) bool at the working size of a photo of `size`; InputFault `mask_size` or `broken_image`."""
    width, height = image_size(data, what)
    if (width, height) != size:
        raise InputFault(
            "mask_size",
            f"The {what} is {width}×{height} pixels, the photo {size[0]}×{size[1]}.",
            "A mask must have the photo's size.",
            "edit_masks",
        )
    with _open(data, what) as image:
        levels = _mask_levels(_upright(image, _orientation(data, what), what))
        if size != working_size(size):
            levels = levels.resize(working_size(size), Image.Resampling.BOX)
        return np.asarray(levels) >= 128


def _mask_levels(image: Image.Image) -> Image.Image:
    """Mode L: alpha where it varies, else brightness."""
    if _is_deep(image):
        values = np.asarray(image, np.float32)
        return Image.fromarray(np.where(values > values.max(initial=0) / 2, 255, 0).astype(np.uint8))
    if image.mode in _WITH_ALPHA or "transparency" in image.info:
        alpha = image.convert("RGBA").getchannel("A")
        if alpha.getextrema()[0] < 128:  # type: ignore[operator]  # of one channel: (least, most)
            return alpha
    return image if image.mode == "L" else image.convert("L")


def _is_deep(image: Image.Image) -> bool:
    """Whether it is grey of more than 8 bits."""
    return image.mode.startswith("I") or image.mode == "F"


def _to_rgb16(image: Image.Image, target: tuple[int, int]) -> NDArray[np.uint8]:
    """16-bit (or deeper) grey to 8-bit RGB; floats by 1 or 255, whichever holds them."""
    grey = np.asarray(image, np.float32)
    peak = float(grey.max(initial=0))
    if image.mode == "F":
        full = 1.0 if peak <= 1 else max(255.0, peak)
    else:
        full = max(65535.0, peak)  # a dark picture stays dark
    levels = np.clip(np.nan_to_num(grey) / full * 255 + 0.5, 0, 255).astype(np.uint8)
    small = Image.fromarray(levels).resize(target, Image.Resampling.BOX)
    return np.repeat(np.asarray(small)[..., None], 3, axis=2)
