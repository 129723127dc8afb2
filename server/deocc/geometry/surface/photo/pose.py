"""How the photo's camera stands before the object, in seven numbers, each of which means something alone."""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray

from deocc.geometry.cameras import Camera


@dataclass(frozen=True)
class Pose:
    """azimuth, elevation: of the camera as seen from the object's origin, radians (docs/conventions.md).
    roll: by which the object's upright leans to the right along the ray to the origin, radians.  x, y: photo
    pixel of the origin.  log_distance: of the origin, object units.  log_focal: photo pixels."""

    azimuth: float
    elevation: float
    roll: float
    x: float
    y: float
    log_distance: float
    log_focal: float

    def vector(self) -> NDArray[np.float64]:
        return np.array(astuple(self))

    @staticmethod
    def of(vector: NDArray[np.float64]) -> Pose:
        return Pose(*vector.tolist())

    def camera(self, width: int, height: int, cx: float, cy: float) -> Camera:
        """The photo's camera; its size and principal point in photo pixels."""
        focal = math.exp(self.log_focal)
        ray = np.array([(self.x - cx) / focal, (self.y - cy) / focal, 1.0])
        ray /= np.linalg.norm(ray)
        right, above = _picture_axes(ray)
        leaning = above * math.cos(self.roll) + right * math.sin(self.roll)
        # rows: the object's axes in the camera's, at azimuth 0
        upright = np.stack(
            [
                right * math.cos(self.roll) - above * math.sin(self.roll),
                leaning * math.sin(self.elevation) + ray * math.cos(self.elevation),
                leaning * math.cos(self.elevation) - ray * math.sin(self.elevation),
            ]
        )
        cos, sin = math.cos(self.azimuth), math.sin(self.azimuth)
        turned = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1.0]]) @ upright
        object_from_camera = np.eye(4)
        object_from_camera[:3, :3] = turned
        object_from_camera[:3, 3] = -math.exp(self.log_distance) * (turned @ ray)
        return Camera(width, height, focal, focal, cx, cy, object_from_camera)


def _picture_axes(ray: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Right and up, in the camera's axes, in the picture of a camera without roll that looks along `ray`."""
    x, y, z = ray.tolist()
    level = math.hypot(x, z)
    right = np.array([z / level, 0.0, -x / level])
    return right, np.array([x * y / level, -level, y * z / level])
