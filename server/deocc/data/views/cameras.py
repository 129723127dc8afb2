"""Cameras like those of real photos: drawn round a body, framed so that it is centred and BODY_PX long."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deocc.data.views.record import BODY_PX, SIDE
from deocc.geometry.cameras import Camera, look_at_origin

LOWEST_DEG, HIGHEST_DEG = -20.0, 60.0
USUAL_DEG = (0.0, 35.0)  # how people hold a camera at things on tables and floors
USUAL_SHARE = 0.7
ROLL_DEG = 4.0  # the most by which a hand tilts a photo
STRENGTH = (0.08, 0.9)  # body's diameter over its distance: a car through a long lens .. a cup close by
CENTRING_STEPS = 30  # each leaves at most half of the error


@dataclass(frozen=True)
class Pose:
    """Where a camera stands about a body. roll_deg: clockwise about its axis, so that the picture turns the
    other way.  strength: the body's diameter over its distance, how strong the perspective is."""

    azimuth_deg: float
    elevation_deg: float
    roll_deg: float
    strength: float


def drawn_pose(rng: np.random.Generator) -> Pose:
    """From all sides alike, mostly from a little above, near and far alike on a logarithmic scale."""
    usual = rng.random() < USUAL_SHARE
    return Pose(
        azimuth_deg=float(rng.uniform(0, 360)),
        elevation_deg=float(rng.uniform(*USUAL_DEG) if usual else rng.uniform(LOWEST_DEG, HIGHEST_DEG)),
        roll_deg=float(np.clip(rng.normal(0, ROLL_DEG / 2.5), -ROLL_DEG, ROLL_DEG)),
        strength=float(np.exp(rng.uniform(*np.log(STRENGTH)))),
    )


def framed(points: NDArray, pose: Pose) -> Camera:
    """The camera at a pose whose picture of points (N, 3) is centred, its longer side BODY_PX.

    It is moved sideways to centre them, never turned: azimuth, elevation and roll stay those of its axis.
    """
    middle = (points.min(axis=0) + points.max(axis=0)).astype(np.float64) / 2
    diameter = 2 * float(np.linalg.norm(points - middle, axis=1).max())
    pose_matrix = _rolled(
        look_at_origin(pose.azimuth_deg, pose.elevation_deg, diameter / pose.strength), pose
    )
    pose_matrix[:3, 3] += middle
    local = (points - pose_matrix[:3, 3]) @ pose_matrix[:3, :3]  # (N, 3)
    depth, across = local[:, 2], local[:, :2]
    shift = np.zeros(2)
    for _ in range(CENTRING_STEPS):
        seen = (across - shift) / depth[:, None]
        off = (seen.min(axis=0) + seen.max(axis=0)) / 2
        shift = shift + off * diameter / pose.strength
        if np.abs(off).max() < 1e-7:
            break
    seen = (across - shift) / depth[:, None]
    focal = BODY_PX / max(float(np.ptp(seen, axis=0).max()), 1e-12)
    pose_matrix[:3, 3] += pose_matrix[:3, :2] @ shift
    return Camera(SIDE, SIDE, focal, focal, SIDE / 2, SIDE / 2, pose_matrix)


def drawn_camera(points: NDArray, rng: np.random.Generator) -> tuple[Pose, Camera]:
    """A drawn pose and its camera, which frames points (N, 3)."""
    pose = drawn_pose(rng)
    return pose, framed(points, pose)


def span_deg(camera: Camera) -> float:
    """The angle that the frame's width takes."""
    return math.degrees(2 * math.atan(camera.width / 2 / camera.fx))


def _rolled(object_from_camera: NDArray[np.float64], pose: Pose) -> NDArray[np.float64]:
    roll = math.radians(pose.roll_deg)
    turn = np.array([[math.cos(roll), -math.sin(roll)], [math.sin(roll), math.cos(roll)]])
    rolled = object_from_camera.copy()
    rolled[:3, :2] = object_from_camera[:3, :2] @ turn  # right turns towards down: clockwise
    return rolled
