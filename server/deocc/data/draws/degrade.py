"""What cameras and files do to a picture: light and colour, blur or sharpening, resolution, noise, JPEG."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from deocc.data.draws.layer import Pixels

TONED = 0.7  # share of the pictures each is done to
BLURRED = 0.25
SHARPENED = 0.4  # what is drawn was resampled twice; a photo's crop is a sharp photo made smaller
SHRUNK = 0.2
NOISY = 0.5
PACKED = 0.6
GREY_OF = np.array([0.299, 0.587, 0.114])  # lightness of red, green, blue (Rec. 601, as JPEG has it)


@dataclass(frozen=True)
class Tone:
    """The look of one photo; the truth's colours go through it too, for they are colours of that photo.

    mix: (3, 3) float32, new red, green, blue from the old.  table: (256, 3) uint8, then what becomes of each
    value of each."""

    mix: NDArray[np.float32]
    table: NDArray[np.uint8]

    def of(self, picture: Pixels) -> Pixels:
        mixed = cv2.transform(picture, self.mix)
        return np.asarray(cv2.LUT(mixed, self.table.reshape(256, 1, 3)), np.uint8)


def drawn_tone(rng: np.random.Generator) -> Tone:
    """Saturation, then gamma, white balance, contrast and exposure."""
    values = np.linspace(0, 1, 256)[:, None].repeat(3, axis=1)
    saturation = 1.0
    if rng.random() < TONED:
        saturation = rng.uniform(0.6, 1.4)
        values = values ** np.exp(rng.normal(0, 0.2)) * np.exp(rng.normal(0, 0.06, 3))
        values = (values - 0.5) * rng.uniform(0.8, 1.35) + 0.5 + rng.normal(0, 0.04)
    mix = saturation * np.eye(3) + (1 - saturation) * GREY_OF
    return Tone(mix.astype(np.float32), np.round(values.clip(0, 1) * 255).astype(np.uint8))


def degraded(picture: Pixels, rng: np.random.Generator) -> Pixels:
    """(h, w, 3) uint8 -> the same size."""
    height, width = picture.shape[:2]
    drawn = rng.random()
    if drawn < BLURRED:
        picture = _blurred(picture, rng.uniform(0.3, 1.4))
    elif drawn < BLURRED + SHARPENED:
        amount = float(rng.uniform(0.3, 1.2))
        soft = _blurred(picture, rng.uniform(0.6, 1.2))
        picture = np.asarray(cv2.addWeighted(picture, 1 + amount, soft, -amount, 0), np.uint8)
    if rng.random() < SHRUNK:
        factor = rng.uniform(0.4, 0.9)
        size = max(round(width * factor), 1), max(round(height * factor), 1)
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        picture = np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
    if rng.random() < NOISY:
        noise = rng.standard_normal(picture.shape, np.float32) * np.float32(rng.uniform(1, 11))
        picture = np.asarray(cv2.add(picture, noise, dtype=cv2.CV_8U), np.uint8)
    if rng.random() < PACKED:
        picture = _packed(picture, int(rng.integers(30, 96)))
    return np.ascontiguousarray(picture)


def _blurred(picture: Pixels, sigma_px: float) -> Pixels:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), float(sigma_px)), np.uint8)


def _packed(picture: Pixels, quality: int) -> Pixels:
    """As JPEG leaves it."""
    bgr = np.ascontiguousarray(picture[..., ::-1])
    _, file = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(file, cv2.IMREAD_COLOR), np.uint8)[..., ::-1]
