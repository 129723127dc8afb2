"""Blender images -> pictures for the server: little on the main thread, the rest in the worker.

A clean image from a file goes as that file, a packed one as its packed bytes; only painted, generated and
16-bit-and-more formats that the server does not read go through their pixels.
"""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
from numpy.typing import NDArray

from .datablocks import tag_srgb
from .messages import JobSpec
from .picture import Picture, exif_orientation, turn_upright
from .replies import ServerFault

SENT_AS_THEY_ARE = {"PNG", "JPEG", "WEBP", "BMP", "TIFF", "TARGA"}
HEAD_BYTES = 256 * 2**10  # EXIF stands in a JPEG's first segments
SAMPLED_PIXELS = 1_000_000
WITH_ALPHA_BITS = {32, 64, 128}


def grab(image: bpy.types.Image, label: str, shrink: int = 1) -> Picture:
    """The picture of a Blender image; ServerFault where it has no pixels."""
    clean = image.source == "FILE" and not image.is_dirty and image.file_format in SENT_AS_THEY_ARE
    if clean and shrink == 1:
        stored = _as_stored(image, label)
        if stored is not None:
            return stored
    pixels = pixels_of(image)
    if pixels is None:
        words = f"The {label} “{image.name}” has no pixels."
        raise ServerFault("no_pixels", words, "Open it again, or save it and open that file.", "open_photo")
    linear = image.is_float and not image.colorspace_settings.is_data  # Blender holds floats so, 16 bits too
    return Picture(label, pixels=pixels, linear=linear, shrink=shrink)


def _as_stored(image: bpy.types.Image, label: str) -> Picture | None:
    """The image's file, packed or not; None where Blender shows lying what the server would turn upright."""
    if image.packed_file is not None:
        data = bytes(image.packed_file.data)
        return Picture(label, data=data) if exif_orientation(data[:HEAD_BYTES]) == 1 else None
    path = Path(bpy.path.abspath(image.filepath, library=image.library))
    if not path.is_file():
        words = f"The {label}'s file “{path.name}” is gone."
        raise ServerFault("file_gone", words, "Open it again.", "open_photo")
    return Picture(label, path=str(path)) if file_orientation(path) == 1 else None


def pixels_of(image: bpy.types.Image) -> NDArray[np.float32] | None:
    """(H, W, 4) float32 in 0..1, row 0 at the bottom, or None where the image has none."""
    width, height = image.size  # asking for it loads the image
    if width * height == 0 or image.channels == 0 or image.type in ("RENDER_RESULT", "COMPOSITING"):
        return None
    flat = np.empty(width * height * image.channels, np.float32)
    image.pixels.foreach_get(flat)
    pixels = flat.reshape(height, width, image.channels)
    if image.channels == 4:
        return pixels
    full = np.ones((height, width, 4), np.float32)
    full[..., :3] = pixels[..., :3] if image.channels >= 3 else pixels[..., :1]
    return full


def mask_share(image: bpy.types.Image) -> float:
    """How much of the picture a mask covers, by the server's rule: alpha where it varies, else brightness."""
    pixels = pixels_of(image)
    if pixels is None:
        return 0.0
    some = sampled(pixels)
    if pixels[..., 3].min() < 0.5:
        return float((some[..., 3] >= 0.5).mean())
    return float((some[..., :3].mean(axis=2) >= 0.5).mean())


def alpha_share(image: bpy.types.Image) -> float:
    """How much of the photo its own alpha keeps, or 0 where it has none that cuts anything out."""
    if image.depth not in WITH_ALPHA_BITS or image.alpha_mode == "NONE":
        return 0.0
    pixels = pixels_of(image)
    if pixels is None or float(pixels[..., 3].min()) >= 0.5:
        return 0.0
    return float((sampled(pixels)[..., 3] >= 0.5).mean())


def sampled(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """About a megapixel of a larger picture: a share to be read as a percentage needs no more."""
    step = max(1, round((pixels.shape[0] * pixels.shape[1] / SAMPLED_PIXELS) ** 0.5))
    return pixels[::step, ::step]


def file_orientation(path: Path) -> int:
    """The EXIF orientation of a photo's file, 1 where it has none, or can't be read: the worker says why."""
    try:
        with path.open("rb") as file:
            return exif_orientation(file.read(HEAD_BYTES))
    except OSError:
        return 1


def upright_copy(image: bpy.types.Image, orientation: int) -> bpy.types.Image:
    """A packed copy turned upright: Blender shows a photo as it is stored, masks are painted upright."""
    pixels = pixels_of(image)
    if pixels is None:
        return image
    turned = np.ascontiguousarray(turn_upright(pixels[::-1], orientation)[::-1])
    height, width = turned.shape[:2]
    copy = bpy.data.images.new(image.name, width, height)
    tag_srgb(copy)
    copy.pixels.foreach_set(turned.reshape(-1))
    copy.update()
    copy.pack()
    return copy


def job_spec(scene: bpy.types.Scene, backend: str, shrink: int = 1) -> JobSpec:
    """What the user has filled in, as plain values; ServerFaults where a file or image is gone."""
    settings = scene.deocc  # type: ignore[attr-defined]

    def taken(image: bpy.types.Image | None, label: str) -> Picture | None:
        return grab(image, label, shrink) if image is not None else None

    photo = grab(settings.photo, "photo", shrink)
    return JobSpec(
        name=settings.object_name(),
        backend=backend,
        seeds=tuple(settings.seed + i for i in range(settings.variants)),
        photo=photo,
        object_mask=taken(settings.object_mask, "object mask"),
        occluder_mask=taken(settings.occluder_mask, "occluder mask"),
        keep_mask=taken(settings.keep_mask, "keep mask"),
        options=settings.option_values(backend),
    )
