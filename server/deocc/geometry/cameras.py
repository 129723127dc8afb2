"""Pinhole cameras and the six canonical ones of Zero123++, in the object frame (docs/conventions.md).

Camera axes are OpenCV's: x right, y down, z forward. The object frame has +Z up and the front at −Y; azimuth
0 looks at the front from −Y and grows counter-clockwise seen from above, so that azimuth 90 looks from +X.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

VIEW_SIZE_PX = 320
VIEW_AZIMUTHS_DEG = (30.0, 90.0, 150.0, 210.0, 270.0, 330.0)  # DeOcc-1-to-3 §3.1, relative to the photo
VIEW_ELEVATIONS_DEG = {"v1.1": (30.0, -20.0), "v1.2": (20.0, -10.0)}  # alternating, absolute
VIEW_FOV_DEG = 30.0  # v1.2's; v1.1 published none and gets the same by our choice
VIEW_RADIUS = 2.0  # 4.0 in the LRM's [-1, 1], halved: the object fills a sphere of radius 0.5


@dataclass(frozen=True)
class Camera:
    """A posed pinhole camera; object_from_camera is (4, 4) float64, lengths in object units."""

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    object_from_camera: NDArray[np.float64]

    @property
    def centre(self) -> NDArray[np.float64]:
        """Where the camera stands, (3,), object frame."""
        return self.object_from_camera[:3, 3]

    def project(self, points: NDArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """points (N, 3) in the object frame -> pixels (N, 2) with (0, 0) the corner of the first pixel, and
        depths (N,) along the optical axis."""
        # rigid: the transpose turns back; an inverse by LAPACK's threads takes milliseconds when others run
        local = (points - self.centre) @ self.object_from_camera[:3, :3]  # (N, 3)
        depth = local[:, 2]
        pixels = local[:, :2] / depth[:, None] * (self.fx, self.fy) + (self.cx, self.cy)
        return pixels, depth

    def rays(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Origins and unit directions of every pixel's centre, row by row: two (H * W, 3), object frame."""
        v, u = np.mgrid[0 : self.height, 0 : self.width] + 0.5
        return self.rays_through(np.stack([u, v], -1).reshape(-1, 2))

    def rays_through(self, pixels: NDArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The same of places (N, 2) in the picture, with (0, 0) the corner of the first pixel: two (N, 3)."""
        local = np.empty((len(pixels), 3))
        local[:, 0], local[:, 1] = (pixels[:, 0] - self.cx) / self.fx, (pixels[:, 1] - self.cy) / self.fy
        local[:, 2] = 1
        directions = local @ self.object_from_camera[:3, :3].T
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        return np.broadcast_to(self.centre, directions.shape).copy(), directions


def look_at_origin(azimuth_deg: float, elevation_deg: float, radius: float) -> NDArray[np.float64]:
    """object_from_camera of a camera on the sphere that looks at the origin, +Z up in its picture."""
    azimuth, elevation = math.radians(azimuth_deg), math.radians(elevation_deg)
    level = math.cos(elevation)
    out = np.array([level * math.sin(azimuth), -level * math.cos(azimuth), math.sin(elevation)])
    right = np.array([math.cos(azimuth), math.sin(azimuth), 0.0])
    forward = -out
    object_from_camera = np.eye(4)
    object_from_camera[:3, 0] = right
    object_from_camera[:3, 1] = np.cross(forward, right)  # y down: z × x
    object_from_camera[:3, 2] = forward
    object_from_camera[:3, 3] = radius * out
    return object_from_camera


def pinhole(width: int, height: int, fov_deg: float, object_from_camera: NDArray[np.float64]) -> Camera:
    """A camera with square pixels, centred, whose horizontal field of view is fov_deg."""
    focal = 0.5 * width / math.tan(math.radians(fov_deg) / 2)
    return Camera(width, height, focal, focal, width / 2, height / 2, object_from_camera)


def view_cameras(set_name: str = "v1.2", size_px: int = VIEW_SIZE_PX) -> tuple[Camera, ...]:
    """The six cameras of a camera set, "v1.1" or "v1.2"."""
    elevations = VIEW_ELEVATIONS_DEG[set_name]
    return tuple(
        pinhole(size_px, size_px, VIEW_FOV_DEG, look_at_origin(azimuth, elevations[i % 2], VIEW_RADIUS))
        for i, azimuth in enumerate(VIEW_AZIMUTHS_DEG)
    )
