"""Where the photo's camera stands relative to the object: a first frame, in which every shape is built.

The frame is the object's (+Z up, front −Y), but not yet its size: the object's middle is the origin and the
camera is one unit away from it, at azimuth 0, on the −Y side.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from deocc.backends.draft.canvas import Canvas
from deocc.contract import PhotoCamera
from deocc.geometry.cameras import Camera

ROLL_SPREAD_DEG = 6.0
KNOWN_SPREAD_DEG = 1.0  # of elevation and roll, where the photo's camera is known
FOCAL_SPREAD = 0.3  # of its logarithm, where the photo's camera is not known
KNOWN_FOCAL_SPREAD = 0.01
DEFAULT_FOV_DEG = 45.0  # of the longer side, where nothing is known: between a phone's 65 and a portrait's 30


@dataclass(frozen=True)
class Stand:
    """How the object stands before the photo's camera.

    width, height, focal, cx, cy: the camera in canvas pixels.  x, y: canvas pixel of the object's middle.
    elevation: radians by which the ray to the middle looks down.  roll: radians by which the object's upright
    leans to the right in the picture of a camera that looks along that ray.  known: elevation was given,
    known_focal: focal was.
    """

    width: int
    height: int
    focal: float
    cx: float
    cy: float
    x: float
    y: float
    elevation: float
    roll: float = 0.0
    known: bool = False
    known_focal: bool = False

    def moved(self, dx: float, dy: float, elevation: float, roll: float) -> Stand:
        return replace(self, x=self.x + dx, y=self.y + dy, elevation=float(elevation), roll=float(roll))

    def camera(self) -> Camera:
        """The photo's camera in canvas pixels and the first frame."""
        ray = self._ray()
        right, above = _picture_axes(ray)
        leaning = above * math.cos(self.roll) + right * math.sin(self.roll)
        up = leaning * math.cos(self.elevation) - ray * math.sin(self.elevation)
        forward = leaning * math.sin(self.elevation) + ray * math.cos(self.elevation)
        object_from_camera = np.eye(4)
        object_from_camera[0, :3] = right * math.cos(self.roll) - above * math.sin(self.roll)
        object_from_camera[1, :3] = forward  # rows: the object's axes in the camera's
        object_from_camera[2, :3] = up
        object_from_camera[:3, 3] = object_from_camera[:3, :3] @ -ray
        return Camera(self.width, self.height, self.focal, self.focal, self.cx, self.cy, object_from_camera)

    def _ray(self) -> NDArray[np.float64]:
        ray = np.array([(self.x - self.cx) / self.focal, (self.y - self.cy) / self.focal, 1.0])
        return ray / np.linalg.norm(ray)


def stand_before(
    canvas: Canvas, whole: NDArray[np.bool_], known: PhotoCamera | None, elevation_deg: float
) -> Stand:
    """The first guess: upright in the photo at elevation_deg, or as `known` says."""
    rows, columns = np.flatnonzero(whole.any(axis=1)), np.flatnonzero(whole.any(axis=0))
    x, y = (columns[0] + columns[-1] + 1) / 2, (rows[0] + rows[-1] + 1) / 2
    focal, cx, cy = _intrinsics(canvas, known)
    height, width = whole.shape
    elevation = math.radians(elevation_deg)
    stand = Stand(width, height, focal, cx, cy, x, y, elevation, known_focal=known is not None)
    if known is None or known.elevation_deg is None:
        return stand
    pitch, ray = math.radians(known.elevation_deg), stand._ray()
    up = np.array([0.0, -math.cos(pitch), -math.sin(pitch)])
    right, above = _picture_axes(ray)
    return replace(
        stand, elevation=math.asin(float(-ray @ up)), roll=math.atan2(up @ right, up @ above), known=True
    )


def camera_priors(
    stand: Stand, elevation: float, roll: float, log_focal: float, elevation_spread_deg: float
) -> tuple[float, float, float]:
    """How unusual a fitted camera is, in spreads: its elevation, its roll, and its focal length, as the
    logarithm of its ratio to the stand's. elevation_spread_deg: where the elevation is not known."""
    spread = (KNOWN_SPREAD_DEG,) * 2 if stand.known else (elevation_spread_deg, ROLL_SPREAD_DEG)
    return (
        (elevation - stand.elevation) / math.radians(spread[0]),
        (roll - stand.roll) / math.radians(spread[1]),
        log_focal / (KNOWN_FOCAL_SPREAD if stand.known_focal else FOCAL_SPREAD),
    )


def photo_camera(camera: Camera, canvas: Canvas) -> Camera:
    """The same camera in the photo's pixels."""
    width, height = canvas.photo_size
    cx, cy = camera.cx + canvas.left, camera.cy + canvas.top
    return Camera(width, height, camera.fx, camera.fy, cx, cy, camera.object_from_camera)


def into_object_frame(points: NDArray[np.float64], camera: Camera) -> tuple[NDArray[np.float64], Camera]:
    """Points and camera moved, turned and scaled together: bounding box centred, farthest point 0.5 from the
    origin, and the camera at azimuth 0 of the box's middle."""
    object_from_camera = camera.object_from_camera.copy()
    for _ in range(4):  # turning moves the box's middle a little: this many rounds leave below 0.01°
        middle = (points.min(axis=0) + points.max(axis=0)) / 2
        points = points - middle
        object_from_camera[:3, 3] -= middle
        x, y, _ = object_from_camera[:3, 3]
        azimuth = math.atan2(x, -y)
        cos, sin = math.cos(azimuth), math.sin(azimuth)
        turn = np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1.0]])
        # not @: equal points must stay equal to the bit
        points = (points[:, None, :] * turn[None]).sum(axis=2)
        object_from_camera[:3] = turn @ object_from_camera[:3]
    low, high = points.min(axis=0), points.max(axis=0)
    middle = (low + high) / 2
    scale = 0.5 / float(np.linalg.norm(points - middle, axis=1).max())
    object_from_camera[:3, 3] = (object_from_camera[:3, 3] - middle) * scale
    scaled = Camera(
        camera.width, camera.height, camera.fx, camera.fy, camera.cx, camera.cy, object_from_camera
    )
    return (points - middle) * scale, scaled


def elevation_of(camera: Camera) -> float:
    """Radians by which the ray to the origin looks down."""
    x, y, z = camera.centre
    return math.atan2(z, math.hypot(x, y))


def _intrinsics(canvas: Canvas, known: PhotoCamera | None) -> tuple[float, float, float]:
    """focal, cx, cy in canvas pixels."""
    width, height = canvas.photo_size
    if known is None:
        focal = max(width, height) / 2 / math.tan(math.radians(DEFAULT_FOV_DEG) / 2)
        return focal, width / 2 - canvas.left, height / 2 - canvas.top
    focal = width / 2 / math.tan(math.radians(known.fov_deg) / 2)
    return focal, known.cx * width - canvas.left, known.cy * height - canvas.top


def _picture_axes(ray: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Right and up in the picture of a camera without roll that looks along `ray`, in the camera's axes."""
    x, y, z = ray.tolist()
    level = math.hypot(x, z)
    right = np.array([z / level, 0.0, -x / level])
    # right × ray; numpy.cross takes ten times as long
    above = np.array([x * y / level, -level, y * z / level])
    return right, above
