"""Surfaces whose form and colours are known, and pictures of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import trimesh

from deocc.contract import PhotoCamera
from deocc.geometry.cameras import Camera, view_cameras
from deocc.geometry.mesh import Mesh
from deocc.geometry.raycast import render_views

# of a cube's sides by their normals: +x, -x, +y, -y, +z, -z
COLOURS = np.array(
    [[200, 60, 50], [60, 170, 70], [70, 90, 200], [210, 180, 60], [150, 80, 170], [60, 170, 180]], np.uint8
)
HALF = 0.27  # of a cube's edge: it fills the sphere of radius 0.47


@dataclass(frozen=True)
class Shot:
    """A photo as deocc.observation.Observation has it."""

    photo: np.ndarray
    object_mask: np.ndarray
    occluder_mask: np.ndarray
    keep_mask: np.ndarray
    camera: PhotoCamera | None = None


def cube() -> trimesh.Trimesh:
    """Closed, 12,288 triangles."""
    made = trimesh.creation.box(extents=[2 * HALF] * 3)
    for _ in range(5):
        made = made.subdivide()
    return made


def lamp() -> trimesh.Trimesh:
    """A foot, a stem and a shade: no two elevations look alike. Closed, one part."""
    profile = [
        (0, -0.4),
        (0.2, -0.4),
        (0.2, -0.34),
        (0.05, -0.3),
        (0.05, 0.05),
        (0.26, 0.0),
        (0.16, 0.3),
        (0, 0.3),
    ]
    return trimesh.creation.revolve(np.array(profile), sections=48)


def together(*bodies: trimesh.Trimesh) -> trimesh.Trimesh:
    """Several bodies as one mesh."""
    before = np.cumsum([0, *(len(one.vertices) for one in bodies)])
    faces = np.concatenate([one.faces + start for one, start in zip(bodies, before[:-1], strict=True)])
    return trimesh.Trimesh(np.concatenate([one.vertices for one in bodies]), faces, process=False)


def cut(body: trimesh.Trimesh, kept: np.ndarray) -> trimesh.Trimesh:
    """The body's triangles where `kept` (M,) is true."""
    return trimesh.Trimesh(body.vertices, body.faces[kept], process=False)


def side_colours(points: np.ndarray) -> np.ndarray:
    """(N, 3) uint8 of points on the cube."""
    axis = np.abs(points).argmax(axis=1)
    return COLOURS[2 * axis + (points[np.arange(len(points)), axis] < 0)]


def coloured(solid: trimesh.Trimesh) -> Mesh:
    """Each triangle of one colour, its middle's."""
    corners = solid.vertices[solid.faces].reshape(-1, 3).astype(np.float32)
    colours = np.repeat(side_colours(solid.triangles_center), 3, axis=0)
    faces = np.arange(len(corners), dtype=np.int32).reshape(-1, 3)
    return Mesh(
        corners, faces, np.zeros((len(corners), 2), np.float32), np.zeros(len(corners), np.float32), colours
    )


def views_of(mesh: Mesh, cameras: tuple[Camera, ...] = view_cameras()) -> list[np.ndarray]:
    return list(render_views(mesh, None, cameras))


def shot_of(mesh: Mesh, camera: Camera, hidden: tuple[slice, slice] | None = None) -> Shot:
    """A photo on grey; `hidden`: rows and columns of an occluder."""
    (view,) = render_views(mesh, None, (camera,))
    whole, occluder = view[..., 3] > 128, np.zeros(view.shape[:2], bool)
    photo = np.full((*whole.shape, 3), 128, np.uint8)
    photo[whole] = view[whole][:, :3]
    if hidden is not None:
        occluder[hidden] = True
        photo[occluder] = 10
    return Shot(photo, whole & ~occluder, occluder, np.zeros_like(occluder))
