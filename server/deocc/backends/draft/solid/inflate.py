"""Silhouette -> cushion: front and back stand off a sloping plane by what Poisson's equation says.

Chords along the viewing rays are halved by one plane wherever the body is an ellipsoid; that plane is used
for every outline. It is upright for tall bodies, square to the view for balls, and lies down for flat ones.
Since points move along viewing rays only, the photo's silhouette is kept, and front and back never meet.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates
from scipy.sparse import coo_matrix, identity
from scipy.sparse.linalg import spsolve

from deocc.backends.draft.solid.flat import level_grid, polygons
from deocc.backends.draft.solid.sheets import closed_sheets
from deocc.backends.draft.solid.texture import Surface
from deocc.backends.draft.solid.viewpoint import elevation_of
from deocc.geometry.cameras import Camera

MAX_DEPTH = 0.45  # of the distance to the camera: a photo taken from so near would be unusual
BALL = 0.03  # how much a ball is expected beside what the outline says: as much as it says at 80 degrees
LEAST_THICK = 0.02  # of the thickest part: keeps the two sides apart along creases


def inflate(whole: NDArray[np.bool_], camera: Camera, thickness: float, triangles: int) -> Surface:
    """The cushion of a silhouette in the camera's frame; `whole` in its pixels, thickness 1 is round."""
    grid = level_grid(whole, triangles)
    inside, (xy, faces) = grid.level > 0, polygons(grid.level)
    half = _half_depth(inside, grid.step / camera.fx) * thickness  # (gh, gw), camera distances
    tau = np.zeros(len(xy))
    tau[: inside.sum()] = half[inside]
    xy = xy * grid.step + grid.origin
    low, high = _vertical_span(xy, camera)
    flat = _Ellipsoid(float(half.max()), high - low, elevation_of(camera))
    return _two_sided(xy, tau * flat.chord / max(float(half.max()), 1e-9), faces, camera, flat.normal)


def inflate_beside(
    part: NDArray[np.bool_], body: NDArray[np.bool_], camera: Camera, thickness: float, triangles: int
) -> Surface:
    """A handle or spout that ends at a body: as thick where it meets the body as if it went on inside.

    part, body: (h, w) bool, disjoint; the part stands upright over the origin, where the body's axis is.
    """
    grid = level_grid(part, triangles, body)
    inside, (xy, faces) = grid.level > 0, polygons(grid.level)
    gh, gw = inside.shape
    x, y = (grid.origin[i] + grid.step * np.arange(n) for i, n in enumerate((gw, gh)))
    columns, rows = np.clip(x.astype(int), 0, body.shape[1] - 1), np.clip(y.astype(int), 0, body.shape[0] - 1)
    near = cv2.dilate(inside.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0  # a strip of the body holds it
    support = inside | (body[np.ix_(rows, columns)] & near)
    half = _half_depth(support, grid.step / camera.fx, within=inside) * thickness
    tau = np.maximum(map_coordinates(half, xy[:, ::-1].T, order=1), LEAST_THICK * float(half.max()))
    normal = np.array([0.0, -1.0, 0.0])
    return _two_sided(xy * grid.step + grid.origin, tau, faces, camera, normal, walls=True)


def _two_sided(
    xy: NDArray, tau: NDArray, faces: NDArray, camera: Camera, normal: NDArray, walls: bool = False
) -> Surface:
    """Front and back sheet over one flat triangulation.

    xy: (N, 2) canvas pixels.  tau: (N,) half depth along the ray, in camera distances.  faces: (M, 3),
    counter-clockwise for the eye.  normal: of the plane between the sheets.  walls: the sheets are joined by
    a wall along the outline; else vertices of zero tau, which are those on the outline, are shared.
    """
    rays, middle = _rays_to_plane(xy, camera, normal)
    tau = np.minimum(tau, MAX_DEPTH * middle)
    front = camera.centre + rays * (middle - tau)[:, None]
    back = camera.centre + rays * (middle + tau)[:, None]
    return closed_sheets(xy, front, back, faces, walls)


class _Ellipsoid:
    """The upright ellipsoid with half depth `depth` whose silhouette is `height` high from `elevation`."""

    def __init__(self, depth: float, height: float, elevation: float):
        sin, cos = math.sin(elevation), math.cos(elevation)
        # seen from steeply above, the outline tells little of how tall the body is: as tall as deep, then
        upright = ((height / 2) ** 2 - (depth * sin) ** 2 + BALL * depth**2) / (cos**2 + BALL)
        half_height = math.sqrt(max(upright, (0.25 * depth) ** 2))
        normal = np.array([0.0, -cos / depth**2, sin / half_height**2])
        self.normal = normal / np.linalg.norm(normal)  # of the plane that halves chords along the view
        self.chord = 1 / math.hypot(cos / depth, sin / half_height)


def _half_depth(
    inside: NDArray[np.bool_], cell: float, within: NDArray[np.bool_] | None = None
) -> NDArray[np.float64]:
    """sqrt of Poisson's solution, as thick as half the silhouette is wide at its thickest (of `within`);
    `cell` in camera distances per grid cell."""
    gh, gw = inside.shape
    count = int(inside.sum())
    index = np.full((gh, gw), -1)
    index[inside] = np.arange(count)
    pairs = [
        np.stack([a[(a >= 0) & (b >= 0)], b[(a >= 0) & (b >= 0)]])
        for a, b in ((index[:, :-1], index[:, 1:]), (index[:-1], index[1:]))
    ]
    i, j = np.concatenate(pairs, axis=1)
    links = coo_matrix(
        (np.ones(2 * len(i)), (np.concatenate([i, j]), np.concatenate([j, i]))), (count, count)
    )
    laplace = (identity(count) * 4.0 - links).tocsc()
    height = np.sqrt(np.maximum(np.asarray(spsolve(laplace, np.full(count, 4.0))), 0))
    judged = inside if within is None else within
    widest = float(cv2.distanceTransform(judged.astype(np.uint8), cv2.DIST_L2, 5).max())
    height *= widest / max(float(height[judged[inside]].max()), 1e-9)
    half = np.zeros((gh, gw))
    half[inside] = np.clip(height, LEAST_THICK * widest, MAX_DEPTH / cell) * cell
    return half


def _vertical_span(xy: NDArray, camera: Camera) -> tuple[float, float]:
    """Lowest and highest point of the outline across the view, in camera distances."""
    above = np.array([0.0, math.sin(elevation_of(camera)), math.cos(elevation_of(camera))])
    rays = camera.rays_through(xy)[1]
    heights = (rays @ above) / (rays @ -camera.centre)
    return float(heights.min()), float(heights.max())


def _rays_to_plane(xy: NDArray, camera: Camera, normal: NDArray) -> tuple[NDArray, NDArray]:
    """Rays (N, 3), unit length, and the distances at which they meet the plane through the origin."""
    rays = camera.rays_through(xy)[1]
    distance = -(camera.centre @ normal) / (rays @ normal)
    return rays, np.clip(distance, 0.5, 2.0)
