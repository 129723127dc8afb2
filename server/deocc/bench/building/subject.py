"""The object as it stands for its photo: turned, lit, looked at; and what a camera's rays find of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deocc.bench.building.draws import (
    PhotoDraw,
    SceneDraw,
    draw_noise_seed,
    draw_photo,
    draw_random_views,
    draw_scene,
    generator,
)
from deocc.bench.building.framing import photo_camera
from deocc.bench.building.settings import BuildSettings
from deocc.data.meshes import Textured, normalised
from deocc.data.occluders.sight import directions
from deocc.geometry.cameras import VIEW_FOV_DEG, VIEW_RADIUS, Camera, look_at_origin, pinhole, view_cameras
from deocc.geometry.raycast import Caster

QUARTER_YAWS_DEG = (0.0, 90.0, 180.0, 270.0)  # Amodal3R B.1a, relative to the object's own front
QUARTER_PITCH_DEG, QUARTER_RADIUS, QUARTER_FOV_DEG = 30.0, 2.0, 40.0


@dataclass(frozen=True)
class Look:
    """What a camera sees of the whole object. triangle: (H, W) int64, -1 for nothing.  depth: (H, W) float32
    along the optical axis, infinite for nothing."""

    camera: Camera
    triangle: NDArray[np.int64]
    depth: NDArray[np.float32]

    @property
    def amodal(self) -> NDArray[np.bool_]:
        """(H, W) bool."""
        return self.triangle >= 0

    def of_faces(self, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """(H, W) bool: pixels whose centre sees a chosen face, (M,) bool, first."""
        return self.amodal & chosen[self.triangle]


@dataclass(frozen=True)
class Subject:
    """One object ready to be photographed; its frame is the photo's (azimuth 0)."""

    id: str
    seed: int
    settings: BuildSettings
    textured: Textured
    photo: PhotoDraw
    scene: SceneDraw
    look: Look

    def generator(self, purpose: str) -> np.random.Generator:
        return generator(self.seed, self.id, purpose)

    def noise_seed(self, picture: str) -> int:
        return draw_noise_seed(self.seed, self.id, picture)

    def caster(self) -> Caster:
        return Caster(self.textured.mesh.vertices, self.textured.mesh.faces)

    def view_sets(self) -> dict[str, tuple[Camera, ...]]:
        """The canonical cameras of both sets, and the random ones at the same distance and field of view."""
        size = self.settings.view_px
        drawn = draw_random_views(self.seed, self.id, self.settings)
        return {
            "v1.1": view_cameras("v1.1", size),
            "v1.2": view_cameras("v1.2", size),
            "random": tuple(
                pinhole(size, size, VIEW_FOV_DEG, look_at_origin(azimuth, elevation, VIEW_RADIUS))
                for azimuth, elevation in drawn
            ),
        }

    def quarter_cameras(self) -> tuple[Camera, ...]:
        """Amodal3R's four, about the object's own front, in the photo's frame."""
        size = self.settings.photo_px
        return tuple(
            pinhole(
                size,
                size,
                QUARTER_FOV_DEG,
                look_at_origin(yaw - self.photo.azimuth_deg, QUARTER_PITCH_DEG, QUARTER_RADIUS),
            )
            for yaw in QUARTER_YAWS_DEG
        )


def subject_of(object_id: str, mesh: Textured, seed: int, settings: BuildSettings) -> Subject:
    """mesh: as it was read; it comes out turned, centred and scaled."""
    drawn = draw_photo(seed, object_id, settings)
    textured = normalised(mesh, turn_deg=-drawn.azimuth_deg)
    vertices = textured.mesh.vertices
    camera = photo_camera(vertices, drawn, settings.photo_px)
    scene = draw_scene(seed, object_id, float(vertices[:, 2].min()))
    look = look_at(Caster(vertices, textured.mesh.faces), camera)
    return Subject(object_id, seed, settings, textured, drawn, scene, look)


def look_at(caster: Caster, camera: Camera) -> Look:
    """By the rays that place occluders too, so that both find the same pixels."""
    rays = directions(camera, np.arange(camera.height * camera.width))  # (H * W, 3)
    hits = caster.cast(np.broadcast_to(camera.centre, rays.shape), rays)
    along = (rays * camera.object_from_camera[:3, 2]).sum(axis=1)
    shape = (camera.height, camera.width)
    return Look(
        camera, hits.triangle.reshape(shape), (hits.distance * along).astype(np.float32).reshape(shape)
    )
