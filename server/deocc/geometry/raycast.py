"""Ray casting against one mesh with embree: what a camera covers, vertices it sees, textured pictures."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore_scene import EmbreeScene
from numpy.typing import NDArray

from deocc.geometry.cameras import Camera
from deocc.geometry.mesh import Mesh, area_normals

EDGE_RAYS = 4  # per side of a pixel on an outline: 16 levels of alpha
HIDDEN_BY = 2e-3  # a vertex is hidden where the ray to it stops this far before it


@dataclass(frozen=True)
class Hits:
    """First hits of N rays. triangle: (N,) int64, -1 for a miss.  weights: (N, 3) float32 barycentric of the
    triangle's corners.  distance: (N,) float32 along unit directions, infinite for a miss."""

    triangle: NDArray[np.int64]
    weights: NDArray[np.float32]
    distance: NDArray[np.float32]


class Caster:
    """The mesh as embree holds it; build once, cast often."""

    def __init__(self, vertices: NDArray, faces: NDArray):
        self._scene = EmbreeScene()
        self._mesh = TriangleMesh(
            self._scene,
            np.ascontiguousarray(vertices, np.float32),
            np.ascontiguousarray(faces, np.int32),
        )

    def cast(self, origins: NDArray, directions: NDArray) -> Hits:
        """origins, directions: (N, 3); directions of unit length."""
        if len(origins) == 0:
            return Hits(np.zeros(0, np.int64), np.zeros((0, 3), np.float32), np.zeros(0, np.float32))
        found = self._scene.run(origins.astype(np.float32), directions.astype(np.float32), output=True)
        triangle = found["primID"].astype(np.int64)
        u, v = found["u"], found["v"]
        weights = np.stack([1 - u - v, u, v], axis=1)  # embree: u, v belong to the second and third corner
        distance = np.where(triangle >= 0, found["tfar"], np.inf).astype(np.float32)
        return Hits(triangle, weights, distance)

    def covers(self, camera: Camera) -> NDArray[np.bool_]:
        """(H, W) bool: which pixels' centres see the mesh."""
        return (self.cast(*camera.rays()).triangle >= 0).reshape(camera.height, camera.width)


def visible_vertices(mesh: Mesh, camera: Camera) -> NDArray[np.bool_]:
    """(N,) bool: the vertex faces the camera and nothing of the mesh stands before it."""
    places, place = mesh.weld()
    faces = place[mesh.faces]
    to_vertex = places - camera.centre
    distance = np.linalg.norm(to_vertex, axis=1)
    directions = to_vertex / distance[:, None]
    origins = np.broadcast_to(camera.centre, directions.shape)
    hits = Caster(places, faces).cast(origins, directions)
    facing = (area_normals(places, faces) * directions).sum(axis=1) < 0
    seen = facing & (hits.distance > distance - HIDDEN_BY)
    return seen[place]


def render_views(mesh: Mesh, texture: NDArray[np.uint8] | None, cameras: tuple[Camera, ...]):
    """Yields (H, W, 4) uint8 RGBA of each camera: base colour unlit, outlines with soft alpha. Without
    a texture the mesh has colours of its own."""
    caster = Caster(mesh.vertices, mesh.faces)
    for camera in cameras:
        yield _render(caster, mesh, texture, camera)


