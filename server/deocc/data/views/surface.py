"""A body ready to be rendered many times: rays, smooth normals that keep creases, colours without flicker."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, QhullError

from deocc.data.textured import Textured
from deocc.errors import InputFault
from deocc.geometry.mesh import Mesh
from deocc.geometry.raycast import Caster

CREASE_COSINE = math.cos(math.radians(40))  # faces that meet flatter than this look round
MOST_ABOUT = 48  # faces about a place: where more meet (the middle of a disc) they stay flat
MIP_BIAS = -0.3  # a little sharper than one texel a pixel: what blurs is up to later draws
_TO_LINEAR = np.where(
    np.arange(256) <= 0.04045 * 255,
    np.arange(256) / 255 / 12.92,
    ((np.arange(256) / 255 + 0.055) / 1.055) ** 2.4,
).astype(np.float32)  # the sRGB standard's curve


class Surface:
    """A textured mesh as the renderer wants it.

    points: (N, 3) float32, only those of faces.  faces: (M, 3), only those with an area.  kept: (M,) their
    indices in the mesh.  outer: (H, 3) points on the convex hull.  diameter: of the sphere about its box's
    middle.  normals: (M, 3) unit, of the faces.  InputFault `body_empty` where no triangle has an area.
    """

    def __init__(self, textured: Textured):
        mesh = textured.mesh
        self.points, self.faces, self.kept = _with_area(mesh)
        self.outer = _outermost(self.points)
        middle = (self.points.min(axis=0) + self.points.max(axis=0)) / 2
        self.diameter = 2 * float(np.linalg.norm(self.outer - middle, axis=1).max())
        self.caster = Caster(self.points, self.faces)
        self.normals, self._corner_normals = _smoothed(self.points, self.faces)
        self._pyramid = None
        if textured.texture is not None:
            self._uv = mesh.uv[mesh.faces[self.kept]].astype(np.float32)  # (M, 3, 2)
            self._pyramid = _Pyramid(textured.texture, self._uv)
            self._density = _texels_per_unit(self._uv, textured.texture.shape, self.points[self.faces])
        else:
            colours = (
                mesh.colours if mesh.colours is not None else np.full((len(mesh.vertices), 3), 160, np.uint8)
            )
            self._colours = _TO_LINEAR[colours[mesh.faces[self.kept]]]  # (M, 3, 3)

    def smooth_normals(
        self, triangle: NDArray[np.int64], weights: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """(K, 3) unit, at places on triangles; on the side that the mesh calls outside."""
        normals = np.einsum("kc,kcx->kx", weights, self._corner_normals[triangle])
        return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)

    def colours(
        self, triangle: NDArray[np.int64], weights: NDArray[np.float32], pixel: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """(K, 3) linear 0..1 at places on triangles; pixel: (K,) what a pixel measures there."""
        if self._pyramid is None:
            return np.einsum("kc,kcx->kx", weights, self._colours[triangle])
        uv = np.einsum("kc,kcx->kx", weights, self._uv[triangle])
        level = np.log2(np.maximum(self._density[triangle] * pixel, 1e-6)) + MIP_BIAS
        return self._pyramid.look_up(uv, level)


class _Pyramid:
    """A texture at halved sizes, one after the other in one array; texels that no triangle uses are filled
    from their neighbours, so that coarse levels don't mix in the atlas's background."""

    def __init__(self, texture: NDArray[np.uint8], uv: NDArray[np.float32]):
        used = _used_texels(uv, texture.shape)
        levels = [(_TO_LINEAR[texture] * used[..., None], used)]  # colours times weights, weights
        while max(levels[-1][1].shape) > 1:
            levels.append((_halved(levels[-1][0]), _halved(levels[-1][1])))
        filled = [_divided(*levels[-1], np.full((1, 1, 3), 0.5, np.float32))]
        for summed, weight in reversed(levels[:-1]):
            size = (weight.shape[1], weight.shape[0])
            under = cv2.resize(filled[0], size, interpolation=cv2.INTER_LINEAR)
            filled.insert(0, _divided(summed, weight, under.reshape(summed.shape).astype(np.float32)))
        self._sizes = np.array([one.shape[:2] for one in filled])  # (L, 2) height, width
        self._starts = np.concatenate([[0], np.cumsum(self._sizes.prod(axis=1))[:-1]])
        self._texels = np.concatenate([one.reshape(-1, 3) for one in filled])

    def look_up(self, uv: NDArray[np.float32], level: NDArray[np.float32]) -> NDArray[np.float32]:
        """(K, 3) bilinear at uv (K, 2), of the level nearest to level (K,)."""
        nearest = np.clip(np.round(level), 0, len(self._sizes) - 1).astype(np.int64)
        height, width = self._sizes[nearest].T
        x = np.clip(uv[:, 0] * width - 0.5, 0, width - 1)
        y = np.clip((1 - uv[:, 1]) * height - 0.5, 0, height - 1)
        left, top = x.astype(np.int64), y.astype(np.int64)
        right, bottom = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
        a, b = (x - left).astype(np.float32)[:, None], (y - top).astype(np.float32)[:, None]
        start = self._starts[nearest]
        upper, lower = start + top * width, start + bottom * width
        texels = self._texels
        above = texels[upper + left] * (1 - a) + texels[upper + right] * a
        below = texels[lower + left] * (1 - a) + texels[lower + right] * a
        return above * (1 - b) + below * b


def _with_area(mesh: Mesh) -> tuple[NDArray[np.float32], NDArray[np.int32], NDArray[np.int64]]:
    """Points of faces that have an area, those faces over them, and their indices in the mesh."""
    corners = mesh.vertices[mesh.faces].astype(np.float64) if len(mesh.faces) else np.zeros((0, 3, 3))
    doubled = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    kept = np.flatnonzero(np.isfinite(doubled) & (doubled > 0))
    if len(kept) == 0:
        raise InputFault("body_empty", "The mesh has no triangle with an area.", "Leave it out.")
    used, faces = np.unique(mesh.faces[kept], return_inverse=True)
    points = mesh.vertices[used].astype(np.float32)
    return points, faces.reshape(-1, 3).astype(np.int32), kept


def _outermost(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Those on the convex hull: in any picture the outline's box is theirs."""
    try:
        return points[ConvexHull(points).vertices]
    except QhullError:  # all in one plane
        return points


