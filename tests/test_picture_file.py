"""Picture files of every odd kind: read as a person would see them, or refused in one sentence."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from deocc.errors import InputFault
from deocc.picture_file import MAX_PHOTO_PIXELS, image_size, load_photo
from tests import pictures

PHOTO = np.asarray(pictures.photo())  # (64, 96, 3)


def read(data: bytes) -> NDArray[np.uint8]:
    return load_photo(data, image_size(data))


def fault_of(call, *arguments, **named) -> InputFault:
    with pytest.raises(InputFault) as caught:
        call(*arguments, **named)
    fault = caught.value
    assert fault.message.endswith(".") and len(fault.message) < 200
    return fault


# -- read --


@pytest.mark.parametrize(
    ("kind", "mode", "tolerance"),
    [
        ("PNG", "L", 1),  # grey by Rec. 601
        ("PNG", "P", 24),  # 256 colours for a gradient of two
        ("PNG", "RGBA", 0),
        ("TIFF", "RGB", 0),
        ("BMP", "RGB", 0),
        ("JPEG", "RGB", 12),  # quality 95 on a smooth gradient
        ("JPEG", "CMYK", 12),
        ("WEBP", "RGB", 12),
    ],
)
def test_every_common_kind_of_picture_is_read_as_eight_bit_rgb(kind: str, mode: str, tolerance: int):
    image = pictures.photo().quantize(256) if mode == "P" else pictures.photo().convert(mode)
    how = {"quality": 95} if kind in ("JPEG", "WEBP") else {}
    seen = read(pictures.file_of(image, kind, **how))
    wanted = np.asarray(pictures.photo().convert("L").convert("RGB")) if mode == "L" else PHOTO
    assert seen.shape == (64, 96, 3) and seen.dtype == np.uint8
    assert np.abs(seen.astype(int) - wanted).max() <= tolerance


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bit_grey_keeps_its_brightness(kind: str):
    ramp = np.linspace(0, 65535, 96).astype(np.uint16)
    image = Image.fromarray(np.tile(ramp, (64, 1)))
    seen = read(pictures.file_of(image, kind))
    assert np.abs(seen[0, :, 1].astype(float) - ramp / 257).max() <= 1  # 65535 / 255 = 257; 1: rounding


def test_a_dark_sixteen_bit_picture_is_not_taken_for_eight_bit():
    image = Image.fromarray(np.full((64, 96), 200, np.uint16))  # 0.3 % of full brightness
    assert read(pictures.file_of(image)).max() <= 1


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_an_animated_picture_the_first_frame_counts(kind: str):
    first, second = Image.new("RGB", pictures.SIZE, (200, 0, 0)), Image.new("RGB", pictures.SIZE, (0, 0, 200))
    data = pictures.file_of(first, kind, save_all=True, append_images=[second])
    assert read(data)[:, :, 0].min() >= 190 and read(data)[:, :, 2].max() <= 10


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_photo_is_read_upright_and_its_masks_match_what_is_seen(orientation: int):
    upright = pictures.photo()
    undo = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    stored = upright.transpose(undo) if undo is not None else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = pictures.file_of(stored, exif=exif)
    assert image_size(data) == pictures.SIZE
    assert np.array_equal(read(data), PHOTO)


def test_a_png_may_say_behind_its_pixels_how_it_is_turned():
    exif = Image.Exif()
    exif[0x0112] = 6
    data = pictures.file_of(pictures.photo().transpose(Image.Transpose.ROTATE_90))
    content = exif.tobytes().removeprefix(b"Exif\0\0")
    chunk = (
        struct.pack(">I", len(content)) + b"eXIf" + content + struct.pack(">I", zlib.crc32(b"eXIf" + content))
    )
    data = data[:-12] + chunk + data[-12:]  # IEND is the last 12 bytes
    assert image_size(data) == pictures.SIZE
    assert np.array_equal(read(data), PHOTO)


def test_the_size_of_a_broken_png_is_read_without_its_pixels():
    data = pictures.photo_file()
    assert image_size(data[: len(data) // 2]) == pictures.SIZE


def test_a_transparent_photo_keeps_the_colours_below():
    image = pictures.photo().convert("RGBA")
    image.putalpha(0)
    assert np.array_equal(read(pictures.file_of(image)), PHOTO)


# -- refused --


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not_an_image"),
        (b"%PDF-1.7 and so on", "not_an_image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_an_image"),
        (pictures.png_header(0, 0), "not_an_image"),
        (pictures.file_of(pictures.photo((1, 1))), "photo_too_small"),
        (pictures.file_of(pictures.photo((15, 400))), "photo_too_small"),
        (pictures.png_header(200_000, 200_000), "photo_too_large"),
    ],
)
def test_what_is_no_usable_picture_is_refused_from_its_header(data: bytes, code: str):
    assert fault_of(image_size, data).code == code


def test_a_picture_that_claims_more_than_the_limit_is_never_unpacked():
    side = int(MAX_PHOTO_PIXELS**0.5) + 1
    bomb = io.BytesIO()
    Image.new("1", (side, side)).save(bomb, "PNG")  # some kilobytes that would unpack to gigabytes
    assert len(bomb.getvalue()) < 100_000
    assert fault_of(image_size, bomb.getvalue()).code == "photo_too_large"
    assert fault_of(read, bomb.getvalue()).code == "photo_too_large"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_file_that_breaks_off_is_one_clear_fault(kind: str, share: float):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 96, 3), np.uint8))
    data = pictures.file_of(noise, kind)
    assert fault_of(read, data[: int(len(data) * share)]).code in ("broken_image", "not_an_image")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP"])
def test_a_damaged_file_is_read_or_refused_but_never_crashes(kind: str):
    data = bytearray(pictures.file_of(pictures.photo(), kind))
    random = np.random.default_rng(1)
    for _ in range(150):
        hurt = bytearray(data)
        for at in random.integers(0, len(data), 4):
            hurt[at] = random.integers(0, 256)
        try:
            read(bytes(hurt))
        except InputFault as fault:
            assert fault.code, fault
