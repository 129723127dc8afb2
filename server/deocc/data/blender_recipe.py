"""What a picture by Blender is made of, as plain values: bodies, light, ground, and the shots of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deocc.data.textured import Textured
from deocc.geometry.cameras import Camera


@dataclass(frozen=True)
class Body:
    """A mesh that stands in the scene, matte and two-sided.

    object_from_mesh: (4, 4), from the mesh's own coordinates into the frame of the shots' cameras.
    """

    textured: Textured
    object_from_mesh: NDArray[np.float64]


@dataclass(frozen=True)
class Light:
    """An even white sky all around and one white sun; the same for every shot of a scene.

    sun_direction: (3,) from the object towards the sun, object frame, any length.
    sun_strength, sky_strength: how bright a white surface is made by the sun it faces, and by an open sky; a
    picture is white at 1, so that together they should stay below it. A sky of 1 without a sun shows the base
    colours of a convex body as they are.
    sky_rgb: (3,) sRGB 0..255, what the camera sees behind everything; it lights nothing.
    sun_angle_deg: the sun's diameter; a larger one casts softer shadows.
    """

    sun_direction: tuple[float, float, float] = (0.4, -0.5, 0.8)
    sun_strength: float = 0.45
    sky_strength: float = 0.55
    sky_rgb: tuple[float, float, float] = (190.0, 200.0, 212.0)
    sun_angle_deg: float = 8.0


@dataclass(frozen=True)
class Ground:
    """A wide matte floor that takes shadows. height: its z, object frame.  rgb: (3,) sRGB 0..255."""

    height: float
    rgb: tuple[float, float, float] = (150.0, 145.0, 138.0)


@dataclass(frozen=True)
class Shot:
    """One picture of some of the scene's bodies.

    bodies: their places in the scene's list.  background: with sky and ground, else the bodies alone on
    nothing.  seed: of the noise of sampling, 0..2^31 − 1.
    """

    camera: Camera
    bodies: tuple[int, ...]
    background: bool = True
    seed: int = 0
