"""Pictures on their way out of Blender: PNGs others read back, EXIF turns like Pillow's, true brightness."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from deocc_blender.picture import Picture, encode_png, exif_orientation, picture_bytes, turn_upright
from deocc_blender.replies import ServerFault
from tests import pictures


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_an_encoded_png_reads_back_exactly(channels: int):
    pixels = np.random.default_rng(3).integers(0, 256, (13, 7, channels), np.uint8)
    pixels = pixels[..., 0] if channels == 1 else pixels
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(encode_png(pixels)))), pixels)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_as_pillow_turns_it(orientation: int):
    photo = pictures.photo()
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = pictures.file_of(photo, "JPEG", exif=exif, quality=100)
    assert exif_orientation(stored[: 2**16]) == orientation
    with Image.open(io.BytesIO(stored)) as image:
        expected = np.asarray(ImageOps.exif_transpose(image))
        assert np.array_equal(turn_upright(np.asarray(image), orientation), expected)


@pytest.mark.parametrize(
    "head", [b"", b"\xff\xd8", b"\xff\xd8\xff\xe1\x00\x10Exif\0\0II*\0\xff\xff\xff\x7f", b"PNG?"]
)
def test_a_damaged_head_counts_as_upright(head: bytes):
    assert exif_orientation(head) == 1


def test_blenders_pixels_leave_with_row_0_at_the_top_and_without_idle_alpha():
    pixels = np.zeros((2, 3, 4), np.float32)
    pixels[..., 3] = 1
    pixels[1, 0, 0] = 1  # Blender's last row is the top one
    read = np.asarray(Image.open(io.BytesIO(picture_bytes(Picture("photo", pixels=pixels)))))
    assert read.shape == (2, 3, 3)
    assert read[0, 0].tolist() == [255, 0, 0] and read[1].max() == 0


def test_linear_pixels_are_written_as_srgb():
    """Linear 0.2140 is sRGB 0.5 by IEC 61966-2-1: level 127 or 128, as 127.5 rounds."""
    pixels = np.full((1, 1, 4), 0.2140, np.float32)
    pixels[..., 3] = 1
    read = np.asarray(Image.open(io.BytesIO(picture_bytes(Picture("photo", pixels=pixels, linear=True)))))
    assert abs(int(read[0, 0, 0]) - 127.5) <= 0.5


def test_shrinking_halves_each_side_and_keeps_the_mean():
    pixels = np.random.default_rng(4).random((8, 6, 4)).astype(np.float32)
    pixels[..., 3] = 1
    read = np.asarray(Image.open(io.BytesIO(picture_bytes(Picture("photo", pixels=pixels, shrink=2)))))
    assert read.shape == (4, 3, 3)
    # each level is rounded once, so the mean of 36 of them is off by less than half a level
    assert abs(read.mean() / 255 - pixels[..., :3].mean()) < 0.5 / 255


def test_a_file_goes_as_it_is(tmp_path: Path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"any bytes")
    assert picture_bytes(Picture("photo", path=str(path))) == b"any bytes"


def test_a_file_that_is_gone_is_a_sentence_with_its_name(tmp_path: Path):
    with pytest.raises(ServerFault) as caught:
        picture_bytes(Picture("object mask", path=str(tmp_path / "mask.png")))
    assert caught.value.message == "The object mask's file “mask.png” can't be read."
    assert caught.value.action == "open_photo"
