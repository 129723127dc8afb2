"""Light of an imagined photo: ambient, a sun with a shadow, a second soft light, a sheen; colours to sRGB."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

WHITE_FROM = 0.75  # linear value from which brightness bends towards white, as cameras do
_STEPS = 1 << 15


@dataclass(frozen=True)
class Light:
    """All colours (3,) linear.  sky, ground: ambient from above and below.  to_sun, to_soft: (3,) unit, from
    the body, object frame.  sun_blur: how far shadow rays stray from to_sun.  sheen, gloss: strength of the
    highlights and how small they are.  mirror: share of the surroundings that the surface reflects, more at
    grazing sight.  level: what a white surface gets on average.  grounded: it stands on something.
    gain: the camera's white balance."""

    sky: NDArray[np.float32]
    ground: NDArray[np.float32]
    to_sun: NDArray[np.float32]
    sun: NDArray[np.float32]
    sun_blur: float
    to_soft: NDArray[np.float32]
    soft: NDArray[np.float32]
    sheen: float
    gloss: float
    mirror: float
    level: float
    grounded: bool
    gain: NDArray[np.float32]


def drawn_light(rng: np.random.Generator, azimuth_deg: float) -> Light:
    """Light for a camera at an azimuth: the sun is mostly on its side of the body, and always above."""
    warm = rng.normal(0, 0.5)
    sun_share = rng.beta(1.3, 1.3)  # 0: an overcast day or a lit room; 1: a spotlight
    soft_share = rng.uniform(0, 0.6)
    sun_azimuth = azimuth_deg + rng.normal(0, 75)
    glossy = rng.random() < 0.5
    gloss = float(np.exp(rng.uniform(math.log(8), math.log(160))))
    return Light(
        sky=_tint(-0.3 * warm + rng.normal(0, 0.15)) * (1 - 0.75 * sun_share),
        ground=_tint(rng.normal(0.2, 0.3)) * (1 - 0.75 * sun_share) * rng.uniform(0.15, 0.8),
        to_sun=_direction(sun_azimuth, rng.uniform(15, 80)),
        sun=_tint(warm) * 2.0 * sun_share,
        sun_blur=float(rng.uniform(0.01, 0.25)),
        to_soft=_direction(azimuth_deg + rng.uniform(-120, 120), rng.uniform(-10, 70)),
        soft=_tint(rng.normal(0, 0.5)) * soft_share,
        sheen=float(rng.uniform(0.1, 0.5) * math.sqrt(gloss / 160) if glossy else rng.uniform(0, 0.04)),
        gloss=gloss,
        mirror=float(rng.uniform(0.01, 0.05) if glossy else 0.0),
        level=float(np.exp(rng.normal(math.log(0.8), 0.25))),
        grounded=bool(rng.random() < 0.8),
        gain=_tint(rng.normal(0, 0.18)),
    )


def seen_from_behind(light: Light, forward: NDArray) -> Light:
    """The same light mirrored in the picture's plane: the far side gets what the near side got."""
    axis = forward.astype(np.float32)
    to_sun = light.to_sun - 2 * float(light.to_sun @ axis) * axis
    to_soft = light.to_soft - 2 * float(light.to_soft @ axis) * axis
    return replace(light, to_sun=to_sun, to_soft=to_soft)


def scaled(light: Light, factor: float) -> Light:
    """All of it brighter or darker."""
    sky, ground, sun, soft = (factor * one for one in (light.sky, light.ground, light.sun, light.soft))
    return replace(light, sky=sky, ground=ground, sun=sun, soft=soft)


def received(
    light: Light, normals: NDArray[np.float32], sunlit: NDArray[np.float32], open_share: NDArray[np.float32]
) -> NDArray[np.float32]:
    """(K, 3) light that arrives on surfaces with normals (K, 3). sunlit: (K,) share of the sun that reaches
    them.  open_share: (K,) share of the surroundings that does."""
    up = (normals[:, 2:] + 1) / 2
    ambient = light.sky * up + light.ground * (1 - up)
    straight = np.maximum(normals @ light.to_sun, 0) * sunlit
    wrapped = np.maximum((normals @ light.to_soft + 0.4) / 1.4, 0)  # a broad light reaches round the edge
    return (ambient + light.soft * wrapped[:, None]) * open_share[:, None] + light.sun * straight[:, None]


def highlights(
    light: Light,
    normals: NDArray[np.float32],
    sight: NDArray[np.float32],
    sunlit: NDArray[np.float32],
    open_share: NDArray[np.float32],
) -> NDArray[np.float32]:
    """(K, 3) light that is reflected towards the camera without the surface's colour; sight: (K, 3) unit,
    from the camera."""
    facing = -np.einsum("kx,kx->k", normals, sight)
    total = np.zeros_like(normals)
    for to_light, colour, share in (
        (light.to_sun, light.sun, sunlit),
        (light.to_soft, light.soft * 0.5, open_share),
    ):
        half = to_light - sight
        half /= np.maximum(np.linalg.norm(half, axis=1, keepdims=True), 1e-6)
        shine = np.maximum(np.einsum("kx,kx->k", normals, half), 0) ** light.gloss
        total += (light.sheen * shine * share)[:, None] * colour
    if light.mirror > 0:
        grazing = light.mirror + (1 - light.mirror) * 0.5 * np.clip(1 - facing, 0, 1) ** 5
        upward = (sight + 2 * facing[:, None] * normals)[:, 2:]
        above = np.clip(upward * 3 + 0.5, 0, 1)  # a horizon, softly
        total += (grazing * open_share)[:, None] * (light.sky * above + light.ground * (1 - above))
    return total


def as_srgb(radiance: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Linear light, any value from 0, as a camera keeps it: white is approached softly."""
    scaled = np.minimum(radiance * (_STEPS / 4), _STEPS - 1)  # the table reaches 4 times white
    return _TO_SRGB[np.maximum(scaled, 0).astype(np.int32)]


def _curve() -> NDArray[np.uint8]:
    linear = (np.arange(_STEPS) + 0.5) / (_STEPS / 4)
    room = 1 - WHITE_FROM
    bent = np.where(linear < WHITE_FROM, linear, 1 - room * np.exp(-(linear - WHITE_FROM) / room))
    srgb = np.where(bent <= 0.0031308, 12.92 * bent, 1.055 * bent ** (1 / 2.4) - 0.055)
    return np.round(255 * srgb).astype(np.uint8)


_TO_SRGB = _curve()


def _tint(warmth: float) -> NDArray[np.float32]:
    """White light made warmer (a lamp) or colder (shade): about 1 is a candle-like 3000 K, −1 a blue sky."""
    warmth = float(np.clip(warmth, -1.2, 1.2))
    return np.array([1 + 0.22 * warmth, 1 + 0.02 * warmth, 1 - 0.28 * warmth], np.float32)


def _direction(azimuth_deg: float, elevation_deg: float) -> NDArray[np.float32]:
    """Unit vector towards a light at an azimuth and a height above the horizon."""
    azimuth, elevation = math.radians(azimuth_deg), math.radians(elevation_deg)
    level = math.cos(elevation)
    return np.array([level * math.sin(azimuth), -level * math.cos(azimuth), math.sin(elevation)], np.float32)
