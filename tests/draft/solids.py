"""Known solids photographed: silhouettes of boxes, mugs, balls; and a check that surfaces never meet."""

from __future__ import annotations

import math

import numpy as np
import trimesh

from deocc.backends.draft.canvas import Canvas
from deocc.backends.draft.solid.texture import Surface
from deocc.backends.draft.solid.viewpoint import Stand, stand_before
from deocc.contract import PhotoCamera
from deocc.geometry.cameras import Camera, look_at_origin, pinhole
from deocc.geometry.mesh import Mesh
from deocc.geometry.raycast import Caster

SIZE = (320, 240)  # width, height of the photos
FOV_DEG = 45.0


def camera(elevation_deg: float, azimuth_deg: float = 0.0, distance: float = 3.0) -> Camera:
    return pinhole(*SIZE, FOV_DEG, look_at_origin(azimuth_deg, elevation_deg, distance))


def box(extents: tuple[float, float, float]) -> trimesh.Trimesh:
    return trimesh.creation.box(extents=extents)


def vase(profile: list[tuple[float, float]]) -> trimesh.Trimesh:
    """profile: (radius, z) upwards; closed at both ends."""
    ends = [(0.0, profile[0][1]), *profile, (0.0, profile[-1][1])]
    return trimesh.creation.revolve(np.array(ends), sections=64)


def mug() -> trimesh.Trimesh:
    """With its handle to the right."""
    handle = trimesh.creation.torus(0.22, 0.05)
    handle.apply_transform(trimesh.transformations.rotation_matrix(math.pi / 2, [1, 0, 0]))
    handle.apply_translation([0.42, 0, 0])
    body = vase([(0.4, -0.5), (0.4, 0.5)])
    faces = np.concatenate([body.faces, handle.faces + len(body.vertices)])
    return trimesh.Trimesh(np.concatenate([body.vertices, handle.vertices]), faces)


def ball() -> trimesh.Trimesh:
    return trimesh.creation.icosphere(subdivisions=4, radius=0.5)


def outline(solid: trimesh.Trimesh, view: Camera) -> np.ndarray:
    """(H, W) bool, what the camera sees of it."""
    return Caster(solid.vertices, solid.faces).covers(view)


def speckled(mask: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8: dark speckle on the object, white elsewhere."""
    photo = np.full((*mask.shape, 3), 255, np.uint8)
    photo[mask] = np.random.default_rng(3).integers(20, 120, (int(mask.sum()), 3))
    return photo


def canvas(mask: np.ndarray, picture: np.ndarray | None = None) -> Canvas:
    """All of the object seen."""
    nothing = np.zeros_like(mask)
    shown = speckled(mask) if picture is None else picture
    return Canvas(shown, mask, nothing, nothing, 0, 0, (mask.shape[1], mask.shape[0]))


def stand(mask: np.ndarray, elevation_deg: float = 20.0, known: PhotoCamera | None = None) -> Stand:
    """Before a photo of the mask, all of the object seen."""
    return stand_before(canvas(mask), mask, known, elevation_deg)


def known_camera(elevation_deg: float) -> PhotoCamera:
    """What a user who knows all about `camera` would say of it."""
    return PhotoCamera(fov_deg=FOV_DEG, elevation_deg=elevation_deg)


def surface_mesh(surface: Surface) -> Mesh:
    """Without texture, in the frame in which it was built."""
    vertices = surface.points[surface.point].astype(np.float32)
    nothing = np.zeros(len(vertices), np.float32)
    return Mesh(vertices, surface.faces.astype(np.int32), np.stack([nothing, nothing], axis=1), nothing)


def crossing_edges(mesh: Mesh) -> int:
    """How many edges run through a triangle that shares no corner with them: a surface that never meets
    itself has none.

    Each edge is cast as a ray. It counts where both its ends are off the triangle's plane, on either side, by
    more than a millionth: below that float32 does not tell crossing from lying in one plane.
    """
    places, place = mesh.weld()
    places, faces = places.astype(float), place[mesh.faces]
    edges = np.unique(np.sort(faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1), axis=0)
    start, end = places[edges[:, 0]], places[edges[:, 1]]
    length = np.linalg.norm(end - start, axis=1)
    hits = Caster(places, faces).cast(start + 0.01 * (end - start), (end - start) / length[:, None])
    found = np.flatnonzero((hits.triangle >= 0) & (hits.distance < length))
    corners = faces[hits.triangle[found]]
    apart = ~(corners[:, :, None] == edges[found][:, None, :]).any(axis=(1, 2))
    found, corners = found[apart], corners[apart]
    a, b, c = (places[corners[:, i]] for i in range(3))
    across = np.cross(b - a, c - a)
    across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-30)
    heights = [((ends[found] - a) * across).sum(axis=1) for ends in (start, end)]
    return int(((heights[0] * heights[1] < 0) & (np.minimum(*np.abs(heights)) > 1e-6)).sum())
