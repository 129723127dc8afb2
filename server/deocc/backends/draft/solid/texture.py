"""Surface with charts -> uv and one atlas, laid out from what the shapes know, baked from the picture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from deocc.backends.draft.morphology import around, distance
from deocc.backends.draft.picture.folding import carried_outwards
from deocc.geometry.cameras import Camera

PADDING_PX = 8  # texels repeated around each chart: three mip levels without a neighbour's colour
FRINGE_PX = 1.0  # the outermost pixels mix in what is behind the object
MIN_CHART_PX = 4
BAND_PX = 64  # rows of texels that are looked up at a time: they stay in the processor's cache
LEAST_INVENTED = 0.5  # invented charts shrink to this before what is seen loses any detail


@dataclass(frozen=True)
class Chart:
    """A rectangle of the atlas and where in the picture its colours come from.

    size_px: (width, height) at the photo's resolution.  source: (rows, columns, 2) float32 canvas pixels
    (x, y) at nodes spread evenly from edge to edge of the rectangle; between them it is interpolated.
    photo: it is a piece of the picture as it stands, pixel for texel.  picture: which, where `bake` is given
    several.
    """

    size_px: tuple[float, float]
    source: NDArray[np.float32]
    photo: bool = False
    picture: int = 0


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

    @property
    def photo(self) -> NDArray[np.bool_]:
        """(N,) which vertices have their colours straight from the photo."""
        return np.array([chart.photo for chart in self.charts])[self.chart]


def photo_chart(pixels: NDArray[np.float64]) -> tuple[Chart, NDArray[np.float64]]:
    """The piece of the picture that holds canvas pixels (N, 2), on whole pixels, and their places in it."""
    low, high = np.floor(pixels.min(axis=0)) - 1, np.ceil(pixels.max(axis=0)) + 1
    corners = np.array([[low, (high[0], low[1])], [(low[0], high[1]), high]], np.float32)  # (2, 2, 2)
    return Chart((high[0] - low[0], high[1] - low[1]), corners, photo=True), (pixels - low) / (high - low)


def photographed(surface: Surface, camera: Camera, least_cosine: float) -> Surface:
    """The faces that look at the photo's camera moved to a chart that is the photo itself; charts and parts
    of charts that nothing needs any more are left out. least_cosine: of the angle at which they are seen."""
    corners = surface.points[surface.point[surface.faces]]  # (M, 3, 3)
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    to_camera = camera.centre - corners.mean(axis=1)
    lengths = np.linalg.norm(normal, axis=1) * np.linalg.norm(to_camera, axis=1)
    shown = (normal * to_camera).sum(axis=1) > least_cosine * lengths
    if not shown.any():
        return surface
    moved, corner = np.unique(surface.point[surface.faces[shown]], return_inverse=True)
    chart, place = photo_chart(camera.project(surface.points[moved])[0])
    faces = surface.faces.copy()
    faces[shown] = len(surface.point) + corner.reshape(-1, 3)
    return _without_unused(
        Surface(
            points=surface.points,
            point=np.concatenate([surface.point, moved]),
            chart=np.concatenate([surface.chart, np.full(len(moved), len(surface.charts))]),
            place=np.concatenate([surface.place, place]),
            faces=faces,
            charts=(*surface.charts, chart),
        )
    )


def _without_unused(surface: Surface) -> Surface:
    """Without vertices that no face has, and charts cut down to what their vertices need."""
    used, faces = np.unique(surface.faces, return_inverse=True)
    point, chart, place = surface.point[used], surface.chart[used], surface.place[used].copy()
    kept, chart = np.unique(chart, return_inverse=True)
    charts = []
    for i, old in enumerate(kept):
        mine = chart == i
        cut, place[mine] = _cut(surface.charts[old], place[mine])
        charts.append(cut)
    return Surface(surface.points, point, chart, place, faces.reshape(-1, 3), tuple(charts))


def _cut(chart: Chart, place: NDArray[np.float64]) -> tuple[Chart, NDArray[np.float64]]:
    """The chart's nodes around the places, and the places in it."""
    cells = np.array(chart.source.shape[1::-1]) - 1
    low = np.minimum(np.floor(place.min(axis=0) * cells + 1e-6), cells - 1).astype(int)
    high = np.maximum(np.ceil(place.max(axis=0) * cells - 1e-6), low + 1).astype(int)
    share = (high - low) / cells
    source = chart.source[low[1] : high[1] + 1, low[0] : high[0] + 1]
    size = (chart.size_px[0] * share[0], chart.size_px[1] * share[1])
    return Chart(size, source, chart.photo, chart.picture), (place * cells - low) / (high - low)


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
    surface: Surface, pictures: tuple[NDArray[np.uint8], ...], whole: NDArray[np.bool_], texture_px: int
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """uv (N, 2), v up, and the atlas (H, W, 3) uint8, no side above texture_px; the photo's own resolution
    where that fits. whole: (h, w), the object in each of the pictures (h, w, 3)."""
    scales, sizes, corners, atlas_size = _layout(surface.charts, texture_px)
    window = around(whole, 2 + int(whole.any(axis=1).sum() + whole.any(axis=0).sum()) // 20)
    origin = np.array([window[1].start, window[0].start], np.float32)
    kinds = [(chart.picture, scale) for chart, scale in zip(surface.charts, scales, strict=True)]
    atlas = np.zeros((atlas_size[1], atlas_size[0], 3), np.uint8)
    for kind in dict.fromkeys(kinds):  # one reduced picture at a time: it may have megapixels
        colours, to_reduced = _reduced(pictures[kind[0]][window], whole[window], kind[1])
        if kind == kinds[0]:
            atlas[:] = np.median(colours[::7, ::7].reshape(-1, 3), axis=0)
        for i, chart in enumerate(surface.charts):
            if kinds[i] == kind:
                nodes = (chart.source - origin) * to_reduced - 0.5  # as OpenCV counts
                _paint(atlas, colours, nodes, corners[i], sizes[i])
    pixels = surface.place * np.array(sizes)[surface.chart] + np.array(corners)[surface.chart]
    uv = pixels / (atlas_size[0], atlas_size[1])
    uv[:, 1] = 1 - uv[:, 1]
    return uv.astype(np.float32), atlas


def _paint(
    atlas: NDArray[np.uint8],
    colours: NDArray[np.uint8],
    nodes: NDArray[np.float32],
    corner: tuple[int, int],
    size: tuple[int, int],
) -> None:
    """A chart at its corner (left, top) of the atlas with its padding. nodes: where in `colours`, (x, y)."""
    (width, height), (left, top), pad = size, corner, PADDING_PX
    texels = np.empty((height, width, 3), np.uint8)
    columns = _between(nodes, np.arange(width), width, axis=1)  # (rows of nodes, width, 2)
    for start in range(0, height, BAND_PX):
        rows = np.arange(start, min(start + BAND_PX, height))
        where = _between(columns, rows, height, axis=0)
        x, y = where[..., 0].copy(), where[..., 1].copy()
        texels[rows] = cv2.remap(colours, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    padded = cv2.copyMakeBorder(texels, pad, pad, pad, pad, cv2.BORDER_REPLICATE)
    atlas[top - pad : top + height + pad, left - pad : left + width + pad] = padded


def _reduced(
    picture: NDArray[np.uint8], whole: NDArray[np.bool_], scale: float
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """The picture made smaller by `scale`, the object's colours carried outwards, and by how much exactly it
    is smaller in x and y."""
    height, width = whole.shape
    small, size = picture, (max(round(width * scale), 1), max(round(height * scale), 1))
    if size != (width, height):
        small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
        share = cv2.resize(whole.astype(np.uint8) * 255, size, interpolation=cv2.INTER_AREA)
        whole = np.asarray(share) >= min(128, int(share.max()))
    exactly = np.array([size[0] / width, size[1] / height], np.float32)
    return carried_outwards(small, _trusted(whole)), exactly


def _trusted(whole: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The silhouette without its outermost pixels, which mix in what is behind the object; thin parts would
    vanish and keep all they have."""
    inner = distance(~whole) > FRINGE_PX
    far = distance(inner) > 3 * FRINGE_PX if inner.any() else np.ones_like(whole)
    return inner | (whole & far)


def _layout(
    charts: tuple[Chart, ...], limit: int
) -> tuple[list[float], list[tuple[int, int]], list[tuple[int, int]], tuple[int, int]]:
    """Each chart's scale, size, top left corner, and the atlas's size: charts on shelves, tallest first, made
    to fit; what the photo shows shrinks last."""
    scale = invented = 1.0
    while True:
        scales = [scale if chart.photo else scale * invented for chart in charts]
        sizes = [
            (max(round(w * by), MIN_CHART_PX), max(round(h * by), MIN_CHART_PX))
            for by, (w, h) in zip(scales, (chart.size_px for chart in charts), strict=True)
        ]
        corners, used = _shelves(sizes, limit)
        if used[0] <= limit and used[1] <= limit:
            return scales, sizes, corners, used
        if invented > LEAST_INVENTED:
            invented *= 0.95
        else:
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


def _between(
    nodes: NDArray[np.float32], texels: NDArray[np.int64], size: int, axis: int
) -> NDArray[np.float32]:
    """The nodes, spread along the axis from edge to edge of `size` texels, at the centres of these texels."""
    at = (texels.astype(np.float32) + 0.5) / size * (nodes.shape[axis] - 1)
    low = np.minimum(at.astype(np.int64), nodes.shape[axis] - 2)
    part = (at - low).astype(np.float32)
    part = part[:, None, None] if axis == 0 else part[None, :, None]
    return np.take(nodes, low, axis) * (1 - part) + np.take(nodes, low + 1, axis) * part
