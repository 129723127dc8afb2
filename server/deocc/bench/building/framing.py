"""The photo's camera: it stands as drawn and turns until the object fills the drawn part of the frame."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from deocc.bench.building.draws import PhotoDraw
from deocc.errors import InputFault
from deocc.geometry.cameras import Camera

FILM_MM = 36.0  # the wider side of 35 mm film, as focal lengths are told
ROUNDS = 40  # it converges in six to ten
TOLERANCE = 1e-4  # of the frame: a twentieth of a pixel


def photo_camera(vertices: NDArray, drawn: PhotoDraw, size_px: int) -> Camera:
    """The camera at azimuth 0 that sees vertices (N, 3), object frame, turned for it, as drawn.

    It stands in the plane x = 0, so that the photo's azimuth is exactly 0, and never rolls.
    """
    focal = size_px * drawn.focal_mm / FILM_MM
    elevation = math.radians(drawn.elevation_deg)
    out = np.array([0.0, -math.cos(elevation), math.sin(elevation)])
    forward, radius = -out, drawn.focal_mm / FILM_MM / drawn.extent + 0.5
    for _ in range(ROUNDS):
        radius = max(radius, 0.55)  # outside the object, whatever the first guess was
        stand = looking(radius * out, forward)
        camera = Camera(size_px, size_px, focal, focal, size_px / 2, size_px / 2, stand)
        pixels, _ = camera.project(vertices)
        low, high = pixels.min(axis=0) / size_px, pixels.max(axis=0) / size_px
        extent = float((high - low).max())
        off = (low + high) / 2 - 0.5 - drawn.shift
        if abs(extent - drawn.extent) < TOLERANCE and np.abs(off).max() < TOLERANCE:
            return camera
        radius *= extent / drawn.extent
        right, down, ahead = stand[:3, :3].T
        turned = ahead + (right * off[0] + down * off[1]) * (size_px / focal)
        forward = turned / np.linalg.norm(turned)
    raise InputFault("no_camera", "No camera was found that has the object in its frame.")


def looking(
    position: NDArray[np.float64],
    forward: NDArray[np.float64],
    up: tuple[float, float, float] = (0.0, 0.0, 1.0),
) -> NDArray[np.float64]:
    """object_from_camera, (4, 4), of a camera at `position` that looks along the unit vector `forward`."""
    right = np.cross(forward, up)
    right /= np.linalg.norm(right)
    stand = np.eye(4)
    stand[:3, 0], stand[:3, 1], stand[:3, 2] = right, np.cross(forward, right), forward
    stand[:3, 3] = position
    return stand
