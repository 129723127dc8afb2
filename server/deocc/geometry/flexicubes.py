"""FlexiCubes (Shen et al. 2023) from the cubes that a surface passes through: field at corners -> triangles.

    surface_cubes(inside)        a dense grid's corners -> the cubes the surface passes, with their cases
    listed_cubes(coords, ...)    the same for a list of cubes, as sparse decoders give them
    dual_surface(cubes, ...)     one vertex per loop of a cube, one quad per crossed edge of four cubes

Only surface cubes are ever held: about 1.6 % of a grid for an object that fills it. Everything runs on the
tensors' own device in float32. Inside is where the field is negative; a zero counts as outside.
Edges on the border of the grid have fewer than four cubes and give no face: the surface is open there.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from deocc.geometry.flexicubes_tables import EDGES, MOST_LOOPS, CubeTables, cube_tables, edge_axis

_FIRST = [first for first, _ in EDGES]
_SECOND = [second for _, second in EDGES]
_AXIS_RANK = (2, 0, 1)  # edges of one first endpoint: its y edge ends lowest (it runs down), then z, then x
_EDGE_RANK = [_AXIS_RANK[edge_axis(e)] for e in range(len(EDGES))]
_QUAD_FROM_OUTSIDE, _QUAD_FROM_INSIDE = (0, 1, 3, 2), (2, 3, 1, 0)  # four cubes in ascending order -> a loop


@dataclass(frozen=True)
class SurfaceCubes:
    """The cubes of a grid that the surface passes through.

    shape: cubes along x, y and z.  coords: (S, 3) int64, each cube's lowest corner, ascending by linear index
    (z runs fastest).  cases: (S,) int64, 1..254, ambiguous neighbours settled.
    """

    shape: tuple[int, int, int]
    coords: Tensor
    cases: Tensor

    def corners(self) -> Tensor:
        """(S, 8) int64: linear indices of the corners among the grid's (x + 1)(y + 1)(z + 1) vertices."""
        steps = torch.tensor(self._steps(), device=self.coords.device)
        offsets = (_corner_offsets(self.coords.device) * steps).sum(1)  # (8,)
        return (self.coords * steps).sum(1, keepdim=True) + offsets

    def _steps(self) -> tuple[int, int, int]:
        _, y, z = self.shape
        return (y + 1) * (z + 1), z + 1, 1


@dataclass(frozen=True)
class CubeWeights:
    """Positive weights of S cubes, float32. beta: (S, 12) of edges.  alpha: (S, 8) of corners.  gamma: (S,)
    of the cube, which decides how quads are split."""

    beta: Tensor
    alpha: Tensor
    gamma: Tensor


@dataclass(frozen=True)
class DualSurface:
    """vertices: (V, 3) float32.  faces: (F, 3) int64, counter-clockwise seen from outside.
    attributes: (V, C) float32, interpolated like the positions, or None."""

    vertices: Tensor
    faces: Tensor
    attributes: Tensor | None = None


def cube_weights(raw: Tensor, scale: float) -> CubeWeights:
    """A network's 21 numbers per cube (S, 21), 12 of edges, 8 of corners, 1 of the cube, made positive.
    scale: how far from uniform they may go, 0.5 in InstantMesh, 0.99 in FlexiCubes and TRELLIS."""
    raw = raw.float()
    return CubeWeights(
        beta=1 + scale * raw[:, :12].tanh(),
        alpha=1 + scale * raw[:, 12:20].tanh(),
        gamma=scale * raw[:, 20].sigmoid() + (1 - scale) / 2,
    )


def uniform_weights(count: int, device: torch.device) -> CubeWeights:
    """The weights of `count` cubes of which a network says nothing."""
    return cube_weights(torch.zeros(count, 21, device=device), 0.0)


def surface_cubes(inside: Tensor) -> SurfaceCubes:
    """inside: (X + 1, Y + 1, Z + 1) bool at the grid's vertices."""
    x, y, z = (n - 1 for n in inside.shape)
    cases = torch.zeros(x, y, z, dtype=torch.uint8, device=inside.device)
    for corner in range(8):
        dx, dy, dz = corner & 1, corner >> 1 & 1, corner >> 2
        cases |= inside[dx : x + dx, dy : y + dy, dz : z + dz].to(torch.uint8) << corner
    coords = ((cases != 0) & (cases != 255)).nonzero()  # (S, 3), z fastest
    found = cases[coords[:, 0], coords[:, 1], coords[:, 2]].long()
    return _settled((x, y, z), coords, found)


def listed_cubes(coords: Tensor, inside: Tensor, shape: tuple[int, int, int]) -> tuple[SurfaceCubes, Tensor]:
    """The surface cubes among listed ones, and which rows of the list they are (S,).

    coords: (N, 3) int64, distinct, in any order; every cube the surface passes must be listed.
    inside: (N, 8) bool at each cube's corners.
    """
    powers = 2 ** torch.arange(8, device=inside.device)
    cases = (inside * powers).sum(1)
    rows = ((cases != 0) & (cases != 255)).nonzero()[:, 0]
    rows = rows[_linear(coords[rows], shape).argsort()]
    return _settled(shape, coords[rows], cases[rows]), rows


def without_zeros(field: Tensor) -> Tensor:
    """The field with exact zeros made positive, by the least amount: an edge that begins in a zero is wound
    the wrong way round otherwise, as the reference does it."""
    return torch.where(field == 0, torch.finfo(field.dtype).tiny, field)


