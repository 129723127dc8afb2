"""Pieces -> one mesh: edges kept sharp, long triangles split, and colours or one picture on it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from deocc.data.solids.paints import Paints
from deocc.data.solids.piece import Piece
from deocc.data.textured import Textured, normalised
from deocc.geometry.mesh import Mesh

LEAST_FACES, MOST_FACES = 500, 6000
SHARP_COSINE = 0.76  # of 40°: rounder edges than that are shaded smooth
LONGEST = 0.16  # of an edge, in longest sides of the solid: an even growth over triangles needs small ones
SPLITS = 6


def finished(pieces: Sequence[Piece], paints: Paints) -> Textured:
    """Normalised, with 500 to 6000 triangles."""
    vertices = np.concatenate([one.vertices for one in pieces])
    starts = np.cumsum([0] + [len(one.vertices) for one in pieces])
    faces = np.concatenate([one.faces + start for one, start in zip(pieces, starts, strict=False)])
    uv = np.concatenate([one.uv for one in pieces])
    piece = np.repeat(np.arange(len(pieces)), [len(one.vertices) for one in pieces])
    source, faces = _split_at_edges(vertices, faces)
    names = [one.paint for one in pieces]
    told = np.c_[vertices[source], uv[source], piece[source]]
    told, faces = _refined(told, faces)
    places, uv, piece = told[:, :3], told[:, 3:5], told[:, 5].astype(np.int64)
    uv, colours, texture = paints.laid_on(names, piece, places, uv)
    mesh = Mesh(
        places.astype(np.float32),
        faces.astype(np.int32),
        uv.astype(np.float32),
        np.ones(len(places), np.float32),
        colours,
    )
    return normalised(Textured(mesh, texture))


def _split_at_edges(vertices: NDArray, faces: NDArray) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Faces share a vertex only where they meet softly: which vertex each new one was (K,), faces (M, 3)."""
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    normal = np.cross(b - a, c - a)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-30)
    count, corners = len(faces), np.arange(3 * len(faces)).reshape(-1, 3)
    begin, end = faces[:, [0, 1, 2]].reshape(-1), faces[:, [1, 2, 0]].reshape(-1)
    from_corner, to_corner = corners[:, [0, 1, 2]].reshape(-1), corners[:, [1, 2, 0]].reshape(-1)
    key = np.minimum(begin, end) * len(vertices) + np.maximum(begin, end)
    order = np.argsort(key, kind="stable")
    first, second = order[:-1], order[1:]
    is_pair = (key[first] == key[second]) & (begin[first] == end[second])
    first, second = first[is_pair], second[is_pair]
    soft = np.einsum("ij,ij->i", normal[first // 3], normal[second // 3]) > SHARP_COSINE
    first, second = first[soft], second[soft]  # the same edge the other way round
    rows = np.concatenate([from_corner[first], to_corner[first]])
    columns = np.concatenate([to_corner[second], from_corner[second]])
    links = coo_matrix((np.ones(len(rows), bool), (rows, columns)), shape=(3 * count, 3 * count))
    number, label = connected_components(links, directed=False)
    source = np.empty(number, np.int64)
    source[label] = faces.reshape(-1)
    return source, label.reshape(-1, 3).astype(np.int64)


def _refined(told: NDArray, faces: NDArray) -> tuple[NDArray, NDArray]:
    """told: (N, 6) place, uv and piece of each vertex. Halves long edges, the longest first where few fit."""
    limit = LONGEST * float(np.ptp(told[:, :3], axis=0).max())
    for _ in range(SPLITS):
        length = np.linalg.norm(told[faces[:, [1, 2, 0]], :3] - told[faces, :3], axis=2)  # (M, 3)
        enough = min(LEAST_FACES, len(faces) + 2 * (length > 0).sum() // 3)  # an edge may have no length
        while len(faces) + (length > limit).sum() < enough:
            limit *= 0.8
        marked = length > limit
        if not marked.any():
            break
        if len(faces) + marked.sum() > MOST_FACES:
            break
        told, faces = _halved(told, faces, marked)
    return told, faces


def _halved(told: NDArray, faces: NDArray, marked: NDArray[np.bool_]) -> tuple[NDArray, NDArray]:
    """Each marked edge (M, 3), from corner i to i + 1, gets a vertex in its middle, one for both its faces.

    Both sides of a seam measure the same length, so that both are halved or neither.
    """
    begin, end = faces, faces[:, [1, 2, 0]]
    key = np.minimum(begin, end) * len(told) + np.maximum(begin, end)
    keys, middle = np.unique(key[marked], return_inverse=True)
    low, high = keys // len(told), keys % len(told)
    mids = np.full(faces.shape, -1)
    mids[marked] = middle + len(told)
    told = np.concatenate([told, (told[low] + told[high]) / 2])
    # turned so that the marked edges come first: 1 marked: edge 0; 2 marked: edges 0 and 1
    number = marked.sum(axis=1)
    first = np.where(number == 1, marked.argmax(axis=1), (1 + (~marked).argmax(axis=1)) % 3)
    turn = (first[:, None] + np.arange(3)) % 3
    a, b, c = np.take_along_axis(faces, turn, axis=1).T
    ab, bc, ca = np.take_along_axis(mids, turn, axis=1).T
    none, one, two, three = (number == i for i in range(4))

    def stacked(mask: NDArray, *columns: NDArray) -> NDArray:
        return np.stack([column[mask] for column in columns], axis=1)

    parts = [stacked(none, a, b, c), stacked(one, a, ab, c), stacked(one, ab, b, c)]
    parts += [stacked(two, ab, b, bc), stacked(two, a, ab, c), stacked(two, ab, bc, c)]
    parts += [stacked(three, a, ab, ca), stacked(three, ab, b, bc), stacked(three, bc, c, ca)]
    parts.append(stacked(three, ab, bc, ca))
    return told, np.concatenate(parts)
