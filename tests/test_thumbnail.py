"""The server's PNGs as small pictures: the right pixels, nothing of what is transparent, and no crash."""

from __future__ import annotations

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from deocc.png import png
from deocc_blender.picture import encode_png
from deocc_blender.thumbnail import SIDE_PX, thumbnail

SEED = 3


def a_picture(height: int, width: int, channels: int = 4) -> NDArray[np.uint8]:
    return np.random.default_rng(SEED).integers(0, 256, (height, width, channels), np.uint8)


def small(data: bytes) -> NDArray[np.uint8]:
    found = thumbnail(data)
    assert found is not None
    return found


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("encode", [png, encode_png], ids=["up", "no filter"])
@pytest.mark.parametrize("size", [(1, 1), (7, 3), (1, 160), (160, 160)])
def test_a_small_one_keeps_every_pixel(channels: int, encode, size: tuple[int, int]):
    pixels = a_picture(*size, channels)
    if channels == 4:
        pixels[..., 3] = 255
    found = small(encode(pixels))
    assert found.shape == (*size, 4) and found.flags.c_contiguous
    assert np.array_equal(found[::-1, :, :channels], pixels) and (found[..., 3] == 255).all()


@pytest.mark.parametrize("size", [(320, 320), (1000, 40), (3, 5000), (161, 320)])
def test_a_large_one_keeps_its_shape_and_its_mean(size: tuple[int, int]):
    pixels = np.full((*size, 3), (200, 100, 50), np.uint8)
    found = small(png(pixels))
    assert max(found.shape[:2]) <= SIDE_PX and (found == (200, 100, 50, 255)).all()
    assert found.shape[0] / found.shape[1] == pytest.approx(size[0] / size[1], rel=0.5, abs=1)


def test_what_is_transparent_gives_no_colour():
    pixels = np.zeros((320, 320, 4), np.uint8)
    pixels[::2, ::2] = (200, 100, 50, 255)  # a quarter of each block
    found = small(png(pixels))
    assert (found[..., :3] == (200, 100, 50)).all() and (found[..., 3] == 64).all()
    assert (small(png(np.zeros((320, 320, 4), np.uint8))) == 0).all()


def test_other_pngs_are_left_to_blender():
    for mode in ("L", "P", "I;16", "LA"):
        data = io.BytesIO()
        Image.new(mode, (20, 20)).save(data, "PNG")
        assert thumbnail(data.getvalue()) is None
    smooth = io.BytesIO()
    slope = np.linspace(0, 255, 320).astype(np.uint8)
    Image.fromarray(np.dstack([slope[:, None] + slope // 2] * 3).astype(np.uint8)).save(smooth, "PNG")
    assert thumbnail(smooth.getvalue()) is None  # of rows with other filters


def test_no_damage_is_more_than_no_thumbnail():
    data = png(a_picture(40, 30))
    for end in range(8, len(data), 7):
        found = thumbnail(data[:end])
        assert found is None or found.shape == (40, 30, 4)
    bomb = data[:16] + b"\xff\xff\xff\xff" * 2 + data[24:]
    assert thumbnail(bomb) is None
