"""One picture of the object and how far each texel may trust it: seen, face on, away from outlines."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from deocc.geometry.cameras import Camera
from deocc.geometry.raycast import Caster
from deocc.geometry.surface.texels import sampled, spread

STEP = 0.012  # object units: a depth so far off the line through its neighbours' is another part's
BEND = np.array([[1, -2, 1]], np.float32)  # second difference: 0 on a plane, however slanted
HIDDEN_BY = 0.006  # a texel is hidden where the surface on its ray is so much nearer to the camera
LEAST_FACING = 0.1  # cosine below which a picture says nothing of a surface
DETAIL_SHARE = 0.025  # of the picture's side: coarser than this is a colour's level, finer is detail


@dataclass(frozen=True)
class Source:
    """A picture (H, W, 3) uint8 sRGB and what of it is the object's, (H, W) bool, as a camera saw it.

    margin_px: along the object's outline that is not trusted.  feather_px: over which trust then grows.
    """

    picture: NDArray[np.uint8]
    own: NDArray[np.bool_]
    camera: Camera
    margin_px: float = 1.5
    feather_px: float = 6.0


@dataclass(frozen=True)
class Seen:
    """What a source shows of many points. at: (S,) int64, which.  weight: (S,) float32, above 0 up to 1.
    level, detail: (S, 3) float32, whose sum is the colour, 0..255."""

    at: NDArray[np.int64]
    weight: NDArray[np.float32]
    level: NDArray[np.float32]
    detail: NDArray[np.float32]


def look(source: Source, caster: Caster, points: NDArray[np.float32], normals: NDArray[np.float32]) -> Seen:
    """points, normals: (T, 3) on the surface that the caster holds."""
    camera = source.camera
    at, facing, length = _facing(camera, points, normals)
    distance = surface_distance(caster, camera, source.own)
    pixels, depth = camera.project(points[at])
    inside = (depth > 1e-6) & (pixels > 0).all(axis=1)
    inside &= (pixels[:, 0] < camera.width) & (pixels[:, 1] < camera.height)
    pixels = pixels.astype(np.float32)
    solid = np.where(np.isfinite(distance), distance, 0).astype(np.float32)
    inside &= sampled(solid, pixels) > length - HIDDEN_BY
    growing = ((facing - LEAST_FACING) / (1 - LEAST_FACING)) ** 2
    weight = growing * inside * sampled(trust(source, distance), pixels)
    seen = np.flatnonzero(weight > 0)
    level, detail = _colours(source, pixels[seen])
    return Seen(at[seen], weight[seen], level, detail)


def _facing(camera: Camera, points: NDArray[np.float32], normals: NDArray[np.float32]):
    """Of the points that face the camera well enough: which, the cosines, the distances."""
    centre = camera.centre.astype(np.float32)
    towards = np.einsum("ij,ij->i", centre - points, normals)
    at = np.flatnonzero(towards > 0)
    length = np.sqrt(np.square(points[at] - centre).sum(axis=1))
    facing = towards[at] / np.maximum(length, 1e-9)
    good = facing > LEAST_FACING
    return at[good], facing[good], length[good]


def surface_distance(caster: Caster, camera: Camera, where: NDArray[np.bool_]) -> NDArray[np.float32]:
    """(H, W) how far the surface is along each pixel's ray, infinite where there is none; only in `where`
    and one pixel around it, for rays cost time."""
    near = cv2.dilate(where.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    v, u = np.nonzero(near)
    distance = np.full((camera.height, camera.width), np.inf, np.float32)
    distance[v, u] = caster.cast(*rays_through(camera, np.stack([u, v], axis=1) + 0.5)).distance
    return distance


def rays_through(camera: Camera, pixels: NDArray) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Origins and unit directions (N, 3) of the rays through pixels (N, 2)."""
    local = np.ones((len(pixels), 3), np.float32)
    local[:, 0] = (pixels[:, 0] - camera.cx) / camera.fx
    local[:, 1] = (pixels[:, 1] - camera.cy) / camera.fy
    directions = local @ camera.object_from_camera[:3, :3].T.astype(np.float32)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    return np.broadcast_to(camera.centre.astype(np.float32), directions.shape), directions


def trust(source: Source, distance: NDArray[np.float32]) -> NDArray[np.float32]:
    """(H, W) 0..1: 0 at the object's outline, where the surface ends, and where its depth makes a step."""
    solid = np.where(np.isfinite(distance), distance, 1e3).astype(np.float32)
    bends = [cv2.filter2D(solid, -1, kernel, borderType=cv2.BORDER_REPLICATE) for kernel in (BEND, BEND.T)]
    even = np.maximum(np.abs(bends[0]), np.abs(bends[1])) < STEP
    good = (source.own & even).astype(np.uint8)
    good = np.pad(good, 1)  # the picture's border ends it too
    far = cv2.distanceTransform(good, cv2.DIST_L2, 5)[1:-1, 1:-1]
    return np.clip((far - source.margin_px) / source.feather_px, 0, 1).astype(np.float32)


def _colours(source: Source, pixels: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Level and detail at pixels (S, 2)."""
    picture = spread(source.picture, source.own).astype(np.float32)
    sigma = DETAIL_SHARE * max(picture.shape[:2])
    share = cv2.GaussianBlur(source.own.astype(np.float32), (0, 0), sigma)
    level = cv2.GaussianBlur(picture * source.own[..., None], (0, 0), sigma)
    level /= np.maximum(share, 1e-3)[..., None]
    return sampled(level, pixels), sampled(picture - level, pixels, cv2.INTER_CUBIC)
