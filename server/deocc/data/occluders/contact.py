"""Contact occlusions on the surface itself: connected triangles that are hidden from every side alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import breadth_first_order, connected_components

from deocc.geometry.cameras import Camera
from deocc.geometry.mesh import Mesh
from deocc.geometry.raycast import Caster

# Share of the triangles that is hidden, drawn uniformly per object: paper (A.3a) and released script differ.
RATIOS = {"paper": (0.4, 0.6), "script": (0.2, 0.5)}
RULES = {
    "breadth": "breadth-first growth over neighbouring triangles from a random one (released script)",
    "walk": "random walk over neighbouring triangles from a random one (paper, §3.3)",
}
DEFAULT_RULE = "breadth"  # what made the published evaluation, and one patch as a hand or a table hides it
PATIENCE = 64  # steps of a walk without a new triangle before it goes back to where one is free
BLOCK = 1 << 16  # random numbers drawn at once


def walk_over(
    mesh: Mesh, ratio: float, generator: np.random.Generator, rule: str = DEFAULT_RULE
) -> NDArray[np.bool_]:
    """(M,) bool: the floor(ratio · M) triangles that are hidden, at least one.

    Growth goes over shared edges of welded vertices, so UV seams don't stop it; where a component is used up
    it starts anew in another, at a random triangle again. rule: a name of RULES."""
    count = len(mesh.faces)
    wanted = min(max(int(ratio * count), 1), count)
    neighbours = _neighbours(mesh)
    starts = generator.permutation(count)
    pieces, piece = connected_components(neighbours, directed=False)
    _, first = np.unique(piece[starts], return_index=True)
    order = np.argsort(first)  # of components, as random starts come upon them
    filled = np.cumsum(np.bincount(piece, minlength=pieces)[order])
    last = int(np.searchsorted(filled, wanted))  # all components before it are used up
    chosen = np.isin(piece, order[:last])
    grow = {"breadth": _grow_breadth_first, "walk": _walk}[rule]
    rest = wanted - int(chosen.sum())
    chosen[grow(neighbours, int(starts[first[order[last]]]), rest, generator)] = True
    return chosen


def growths(mesh: Mesh, generator: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    """Without end: all triangles (M,) in the order of a breadth-first growth from a random one, and where a
    component is used up, anew in another; the first r · M of them are one contact patch, for all ratios r."""
    neighbours = _neighbours(mesh)
    count = len(mesh.faces)
    _, piece = connected_components(neighbours, directed=False)
    while True:
        starts = generator.permutation(count)
        _, first = np.unique(piece[starts], return_index=True)  # of each component
        sources = starts[first]  # neighbours of one more node, from which all components grow at once
        indices = np.concatenate([neighbours.indices, sources])
        ends = np.append(neighbours.indptr, len(indices))
        joined = csr_matrix((np.ones(len(indices), np.int8), indices, ends), (count + 1, count + 1))
        grown = breadth_first_order(joined, count, directed=True, return_predecessors=False)[1:]
        yield grown[np.argsort(first[piece[grown]], kind="stable")].astype(np.int64)


def face_mask(mesh: Mesh, chosen: NDArray[np.bool_], camera: Camera) -> NDArray[np.bool_]:
    """(H, W) bool: which pixels' centres see a chosen triangle first."""
    return next(face_masks(mesh, chosen, (camera,)))


def face_masks(
    mesh: Mesh, chosen: NDArray[np.bool_], cameras: Iterable[Camera]
) -> Iterator[NDArray[np.bool_]]:
    """face_mask of each camera; the same triangles are hidden in all of them (row A25)."""
    caster = Caster(mesh.vertices, mesh.faces)
    for camera in cameras:
        triangle = caster.cast(*camera.rays()).triangle
        yield ((triangle >= 0) & chosen[triangle]).reshape(camera.height, camera.width)


def _neighbours(mesh: Mesh) -> csr_matrix:
    """(M, M) symmetric, non-zero where two triangles share an edge."""
    _, place = mesh.weld()
    edges = place[mesh.faces][:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2)  # (3 * M, 2)
    owner = np.repeat(np.arange(len(mesh.faces)), 3)
    real = edges[:, 0] != edges[:, 1]  # triangles without area have none of these
    edges, owner = np.sort(edges[real], axis=1), owner[real]
    order = np.lexsort(edges.T)
    edges, owner = edges[order], owner[order]
    same = np.flatnonzero((edges[1:] == edges[:-1]).all(axis=1))
    one, other = owner[same], owner[same + 1]  # an edge of more than two triangles: a chain of them
    size = len(mesh.faces)
    rows, columns = np.concatenate([one, other]), np.concatenate([other, one])
    return csr_matrix((np.ones(len(rows), np.int8), (rows, columns)), (size, size))


def _grow_breadth_first(
    neighbours: csr_matrix, start: int, wanted: int, generator: np.random.Generator
) -> NDArray[np.int64]:
    """Indices of the triangles nearest to start in steps over edges; of the farthest ones a random part."""
    shuffled = generator.permutation(len(neighbours.indptr) - 1)  # scipy visits in the order of rows
    label = np.argsort(shuffled)
    order = breadth_first_order(
        neighbours[shuffled][:, shuffled], int(label[start]), directed=False, return_predecessors=False
    )
    return shuffled[order[:wanted]]


def _walk(
    neighbours: csr_matrix, start: int, wanted: int, generator: np.random.Generator
) -> NDArray[np.int64]:
    """Indices of the triangles that a walk from start comes upon. After PATIENCE steps without a new one it
    goes back to the last of its triangles with a free neighbour, so that tubes don't hold it for ever."""
    ends, indices = neighbours.indptr.tolist(), neighbours.indices.tolist()
    steps: list[int] = []
    found, back, here, idle = {start: None}, [start], start, 0
    while len(found) < wanted:
        if idle > PATIENCE:
            while all(one in found for one in indices[ends[back[-1]] : ends[back[-1] + 1]]):
                back.pop()
            here, idle = back[-1], 0
        steps = steps or generator.integers(0, 1 << 30, BLOCK).tolist()
        low, high = ends[here], ends[here + 1]
        here = indices[low + steps.pop() % (high - low)]
        idle += 1
        if here not in found:
            found[here] = None
            back.append(here)
            idle = 0
    return np.fromiter(found, np.int64)
