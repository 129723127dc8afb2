"""UV atlas -> what every texel shows: its triangle and where in it; and texels without one filled."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from deocc.geometry.mesh import Mesh
from deocc.geometry.raycast import Caster

STEPS_PER_TEXEL = 2  # along an edge: none that it passes through for half a texel is missed
ROW = 4096  # OpenCV maps long lists of points as pictures of rows; it takes sides below 32767


@dataclass(frozen=True)
class Texels:
    """The T texels whose centres a triangle covers. side_px: of the texture.  index: (T,) int64 flat, row by
    row from the top (v = 1).  triangle: (T,) int64.  weights: (T, 3) float32, barycentric."""

    side_px: int
    index: NDArray[np.int64]
    triangle: NDArray[np.int64]
    weights: NDArray[np.float32]

    def of_corners(self, mesh: Mesh, values: NDArray) -> NDArray[np.float32]:
        """values of vertices (N, C) -> of texels (T, C)."""
        found = np.zeros((len(self.index), values.shape[1]), np.float32)
        for corner in range(3):
            vertex = mesh.faces[:, corner][self.triangle]
            found += values.astype(np.float32)[vertex] * self.weights[:, corner, None]
        return found

    def painted(self, colours: NDArray) -> NDArray[np.uint8]:
        """colours (T, 3) 0..255 -> the texture (H, W, 3) uint8; other texels like the nearest of those."""
        texture = np.zeros((self.side_px**2, 3), np.uint8)
        texture[self.index] = np.clip(np.round(colours), 0, 255).astype(np.uint8)
        covered = np.zeros(self.side_px**2, bool)
        covered[self.index] = True
        return spread(texture.reshape(self.side_px, self.side_px, 3), covered.reshape(self.side_px, -1))


def texels_of(mesh: Mesh, side_px: int) -> Texels:
    """Which texels the mesh's uv triangles cover: rays straight down on the atlas laid out as a plane, which
    embree answers ten times as fast as numpy fills triangles."""
    plane = np.zeros((len(mesh.uv), 3), np.float32)
    plane[:, 0], plane[:, 1] = mesh.uv[:, 0] * side_px, (1 - mesh.uv[:, 1]) * side_px
    origins = np.ones((side_px, side_px, 3), np.float32)
    centres = np.arange(side_px, dtype=np.float32) + np.float32(0.5)
    origins[..., 0], origins[..., 1] = centres, centres[:, None]
    origins = origins.reshape(-1, 3)
    down = np.broadcast_to(np.array([0, 0, -1], np.float32), origins.shape)
    hits = Caster(plane, mesh.faces).cast(origins, down)
    triangle, weights = hits.triangle, hits.weights.astype(np.float32)
    index, owner, share = _along_edges(plane[:, :2], mesh.faces, side_px)
    free = triangle[index] < 0
    triangle[index[free]], weights[index[free]] = owner[free], share[free]
    covered = np.flatnonzero(triangle >= 0)
    return Texels(side_px, covered, triangle[covered], weights[covered])


def _along_edges(
    corners: NDArray[np.float32], faces: NDArray[np.int32], side_px: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """Texels (K,) that the charts' outer edges pass through, the triangle there, and the place on its edge
    (K, 3) barycentric: slivers would have no texel else, and show their neighbour's colour as a scratch."""
    start, end = faces.reshape(-1).astype(np.int64), np.roll(faces, -1, axis=1).reshape(-1).astype(np.int64)
    low, high = np.minimum(start, end), np.maximum(start, end)
    _, same, times = np.unique(low * len(corners) + high, return_inverse=True, return_counts=True)
    outer = np.flatnonzero(times[same.reshape(-1)] == 1)
    length = np.linalg.norm(corners[end[outer]] - corners[start[outer]], axis=1)
    steps = np.ceil(STEPS_PER_TEXEL * length).astype(np.int64) + 1
    edge = np.repeat(outer, steps)
    step = np.arange(len(edge)) - np.repeat(np.cumsum(steps) - steps, steps)
    along = ((step + 0.5) / np.repeat(steps, steps)).astype(np.float32)
    at = corners[start[edge]] * (1 - along)[:, None] + corners[end[edge]] * along[:, None]
    texel = np.clip(np.floor(at).astype(np.int64), 0, side_px - 1)
    weights = np.zeros((len(edge), 3), np.float32)
    rows = np.arange(len(edge))
    weights[rows, edge % 3], weights[rows, (edge + 1) % 3] = 1 - along, along
    return texel[:, 1] * side_px + texel[:, 0], edge // 3, weights


def spread(picture: NDArray[np.uint8], known: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The picture (H, W, C) with every unknown pixel (known (H, W) false) like the nearest known one."""
    if known.all() or not known.any():
        return picture
    _, label = cv2.distanceTransformWithLabels(
        (~known).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    label = np.asarray(label, np.int64)
    source = np.zeros(int(label.max()) + 1, np.int64)
    source[label[known]] = np.flatnonzero(known)
    return picture.reshape(-1, picture.shape[-1])[source[label]]


def sampled(picture: NDArray, pixels: NDArray, how: int = cv2.INTER_LINEAR) -> NDArray:
    """picture (H, W) or (H, W, C) at pixels (N, 2), (0, 0) the first pixel's corner -> (N,) or (N, C); beyond
    the border like the border."""
    count, shape = len(pixels), picture.shape[2:]
    rows = -(-count // ROW)
    if rows == 0:
        return np.zeros((0, *shape), picture.dtype)
    maps = np.zeros((2, rows * ROW), np.float32)
    maps[0, :count], maps[1, :count] = pixels[:, 0] - 0.5, pixels[:, 1] - 0.5
    x, y = maps.reshape(2, rows, ROW)
    found = cv2.remap(picture, x, y, how, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found).reshape(rows * ROW, *shape)[:count]
