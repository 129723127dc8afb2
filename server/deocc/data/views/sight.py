"""What a camera's rays find of a body: its front, its back, and finer where edges are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from deocc.data.views.record import SIDE
from deocc.data.views.surface import Surface
from deocc.geometry.cameras import Camera

STEP_PX = 3.0  # a step in depth between neighbours, in pixels at the body, that is an edge
TURN = 0.35  # of a component of the normal between neighbours, that is an edge too: about 20 degrees
PLACES = ((0.125, 0.375), (0.375, -0.125), (-0.125, -0.375), (-0.375, 0.125))  # in a pixel, from its centre


@dataclass(frozen=True)
class Sight:
    """What rays through pixels found first. pixel: (K,) row-major, of those that hit.  triangle: (K,).
    weights: (K, 3).  depth: (K,) along the optical axis.  along: (K, 3) unit, from the camera.  points:
    (K, 3).  normals: (K, 3) unit, smooth, turned towards where the ray came from."""

    pixel: NDArray[np.int64]
    triangle: NDArray[np.int64]
    weights: NDArray[np.float32]
    depth: NDArray[np.float32]
    along: NDArray[np.float32]
    points: NDArray[np.float32]
    normals: NDArray[np.float32]


def front_of(surface: Surface, camera: Camera) -> Sight:
    """The nearest surface at each pixel's centre."""
    return _cast(surface, camera, *camera.rays())


def _cast(surface: Surface, camera: Camera, origins: NDArray, directions: NDArray) -> Sight:
    """Of rays, one for each pixel or the same number for each part of a pixel."""
    hits = surface.caster.cast(origins, directions)
    found = np.flatnonzero(hits.triangle >= 0)
    triangle, weights = hits.triangle[found], hits.weights[found]
    along = directions[found].astype(np.float32)
    points = (origins[found] + directions[found] * hits.distance[found, None]).astype(np.float32)
    depth = (points - camera.centre) @ camera.object_from_camera[:3, 2]
    normals = surface.smooth_normals(triangle, weights)
    away = np.einsum("kx,kx->k", surface.normals[triangle], along) > 0
    outside = np.einsum("kx,kx->k", surface.normals[triangle], normals) >= 0
    normals = np.where((away == outside)[:, None], -normals, normals)
    return Sight(found, triangle, weights, depth.astype(np.float32), along, points, normals)


def back_of(surface: Surface, camera: Camera, front: Sight) -> Sight:
    """The farthest surface at the front's pixels; where rounding finds none, the front itself."""
    along = front.along.astype(np.float64)
    beyond = camera.centre + along * (front.depth.max() + 2 * surface.diameter) * 1.5
    back = _cast(surface, camera, beyond, -along)
    farther = back.depth >= front.depth[back.pixel]
    at = back.pixel[farther]  # index among the front's

    def joined(ahead: NDArray, behind: NDArray) -> NDArray:
        both = ahead.copy()
        both[at] = behind[farther]
        return both

    return Sight(
        front.pixel,
        joined(front.triangle, back.triangle),
        joined(front.weights, back.weights),
        joined(front.depth, back.depth),
        -front.along,
        joined(front.points, back.points),
        joined(-front.normals, back.normals),
    )


def edges_of(surface: Surface, camera: Camera, front: Sight) -> Iterator[Sight]:
    """What rays through four more places of each pixel on an edge see: edges get mixed colours."""
    pixel = _on_edges(front, float(front.depth.mean()) / camera.fx)
    y, x = np.divmod(pixel, SIDE)
    for right, down in PLACES:
        local = np.ones((len(pixel), 3))
        local[:, 0] = (x + 0.5 + right - camera.cx) / camera.fx
        local[:, 1] = (y + 0.5 + down - camera.cy) / camera.fy
        directions = local @ camera.object_from_camera[:3, :3].T
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        sight = _cast(surface, camera, np.broadcast_to(camera.centre, directions.shape), directions)
        yield replace(sight, pixel=pixel[sight.pixel])


def _on_edges(front: Sight, pixel: float) -> NDArray[np.int64]:
    """Pixels of the body whose neighbours see another place or way; pixel: what one measures at the body."""
    seen = np.zeros((SIDE * SIDE, 4), np.float32)
    seen[front.pixel, 0] = front.depth / (STEP_PX * pixel)
    seen[front.pixel, 1:] = front.normals / TURN
    seen = seen.reshape(SIDE, SIDE, 4)
    whole = np.zeros(SIDE * SIDE, bool)
    whole[front.pixel] = True
    edge = np.zeros((SIDE, SIDE), bool)
    across = (np.abs(np.diff(seen, axis=1)) > 1).any(axis=2)
    along = (np.abs(np.diff(seen, axis=0)) > 1).any(axis=2)
    edge[:, 1:] |= across
    edge[:, :-1] |= across
    edge[1:] |= along
    edge[:-1] |= along
    return np.flatnonzero(edge.reshape(-1) & whole)
