"""Everything that is drawn for one object: from the seed, the object's id and the purpose, from nothing else.

So an object comes out the same whichever others are built beside it, in whatever order, on however many
machines.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from deocc.bench.building.settings import BuildSettings
from deocc.data.blender import Ground, Light

SUN_AZIMUTH_DEG = (-75.0, 75.0)  # from the photo's camera: it never looks into the sun
SUN_ELEVATION_DEG = (30.0, 70.0)
SUN_STRENGTH = (
    0.35,
    0.60,
)  # both as a white surface's brightness; together about 1, so that little is burnt out
SKY_STRENGTH = (0.40, 0.55)
SKY_LEVEL, GROUND_LEVEL = (150.0, 225.0), (70.0, 190.0)  # sRGB
TINT = 14.0  # by which a channel of sky or ground leaves its grey


def generator(seed: int, object_id: str, purpose: str) -> np.random.Generator:
    """A generator of its own for everything that is drawn."""
    digest = hashlib.sha256(f"{seed}\n{object_id}\n{purpose}".encode()).digest()
    return np.random.default_rng(np.frombuffer(digest, np.uint32))


@dataclass(frozen=True)
class PhotoDraw:
    """How the photo is taken. azimuth_deg: relative to the object's own front.  extent: of its projection,
    the longer side, share of the frame.  shift: of its middle, right and down, share of the frame."""

    azimuth_deg: float
    elevation_deg: float
    focal_mm: float
    extent: float
    shift: tuple[float, float]


def draw_photo(seed: int, object_id: str, settings: BuildSettings) -> PhotoDraw:
    drawn = generator(seed, object_id, "photo")
    return PhotoDraw(
        azimuth_deg=drawn.uniform(*settings.azimuth_deg),
        elevation_deg=drawn.uniform(*settings.elevation_deg),
        focal_mm=drawn.uniform(*settings.focal_mm),
        extent=drawn.uniform(*settings.extent),
        shift=(
            drawn.uniform(-settings.shift, settings.shift),
            drawn.uniform(-settings.shift, settings.shift),
        ),
    )


@dataclass(frozen=True)
class SceneDraw:
    """Light and floor of the photo; the views have the same light. The floor lies under the object."""

    light: Light
    ground: Ground


def draw_scene(seed: int, object_id: str, lowest: float) -> SceneDraw:
    """lowest: z of the object's lowest vertex, object frame."""
    drawn = generator(seed, object_id, "scene")
    azimuth = math.radians(drawn.uniform(*SUN_AZIMUTH_DEG))
    height = math.radians(drawn.uniform(*SUN_ELEVATION_DEG))
    level = math.cos(height)
    light = Light(
        sun_direction=(level * math.sin(azimuth), -level * math.cos(azimuth), math.sin(height)),
        sun_strength=drawn.uniform(*SUN_STRENGTH),
        sky_strength=drawn.uniform(*SKY_STRENGTH),
        sky_rgb=_tinted(drawn, SKY_LEVEL),
    )
    return SceneDraw(light, Ground(lowest, _tinted(drawn, GROUND_LEVEL)))


def _tinted(drawn: np.random.Generator, level: tuple[float, float]) -> tuple[float, float, float]:
    red, green, blue = drawn.uniform(*level) + drawn.uniform(-TINT, TINT, 3)
    return float(red), float(green), float(blue)


def draw_random_views(seed: int, object_id: str, settings: BuildSettings) -> tuple[tuple[float, float], ...]:
    """Azimuth and elevation in degrees of each random view, relative to the photo."""
    drawn = generator(seed, object_id, "random views")
    return tuple(
        (drawn.uniform(0.0, 360.0), drawn.uniform(*settings.random_elevation_deg))
        for _ in range(settings.random_views)
    )


def draw_candidates(seed: int, object_id: str, ids: Sequence[str], count: int) -> tuple[str, ...]:
    """`count` of the other objects, in the order in which they are tried as occluders."""
    others = sorted(one for one in ids if one != object_id)
    order = generator(seed, object_id, "candidates").permutation(len(others))
    return tuple(others[i] for i in order[:count])


def draw_noise_seed(seed: int, object_id: str, picture: str) -> int:
    """The seed of the sampling noise of one picture, 0 .. 2^31 - 1."""
    return int(generator(seed, object_id, f"noise of {picture}").integers(2**31))
