"""A triplane's signed distance field to triangles by FlexiCubes, evaluated no further than the surface needs.

The distance is read at every vertex of the grid, slab by slab; deformation and cube weights only where the
surface passes. No grid of features is ever held.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from deocc.backends.deocc123.lrm.config import LrmConfig
from deocc.backends.deocc123.lrm.decoders import RAW_WEIGHT_SCALE, MeshDecoder, deformation_of
from deocc.backends.deocc123.lrm.surface import empty_shape
from deocc.backends.deocc123.lrm.triplane import (
    GridFeatures,
    first_layer,
    first_layer_of_cubes,
    in_chunks,
    over_grid,
    rest_of,
    sample_grid,
)
from deocc.geometry.flexicubes import (
    DualSurface,
    SurfaceCubes,
    cube_weights,
    dual_surface,
    surface_cubes,
    without_zeros,
)

WEIGHT_SCALE = 0.5  # InstantMesh's; FlexiCubes' own default is 0.99

Progress = Callable[[float], None]


def grid_axis(resolution: int, scale: float) -> Tensor:
    """(resolution + 1,) float32 positions of grid vertices along an axis, LRM units; rounded to 1e-5 of the
    side, as in training."""
    steps = torch.arange(resolution + 1) / resolution
    return (torch.round(steps * 1e5) / 1e5 - 0.5) * scale


def mesh_surface(
    decoder: MeshDecoder,
    planes: Tensor,
    config: LrmConfig,
    chunk_points: int,
    done: Progress,
    close_border: bool = True,
) -> DualSurface:
    """planes: (3, C, R, R) float32 -> the surface in LRM units. done: progress 0..1, may raise.

    close_border: where the field is inside at the grid's border, the surface is closed there; otherwise it
    has a hole, as the published network's has. Raises DeoccError `empty_shape`.
    """
    axis = grid_axis(config.grid_res, config.grid_scale).to(planes.device)
    grid = sample_grid(planes, (axis, axis, axis))
    field = distance_field(decoder, grid, chunk_points, lambda part: done(0.8 * part))
    check_field(field)
    field = without_zeros(field)
    if close_border:
        field = with_border_outside(field)
    cubes = surface_cubes(field < 0)
    surface = surface_at(decoder, grid, axis, field, cubes, chunk_points)
    done(1.0)
    if len(surface.faces) == 0:
        raise empty_shape()
    return surface


def distance_field(decoder: MeshDecoder, grid: GridFeatures, chunk_points: int, done: Progress) -> Tensor:
    """(X, Y, Z) float32, negative inside."""
    field = grid.xy.new_empty(grid.shape)
    for rows, columns, values in over_grid(decoder.net_sdf, grid, chunk_points):
        field[rows, columns] = values[..., 0]
        done(rows.stop / grid.shape[0])
    return field


def check_field(field: Tensor) -> None:
    """Raises `empty_shape` where nothing within the grid's border is inside, or nothing outside."""
    inside = field[1:-1, 1:-1, 1:-1] < 0
    if not inside.any() or inside.all():
        raise empty_shape()


def with_border_outside(field: Tensor) -> Tensor:
    """The field with its outermost vertices outside, as far as they were inside."""
    border = torch.ones_like(field, dtype=torch.bool)
    border[1:-1, 1:-1, 1:-1] = False
    return torch.where(border, field.abs(), field)


def surface_at(
    decoder: MeshDecoder,
    grid: GridFeatures,
    axis: Tensor,
    field: Tensor,
    cubes: SurfaceCubes,
    chunk_points: int,
) -> DualSurface:
    """The surface through some cubes of the grid, which is equal along x, y and z; deformation and weights
    are evaluated at them alone."""
    corners, of_cube = cubes.corners().unique(return_inverse=True)  # (P,), (S, 8)
    side = len(axis)
    coords = torch.stack([corners // side**2, corners // side % side, corners % side], 1)  # (P, 3)
    moved = _moved(decoder, grid, coords, chunk_points, side - 1)
    positions = axis[coords] + moved  # (P, 3)
    weights = cube_weights(raw_weights(decoder, grid, cubes.coords, chunk_points), WEIGHT_SCALE)
    return dual_surface(cubes, positions[of_cube], field.reshape(-1)[corners][of_cube], weights)


def raw_weights(decoder: MeshDecoder, grid: GridFeatures, coords: Tensor, chunk: int) -> Tensor:
    """(S, 21) of cubes at (S, 3) grid places."""
    layer, network = first_layer_of_cubes(decoder.net_weight, grid), decoder.net_weight
    return in_chunks(lambda part: rest_of(network, layer.at(part)), coords, chunk) * RAW_WEIGHT_SCALE


def _moved(decoder: MeshDecoder, grid: GridFeatures, coords: Tensor, chunk: int, grid_res: int) -> Tensor:
    layer, network = first_layer(decoder.net_deformation, grid), decoder.net_deformation
    raw = in_chunks(lambda part: rest_of(network, layer.at(part)), coords, chunk)
    return deformation_of(raw, grid_res)
