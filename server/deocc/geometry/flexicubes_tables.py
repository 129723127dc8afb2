"""The 256 ways a surface passes through a cube, generated from their rules: which edges share a dual vertex.

A cube's corner c stands at (c & 1, c >> 1 & 1, c >> 2 & 1); its case is the sum of 2^c over the corners that
are inside. On each of the six faces the crossed edges are joined two by two; where a face is ambiguous
(inside corners on one diagonal, all four edges crossed) the two edges that share an inside corner are joined.
Every edge so belongs to one closed loop over the cube's faces, and every loop is one dual vertex (FlexiCubes,
Shen et al. 2023, after Dual Marching Cubes, Nielson 2004).

Where two cubes share their only ambiguous face and each has a single dual vertex, four faces would meet along
one edge; both then join their edges through the outside corners instead, which is the case 255 − c.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

# Corner pairs, first to second: along x and z from low to high, along y from high to low. The direction fixes
# the order of faces, which goes by the first endpoint's index in the grid, then the second's.
EDGES = (
    (0, 1), (1, 5), (4, 5), (0, 4), (2, 3), (3, 7), (6, 7), (2, 6), (2, 0), (3, 1), (7, 5), (6, 4),
)  # fmt: skip
MOST_LOOPS = 4


@dataclass(frozen=True)
class CubeTables:
    """loops: (256, 4, 12) bool, loop g of a case goes through edge e.  loop_count: (256,) int64, 0..4.
    loop_of_edge: (256, 12) int64, 0 where the edge is not crossed.  crossed: (256, 12) bool.
    doubtful_step: (256, 3) int64, the step to the neighbour across the ambiguous face of a problematic case,
    zeros for every other.  problematic: (256,) bool, exactly one ambiguous face and a single loop."""

    loops: Tensor
    loop_count: Tensor
    loop_of_edge: Tensor
    crossed: Tensor
    problematic: Tensor
    doubtful_step: Tensor


def edge_axis(edge: int) -> int:
    """0, 1 or 2: the axis an edge runs along."""
    first, second = EDGES[edge]
    return (first ^ second).bit_length() - 1


def cube_faces() -> list[tuple[int, int, tuple[int, ...]]]:
    """The six faces as (axis, side 0 or 1, their four corners)."""
    return [
        (axis, side, tuple(c for c in range(8) if c >> axis & 1 == side))
        for axis in range(3)
        for side in (0, 1)
    ]


def is_inside(case: int, corner: int) -> bool:
    return bool(case >> corner & 1)


def crossed_edges(case: int) -> list[int]:
    """The edges with one endpoint inside and the other outside, ascending."""
    return [e for e, (a, b) in enumerate(EDGES) if is_inside(case, a) != is_inside(case, b)]


def ambiguous_faces(case: int) -> list[tuple[int, int]]:
    """(axis, side) of the faces whose two inside corners lie on one diagonal."""
    found = []
    for axis, side, corners in cube_faces():
        inside = [c for c in corners if is_inside(case, c)]
        if len(inside) == 2 and (inside[0] ^ inside[1]).bit_count() == 2:
            found.append((axis, side))
    return found


def face_joints(case: int) -> list[tuple[int, int]]:
    """Pairs of edges that a face of the cube joins."""
    crossed = set(crossed_edges(case))
    joints = []
    for _, _, corners in cube_faces():
        edges = [e for e in crossed if EDGES[e][0] in corners and EDGES[e][1] in corners]
        if len(edges) == 2:
            joints.append((edges[0], edges[1]))
        elif len(edges) == 4:
            for corner in corners:
                if is_inside(case, corner):
                    first, second = (e for e in edges if corner in EDGES[e])
                    joints.append((first, second))
    return joints


def loops(case: int) -> list[list[int]]:
    """The closed loops of crossed edges, each ascending, ordered by their smallest edge."""
    neighbours: dict[int, list[int]] = {e: [] for e in crossed_edges(case)}
    for a, b in face_joints(case):
        neighbours[a].append(b)
        neighbours[b].append(a)
    found, left = [], set(neighbours)
    while left:
        loop, front = set[int](), [min(left)]
        while front:
            edge = front.pop()
            if edge not in loop:
                loop.add(edge)
                front += neighbours[edge]
        left -= loop
        found.append(sorted(loop))
    return found


@cache
def cube_tables(device: torch.device) -> CubeTables:
    """All 256 cases on a device; made once, in about ten milliseconds."""
    passes = torch.zeros(256, MOST_LOOPS, len(EDGES), dtype=torch.bool)
    count = torch.zeros(256, dtype=torch.int64)
    problematic = torch.zeros(256, dtype=torch.bool)
    step = torch.zeros(256, 3, dtype=torch.int64)
    for case in range(256):
        found, doubtful = loops(case), ambiguous_faces(case)
        count[case] = len(found)
        for g, loop in enumerate(found):
            passes[case, g, loop] = True
        if len(doubtful) == 1 and len(found) == 1:
            axis, side = doubtful[0]
            problematic[case] = True
            step[case, axis] = 2 * side - 1
    tables = CubeTables(
        loops=passes,
        loop_count=count,
        loop_of_edge=passes.to(torch.int64).argmax(dim=1),  # (256, 12)
        crossed=passes.any(dim=1),
        problematic=problematic,
        doubtful_step=step,
    )
    return CubeTables(**{name: part.to(device) for name, part in vars(tables).items()})
