"""Masks, depth and photos as files: read back as they were, and the same bytes twice."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from deocc.bench.building import pictures
from deocc.bench.built import DEPTH_UNIT
from deocc.picture_file import load_mask


def opened(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as image:
        assert not image.info.keys() - {"transparency"}, "a PNG of the benchmark holds pixels alone"
        return np.asarray(image)


def test_a_mask_is_white_where_true():
    mask = np.random.default_rng(0).random((40, 30)) < 0.5
    data = pictures.mask_png(mask)
    assert data == pictures.mask_png(mask)
    assert np.array_equal(opened(data), np.where(mask, 255, 0))
    assert np.array_equal(load_mask(data, "mask", (30, 40)), mask)


def test_depth_keeps_a_half_of_its_unit_and_zero_is_nothing():
    depth = np.random.default_rng(0).uniform(1, 4, (40, 30)).astype(np.float32)
    depth[:, :7] = np.inf
    found = opened(pictures.depth_png(depth))
    assert found.dtype == np.uint16 and (found[:, :7] == 0).all()
    assert np.abs(found[:, 7:] * DEPTH_UNIT - depth[:, 7:]).max() < 0.51 * DEPTH_UNIT
    assert opened(pictures.depth_png(np.full((16, 16), 9, np.float32))).max() == 65535, "too far is not near"


def test_hidden_pixels_are_black_and_the_others_untouched():
    photo = np.random.default_rng(0).integers(1, 256, (20, 20, 3)).astype(np.uint8)
    hidden = np.zeros((20, 20), bool)
    hidden[5:9] = True
    painted = pictures.painted_black(photo, hidden)
    assert painted.dtype == np.uint8 and not painted[5:9].any()
    assert np.array_equal(painted[9:], photo[9:]) and photo[5:9].all(), "the clean photo stays"


def test_over_black_alpha_dims():
    rgba = np.array([[[200, 100, 50, 255], [200, 100, 50, 51], [200, 100, 50, 0]]], np.uint8)
    assert pictures.on_black(rgba).tolist() == [[[200, 100, 50], [40, 20, 10], [0, 0, 0]]]
