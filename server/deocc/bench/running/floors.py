"""What any method must beat, and what none can: simple shapes of the visible silhouette, the visual hull of
six true silhouettes, the true mesh itself.

The first two know no more than a method's input: they stand square to the photo, take the smaller side of the
silhouette's box as their depth, and fill the sphere of radius 0.5. They complete nothing: their silhouette is
what is seen. None but the true mesh has colours.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import trimesh
from numpy.typing import NDArray

from deocc.geometry.cameras import Camera
from deocc.geometry.mesh import Mesh
from deocc.geometry.raycast import Caster
from deocc.observation import Observation
from deocc.package import Reconstruction

RADIUS = 0.5  # of the sphere that an object's frame fills
GREY = 160  # of what has no colours, whose pictures are looked at but not compared
SIDE_CELLS = 128  # the extrusion's grid along the longer side
HULL_CELLS = 128  # the hull's grid along each side of the unit cube


def extrude(observation: Observation) -> Reconstruction:
    """The visible silhouette as a slab."""
    seen = observation.object_mask
    return _as_seen(_solid(*extrusion(seen)), observation)


def ellipsoid(observation: Observation) -> Reconstruction:
    """The ellipsoid in the visible silhouette's box."""
    width, height = _box_sides(observation.object_mask)
    ball = trimesh.creation.icosphere(subdivisions=4)
    sides = (width / 2, min(width, height) / 2, height / 2)
    return _as_seen(_solid(ball.vertices * sides, ball.faces), observation)


def hull(views: Sequence[NDArray[np.uint8]], cameras: Sequence[Camera], photo: Camera) -> Reconstruction:
    """What six silhouettes leave of the unit cube. views: (H, W, 4) uint8 of the cameras."""
    silhouettes = [np.ascontiguousarray(view[..., 3]) for view in views]
    vertices, faces = carve(silhouettes, cameras)
    return _in_object_frame(_mesh(vertices, faces), None, photo)


def truth(mesh: Mesh, texture: NDArray[np.uint8] | None, photo: Camera | None) -> Reconstruction:
    """The true mesh as if a method had made it."""
    return _in_object_frame(mesh, texture, photo)


