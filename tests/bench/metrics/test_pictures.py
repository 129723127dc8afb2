"""PSNR, SSIM and silhouettes: closed forms, transparency, and what turning a picture may not change."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from deocc.bench.metrics.pictures import PSNR_CAP_DB, on_white, psnr, silhouette_iou, ssim


def photo(seed: int = 0) -> np.ndarray:
    """(64, 80, 3) uint8: soft blots."""
    noise = np.random.default_rng(seed).integers(0, 256, (8, 10, 3), np.uint8)
    return np.asarray(cv2.resize(noise, (80, 64), interpolation=cv2.INTER_CUBIC))


def grey(value: int, alpha: int = 255) -> np.ndarray:
    picture = np.full((32, 32, 4), value, np.uint8)
    picture[..., 3] = alpha
    return picture


def known(value: float | None) -> float:
    assert value is not None
    return value


def test_psnr_of_pictures_five_apart():
    assert psnr(grey(100), grey(105)) == pytest.approx(20 * math.log10(255 / 5))
    assert psnr(grey(0), grey(255)) == pytest.approx(0)


def test_equal_pictures_have_the_cap():
    assert psnr(photo(), photo()) == PSNR_CAP_DB
    assert ssim(photo(), photo()) == pytest.approx(1)


def test_only_the_mask_counts():
    a, b = photo(), photo()
    b[:, 40:] = 0
    left = np.zeros((64, 80), bool)
    left[:, :40] = True
    assert psnr(a, b, left) == PSNR_CAP_DB and (psnr(a, b, ~left) or 99) < 15
    assert psnr(a, b, np.zeros_like(left)) is None


def test_colours_of_transparent_pixels_do_not_count_and_half_cover_is_half_white():
    assert psnr(grey(10, alpha=0), grey(200, alpha=0)) == PSNR_CAP_DB
    assert on_white(grey(0, alpha=0)).min() == 255
    assert on_white(grey(55, alpha=51))[0, 0] == pytest.approx(0.2 * 55 + 0.8 * 255)


def test_ssim_of_flat_pictures_is_the_luminance_term():
    c1 = (0.01 * 255) ** 2
    expected = (2 * 100 * 150 + c1) / (100**2 + 150**2 + c1)
    assert ssim(grey(100), grey(150)) == pytest.approx(expected, abs=1e-4)  # float32


def test_ssim_is_the_library_s():
    metrics = pytest.importorskip("skimage.metrics")
    noise = np.random.default_rng(1).normal(0, 15, (64, 80, 3))
    a, b = photo(), np.clip(photo() + noise, 0, 255).astype(np.uint8)
    theirs = metrics.structural_similarity(
        *(one.astype(float) for one in (a, b)),
        channel_axis=-1, data_range=255, gaussian_weights=True, sigma=1.5, use_sample_covariance=False,
    )  # fmt: skip
    assert 0.2 < theirs < 0.95
    assert ssim(a, b) == pytest.approx(theirs, abs=1e-4)  # ours in float32


def test_turning_both_pictures_changes_nothing_and_turning_one_does():
    a, b = photo(), np.clip(photo().astype(int) + 20 * (photo(3) > 128), 0, 255).astype(np.uint8)
    for metric, least in ((psnr, 5), (ssim, 0.2)):
        still = metric(a, b) or 0
        assert metric(np.rot90(a), np.rot90(b)) == pytest.approx(still, abs=1e-5)
        assert (metric(a[::-1], b) or 0) < still - least


def test_a_picture_smaller_than_the_window_has_no_ssim():
    assert ssim(photo()[:10], photo()[:10]) is None


def test_silhouettes_are_what_alpha_half_covers():
    a, b = grey(9, 0), grey(200, 0)
    a[:16, :, 3], b[8:24, :, 3] = 255, 128
    assert silhouette_iou(a, b) == pytest.approx(8 / 24)
    b[..., 3] = 127
    assert silhouette_iou(a, b) == 0 and silhouette_iou(b, b) == 1  # two empty ones agree


def test_enlarging_both_pictures_changes_neither_psnr_nor_silhouettes_and_ssim_as_its_window_shrinks():
    """Every pixel four times: the same errors and shares; SSIM's window covers a quarter of the scene."""
    a, b = photo(), photo(1)
    large_a, large_b = (one.repeat(2, 0).repeat(2, 1) for one in (a, b))
    assert psnr(large_a, large_b) == pytest.approx(psnr(a, b), abs=1e-4)
    seen, other = grey(90), grey(90)
    seen[:, 20:, 3], other[8:, :, 3] = 0, 0
    large_seen, large_other = (one.repeat(2, 0).repeat(2, 1) for one in (seen, other))
    assert silhouette_iou(large_seen, large_other) == silhouette_iou(seen, other) == pytest.approx(160 / 736)
    assert ssim(large_a, large_a) == pytest.approx(1) and known(ssim(large_a, large_b)) < 0.5
    assert ssim(large_a, large_b) != pytest.approx(ssim(a, b), abs=1e-3)


def test_resampling_a_soft_picture_costs_little_and_another_picture_much():
    """Halved and enlarged again: what a soft picture loses is far less than what another differs by."""
    a = photo()
    small = cv2.resize(a, (40, 32), interpolation=cv2.INTER_AREA)
    again = np.asarray(cv2.resize(small, (80, 64)), np.uint8)
    assert known(psnr(a, again)) > 28 > 15 > known(psnr(a, photo(1)))
    assert known(ssim(a, again)) > 0.9 > 0.5 > known(ssim(a, photo(1)))
