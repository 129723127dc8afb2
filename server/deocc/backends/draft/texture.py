"""Surface with charts -> uv and one atlas, laid out from what the shapes know, baked from the picture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

PADDING_PX = 8  # texels repeated around each chart: three mip levels without a neighbour's colour
FRINGE_SHARE = (
    0.01  # hand-drawn outlines hold some background: this share of the object's size is not trusted
)
MIN_CHART_PX = 4


@dataclass(frozen=True)
class Chart:
    """A rectangle of the atlas and where in the picture its colours come from.

    size_px: (width, height) at the photo's resolution.  source: (rows, columns, 2) float32 canvas pixels
    (x, y) at nodes spread evenly from edge to edge of the rectangle; between them it is interpolated.
    """

    size_px: tuple[float, float]
    source: NDArray[np.float32]


@dataclass(frozen=True)
class Surface:
    """A closed surface, cut into charts.

    points: (K, 3) float64 distinct places.  point: (N,) int64, chart: (N,) int64, place: (N, 2) float64 in
    0..1 (x right, y down) of each vertex: where it stands, its chart, and where in it.  faces: (M, 3) int64,
    vertices.
    """

    points: NDArray[np.float64]
    point: NDArray[np.int64]
    chart: NDArray[np.int64]
    place: NDArray[np.float64]
    faces: NDArray[np.int64]
    charts: tuple[Chart, ...]


def join(surfaces: list[Surface]) -> Surface:
    """Several closed surfaces as one."""
    if len(surfaces) == 1:
        return surfaces[0]
    points = np.cumsum([0] + [len(one.points) for one in surfaces])
    vertices = np.cumsum([0] + [len(one.point) for one in surfaces])
    charts = np.cumsum([0] + [len(one.charts) for one in surfaces])
    return Surface(
        points=np.concatenate([one.points for one in surfaces]),
        point=np.concatenate([one.point + points[i] for i, one in enumerate(surfaces)]),
        chart=np.concatenate([one.chart + charts[i] for i, one in enumerate(surfaces)]),
        place=np.concatenate([one.place for one in surfaces]),
        faces=np.concatenate([one.faces + vertices[i] for i, one in enumerate(surfaces)]),
        charts=tuple(chart for one in surfaces for chart in one.charts),
    )


def bake(
    surface: Surface, picture: NDArray[np.uint8], whole: NDArray[np.bool_], texture_px: int
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """uv (N, 2), v up, and the atlas (H, W, 3) uint8, no side above texture_px; the photo's own resolution
    where that fits."""
    scale, sizes, corners, atlas_size = _layout(surface.charts, texture_px)
    window, origin = _around(whole)
    source = without_background(picture[window], whole[window])
    to_source = np.ones(2, np.float32)
    if scale < 1:
        width, height = (max(round(side * scale), 1) for side in source.shape[1::-1])
        to_source = np.array([width / source.shape[1], height / source.shape[0]], np.float32)
        source = cv2.resize(source, (width, height), interpolation=cv2.INTER_AREA)
    atlas = np.zeros((atlas_size[1], atlas_size[0], 3), np.uint8)
    atlas[:] = np.median(source[::7, ::7].reshape(-1, 3), axis=0)
    for chart, (width, height), (left, top) in zip(surface.charts, sizes, corners, strict=True):
        nodes = (chart.source - origin) * to_source
        where = _nodes_to_texels(nodes, width, height) - 0.5  # (h, w, 2)
        texels = cv2.remap(
            source,
            where[..., 0].copy(),
            where[..., 1].copy(),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        pad = PADDING_PX
        padded = cv2.copyMakeBorder(texels, pad, pad, pad, pad, cv2.BORDER_REPLICATE)
        atlas[top - pad : top + height + pad, left - pad : left + width + pad] = padded
    pixels = surface.place * np.array(sizes)[surface.chart] + np.array(corners)[surface.chart]
    uv = pixels / (atlas_size[0], atlas_size[1])
    uv[:, 1] = 1 - uv[:, 1]
    return uv.astype(np.float32), atlas


def _around(whole: NDArray[np.bool_]) -> tuple[tuple[slice, slice], NDArray[np.float32]]:
    """The silhouette's box and a little more, as slices of the picture, and its corner (x, y)."""
    rows, columns = np.flatnonzero(whole.any(axis=1)), np.flatnonzero(whole.any(axis=0))
    more = 2 + (len(rows) + len(columns)) // 20
    top, left = max(int(rows[0]) - more, 0), max(int(columns[0]) - more, 0)
    window = (slice(top, int(rows[-1]) + more + 1), slice(left, int(columns[-1]) + more + 1))
    return window, np.array([left, top], np.float32)


