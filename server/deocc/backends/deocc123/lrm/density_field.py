"""A triplane's density field to triangles by marching cubes (the "nerf" networks)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from deocc.backends.deocc123.lrm.config import LrmConfig
from deocc.backends.deocc123.lrm.decoders import DensityDecoder, density_of
from deocc.backends.deocc123.lrm.surface import empty_shape
from deocc.backends.deocc123.lrm.triplane import over_grid, sample_grid

DENSITY = slice(0, 1)  # of the decoder's four outputs


def density_surface(
    decoder: DensityDecoder,
    planes: Tensor,
    config: LrmConfig,
    chunk_points: int,
    done: Callable[[float], None],
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """planes: (3, C, R, R) float32 -> vertices (N, 3) in LRM units and faces (M, 3), counter-clockwise seen
    from outside, closed at the border. done: progress 0..1, may raise. Raises DeoccError `empty_shape`."""
    density = density_volume(decoder, planes, config.density_res, chunk_points, lambda part: done(0.9 * part))
    surface = triangles_at(density.cpu().numpy(), config.density_threshold)
    done(1.0)
    return surface


def density_volume(
    decoder: DensityDecoder, planes: Tensor, resolution: int, chunk_points: int, done: Callable[[float], None]
) -> Tensor:
    """(n, n, n) float32 densities, x first, at n positions from −1 to 1 along each axis."""
    axis = torch.linspace(-1, 1, resolution).to(planes.device)
    grid = sample_grid(planes, (axis, axis, axis))
    volume = planes.new_empty(grid.shape)
    for rows, columns, raw in over_grid(decoder.net, grid, chunk_points, DENSITY):
        volume[rows, columns] = density_of(raw[..., 0])
        done(rows.stop / resolution)
    return volume


def triangles_at(
    density: NDArray[np.float32], threshold: float
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """The surface where the density over [-1, 1]³ falls through the threshold; beyond it there is none."""
    from skimage.measure import marching_cubes  # takes a third of a second to import

    inside = density > threshold
    if not inside.any() or inside.all():
        raise empty_shape()
    around = np.pad(density, 1)  # closed at the border
    vertices, faces, _, _ = marching_cubes(around, threshold, gradient_direction="ascent")
    vertices = (vertices - 1) / (len(density) - 1) * 2 - 1
    return vertices.astype(np.float32), faces.astype(np.int32)
