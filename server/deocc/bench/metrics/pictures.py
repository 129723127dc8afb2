"""Two pictures compared: PSNR, SSIM, and the overlap of silhouettes."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from deocc.bench.metrics.masks import iou

PEAK = 255.0  # of 8-bit sRGB values, on which both are computed
PSNR_CAP_DB = 100.0  # of equal pictures, whose PSNR is infinite: a mean over objects must stay a number
WINDOW_PX, SIGMA_PX = 11, 1.5  # of SSIM's Gaussian (Wang et al. 2004)
K1, K2 = 0.01, 0.03  # shares of the peak that keep SSIM's quotients finite (ibid.)
SOLID_ALPHA = 128  # a pixel belongs to a silhouette from half its coverage on


def on_white(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(H, W, 3) float32 in 0..255: RGBA (H, W, 4) over white, as views are compared; RGB stays as it is."""
    colours = picture[..., :3].astype(np.float32)
    if picture.shape[-1] == 3:
        return colours
    alpha = picture[..., 3:].astype(np.float32) / 255
    return colours * alpha + PEAK * (1 - alpha)


def psnr(a: NDArray[np.uint8], b: NDArray[np.uint8], mask: NDArray[np.bool_] | None = None) -> float | None:
    """dB, up to PSNR_CAP_DB: two (H, W, 3 or 4) uint8 pictures, RGBA composed on white (pix2gestalt §4.3).

    mask: (H, W) bool, the pixels that count; None: all. None where none counts.
    """
    difference = on_white(a) - on_white(b)
    if mask is not None:
        difference = difference[mask]
    if difference.size == 0:
        return None
    error = float(np.square(difference).mean(dtype=np.float64))
    return PSNR_CAP_DB if error == 0 else min(10 * float(np.log10(PEAK**2 / error)), PSNR_CAP_DB)


def ssim(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float | None:
    """Structural similarity, -1..1, of two (H, W, 3 or 4) uint8 pictures on white (pix2gestalt §4.3).

    The mean over the three colours and over pixels whose window, 11 x 11, Gaussian, sigma 1.5, lies wholly
    in the picture (Wang et al. 2004). None where there are none.
    """
    if min(a.shape[:2]) < WINDOW_PX:
        return None
    x, y = on_white(a), on_white(b)
    mean_x, mean_y = _windows(x), _windows(y)
    both = mean_x * mean_y
    squares = mean_x * mean_x + mean_y * mean_y
    shared = _windows(x * y) - both
    spread = _windows(x * x + y * y) - squares
    c1, c2 = (K1 * PEAK) ** 2, (K2 * PEAK) ** 2
    of_windows = (2 * both + c1) * (2 * shared + c2) / ((squares + c1) * (spread + c2))
    return float(of_windows.mean(dtype=np.float64))


def silhouette_iou(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    """Overlap, 0..1, of what two (H, W, 4) uint8 pictures show by their alpha."""
    return iou(a[..., 3] >= SOLID_ALPHA, b[..., 3] >= SOLID_ALPHA)


def _windows(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """(H - 10, W - 10, 3): the weighted mean of every window that lies in the picture."""
    weights, edge = cv2.getGaussianKernel(WINDOW_PX, SIGMA_PX), WINDOW_PX // 2
    filtered = np.asarray(cv2.sepFilter2D(picture, -1, weights, weights), np.float32)
    return filtered[edge:-edge, edge:-edge]