def _smoothed(
    points: NDArray[np.float32], faces: NDArray[np.int32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Unit normals of faces (M, 3) and of their corners (M, 3, 3): the mean over faces about the corner's
    place that lie within the crease angle, whichever way those are wound."""
    a, b, c = (points[faces[:, i]].astype(np.float64) for i in range(3))
    sums = np.cross(b - a, c - a)
    flat = sums / np.linalg.norm(sums, axis=1, keepdims=True)
    _, place = Mesh(points, faces, np.zeros((0, 2), np.float32), np.zeros(0, np.float32)).weld()
    at = place[faces].reshape(-1)  # (3 * M,) of each corner
    by_place = np.argsort(at, kind="stable")
    counts = np.bincount(at)
    begins = np.cumsum(counts) - counts
    sparse = np.flatnonzero(counts[at] <= MOST_ABOUT)
    many = counts[at[sparse]]  # faces about the place of each of these corners
    corner = np.repeat(sparse, many)
    within = np.arange(len(corner)) - np.repeat(np.cumsum(many) - many, many)
    other = by_place[np.repeat(begins[at[sparse]], many) + within] // 3  # faces
    cosine = np.einsum("px,px->p", flat[corner // 3], flat[other])
    near = np.abs(cosine) > CREASE_COSINE
    corner, other, sign = corner[near], other[near], np.sign(cosine[near])
    turned = sums[other] * sign[:, None]
    mean = np.stack([np.bincount(corner, turned[:, i], len(at)) for i in range(3)], axis=1)
    length = np.linalg.norm(mean, axis=1, keepdims=True)
    mean = np.where(length > 0, mean / np.maximum(length, 1e-30), np.repeat(flat, 3, axis=0))
    return flat.astype(np.float32), mean.reshape(-1, 3, 3).astype(np.float32)


def _texels_per_unit(
    uv: NDArray[np.float32], shape: tuple, corners: NDArray[np.float32]
) -> NDArray[np.float32]:
    """(M,) how many texels lie along one unit of length on each triangle."""
    texels = uv * np.array([shape[1], shape[0]])
    one, two = texels[:, 1] - texels[:, 0], texels[:, 2] - texels[:, 0]
    in_texture = np.abs(one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0])
    on_body = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    return np.sqrt(in_texture / np.maximum(on_body, 1e-20)).astype(np.float32)


def _used_texels(uv: NDArray[np.float32], shape: tuple) -> NDArray[np.float32]:
    """(H, W) 1 where a triangle of the atlas lies, else 0."""
    height, width = shape[:2]
    used = np.zeros((height, width), np.uint8)
    corners = np.stack([uv[..., 0] * width - 0.5, (1 - uv[..., 1]) * height - 0.5], axis=-1)
    corners = np.round(np.clip(corners, 0, [width - 1, height - 1])).astype(np.int32)
    for triangle in corners:
        cv2.fillConvexPoly(used, triangle, (1,))
    return used.astype(np.float32)


def _halved(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """Half the size, (H, W) or (H, W, 3), at least one pixel."""
    height, width = (max((side + 1) // 2, 1) for side in picture.shape[:2])
    half = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    return half.reshape((height, width, 3)[: picture.ndim]).astype(np.float32)


def _divided(
    summed: NDArray[np.float32], weight: NDArray[np.float32], under: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The mean of what is used; where nothing is, what lies under it."""
    used = weight[..., None] > 1e-3
    return np.where(used, summed / np.maximum(weight[..., None], 1e-3), under).astype(np.float32)