def dual_surface(
    cubes: SurfaceCubes,
    positions: Tensor,
    field: Tensor,
    weights: CubeWeights,
    attributes: Tensor | None = None,
) -> DualSurface:
    """The triangles of the surface, in the reference's order.

    positions: (S, 8, 3) float32 of each cube's corners, deformed or not.  field: (S, 8) float32, negative
    inside.  attributes: (S, 8, C) float32 at the corners.
    """
    tables = cube_tables(field.device)
    count = tables.loop_count[cubes.cases]  # (S,)
    order = count.argsort(stable=True)  # numbered by loops per cube, then by cube: the reference's order
    start = torch.empty_like(count)
    start[order] = count[order].cumsum(0) - count[order]
    carried = positions if attributes is None else torch.cat([positions, attributes], -1)
    values = _dual_values(cubes.cases, tables, start, carried, field * weights.alpha, weights.beta)
    of_vertex = torch.empty(len(values), dtype=torch.int64, device=field.device)  # which cube
    of_vertex[_numbers(start, count)] = torch.arange(len(count), device=field.device).repeat_interleave(count)
    quads = _quads(cubes, tables, start, field)
    faces = _split(quads, weights.gamma[of_vertex])
    return DualSurface(values[:, :3], faces, None if attributes is None else values[:, 3:])


def _corner_offsets(device: torch.device) -> Tensor:
    corner = torch.arange(8, device=device)
    return torch.stack([corner & 1, corner >> 1 & 1, corner >> 2], 1)  # (8, 3)


def _linear(coords: Tensor, shape: tuple[int, int, int]) -> Tensor:
    return (coords[:, 0] * shape[1] + coords[:, 1]) * shape[2] + coords[:, 2]


def _settled(shape: tuple[int, int, int], coords: Tensor, cases: Tensor) -> SurfaceCubes:
    """Problematic cubes whose neighbour across the ambiguous face is problematic take the other joining."""
    tables = cube_tables(cases.device)
    rows = tables.problematic[cases].nonzero()[:, 0]
    if len(rows):
        across = coords[rows] + tables.doubtful_step[cases[rows]]
        limits = torch.tensor(shape, device=cases.device)
        within = ((across >= 0) & (across < limits)).all(1)
        rows, across = rows[within], across[within]
        own = _linear(coords, shape)
        wanted = _linear(across, shape)
        place = torch.searchsorted(own, wanted).clamp(max=len(own) - 1)
        both = (own[place] == wanted) & tables.problematic[cases[place]]
        settled = cases.clone()
        settled[rows[both]] = 255 - cases[rows[both]]
        cases = settled
    return SurfaceCubes(shape, coords, cases)


def _numbers(start: Tensor, count: Tensor) -> Tensor:
    """Vertex numbers cube by cube: start, start + 1 … of each."""
    first = count.cumsum(0) - count
    within = torch.arange(int(count.sum()), device=count.device) - first.repeat_interleave(count)
    return start.repeat_interleave(count) + within


def _dual_values(
    cases: Tensor, tables: CubeTables, start: Tensor, carried: Tensor, field: Tensor, beta: Tensor
) -> Tensor:
    """(V, K): per loop the weighted mean of what its edges carry where the field crosses zero.
    carried: (S, 8, K).  field: (S, 8), times the corners' weights.  beta: (S, 12)."""
    first, second = field[:, _FIRST], field[:, _SECOND]  # (S, 12)
    span = torch.where(tables.crossed[cases], second - first, 1.0)
    at_edges = (carried[:, _FIRST] * second[..., None] - carried[:, _SECOND] * first[..., None]) / span[
        ..., None
    ]
    count = tables.loop_count[cases]
    values = carried.new_empty(int(count.sum()), carried.shape[-1])
    for loop in range(MOST_LOOPS):
        rows = (count > loop).nonzero()[:, 0]
        share = tables.loops[cases[rows], loop] * beta[rows]  # (s, 12)
        mean = (share[..., None] * at_edges[rows]).sum(1) / share.sum(1, keepdim=True)
        values[start[rows] + loop] = mean
    return values


def _quads(cubes: SurfaceCubes, tables: CubeTables, start: Tensor, field: Tensor) -> Tensor:
    """(Q, 4) vertices around every crossed edge that four cubes share, counter-clockwise from outside."""
    device = field.device
    cube, edge = tables.crossed[cubes.cases].nonzero().T
    first = torch.tensor(_FIRST, device=device)[edge]
    key = cubes.corners()[cube, first] * 3 + torch.tensor(_EDGE_RANK, device=device)[edge]
    key, order = key.sort(stable=True)  # the cubes of one edge stay in ascending order
    cube, edge, first = cube[order], edge[order], first[order]
    _, sharing = key.unique_consecutive(return_counts=True)
    begin = (sharing.cumsum(0) - sharing)[sharing == 4]
    vertex = start[cube] + tables.loop_of_edge[cubes.cases[cube], edge]
    around = vertex[begin[:, None] + torch.arange(4, device=device)]  # (Q, 4)
    outside = field[cube[begin], first[begin]] > 0  # the reference's; see without_zeros
    return torch.cat([around[outside][:, _QUAD_FROM_OUTSIDE], around[~outside][:, _QUAD_FROM_INSIDE]])


def _split(quads: Tensor, gamma: Tensor) -> Tensor:
    """(2 Q, 3): each quad cut along the diagonal whose two cubes' weights have the larger product."""
    g = gamma[quads]  # (Q, 4)
    even = (g[:, 0] * g[:, 2] > g[:, 1] * g[:, 3])[:, None]
    triangles = torch.where(even, quads[:, [0, 1, 2, 0, 2, 3]], quads[:, [0, 1, 3, 3, 1, 2]])
    return triangles.reshape(-1, 3)
