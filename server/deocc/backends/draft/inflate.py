"""Silhouette -> cushion: front and back stand off a sloping plane by what Poisson's equation says.

Chords along the viewing rays are halved by one plane wherever the body is an ellipsoid; that plane is used
for every outline. It is upright for tall bodies, square to the view for balls, and lies down for flat ones.
Since points move along viewing rays only, the photo's silhouette is kept, and front and back never meet.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, identity
from scipy.sparse.linalg import spsolve

from deocc.backends.draft.texture import Chart, Surface
from deocc.backends.draft.viewpoint import elevation_of
from deocc.geometry.cameras import Camera

SNAP = 0.15  # outline vertices keep this share of a cell away from grid vertices: no needle triangles
MAX_DEPTH = 0.45  # of the distance to the camera: a photo taken from so near would be unusual
LEAST_THICK = 0.02  # of the thickest part: keeps the two sides apart along creases


def inflate(whole: NDArray[np.bool_], camera: Camera, thickness: float, triangles: int) -> Surface:
    """The cushion of a silhouette in the camera's frame; `whole` in its pixels, thickness 1 is round."""
    grid = _level_grid(whole, triangles)
    inside, (xy, faces) = grid.level > 0, _polygons(grid.level)
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
    grid = _level_grid(part, triangles)
    inside, (xy, faces) = grid.level > 0, _polygons(grid.level)
    gh, gw = inside.shape
    x, y = (grid.origin[i] + grid.step * np.arange(n) for i, n in enumerate((gw, gh)))
    columns, rows = np.clip(x.astype(int), 0, body.shape[1] - 1), np.clip(y.astype(int), 0, body.shape[0] - 1)
    near = cv2.dilate(inside.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0  # a strip of the body holds it
    support = inside | (body[np.ix_(rows, columns)] & near)
    half = _half_depth(support, grid.step / camera.fx, within=inside) * thickness
    at = xy.astype(np.float32)
    tau = cv2.remap(half.astype(np.float32), at[:, 0], at[:, 1], cv2.INTER_LINEAR).reshape(-1)
    tau = np.maximum(tau, LEAST_THICK * float(half.max())).astype(float)
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
    front = camera.centre + rays * (middle - tau)[:, None]
    back = camera.centre + rays * (middle + tau)[:, None]
    count, moved = len(xy), tau > 0
    back_point = np.arange(count)
    back_point[moved] = count + np.arange(int(moved.sum()))
    low, high = np.floor(xy.min(axis=0)) - 1, np.ceil(xy.max(axis=0)) + 1
    size = high - low
    place = (xy - low) / size
    corners = np.array([[low, (high[0], low[1])], [(low[0], high[1]), high]], np.float32)  # (2, 2, 2)
    charts = (Chart(tuple(size), corners), Chart(tuple(size), corners[:, ::-1].copy()))
    points = [np.arange(count), back_point]
    places = [place, np.stack([1 - place[:, 0], place[:, 1]], axis=1)]
    triangles = [faces, faces[:, ::-1] + count]
    if walls:  # in the front's chart: a wall shows the colours of its edge
        start, end = _outline_edges(faces)
        points.append(back_point)
        places.append(place)
        triangles += [
            np.stack([end, start, start + 2 * count], 1),
            np.stack([end, start + 2 * count, end + 2 * count], 1),
        ]
    return Surface(
        points=np.concatenate([front, back[moved]]),
        point=np.concatenate(points),
        chart=np.repeat([0, 1, 0][: len(points)], count),
        place=np.concatenate(places),
        faces=np.concatenate(triangles),
        charts=charts,
    )


def _outline_edges(faces: NDArray) -> tuple[NDArray, NDArray]:
    """Starts and ends of the directed edges that no other face runs through backwards."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    count = int(faces.max()) + 1
    lone = ~np.isin(edges[:, 0] * count + edges[:, 1], edges[:, 1] * count + edges[:, 0])
    return edges[lone, 0], edges[lone, 1]


class _Ellipsoid:
    """The upright ellipsoid with half depth `depth` whose silhouette is `height` high from `elevation`."""

    def __init__(self, depth: float, height: float, elevation: float):
        sin, cos = math.sin(elevation), math.cos(elevation)
        upright = ((height / 2) ** 2 - (depth * sin) ** 2) / cos**2
        half_height = math.sqrt(max(upright, (0.25 * depth) ** 2))
        normal = np.array([0.0, -cos / depth**2, sin / half_height**2])
        self.normal = normal / np.linalg.norm(normal)  # of the plane that halves chords along the view
        self.chord = 1 / math.hypot(cos / depth, sin / half_height)


@dataclass(frozen=True)
class _Grid:
    """level: (gh, gw), positive inside the silhouette; vertex (0, 0) stands at canvas pixel `origin`, the
    next ones `step` pixels further."""

    step: float
    origin: NDArray[np.float64]
    level: NDArray[np.float64]


def _level_grid(whole: NDArray[np.bool_], triangles: int) -> _Grid:
    """A grid over the silhouette with about triangles / 4 cells inside."""
    step = math.sqrt(4.3 * float(whole.sum()) / triangles)  # the outline's cells add some
    rows, columns = np.flatnonzero(whole.any(axis=1)), np.flatnonzero(whole.any(axis=0))
    low = np.array([columns[0], rows[0]]) - 2.5 * step
    gw, gh = (math.ceil((end[-1] + 1 - end[0]) / step) + 6 for end in (columns, rows))
    soft = cv2.GaussianBlur(whole.astype(np.float32), (0, 0), max(0.6 * step, 0.6))
    x, y = low[0] + step * np.arange(gw), low[1] + step * np.arange(gh)
    grid = np.stack(np.meshgrid(x, y), axis=-1).astype(np.float32) - 0.5
    x_map, y_map = grid[..., 0].copy(), grid[..., 1].copy()
    level = cv2.remap(soft, x_map, y_map, cv2.INTER_LINEAR, borderValue=(0,)) - 0.5
    level = level.astype(np.float64)
    level[[0, -1]] = level[:, [0, -1]] = -0.5
    if not (level > 0).any():  # hair-thin lines and dust: nothing is left of them but what is made thicker
        return _level_grid(cv2.dilate(whole.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0, triangles)
    return _Grid(step, low, _largest_parts(level))


def _largest_parts(level: NDArray[np.float64]) -> NDArray[np.float64]:
    """Without islands below a fiftieth of the largest: specks of a mask, not parts of an object."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats((level > 0).astype(np.uint8), connectivity=4)
    for label in range(1, count):
        if stats[label, cv2.CC_STAT_AREA] * 50 < stats[1:, cv2.CC_STAT_AREA].max():
            level[labels == label] = -0.5
    return level


def _polygons(level: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Marching squares with filled cells: vertices (N, 2) in grid units, the grid's own first; faces (M, 3).

    A saddle's two corners stay apart, so the outline never touches itself.
    """
    gh, gw = level.shape
    inside = level > 0
    index = np.full((gh, gw), -1)
    count = int(inside.sum())
    index[inside] = np.arange(count)
    y, x = np.nonzero(inside)
    places = [np.stack([x, y], axis=1).astype(float)]
    on_row, count, found = _crossings(level[:, :-1], level[:, 1:], count)
    places.append(found + 0.0)
    on_column, count, found = _crossings(level.T[:, :-1], level.T[:, 1:], count)
    places.append(found[:, ::-1])
    on_column = on_column.T
    # per cell, clockwise in the picture: corner, edge, corner, edge, ... ; -1 where there is no such vertex
    ring = np.stack(
        [
            index[:-1, :-1], on_row[:-1], index[:-1, 1:], on_column[:, 1:],
            index[1:, 1:], on_row[1:], index[1:, :-1], on_column[:, :-1],
        ],
        axis=-1,
    ).reshape(-1, 8)  # fmt: skip
    code = (ring[:, 0::2] >= 0) @ np.array([1, 2, 4, 8])
    faces = [ring[code == case][:, list(t)] for case, fans in _FANS.items() for t in fans]
    return np.concatenate(places), np.concatenate(faces)[:, ::-1]


def _fans() -> dict[int, list[tuple[int, int, int]]]:
    """Triangles of the sixteen cases as positions in a cell's ring of eight."""
    fans: dict[int, list[tuple[int, int, int]]] = {}
    for case in range(1, 16):
        corners = [2 * i for i in range(4) if case >> i & 1]
        if case in (5, 10):
            fans[case] = [((c - 1) % 8, c, (c + 1) % 8) for c in corners]
            continue
        present = [
            p for p in range(8)
            if (p in corners if p % 2 == 0 else ((p - 1) in corners) != ((p + 1) % 8 in corners))
        ]  # fmt: skip
        # fan from the corner opposite to what is missing, so that no diagonal joins two outline vertices
        start = {3: (corners[1]) if len(corners) == 3 else 0}.get(len(corners), corners[0])
        if len(corners) == 3:
            missing = next(2 * i for i in range(4) if 2 * i not in corners)
            start = (missing + 4) % 8
        at = present.index(start)
        turned = present[at:] + present[:at]
        fans[case] = [(turned[0], turned[k], turned[k + 1]) for k in range(1, len(turned) - 1)]
    return fans


_FANS = _fans()


def _crossings(left: NDArray, right: NDArray, count: int) -> tuple[NDArray, int, NDArray]:
    """Outline vertices on edges between neighbouring columns: index per edge or -1, count, their (x, y)."""
    cut = (left > 0) != (right > 0)
    index = np.full(cut.shape, -1)
    number = int(cut.sum())
    index[cut] = count + np.arange(number)
    y, x = np.nonzero(cut)
    part = np.clip(left[cut] / (left[cut] - right[cut]), SNAP, 1 - SNAP)
    return index, count + number, np.stack([x + part, y], axis=1)


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
    above = camera.object_from_camera[:3, :3].T @ np.array(
        [0.0, math.sin(elevation_of(camera)), math.cos(elevation_of(camera))]
    )
    local = np.stack(
        [(xy[:, 0] - camera.cx) / camera.fx, (xy[:, 1] - camera.cy) / camera.fy, np.ones(len(xy))], 1
    )
    ahead = camera.object_from_camera[:3, :3].T @ -camera.centre
    heights = (local @ above) / (local @ ahead)
    return float(heights.min()), float(heights.max())


def _rays_to_plane(xy: NDArray, camera: Camera, normal: NDArray) -> tuple[NDArray, NDArray]:
    """Rays (N, 3), unit length, and the distances at which they meet the plane through the origin."""
    local = np.stack(
        [(xy[:, 0] - camera.cx) / camera.fx, (xy[:, 1] - camera.cy) / camera.fy, np.ones(len(xy))], 1
    )
    rays = local @ camera.object_from_camera[:3, :3].T
    rays /= np.linalg.norm(rays, axis=1, keepdims=True)
    distance = -(camera.centre @ normal) / (rays @ normal)
    return rays, np.clip(distance, 0.5, 2.0)