def extrusion(mask: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """A mask as a slab of cells: vertices (N, 3), +Z up, front −Y, in pixels, and faces (M, 3)."""
    width, height = _box_sides(mask)
    cell = max(width, height) / SIDE_CELLS
    rows, columns = np.nonzero(mask)
    crop = mask[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1].astype(np.float32)
    size = (max(round(width / cell), 1), max(round(height / cell), 1))
    filled = cv2.resize(crop, size, interpolation=cv2.INTER_AREA) > 0.5  # (rows, columns)
    if not filled.any():  # a mask of threads: its box
        filled[:] = True
    cells = _without_corner_contacts(filled[::-1].T)[:, None]  # (x, 1, z), z up
    vertices, faces = cells_surface(cells)
    return vertices * (cell, min(width, height), cell), faces


def cells_surface(filled: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The closed surface of filled cells (X, Y, Z): corners (N, 3) in cells, triangles (M, 3) outwards."""
    padded, quads = np.pad(filled, 1), []
    for axis in range(3):
        along, across = np.eye(3, dtype=int)[[(axis + 1) % 3, (axis + 2) % 3]]
        square = np.array([0 * along, along, along + across, across])  # seen from +axis: counter-clockwise
        for step in (1, -1):
            open_side = padded & ~np.roll(padded, -step, axis)
            corner = np.argwhere(open_side) - 1 + (step > 0) * np.eye(3, dtype=int)[axis]
            quads.append(corner[:, None] + square[::step])
    corners = np.concatenate(quads)  # (K, 4, 3)
    vertices, index = np.unique(corners.reshape(-1, 3), axis=0, return_inverse=True)
    index = index.reshape(-1, 4)
    return vertices, np.concatenate([index[:, [0, 1, 2]], index[:, [0, 2, 3]]])


def _without_corner_contacts(filled: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Fills one cell wherever two touch at a corner alone: four walls would meet there, and none closes."""
    filled = filled.copy()
    while True:
        a, b, c, d = filled[:-1, :-1], filled[1:, :-1], filled[:-1, 1:], filled[1:, 1:]
        falling, rising = a & d & ~b & ~c, b & c & ~a & ~d
        if not (falling.any() or rising.any()):
            return filled
        b[falling] = True
        a[rising] = True


def carve(
    silhouettes: Sequence[NDArray[np.uint8]], cameras: Sequence[Camera], cells: int = HULL_CELLS
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The visual hull (Laurentini 1994) on a grid over the unit cube: vertices (N, 3) and faces (M, 3).

    A grid point's value is the least alpha, 0..1, that any camera sees at it, so the surface at a half lies
    between grid points and the result is closed. Empty arrays where the silhouettes leave nothing.
    """
    from skimage.measure import marching_cubes

    axis = (np.arange(cells) + 0.5) / cells - RADIUS
    points = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1).reshape(-1, 3)
    least = np.ones(len(points), np.float32)
    for alpha, camera in zip(silhouettes, cameras, strict=True):
        left = np.flatnonzero(least > 0)  # what is carved away needs no second look
        pixels, _ = camera.project(points[left])
        least[left] = np.minimum(least[left], _sampled(alpha, pixels))
    field = np.pad(least.reshape(cells, cells, cells), 1)
    if field.max() <= 0.5:
        return np.zeros((0, 3)), np.zeros((0, 3), np.int64)
    vertices, faces, _, _ = marching_cubes(field, 0.5, gradient_direction="ascent")
    return (vertices - 0.5) / cells - RADIUS, faces.astype(np.int64)


def _sampled(alpha: NDArray[np.uint8], pixels: NDArray[np.float64]) -> NDArray[np.float32]:
    """(N,) alpha 0..1 at pixels (N, 2), bilinear, 0 outside the picture."""
    if len(pixels) == 0:
        return np.zeros(0, np.float32)
    rows = -(-len(pixels) // 4096)  # remap takes maps below 32767 a side
    x, y = np.full((2, rows * 4096), -10, np.float32)
    x[: len(pixels)], y[: len(pixels)] = pixels.T - 0.5  # remap's (0, 0) is the first pixel's centre
    maps = x.reshape(rows, 4096), y.reshape(rows, 4096)
    values = cv2.remap(alpha, *maps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)  # 0 beyond it
    return values.reshape(-1)[: len(pixels)].astype(np.float32) / 255


def _as_seen(mesh: Mesh, observation: Observation) -> Reconstruction:
    """A result whose completed picture is what is seen, no more."""
    alpha = np.where(observation.object_mask, 255, 0).astype(np.uint8)
    return Reconstruction(mesh, None, (), (), np.dstack([observation.photo, alpha]))


def _in_object_frame(mesh: Mesh, texture: NDArray[np.uint8] | None, photo: Camera | None) -> Reconstruction:
    """A result that knows the photo's camera: its silhouette there is the mesh's. Without a camera it has
    none; without a mesh neither."""
    completed = np.zeros((0, 0, 4), np.uint8)
    if photo is not None and len(mesh.faces):
        covered = Caster(mesh.vertices, mesh.faces).covers(photo)
        completed = np.where(covered[..., None], (GREY, GREY, GREY, 255), 0).astype(np.uint8)
    return Reconstruction(mesh, texture, (), (), completed)


def _solid(vertices: NDArray, faces: NDArray) -> Mesh:
    """A mesh in the object frame: its box centred, its farthest vertex at RADIUS."""
    centred = vertices - (vertices.min(axis=0) + vertices.max(axis=0)) / 2
    return _mesh(centred * RADIUS / np.linalg.norm(centred, axis=1).max(), faces)


def _mesh(vertices: NDArray, faces: NDArray) -> Mesh:
    count = len(vertices)
    return Mesh(
        vertices=np.asarray(vertices, np.float32),
        faces=np.asarray(faces, np.int32),
        uv=np.zeros((count, 2), np.float32),
        seen=np.zeros(count, np.float32),
    )


def _box_sides(mask: NDArray[np.bool_]) -> tuple[float, float]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return float(columns[-1] - columns[0] + 1), float(rows[-1] - rows[0] + 1)
