"""Surface cubes of a sparse grid: active cubes give values at their corners, the rest of it is outside.

A corner's value is the plain mean over the active cubes that share it. The surface also passes inactive cubes
that touch an inside corner, so those are listed beside the active ones; nothing dense is ever held.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from deocc.geometry.flexicubes import SurfaceCubes, listed_cubes


@dataclass(frozen=True)
class SparseCorners:
    """The P grid vertices that N active cubes touch.

    shape: cubes along x, y and z.  coords: (N, 3) int64, distinct.  vertices: (P, 3) int64, distinct.
    of_cube: (N, 8) int64, rows of `vertices`.
    """

    shape: tuple[int, int, int]
    coords: Tensor
    vertices: Tensor
    of_cube: Tensor

    def mean(self, values: Tensor) -> Tensor:
        """(N, 8, K) values of every cube at its corners -> (P, K) float32, means over a corner's cubes."""
        total = values.new_zeros(len(self.vertices), values.shape[-1], dtype=torch.float32)
        count = values.new_zeros(len(self.vertices), 1, dtype=torch.float32)
        for corner in range(
            8
        ):  # one corner's vertices are distinct, so that no two sums meet: same bytes each time
            rows = self.of_cube[:, corner]
            total[rows] += values[:, corner].float()
            count[rows] += 1
        return total / count


@dataclass(frozen=True)
class SparseSurface:
    """corner_rows: (S, 8) int64, rows of SparseCorners.vertices, P where no active cube touches the corner.
    corner_coords: (S, 8, 3) int64.  cube_rows: (S,) int64, rows of SparseCorners.coords, N where inactive."""

    cubes: SurfaceCubes
    corner_rows: Tensor
    corner_coords: Tensor
    cube_rows: Tensor


def sparse_corners(coords: Tensor, shape: tuple[int, int, int]) -> SparseCorners:
    """The corners of N active cubes, coords (N, 3) int64."""
    x, y, z = shape
    ids = _vertex_ids(coords[:, None] + _offsets(coords.device), shape)  # (N, 8)
    found, of_cube = ids.unique(return_inverse=True)
    rest, column = found // (z + 1), found % (z + 1)
    vertices = torch.stack([rest // (y + 1), rest % (y + 1), column], 1)
    return SparseCorners((x, y, z), coords, vertices, of_cube)


def sparse_surface(corners: SparseCorners, field: Tensor) -> SparseSurface:
    """The cubes between inside and outside; field: (P,) at the corners, negative inside."""
    shape, device = corners.shape, field.device
    offsets = _offsets(device)
    around = corners.vertices[field < 0][:, None] - offsets  # (p, 8, 3) the cubes that touch an inside corner
    around = around.reshape(-1, 3)
    around = around[((around >= 0) & (around < torch.tensor(shape, device=device))).all(1)]
    candidates = torch.unique(around, dim=0) if len(around) else around
    corner_coords = candidates[:, None] + offsets  # (M, 8, 3)
    rows = _rows(_vertex_ids(corner_coords, shape), _vertex_ids(corners.vertices, shape))
    padded = torch.cat([field < 0, field.new_zeros(1, dtype=torch.bool)])
    cubes, kept = listed_cubes(candidates, padded[rows], shape)
    linear = _cube_ids(corners.coords, shape)
    ordered, order = linear.sort()
    found = _rows(_cube_ids(cubes.coords, shape), ordered)
    cube_rows = torch.cat([order, order.new_tensor([len(order)])])[found]
    return SparseSurface(cubes, rows[kept], corner_coords[kept], cube_rows)


def _offsets(device: torch.device) -> Tensor:
    corner = torch.arange(8, device=device)
    return torch.stack([corner & 1, corner >> 1 & 1, corner >> 2], 1)  # (8, 3)


def _vertex_ids(coords: Tensor, shape: tuple[int, int, int]) -> Tensor:
    return (coords[..., 0] * (shape[1] + 1) + coords[..., 1]) * (shape[2] + 1) + coords[..., 2]


def _cube_ids(coords: Tensor, shape: tuple[int, int, int]) -> Tensor:
    return (coords[..., 0] * shape[1] + coords[..., 1]) * shape[2] + coords[..., 2]


def _rows(wanted: Tensor, ordered: Tensor) -> Tensor:
    """Where each wanted id stands in the ascending ids, their number where it does not."""
    if len(ordered) == 0:
        return torch.zeros_like(wanted)
    place = torch.searchsorted(ordered, wanted).clamp(max=len(ordered) - 1)
    return torch.where(ordered[place] == wanted, place, len(ordered))
