"""Small meshes that the tests of occluders share."""

from __future__ import annotations

import numpy as np
import trimesh

from deocc.data.occluders.solids import box
from deocc.geometry.mesh import Mesh

GREY = np.array([128, 128, 128], np.uint8)


def as_mesh(solid: trimesh.Trimesh) -> Mesh:
    count = len(solid.vertices)
    return Mesh(
        solid.vertices.astype(np.float32),
        solid.faces.astype(np.int32),
        np.zeros((count, 2), np.float32),
        np.zeros(count, np.float32),
        np.tile(GREY, (count, 1)),
    )


def ball(radius: float = 0.5, subdivisions: int = 3) -> Mesh:
    return as_mesh(trimesh.creation.icosphere(subdivisions=subdivisions, radius=radius))


def ring() -> Mesh:
    return as_mesh(trimesh.creation.torus(0.35, 0.12))


def joined(*parts: tuple[tuple[float, float, float], tuple[float, float, float]]) -> Mesh:
    """Boxes given by size and the middle of their bottom, as one mesh, not welded."""
    solids = []
    for size, place in parts:
        one = box(size, GREY)
        solids.append(trimesh.Trimesh(one.vertices + np.array(place), one.faces, process=False))
    merged = trimesh.util.concatenate(solids)
    assert isinstance(merged, trimesh.Trimesh)
    return as_mesh(merged)


def normalised(mesh: Mesh) -> Mesh:
    """Bounding box centred, farthest vertex 0.5 from the origin: how a target stands."""
    low, high = mesh.bounds()
    centred = mesh.vertices - (low + high) / 2
    scale = 0.5 / np.linalg.norm(centred, axis=1).max()
    return Mesh((centred * scale).astype(np.float32), mesh.faces, mesh.uv, mesh.seen, mesh.colours)
