"""The photo's camera in the object's frame, found by the outline alone: coarse search, then refinement."""

from __future__ import annotations

import itertools
import logging
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deocc.contract import PhotoCamera
from deocc.geometry.cameras import Camera
from deocc.geometry.raycast import Caster
from deocc.geometry.surface.photo.outline import Observed, outline_of
from deocc.geometry.surface.photo.pose import Pose
from deocc.geometry.surface.photo.refine import refine
from deocc.geometry.surface.photo.search import Found, search

log = logging.getLogger(__name__)

GOOD_OVERLAP = 0.85  # below it photo and surface disagree: the photo's pixels would land beside their places
DEFAULT_FOV_DEG = 45.0  # of the longer side, where nothing is known: between a phone's 65 and a portrait's 30
ELEVATIONS_DEG = tuple(range(-30, 81, 10))
COARSE_PX, FINE_PX = 48, 128  # of the seen object's longest side
CANDIDATES, FINALISTS = 5, 3  # refined coarsely, and finely
SAME_DEG = 4.0  # candidates that have come so near to each other are one
ROUNDS, FINE_ROUNDS = 8, 12
# what a photo's camera is like where it is not known, as a mean and a spread
LIKELY_ELEVATION_DEG = (20.0, 30.0)
AZIMUTH_SPREAD_DEG = 5.0  # the network was told that the photo looks from azimuth 0
ROLL_SPREAD_DEG = 4.0
FOCAL_SPREAD, KNOWN_FOCAL_SPREAD = 0.3, 0.005  # of its logarithm
KNOWN_UP_SPREAD_DEG = 0.5


@dataclass(frozen=True)
class FittedCamera:
    """camera: the photo's, at its size, in the object frame.  overlap: intersection over union of the
    surface's silhouette and the object's mask, where nothing may hide it, 0..1."""

    camera: Camera
    overlap: float

    @property
    def is_good(self) -> bool:
        return self.overlap >= GOOD_OVERLAP


def fit_camera(vertices: NDArray, faces: NDArray, observed: Observed) -> FittedCamera:
    """The camera from which the surface looks as in the photo, near azimuth 0."""
    height, width = observed.object_mask.shape
    known = observed.camera
    cx, cy = (known.cx * width, known.cy * height) if known else (width / 2, height / 2)
    caster = Caster(vertices, faces)
    radius = float(np.linalg.norm(vertices, axis=1).max())
    ends = zip(vertices.min(axis=0), vertices.max(axis=0), strict=True)
    corners = np.array(list(itertools.product(*ends)))

    def camera_of(pose: Pose) -> Camera:
        return pose.camera(width, height, cx, cy)

    coarse, fine = outline_of(observed, COARSE_PX), outline_of(observed, FINE_PX)
    start = Pose(0.0, 0.0, 0.0, width / 2, height / 2, math.log(2.0), math.log(_focal(known, width, height)))
    priors = _priors(known, start)
    elevations: list[float] = list(ELEVATIONS_DEG)
    if known and known.elevation_deg is not None:
        elevations = [one for one in elevations if abs(one - known.elevation_deg) <= 25] or [
            known.elevation_deg
        ]
    begun = search(caster, radius, coarse, start, elevations, np.array([cx, cy]))[:CANDIDATES]
    tried = [refine(caster, corners, coarse, one.pose, camera_of, priors, ROUNDS) for one in begun]
    tried.sort(key=lambda one: -one.overlap)
    finals = [
        refine(caster, corners, fine, one.pose, camera_of, priors, FINE_ROUNDS)
        for one in _apart(tried)[:FINALISTS]
    ]
    best = max(finals, key=lambda one: one.overlap)
    log.info(
        "photo camera: elevation %.0f°, azimuth %.0f°, overlap %.3f",
        *(math.degrees(angle) for angle in (best.pose.elevation, best.pose.azimuth)),
        best.overlap,
    )
    return FittedCamera(camera_of(best.pose), best.overlap)


def _apart(found: list[Found]) -> list[Found]:
    """Those that are no other's neighbours, in their order."""
    kept: list[Found] = []
    for one in found:
        if all(abs(one.pose.elevation - other.pose.elevation) > math.radians(SAME_DEG) for other in kept):
            kept.append(one)
    return kept


def _focal(known: PhotoCamera | None, width: int, height: int) -> float:
    side, fov_deg = (width, known.fov_deg) if known else (max(width, height), DEFAULT_FOV_DEG)
    return side / 2 / math.tan(math.radians(fov_deg) / 2)


def _priors(known: PhotoCamera | None, start: Pose):
    """How unusual a pose is: (6,) in spreads."""
    azimuth, roll = math.radians(AZIMUTH_SPREAD_DEG), math.radians(ROLL_SPREAD_DEG)
    likely, spread = (math.radians(angle) for angle in LIKELY_ELEVATION_DEG)
    focal = KNOWN_FOCAL_SPREAD if known else FOCAL_SPREAD
    up, pitch = math.radians(KNOWN_UP_SPREAD_DEG), None
    if known and known.elevation_deg is not None:
        pitch = math.radians(known.elevation_deg)

    def unusual(pose: Pose, camera: Camera) -> NDArray[np.float64]:
        always = [pose.azimuth / azimuth, (pose.log_focal - start.log_focal) / focal]
        if pitch is None:
            return np.array([*always, pose.roll / roll, (pose.elevation - likely) / spread, 0.0])
        upright = camera.object_from_camera[2, :3]  # the object's +Z in the camera's axes
        off = (upright - (0.0, -math.cos(pitch), -math.sin(pitch))) / up
        return np.array([*always, *off])

    return unusual
