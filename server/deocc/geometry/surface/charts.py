"""Surface -> charts: pieces that look one way each and lie flat side by side, nothing over anything else.

Written here because xatlas' own charts take 2 to 10 s for 20,000 triangles and come out in hundreds of
shreds; xatlas only packs these (unwrap.py). A chart is a connected piece whose normals are near one of a few
directions; it is projected along its own mean normal, and what would be covered by more of itself leaves it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from deocc.geometry.mesh import area_normals
from deocc.geometry.raycast import Caster

DIRECTIONS = 10  # a ball's charts then bend by at most 40 degrees or so: texels stretch by a quarter
NEAR = 0.94  # cosine, 20 degrees: normals that differ by less need no direction of their own
LLOYD_ROUNDS = 12
SMOOTHING_ROUNDS = 3  # of normals, over neighbours: charts follow the form and not its noise
SMOOTH_FACING = 0.5  # cosine below which a smoothed normal is of another side, and a face keeps its own
BORDER_COST = 0.6  # of a border as long as a face is wide, against a normal 66 degrees off (1 - cos)
SETTLING_ROUNDS = 16
LEAST_FACING = 0.15  # cosine to a chart's normal below which a face has a chart of its own: stretched 7 times
SLIVER = 1e-3  # object units, under a texel: a face no higher may lie askew in its chart, nobody sees it
LEAST_AREA = 1e-12  # of a face laid flat; a smaller one holds no chart together
SMALL_SHARE = 0.002  # of the surface's area: smaller charts join a neighbour
UNCOVERING_ROUNDS = 12
INSET = 0.15  # of the way from a corner to the middle: where a face is probed for something over it


@dataclass(frozen=True)
class Charts:
    """chart: (M,) int64 of each face, 0..C-1.  flat: (M, 3, 2) float64, corners in the plane of their chart,
    in object units, counter-clockwise but for slivers; each chart has its own plane. A chart is connected by
    faces that have an area laid flat; those without are charts of their own."""

    chart: NDArray[np.int64]
    flat: NDArray[np.float64]


def cut_into_charts(points: NDArray[np.float32], faces: NDArray[np.int32]) -> Charts:
    """points (N, 3) welded, faces (M, 3) -> charts. Every face gets one, also one without area."""
    corners = points[faces].astype(np.float64)  # (M, 3, 3)
    crossed = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = np.linalg.norm(crossed, axis=1) / 2
    normal = crossed / np.maximum(2 * area, 1e-300)[:, None]
    links, length = _neighbours(faces, points)
    label = _labels(points, faces, normal, area, links, length)
    chart = _pieces(label, links, len(faces))
    chart = _small_joined(chart, area, normal, links, length)
    return _uncovered(chart, corners, normal, area, links)


def _neighbours(faces: NDArray[np.int32], points: NDArray[np.float32]):
    """Pairs of faces with a common edge (E, 2), and the edge's length (E,)."""
    start, end = faces.reshape(-1).astype(np.int64), np.roll(faces, -1, axis=1).reshape(-1).astype(np.int64)
    key = np.minimum(start, end) * len(points) + np.maximum(start, end)
    order = np.argsort(key, kind="stable")
    same = key[order][1:] == key[order][:-1]
    one, other = order[:-1][same], order[1:][same]
    length = np.linalg.norm(points[start[one]].astype(np.float64) - points[end[one]], axis=1)
    return np.stack([one // 3, other // 3], axis=1), length


def _labels(points, faces, normal, area, links, length) -> NDArray[np.int64]:
    """(M,) direction of each face: near its smoothed normal, with short borders between directions."""
    smooth = area_normals(points, faces)
    adding = _matrix(faces.repeat(3, axis=1).reshape(-1), np.tile(faces, (1, 3)).reshape(-1), len(points))
    for _ in range(SMOOTHING_ROUNDS):
        smooth = adding @ smooth
    of_faces = smooth[faces].sum(axis=1)
    of_faces /= np.maximum(np.linalg.norm(of_faces, axis=1, keepdims=True), 1e-300)
    of_faces = np.where((of_faces * normal).sum(axis=1, keepdims=True) > SMOOTH_FACING, of_faces, normal)
    directions = _directions(of_faces, area)
    width = np.bincount(links.reshape(-1), np.repeat(length, 2), len(faces)) / 3  # of a face, by its edges
    off = (1 - of_faces @ directions.T) * width[:, None]
    label = np.argmin(off, axis=1)
    both = np.concatenate([links, links[:, ::-1]])
    weight = coo_array((np.tile(length, 2), (both[:, 0], both[:, 1])), shape=(len(faces),) * 2).tocsr()
    turn = np.arange(len(faces)) % 2  # halves take turns: neighbours that swap labels would never settle
    for i in range(SETTLING_ROUNDS):
        member = csr_array(
            (np.ones(len(label)), label, np.arange(len(label) + 1)), shape=(len(label), len(directions))
        )
        agreeing = csr_array(weight @ member).toarray()  # (M, D) length of edges shared with that label
        best = np.argmin(off - BORDER_COST * agreeing, axis=1)
        moving = (turn == i % 2) & (best != label)
        label = np.where(moving, best, label)
    return label


def _matrix(rows: NDArray, columns: NDArray, count: int) -> csr_array:
    return coo_array((np.ones(len(rows)), (rows, columns)), shape=(count, count)).tocsr()


def _directions(normals: NDArray[np.float64], area: NDArray[np.float64]) -> NDArray[np.float64]:
    """(D, 3), D at most DIRECTIONS: spherical k-means of normals by area, begun with those farthest apart."""
    chosen = [normals[int(np.argmax(area))]]
    nearest = normals @ chosen[0]
    for _ in range(DIRECTIONS - 1):
        far = int(np.argmax(np.where(nearest < NEAR, (1 - nearest) * np.sqrt(area), -1)))
        if nearest[far] >= NEAR:
            break
        chosen.append(normals[far])
        nearest = np.maximum(nearest, normals @ normals[far])
    directions = np.array(chosen)
    count = len(directions)
    for _ in range(LLOYD_ROUNDS):
        label = np.argmax(normals @ directions.T, axis=1)
        taken = np.bincount(label, area, count) > 0
        for axis in range(3):
            sums = np.bincount(label, area * normals[:, axis], count)
            directions[:, axis] = np.where(taken, sums, directions[:, axis])
        directions /= np.maximum(np.linalg.norm(directions, axis=1, keepdims=True), 1e-300)
    return directions


def _pieces(label: NDArray[np.int64], links: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """(M,) connected pieces of faces with one label, numbered from 0 in the order of their first face."""
    inner = links[label[links[:, 0]] == label[links[:, 1]]]
    graph = coo_array((np.ones(len(inner), np.int8), (inner[:, 0], inner[:, 1])), shape=(count, count))
    return connected_components(graph, directed=False)[1].astype(np.int64)


def _small_joined(chart, area, normal, links, length) -> NDArray[np.int64]:
    """Small charts joined to the neighbour with the longest common border that sees all their faces."""
    least = SMALL_SHARE * area.sum()
    for _ in range(4):
        count = int(chart.max()) + 1
        size = np.bincount(chart, area, count)
        mean = np.stack([np.bincount(chart, area * normal[:, i], count) for i in range(3)], axis=1)
        mean /= np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-300)
        one, other = chart[links[:, 0]], chart[links[:, 1]]
        apart = one != other
        pairs = np.concatenate([np.stack([one, other], 1)[apart], np.stack([other, one], 1)[apart]])
        pairs_key, place = np.unique(pairs[:, 0] * count + pairs[:, 1], return_inverse=True)
        border = np.bincount(place.reshape(-1), np.tile(length[apart], 2), len(pairs_key))
        source, target = pairs_key // count, pairs_key % count
        worst = _worst_facing(chart, normal, source, mean[target], count)
        fits = (size[source] < least) & (size[target] >= size[source]) & (worst > 2 * LEAST_FACING)
        order = np.lexsort((border, source))[fits[np.lexsort((border, source))]]
        if len(order) == 0:
            return chart
        goes = np.arange(count)
        goes[source[order]] = target[order]  # the last of each source has the longest border
        goes = np.where(goes[goes] == np.arange(count), np.minimum(goes, np.arange(count)), goes)
        chart = np.unique(goes[chart], return_inverse=True)[1].reshape(-1)
    return chart


def _worst_facing(chart, normal, source, direction, count) -> NDArray[np.float64]:
    """(P,) the least cosine between a direction (P, 3) and the faces of the chart `source` (P,)."""
    order = np.argsort(chart, kind="stable")
    begins = np.searchsorted(chart[order], np.arange(count + 1))
    sizes = begins[source + 1] - begins[source]
    which = np.repeat(np.arange(len(source)), sizes)
    offset = np.arange(len(which)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    face = order[begins[source[which]] + offset]
    worst = np.ones(len(source))
    np.minimum.at(worst, which, (normal[face] * direction[which]).sum(axis=1))
    return worst


def _uncovered(chart, corners, normal, area, links) -> Charts:
    """Charts laid flat; faces turned away from their chart or covered by it become other charts."""
    count = len(chart)
    longest = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(axis=1)
    wide = 2 * area > SLIVER * longest
    for i in range(UNCOVERING_ROUNDS):
        flat, depth, facing = _laid_flat(chart, corners, normal, area)
        out = (facing < LEAST_FACING) & wide
        if not out.any():
            out = _covered(chart, flat, depth) & wide
        if not out.any():
            break
        chart = _pieces(chart * 2 + out, links, count)
        if i == UNCOVERING_ROUNDS - 2:  # nothing but single faces is left of what still overlaps
            chart = np.where(out, chart.max() + 1 + np.arange(count), chart)
            chart = np.unique(chart, return_inverse=True)[1].reshape(-1)
    flat = _laid_flat(chart, corners, normal, area)[0]
    one, other = flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]
    empty = np.abs(one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]) / 2 <= LEAST_AREA
    alone = np.where(empty, int(chart.max()) + 1 + np.arange(count), chart)
    return Charts(_pieces(alone, links, count), flat)


def _laid_flat(chart, corners, normal, area):
    """Corners in their charts' planes (M, 3, 2), their heights over them (M, 3), and each face's cosine."""
    count = int(chart.max()) + 1
    mean = np.stack([np.bincount(chart, area * normal[:, i], count) for i in range(3)], axis=1)
    length = np.linalg.norm(mean, axis=1, keepdims=True)
    mean = np.where(length > 0, mean / np.maximum(length, 1e-300), (0.0, 0.0, 1.0))
    helper = np.where(np.abs(mean[:, 2:]) < 0.9, (0.0, 0.0, 1.0), (0.0, 1.0, 0.0))
    right = np.cross(helper, mean)
    right /= np.linalg.norm(right, axis=1, keepdims=True)
    up = np.cross(mean, right)
    axes = np.stack([right, up, mean], axis=1)[chart]  # (M, 3, 3) rows
    local = np.einsum("mij,mcj->mci", axes, corners)  # (M, corner, 3)
    return local[..., :2], local[..., 2], (normal * mean[chart]).sum(axis=1)


def _covered(chart, flat, depth) -> NDArray[np.bool_]:
    """(M,) faces over which, seen along their chart's normal, there is more of the chart. One cast for all:
    the charts lie side by side."""
    count = int(chart.max()) + 1
    low, high = np.full((count, 2), np.inf), np.full((count, 2), -np.inf)
    np.minimum.at(low, chart, flat.min(axis=1))
    np.maximum.at(high, chart, flat.max(axis=1))
    side = float((high - low).max()) + 1e-3
    columns = int(np.ceil(np.sqrt(count)))
    corner = np.stack([np.arange(count) % columns, np.arange(count) // columns], axis=1) * 1.01 * side
    aside = flat + (corner - low)[chart][:, None]
    heaped = np.concatenate([aside, depth[..., None]], axis=2)  # (M, 3, 3)
    caster = Caster(heaped.reshape(-1, 3), np.arange(3 * len(chart)).reshape(-1, 3))
    middle = heaped.mean(axis=1, keepdims=True)
    probes = np.concatenate([middle, heaped + 2 * INSET * (middle - heaped)], axis=1).reshape(-1, 3)
    top = float(depth.max()) + 1
    origins = probes * (1, 1, 0) + (0, 0, top)
    hits = caster.cast(origins, np.broadcast_to((0.0, 0.0, -1.0), origins.shape))
    own = np.repeat(np.arange(len(chart)), 4)
    above = (hits.triangle >= 0) & (hits.triangle != own)
    above &= hits.distance < top - probes[:, 2] - 1e-5  # its neighbour at the same height is not over it
    return above.reshape(-1, 4).any(axis=1)
