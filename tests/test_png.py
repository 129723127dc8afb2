"""PNG files of ours: read exactly, by readers that are not ours."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from deocc.png import png

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 5, 4), (700, 900, 3), (16, 50_000, 4)])
@pytest.mark.parametrize("noise", [0, 255])
def test_a_png_is_read_exactly_by_two_readers(shape, noise: int):
    rows = np.linspace(0, 900, shape[0])[:, None, None]
    pixels = (rows + RANDOM.integers(0, noise + 1, shape)).astype(np.uint8)
    packed = png(pixels)  # of one to seven blocks
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(packed))), pixels)
    other = cv2.imdecode(np.frombuffer(packed, np.uint8), cv2.IMREAD_UNCHANGED)
    order = [2, 1, 0, 3][: shape[2]]  # OpenCV's is BGR
    assert np.array_equal(other[..., order], pixels)
    assert len(packed) < 1.001 * pixels.size + 1000  # noise can't be packed, and costs next to nothing more
