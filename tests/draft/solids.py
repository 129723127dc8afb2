"""Known solids photographed: silhouettes and pictures of boxes, mugs and balls; checks of closed meshes."""

from __future__ import annotations

import math

import numpy as np
import trimesh

from deocc.backends.draft.canvas import Canvas
from deocc.geometry.cameras import Camera, look_at_origin, pinhole
from deocc.geometry.mesh import Mesh
from deocc.geometry.raycast import Caster
from deocc.observation import Observation

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
    handle = trimesh.creation.torus(0.22, 0.05)
    handle.apply_transform(trimesh.transformations.rotation_matrix(math.pi / 2, [1, 0, 0]))
    handle.apply_translation([0.42, 0, 0])
    return trimesh.util.concatenate([vase([(0.4, -0.5), (0.4, 0.5)]), handle])


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


def observation(mask: np.ndarray, occluder: np.ndarray | None = None) -> Observation:
    hides = np.zeros_like(mask) if occluder is None else occluder
    return Observation(speckled(mask), mask & ~hides, hides, np.zeros_like(mask))


def share_inside(mesh: Mesh, points: np.ndarray) -> float:
    """Share of points enclosed by the mesh an odd number of times, by the parity of crossings along +X."""
    caster = Caster(mesh.vertices, mesh.faces)
    crossings = np.zeros(len(points), int)
    origins, alive = points.copy(), np.arange(len(points))
    direction = np.array([1.0, 1e-3, 2e-3]) / math.sqrt(1 + 5e-6)
    for _ in range(60):
        hits = caster.cast(origins[alive], np.broadcast_to(direction, (len(alive), 3)))
        hit = hits.triangle >= 0
        if not hit.any():
            break
        alive = alive[hit]
        crossings[alive] += 1
        origins[alive] += direction * (hits.distance[hit, None] + 2e-5)
    return float((crossings % 2 == 1).mean())


def near_surface(mesh: Mesh, offset: float, count: int = 4000) -> np.ndarray:
    """Points (count, 3) at `offset` outside random places of the surface, negative: inside."""
    generator = np.random.default_rng(5)
    a, b, c = (mesh.vertices[mesh.faces[:, i]].astype(float) for i in range(3))
    across = np.cross(b - a, c - a)
    area = np.linalg.norm(across, axis=1)
    chosen = generator.choice(len(area), count, p=area / area.sum())
    weights = generator.dirichlet([1, 1, 1], count)
    points = sum(weights[:, i, None] * corner[chosen] for i, corner in enumerate((a, b, c)))
    return points + offset * across[chosen] / area[chosen, None]


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
