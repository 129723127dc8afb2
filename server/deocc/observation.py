"""Photo and masks as files -> checked arrays of one size: the door through which every picture comes in."""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from deocc.contract import PhotoCamera
from deocc.errors import DeoccError, InputFault, InputFaults

MAX_FILE_BYTES = 256 * 2**20
MAX_PHOTO_PIXELS = 300_000_000  # read and scaled below this; above it a few bytes could unpack to gigabytes
WORKING_PIXELS = 16_000_000  # larger photos are scaled to this: 16 MP as float32 RGB is 0.2 GB
MIN_SIDE_PX = 16
MIN_OBJECT_PX = 64
MAX_OVERLAP = 0.25  # more of the object under the occluder's mask than this is a mix-up, not a clumsy brush

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

Picture = bytes | Path  # a picture's file, in memory or on disk

Image.MAX_IMAGE_PIXELS = None  # our own limit above is checked on the header, before anything is unpacked


@dataclass(frozen=True)
class Observation:
    """What is known of the object, all of one size, upright.

    photo: (H, W, 3) uint8 sRGB.  object_mask: (H, W) bool, its visible pixels.  occluder_mask: (H, W) bool,
    what hides it, disjoint from object_mask.  keep_mask: (H, W) bool, never filled.
    scale: working pixels per pixel of the file.
    """

    photo: NDArray[np.uint8]
    object_mask: NDArray[np.bool_]
    occluder_mask: NDArray[np.bool_]
    keep_mask: NDArray[np.bool_]
    camera: PhotoCamera | None = None
    scale: float = 1.0


def image_size(data: Picture, what: str = "photo") -> tuple[int, int]:
    """Upright (width, height) from a picture's header alone; InputFault where it is none or too large."""
    if (len(data) if isinstance(data, bytes) else data.stat().st_size) > MAX_FILE_BYTES:
        limit = MAX_FILE_BYTES // 2**20
        raise InputFault(
            "file_too_large", f"The {what} is over {limit} MB.", "Save it smaller.", "open_photo", 413
        )
    with _open(data, what) as image:
        width, height = image.size
        if width * height > MAX_PHOTO_PIXELS:
            raise InputFault(
                "photo_too_large",
                f"The {what} has {width * height // 10**6} megapixels, over {MAX_PHOTO_PIXELS // 10**6}.",
                "Scale it down first.",
                "open_photo",
                413,
            )
        if min(width, height) < MIN_SIDE_PX:
            raise InputFault(
                "photo_too_small",
                f"The {what} is {width}×{height} pixels; each side needs at least {MIN_SIDE_PX}.",
                "Choose a larger picture.",
                "open_photo",
            )
    return (height, width) if _orientation(data, what) >= 5 else (width, height)  # 5 to 8 swap the sides


def load_observation(
    photo: Picture,
    object_mask: Picture,
    occluder_mask: Picture | None = None,
    keep_mask: Picture | None = None,
    camera: PhotoCamera | None = None,
) -> Observation:
    """Decodes and checks all pictures; InputFaults with every fault found."""
    size = image_size(photo)
    given = {"object mask": object_mask, "occluder mask": occluder_mask, "keep mask": keep_mask}
    masks = load_masks(size, given)
    pixels, scale = _load_photo(photo, size)
    shape = pixels.shape[:2]
    seen, occluder, keep = (_fit(masks[what], shape) for what in given)
    return Observation(pixels, seen & ~occluder, occluder, keep, camera, scale)


def load_masks(size: tuple[int, int], given: Mapping[str, Picture | None]) -> dict[str, NDArray[np.bool_]]:
    """The masks of a photo of upright (width, height) `size`; InputFaults has every fault found.

    given holds "object mask" and, or None, "occluder mask" and "keep mask".
    """
    faults: list[DeoccError] = []
    masks: dict[str, NDArray[np.bool_]] = {}
    for what, data in given.items():
        try:
            masks[what] = _load_mask(data, what, size) if data else np.zeros((size[1], size[0]), bool)
        except InputFault as fault:
            faults.append(fault)
    if not faults:
        faults = _mask_faults(masks["object mask"], masks["occluder mask"])
    if faults:
        raise InputFaults(faults)
    return masks


