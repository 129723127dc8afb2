"""What follows the networks, for `deocc bench networks`: seconds from raw surface to object, by stages."""

from __future__ import annotations

import statistics
import time

import numpy as np
import trimesh
from numpy.typing import NDArray

from deocc.bench.figure import Figure
from deocc.geometry.cameras import look_at_origin, pinhole, view_cameras
from deocc.geometry.mesh import Mesh
from deocc.geometry.raycast import render_views
from deocc.geometry.surface.dress import DressOptions, dress
from deocc.observation import Observation

TRIANGLES = 70_000  # what FlexiCubes makes of 128³ cubes: 68,652 of a ball of radius 0.7
RUNS = 3  # the median is told
PHOTO_SIZE = (1250, 800)  # one megapixel
TEXTURE_GOAL_S = {1024: 1.5}  # two cores


def measure_surface(triangles: int = TRIANGLES, runs: int = RUNS, texture_px: int = 1024) -> list[Figure]:
    """A wavy ring with speckle on it, six views and a photo of it, a third hidden."""
    solid = _ring(triangles)
    cameras = view_cameras()
    mesh = Mesh(
        *solid,
        np.zeros((len(solid[0]), 2), np.float32),
        np.zeros(len(solid[0]), np.float32),
        speckle(solid[0]),
    )
    views = list(render_views(mesh, None, cameras))
    observation = _photo(mesh)
    laps: dict[str, list[float]] = {}
    for _ in range(runs):
        start = time.perf_counter()
        options = DressOptions(texture_px=texture_px)
        made = dress(*solid, views, cameras, observation, speckle, options, lambda stage, fraction: None)
        seconds = made.seconds | {"all": time.perf_counter() - start}
        for stage, value in seconds.items():
            laps.setdefault(stage, []).append(value)
    what = f"surface of {len(solid[1]) // 1000},000 triangles, texture {texture_px} px"
    goals = {"texture": TEXTURE_GOAL_S.get(texture_px)}
    return [
        Figure(f"{what}: {stage}", statistics.median(values), "s", goals.get(stage))
        for stage, values in laps.items()
    ]


def speckle(points: NDArray[np.float32]) -> NDArray[np.uint8]:
    """(N, 3) uint8: colours that change every few hundredths of the object."""
    waves = np.sin(points @ np.array([[60.0, 20, 35], [25, 70, 30], [40, 30, 65]], np.float32))
    return np.round(128 + 90 * waves).astype(np.uint8)


def _ring(triangles: int) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    sections = int(np.sqrt(triangles / 4))
    made = trimesh.creation.torus(0.3, 0.13, major_sections=2 * sections, minor_sections=sections)
    points = np.asarray(made.vertices).copy()
    points[:, 2] += 0.05 * np.sin(5 * np.arctan2(points[:, 1], points[:, 0]))
    return points.astype(np.float32), np.asarray(made.faces, np.int32)


def _photo(mesh: Mesh) -> Observation:
    camera = pinhole(*PHOTO_SIZE, 50.0, look_at_origin(0, 35, 1.6))
    (view,) = render_views(mesh, None, (camera,))
    whole = view[..., 3] > 128
    occluder = np.zeros_like(whole)
    rows, columns = np.nonzero(whole)
    occluder[int(np.quantile(rows, 0.4)) :, int(np.quantile(columns, 0.6)) :] = True
    return Observation(view[..., :3].copy(), whole & ~occluder, occluder, np.zeros_like(whole))
