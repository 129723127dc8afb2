"""Normal maps of a mesh: what each camera sees of it, as directions in the camera's frame (D12)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from deocc.geometry.cameras import Camera
from deocc.geometry.mesh import Mesh, area_normals
from deocc.geometry.raycast import Caster

TO_PICTURE = np.array(
    [1.0, -1.0, -1.0]
)  # camera axes (x right, y down, z forward) -> x right, y up, z towards it


def render_normals(mesh: Mesh, cameras: Sequence[Camera]) -> Iterator[NDArray[np.uint8]]:
    """(H, W, 4) uint8 of each camera: 0.5 + 0.5 n in red, green, blue, n the smooth unit normal with x right,
    y up and z towards the camera; alpha 255 where the mesh is, else all is 0."""
    places, place = mesh.weld()
    normals = area_normals(places, place[mesh.faces])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-300)
    corners = normals[place[mesh.faces]]  # (M, 3, 3)
    caster = Caster(mesh.vertices, mesh.faces)
    for camera in cameras:
        hits = caster.cast(*camera.rays())
        found = np.flatnonzero(hits.triangle >= 0)
        smooth = (corners[hits.triangle[found]] * hits.weights[found][..., None]).sum(axis=1)
        smooth /= np.maximum(np.linalg.norm(smooth, axis=1, keepdims=True), 1e-300)
        seen = smooth @ camera.object_from_camera[:3, :3] * TO_PICTURE
        rgba = np.zeros((camera.height * camera.width, 4), np.uint8)
        rgba[found, :3], rgba[found, 3] = np.round(255 * (0.5 + 0.5 * seen)), 255
        yield rgba.reshape(camera.height, camera.width, 4)