def _mask_faults(seen: NDArray[np.bool_], occluder: NDArray[np.bool_]) -> list[DeoccError]:
    area, share = int(seen.sum()), float((seen & occluder).sum()) / max(int(seen.sum()), 1)
    if area == 0:
        return [
            _mask_fault("object_mask_empty", "The object mask is empty.", "Mark the object in the photo.")
        ]
    if area == seen.size:
        return [
            _mask_fault(
                "object_mask_full", "The object mask covers the whole photo.", "Mark the object alone."
            )
        ]
    if share == 1.0:
        return [
            _mask_fault(
                "object_all_hidden",
                "The occluder mask covers the whole object mask, so nothing of the object is seen.",
                "Mark what is visible of the object, and what hides it, apart.",
            )
        ]
    if share > MAX_OVERLAP:
        return [
            _mask_fault(
                "masks_overlap",
                f"{share:.0%} of the object mask lie under the occluder mask.",
                "The object mask is what is seen of the object; take the occluder out of it.",
            )
        ]
    if area < MIN_OBJECT_PX:
        return [
            _mask_fault(
                "object_too_small",
                f"The object mask has {area} pixels; {MIN_OBJECT_PX} is the least.",
                "Mark more of the object or use a larger photo.",
            )
        ]
    return []


def _mask_fault(code: str, message: str, hint: str) -> InputFault:
    return InputFault(code, message, hint, "edit_masks")


def _open(data: Picture, what: str) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            return Image.open(io.BytesIO(data) if isinstance(data, bytes) else data)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise InputFault(
            "not_an_image",
            f"The {what} is not a picture that can be read.",
            "Use PNG, JPEG or WebP.",
            "open_photo",
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
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError, Image.DecompressionBombError) as error:
        raise InputFault(
            "broken_image", f"The {what}'s file is damaged or incomplete.", "Save it again.", "open_photo"
        ) from error


def _load_photo(data: Picture, size: tuple[int, int]) -> tuple[NDArray[np.uint8], float]:
    with _open(data, "photo") as image:
        scale = min(1.0, (WORKING_PIXELS / (size[0] * size[1])) ** 0.5)
        target = (max(1, round(size[0] * scale)), max(1, round(size[1] * scale)))
        if scale < 1 and image.format == "JPEG":
            image.draft("RGB", (max(target), max(target)))  # unpacks at 1/2, 1/4 or 1/8 where that is enough
        image = _upright(image, _orientation(data, "photo"), "photo")
        grey16 = image.mode.startswith("I") or image.mode == "F"
        if grey16:
            return _to_rgb16(image, target), scale
        if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
            image = image.convert("RGBA")  # colours stay as they are; alpha may be a mask, never a background
        image = image.convert("RGB")
        if image.size != target:
            image = image.resize(target, Image.Resampling.BOX)
        return np.asarray(image, np.uint8), scale


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


def _load_mask(data: Picture, what: str, size: tuple[int, int]) -> NDArray[np.bool_]:
    """(H, W) bool: alpha where it varies, else brightness, above half."""
    width, height = image_size(data, what)
    if (width, height) != size:
        raise InputFault(
            "mask_size",
            f"The {what} is {width}×{height} pixels, the photo {size[0]}×{size[1]}.",
            "A mask must have the photo's size.",
            "edit_masks",
        )
    with _open(data, what) as image:
        image = _upright(image, _orientation(data, what), what)
        if image.mode.startswith("I") or image.mode == "F":
            grey = np.asarray(image, np.float32)
            return grey > grey.max(initial=0) / 2
        if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
            alpha = np.asarray(image.convert("RGBA").getchannel("A"))
            if alpha.min() < 128:
                return alpha >= 128
        return np.asarray(image.convert("L")) >= 128


def _fit(mask: NDArray[np.bool_], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    if mask.shape == shape:
        return mask
    small = Image.fromarray(mask).resize((shape[1], shape[0]), Image.Resampling.BOX)
    return np.asarray(small, bool)
