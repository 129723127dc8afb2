"""Pixels for the encoders, against the class of transformers that the reference uses (its Pillow variant)."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from deocc.backends.deocc123.diffusion.preprocess import Extractor, extractor, on_ground

CLIP = {
    "size": {"shortest_edge": 56},
    "crop_size": {"height": 56, "width": 56},
    "resample": 3,
    "image_mean": [0.48145466, 0.4578275, 0.40821073],
    "image_std": [0.26862954, 0.26130258, 0.27577711],
}
VAE = {"size": 64, "crop_size": 64, "resample": 2, "image_mean": 0.5, "image_std": 0.8}


def picture(height: int, width: int, channels: int = 3) -> np.ndarray:
    return np.random.default_rng(height * width).integers(0, 256, (height, width, channels), dtype=np.uint8)


@pytest.mark.parametrize("size", [(90, 90), (57, 200), (200, 57), (56, 56), (31, 40), (60, 75), (33, 61)])
def test_as_transformers_does_it_with_pillow(size):
    from PIL import Image

    image = picture(*size)
    found = extractor(CLIP).pixels(image)
    short = min(size)
    resized = Image.fromarray(image).resize(
        (int(56 * size[1] / short), int(56 * size[0] / short)), Image.Resampling.BICUBIC
    )
    middle = np.asarray(resized, np.float64)
    top, left = (middle.shape[0] - 56) // 2, (middle.shape[1] - 56) // 2
    expected = (middle[top : top + 56, left : left + 56] / 255 - CLIP["image_mean"]) / CLIP["image_std"]
    assert found.shape == (1, 3, 56, 56) and found.dtype == torch.float32
    assert np.abs(found[0].permute(1, 2, 0).numpy() - expected).max() < 1e-6  # float32 of values to 2.2


def test_old_and_new_spellings_and_the_vaes_range():
    found = extractor(VAE)
    assert found == Extractor(64, 64, 2, (0.5, 0.5, 0.5), (0.8, 0.8, 0.8))
    black, white = np.zeros((64, 64, 3), np.uint8), np.full((64, 64, 3), 255, np.uint8)
    assert found.pixels(black).unique().item() == pytest.approx(-0.625, abs=1e-7)
    assert found.pixels(white).unique().item() == pytest.approx(0.625, abs=1e-7)


def test_another_size_of_reference_keeps_the_rest():
    found = extractor(VAE)
    assert found.at(None) is found
    assert found.at(32) == Extractor(32, 32, 2, (0.5, 0.5, 0.5), (0.8, 0.8, 0.8))


def test_on_its_ground_every_alpha_mixes_within_a_level():
    image = picture(64, 64, 4)
    found = on_ground(image, (127, 200, 30)).astype(float)
    share = image[..., 3:] / 255
    assert np.abs(found - (image[..., :3] * share + np.array([127, 200, 30]) * (1 - share))).max() <= 0.51
    assert np.array_equal(on_ground(image[..., :3], (0, 0, 0)), image[..., :3])