def without_background(picture: NDArray[np.uint8], whole: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The object's colours carried outwards over everything else, from a little inside its outline."""
    fringe = 1.5 + FRINGE_SHARE * float(np.sqrt(whole.sum()))
    depth = cv2.distanceTransform(whole.astype(np.uint8), cv2.DIST_L2, 5)
    inner = depth > fringe
    far = cv2.distanceTransform((~inner).astype(np.uint8), cv2.DIST_L2, 3) > 3 * fringe
    inner |= whole & far  # thin parts would vanish: they keep all they have
    _, labels = cv2.distanceTransformWithLabels(
        (~inner).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    place_of_label = np.zeros((int(labels.max()) + 1, 2), np.int32)
    row, column = np.nonzero(inner)
    place_of_label[labels[row, column]] = np.stack([row, column], axis=1)
    nearest = np.take(place_of_label, labels.astype(np.int64), axis=0)  # (h, w, 2) row, column
    rows, columns = np.indices(whole.shape, np.int32, sparse=True)
    across = 2 * nearest  # reflected in the nearest trusted pixel: repeating it would draw streaks
    across[..., 0] -= rows
    across[..., 1] -= columns
    across = np.clip(across, 0, np.array(whole.shape, np.int32) - 1)
    across = np.where(inner[across[..., 0], across[..., 1]][..., None], across, nearest)
    return picture[across[..., 0], across[..., 1]].astype(np.uint8)


def _layout(
    charts: tuple[Chart, ...], limit: int
) -> tuple[float, list[tuple[int, int]], list[tuple[int, int]], tuple[int, int]]:
    """scale, sizes, top left corners and the atlas's size: charts on shelves, tallest first, made to fit."""
    scale = 1.0
    while True:
        sizes = [
            (max(round(w * scale), MIN_CHART_PX), max(round(h * scale), MIN_CHART_PX))
            for w, h in (chart.size_px for chart in charts)
        ]
        corners, used = _shelves(sizes, limit)
        if used[0] <= limit and used[1] <= limit:
            return scale, sizes, corners, used
        scale *= 0.97


def _shelves(sizes: list[tuple[int, int]], limit: int) -> tuple[list[tuple[int, int]], tuple[int, int]]:
    pad = PADDING_PX
    corners = [(0, 0)] * len(sizes)
    left = top = shelf = right = 0
    for i in sorted(range(len(sizes)), key=lambda i: -sizes[i][1]):
        width, height = sizes[i][0] + 2 * pad, sizes[i][1] + 2 * pad
        if left and left + width > limit:
            left, top, shelf = 0, top + shelf, 0
        corners[i] = (left + pad, top + pad)
        left, shelf = left + width, max(shelf, height)
        right = max(right, left)
    return corners, (right, top + shelf)


def _nodes_to_texels(nodes: NDArray[np.float32], width: int, height: int) -> NDArray[np.float32]:
    """(rows, columns, 2) at nodes from edge to edge -> (height, width, 2) at the texels' centres."""
    for axis, size in ((0, height), (1, width)):
        at = (np.arange(size, dtype=np.float32) + 0.5) / size * (nodes.shape[axis] - 1)
        low = np.minimum(at.astype(np.int64), nodes.shape[axis] - 2)
        part = (at - low).astype(np.float32)
        part = part[:, None, None] if axis == 0 else part[None, :, None]
        nodes = np.take(nodes, low, axis) * (1 - part) + np.take(nodes, low + 1, axis) * part
    return nodes