def _render(
    caster: Caster, mesh: Mesh, texture: NDArray[np.uint8] | None, camera: Camera
) -> NDArray[np.uint8]:
    inside = _near_mesh(mesh, camera)
    centres = np.stack([inside % camera.width, inside // camera.width], axis=1) + 0.5
    hits = caster.cast(*camera.rays_through(centres))
    found = inside[hits.triangle >= 0]
    level = None if texture is None else _texture_level(mesh, texture, camera)
    rgba = np.zeros((camera.height * camera.width, 4), np.uint8)
    rgba[found, :3] = _colours(mesh, level, hits)
    rgba[found, 3] = 255
    rgba = rgba.reshape(camera.height, camera.width, 4)
    return _soften_outline(caster, mesh, level, camera, rgba)


def _near_mesh(mesh: Mesh, camera: Camera) -> NDArray[np.int64]:
    """Flat indices of the pixels in the box of the mesh's projection: the rest can't hit anything."""
    pixels, depth = camera.project(mesh.vertices)
    if depth.min() <= 1e-6:
        return np.arange(camera.height * camera.width)
    low, high = np.floor(pixels.min(axis=0)) - 1, np.ceil(pixels.max(axis=0)) + 1
    u = np.arange(max(int(low[0]), 0), min(int(high[0]), camera.width))
    v = np.arange(max(int(low[1]), 0), min(int(high[1]), camera.height))
    return (v[:, None] * camera.width + u).reshape(-1)


def _texture_level(mesh: Mesh, texture: NDArray[np.uint8], camera: Camera) -> NDArray[np.uint8]:
    """The texture scaled so that a texel is about a pixel of the camera, else far pixels would flicker."""
    size = np.array([texture.shape[1], texture.shape[0]])
    edges = mesh.vertices[mesh.faces[:, 1]] - mesh.vertices[mesh.faces[:, 0]]
    texels = (mesh.uv[mesh.faces[:, 1]] - mesh.uv[mesh.faces[:, 0]]) * size
    length = float(np.linalg.norm(edges, axis=1).mean())
    pixels = length * camera.fx / float(np.linalg.norm(camera.centre))
    scale = pixels / max(float(np.linalg.norm(texels, axis=1).mean()), 1e-9)
    if scale > 0.75:
        return texture
    target = np.maximum(np.round(size * scale), 1).astype(int)
    scaled = cv2.resize(texture, (int(target[0]), int(target[1])), interpolation=cv2.INTER_AREA)
    return scaled.astype(np.uint8)


def _colours(mesh: Mesh, texture: NDArray[np.uint8] | None, hits: Hits) -> NDArray[np.uint8]:
    """(K, 3) uint8, bilinear, of those rays that hit."""
    hit = hits.triangle >= 0
    if texture is None:
        assert mesh.colours is not None
        of_corners = mesh.colours[mesh.faces[hits.triangle[hit]]]  # (K, 3, 3)
        return np.round((of_corners * hits.weights[hit][..., None]).sum(axis=1)).clip(0, 255).astype(np.uint8)
    corners = mesh.uv[mesh.faces[hits.triangle[hit]]]  # (K, 3, 2)
    uv = (corners * hits.weights[hit][..., None]).sum(axis=1)
    height, width = texture.shape[:2]
    x = (uv[:, 0] * width - 0.5).astype(np.float32)
    y = ((1 - uv[:, 1]) * height - 0.5).astype(np.float32)
    rows = -(-len(x) // 4096)  # remap takes maps below 32767 a side
    padded = np.zeros((2, rows * 4096), np.float32)
    padded[:, : len(x)] = x, y
    if rows == 0:
        return np.zeros((0, 3), np.uint8)
    maps = padded.reshape(2, rows, 4096)
    found = cv2.remap(texture, maps[0], maps[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return found.reshape(-1, 3)[: len(x)].astype(np.uint8)


def _soften_outline(
    caster: Caster, mesh: Mesh, texture: NDArray[np.uint8] | None, camera: Camera, rgba: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """Pixels on an outline get alpha, and colour, from EDGE_RAYS² rays of their own."""
    solid = rgba[..., 3]
    ring = cv2.dilate(solid, np.ones((3, 3), np.uint8)) != cv2.erode(solid, np.ones((3, 3), np.uint8))
    v, u = np.nonzero(ring)
    if len(v) == 0:
        return rgba
    steps = (np.mgrid[0:EDGE_RAYS, 0:EDGE_RAYS].reshape(2, -1).T[:, ::-1] + 0.5) / EDGE_RAYS  # x, y
    pixels = np.stack([u, v], axis=1)[:, None] + steps
    hits = caster.cast(*camera.rays_through(pixels.reshape(-1, 2)))
    hit = (hits.triangle >= 0).reshape(len(v), -1)
    colours = np.zeros((hit.size, 3), np.float32)
    colours[hit.reshape(-1)] = _colours(mesh, texture, hits)
    count = hit.sum(axis=1)
    mean = colours.reshape(len(v), -1, 3).sum(axis=1) / np.maximum(count, 1)[:, None]
    rgba[v, u, :3] = np.round(mean)
    rgba[v, u, 3] = np.round(255 * count / EDGE_RAYS**2)
    return rgba
