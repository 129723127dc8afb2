"""Surface -> mesh with a UV atlas: charts (charts.py) packed by xatlas (MIT), with gutters between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xatlas
from numpy.typing import NDArray

from deocc.geometry.mesh import Mesh
from deocc.geometry.surface.charts import cut_into_charts

GUTTER_PX = 4  # between charts: two mip levels without a neighbour's colour
FILLED = 0.7  # of the atlas by charts, about what packing reaches; the guess of texels per unit
ENLARGED = 1000.0  # xatlas drops faces of an area below 1e-7, as small ones are in object units
NO_ATLAS = 2**32 - 1  # xatlas' word for what it has not packed


@dataclass(frozen=True)
class Unwrapped:
    """A mesh with uv, and of what it was made.

    mesh: its `seen` is 0 everywhere.  place: (N,) int64, the welded point at which each vertex stands.
    texture_px: side of the square texture it was laid out for.
    """

    mesh: Mesh
    place: NDArray[np.int64]
    texture_px: int


@dataclass(frozen=True)
class _Layout:
    """vertex: (V,) int64, which vertex laid flat each packed one is.  faces: (M, 3) int64 of packed vertices.
    uv: (V, 2) float64.  lost: (V,) bool, left out by xatlas, for its chart has no inside."""

    vertex: NDArray[np.int64]
    faces: NDArray[np.int64]
    uv: NDArray[np.float64]
    lost: NDArray[np.bool_]


def unwrap(points: NDArray[np.float32], faces: NDArray[np.int32], texture_px: int) -> Unwrapped:
    """points (N, 3) welded, faces (M, 3) -> the mesh split along its charts' seams, faces in their order.
    texture_px: side of the texture; xatlas' atlas is nearly square and is stretched to that."""
    cut = cut_into_charts(points, faces)
    corner_key = cut.chart[:, None] * len(points) + faces  # one vertex for each point and chart
    keys, first, vertex = np.unique(corner_key.reshape(-1), return_index=True, return_inverse=True)
    flat = cut.flat.reshape(-1, 2)[first]
    packed = _packed(_side_by_side(flat, keys // len(points)), vertex.reshape(-1, 3), texture_px)
    place = (keys % len(points))[packed.vertex]
    mesh = Mesh(
        points[place].astype(np.float32),
        packed.faces.astype(np.int32),
        _with_lost(packed, place).astype(np.float32),
        np.zeros(len(place), np.float32),
    )
    return Unwrapped(mesh, place, texture_px)


def _side_by_side(flat: NDArray[np.float64], chart: NDArray[np.int64]) -> NDArray[np.float64]:
    """Charts moved apart, so that no two have a point in common: xatlas takes what touches for one."""
    count = int(chart.max()) + 1
    low, high = np.full((count, 2), np.inf), np.full((count, 2), -np.inf)
    np.minimum.at(low, chart, flat)
    np.maximum.at(high, chart, flat)
    side = float((high - low).max()) * 1.01 + 1e-3
    columns = int(np.ceil(np.sqrt(count)))
    corner = np.stack([np.arange(count) % columns, np.arange(count) // columns], axis=1) * side
    return flat + (corner - low)[chart]


def _packed(flat: NDArray[np.float64], faces: NDArray[np.int64], texture_px: int) -> _Layout:
    """Charts laid flat side by side -> all packed at one scale."""
    edge = flat[faces]
    one, other = edge[:, 1] - edge[:, 0], edge[:, 2] - edge[:, 0]
    area = float(np.abs(one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]).sum()) / 2
    packing = xatlas.PackOptions()
    packing.padding = GUTTER_PX
    packing.bilinear = True
    packing.texels_per_unit = texture_px * np.sqrt(FILLED / max(area, 1e-12)) / ENLARGED
    packing.rotate_charts_to_axis = True  # brute force fills 3 % more and takes 2 s
    atlas = xatlas.Atlas()
    atlas.add_uv_mesh((ENLARGED * flat).astype(np.float32), faces.astype(np.uint32))
    atlas.generate(xatlas.ChartOptions(), packing)
    vertex, indices, uv = atlas.get_mesh(0)
    lost = atlas.get_mesh_vertex_assignment(0)[0] == NO_ATLAS
    return _Layout(vertex.astype(np.int64), indices.astype(np.int64), uv.astype(float), lost)


def _with_lost(packed: _Layout, place: NDArray[np.int64]) -> NDArray[np.float64]:
    """uv with every face that was left out on one point of a neighbour's: it shows that colour."""
    uv, whole = packed.uv.copy(), np.flatnonzero(~packed.lost)
    uv[packed.lost] = 0.5
    beside = np.full(int(place.max()) + 1, -1, np.int64)
    beside[place[whole]] = whole
    for face in packed.faces[packed.lost[packed.faces].any(axis=1)]:
        near = [beside[place[vertex]] for vertex in face if beside[place[vertex]] >= 0]
        if near:
            uv[face[packed.lost[face]]] = packed.uv[near[0]]
    return uv
