"""Raw surface -> fewer triangles: specks dropped, edges collapsed, and closed again where it was closed.

The collapse (fast_simplification, MIT) can bring two sheets together along an edge, which then has four
triangles; `closed_again` takes them apart.
"""

from __future__ import annotations

import logging

import fast_simplification
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from deocc.errors import DeoccError
from deocc.geometry.mesh import Mesh

log = logging.getLogger(__name__)

LEAST_SPECK = 0.02  # a part smaller than this share of the largest part's size is no part of an object
CAREFUL = (
    7,
    3,
    1,
)  # how boldly to collapse: the library's default, then gentler until the surface stays closed
APART = 0.02  # of the way to its own triangles' middle that a point steps aside from another sheet's
ROUNDS = 8  # of taking sheets apart; each leaves a few edges that share a triangle with a mended one


def bare(vertices: NDArray, faces: NDArray) -> Mesh:
    """A mesh without uv: vertices (N, 3), faces (M, 3)."""
    count = len(vertices)
    return Mesh(
        np.ascontiguousarray(vertices, np.float32),
        np.ascontiguousarray(faces, np.int32),
        np.zeros((count, 2), np.float32),
        np.zeros(count, np.float32),
    )


def simplify(
    vertices: NDArray, faces: NDArray, triangles: int, least_speck: float = LEAST_SPECK
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """vertices (N, 3), faces (M, 3) of at most about `triangles` triangles, welded; a closed surface stays
    closed and oriented. least_speck: parts smaller than this share of the largest part are dropped.

    DeoccError `empty_shape` where no triangle is left.
    """
    points, corners = without_specks(*closed_again(*_welded(vertices, faces)), least_speck)
    if len(corners) == 0:
        raise empty_shape()
    if len(corners) <= triangles:
        return points, corners
    was_closed = bare(points, corners).is_watertight()
    for boldness in CAREFUL:
        given = points.astype(np.float64)
        fewer = fast_simplification.simplify(given, corners, target_count=triangles, agg=boldness)
        simple = closed_again(*_welded(fewer[0], fewer[1]))
        if len(simple[1]) and (not was_closed or bare(*simple).is_watertight()):
            return simple
    log.warning("simplifying would have opened the surface; it keeps its %d triangles", len(corners))
    return points, corners


def empty_shape() -> DeoccError:
    """The fault of a field without a surface."""
    return DeoccError("empty_shape", "The shape came out empty.", "Try another seed.", "retry")


def without_specks(
    points: NDArray[np.float32], faces: NDArray[np.int32], least: float
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """The surface without its parts whose bounding box's diagonal is below `least` of the largest part's."""
    if len(faces) == 0:
        return points, faces
    part = parts(faces, len(points))
    count = int(part.max()) + 1
    low, high = np.full((count, 3), np.inf), np.full((count, 3), -np.inf)
    np.minimum.at(low, part, points)
    np.maximum.at(high, part, points)
    size = np.linalg.norm(high - low, axis=1)
    faced = np.bincount(part[faces[:, 0]], minlength=count) > 0  # a point without a face is a part as well
    largest = size[faced].max()
    kept = faced & (size >= least * largest) & (size > 0)
    return compact(points, faces[kept[part[faces[:, 0]]]])


def parts(faces: NDArray, count: int) -> NDArray[np.int32]:
    """(count,) which connected part each point belongs to."""
    ends = np.concatenate([faces[:, :2], faces[:, 1:]])
    links = coo_array((np.ones(len(ends), np.int8), (ends[:, 0], ends[:, 1])), shape=(count, count))
    return connected_components(links, directed=False)[1]


def compact(points: NDArray, faces: NDArray) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Without the points that no face has."""
    used = np.zeros(len(points), bool)
    used[faces.reshape(-1)] = True
    renumbered = np.cumsum(used) - 1
    return points[used].astype(np.float32), renumbered[faces].astype(np.int32).reshape(-1, 3)


def closed_again(
    points: NDArray[np.float32], faces: NDArray[np.int32]
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """A closed surface whose sheets meet along edges, with those sheets a hair's breadth apart.

    Pairs of opposite triangles cancel. Every edge of several sheets is divided in each of them by a point of
    its own, so that no two sheets have an edge in common.
    """
    faces = _without_opposites(faces)
    for _ in range(ROUNDS):
        crowded = _crowded_edges(faces, len(points))
        if not crowded:
            break
        points, faces = _divided(points, faces, crowded)
    return compact(points, faces)


def _welded(vertices: NDArray, faces: NDArray) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Points unique by place, and the faces with three different ones."""
    if len(faces) == 0:
        return np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32)
    places, place = bare(vertices, faces).weld()
    corners = place[faces].astype(np.int32)
    flat = (corners == np.roll(corners, 1, axis=1)).any(axis=1)
    return compact(places, corners[~flat])


def _without_opposites(faces: NDArray[np.int32]) -> NDArray[np.int32]:
    """Without pairs of triangles on the same corners with opposite turns."""
    ordered = np.sort(faces, axis=1)
    turn = np.where(np.argmin(faces, axis=1) == 0, faces[:, 1] < faces[:, 2], False)
    turn |= np.where(np.argmin(faces, axis=1) == 1, faces[:, 2] < faces[:, 0], False)
    turn |= np.where(np.argmin(faces, axis=1) == 2, faces[:, 0] < faces[:, 1], False)
    _, same, sharing = np.unique(ordered, axis=0, return_inverse=True, return_counts=True)
    kept = np.ones(len(faces), bool)
    shared = sharing[same.reshape(-1)] > 1
    groups: dict[int, list[int]] = {}
    for face in np.flatnonzero(shared):  # a handful: two sheets collapsed into one
        groups.setdefault(int(same.reshape(-1)[face]), []).append(int(face))
    for members in groups.values():
        ones = [face for face in members if turn[face]]
        others = [face for face in members if not turn[face]]
        for pair in zip(ones, others, strict=False):
            kept[list(pair)] = False
    return faces[kept]


def _crowded_edges(faces: NDArray[np.int32], count: int) -> list[tuple[int, int, list[int], list[int]]]:
    """Edges of more than one sheet: both ends, the faces that run along it forwards, and backwards."""
    start, end = faces.reshape(-1).astype(np.int64), np.roll(faces, -1, axis=1).reshape(-1).astype(np.int64)
    key = np.minimum(start, end) * count + np.maximum(start, end)
    order = np.argsort(key, kind="stable")
    _, first, size = np.unique(key[order], return_index=True, return_counts=True)
    found = []
    for begin, length in zip(first[size > 2].tolist(), size[size > 2].tolist(), strict=True):
        halves = order[begin : begin + length]
        forward = start[halves] < end[halves]
        low, high = divmod(int(key[halves[0]]), count)
        found.append((low, high, (halves[forward] // 3).tolist(), (halves[~forward] // 3).tolist()))
    return found


def _divided(
    points: NDArray[np.float32],
    faces: NDArray[np.int32],
    crowded: list[tuple[int, int, list[int], list[int]]],
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Each crowded edge whose faces are all untouched yet, divided in each of its sheets."""
    touched: set[int] = set()
    fresh_points, fresh_faces, gone = [], [], []
    for low, high, forward, backward in crowded:
        mine = {*forward, *backward}
        if len(forward) != len(backward) or len(mine) != 2 * len(forward) or mine & touched:
            continue
        touched |= mine
        for one, other in _sheets(points, faces, forward, backward):
            aside = points[np.concatenate([faces[one], faces[other]])].mean(axis=0, dtype=np.float64)
            middle = (points[low].astype(np.float64) + points[high]) / 2
            fresh_points.append(middle + APART * (aside - middle))
            added = len(points) + len(fresh_points) - 1
            for face in (one, other):
                fresh_faces += [np.where(faces[face] == end, added, faces[face]) for end in (low, high)]
            gone += [one, other]
    if not gone:
        return points, faces
    kept = np.delete(faces, gone, axis=0)
    more = np.array(fresh_points, np.float32)
    return np.concatenate([points, more]), np.concatenate([kept, np.array(fresh_faces, np.int32)])


def _sheets(
    points: NDArray[np.float32], faces: NDArray[np.int32], forward: list[int], backward: list[int]
) -> list[tuple[int, int]]:
    """Which face along an edge goes on in which: those whose normals agree most, one after another."""
    normals = {}
    for face in (*forward, *backward):
        a, b, c = points[faces[face]].astype(np.float64)
        normal = np.cross(b - a, c - a)
        normals[face] = normal / max(float(np.linalg.norm(normal)), 1e-300)
    pairs, left = [], list(backward)
    for one in forward:
        best = max(left, key=lambda other: float(normals[one] @ normals[other]))
        left.remove(best)
        pairs.append((one, best))
    return pairs
