"""Reading a triplane: at points, and at all vertices of a regular grid at once.

Planes are (3, C, R, R) over [-1, 1]², rows along v and columns along u: (u, v) is (x, y), (x, z), (z, y).
A grid is a product of three axes, so that each plane is read once at the product of its two axes, goes
through its own third of a network's first linear layer there, and the three are added at the grid's vertices:
a vertex costs three additions per hidden unit and its features are never held.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

CACHED_POINTS = 2**15  # on a processor: their hidden units are 8 MB, three times as fast as 64 MB
PLANE_AXES = ((0, 1), (0, 2), (2, 1))  # (u, v) of each plane among x, y, z


def sample_points(planes: Tensor, points: Tensor) -> Tensor:
    """Features (N, 3 C) at points (N, 3) in LRM units, bilinear; zero beyond the planes, fading over the last
    half texel."""
    uv = torch.stack([points[:, axes] for axes in PLANE_AXES])[:, None]  # (3, 1, N, 2)
    sampled = F.grid_sample(planes, uv, "bilinear", "zeros", align_corners=False)  # (3, C, 1, N)
    return sampled[:, :, 0].permute(2, 0, 1).flatten(1)


@dataclass(frozen=True)
class GridFeatures:
    """Each plane's features at the product of its axes: xy (X, Y, C), xz (X, Z, C), zy (Z, Y, C)."""

    xy: Tensor
    xz: Tensor
    zy: Tensor

    @property
    def shape(self) -> tuple[int, int, int]:
        return self.xy.shape[0], self.xy.shape[1], self.xz.shape[1]


def sample_grid(planes: Tensor, axes: tuple[Tensor, Tensor, Tensor]) -> GridFeatures:
    """axes: where the grid's vertices are along x, y and z."""
    sampled = []
    for plane, (u, v) in zip(planes, PLANE_AXES, strict=True):
        uv = torch.stack(torch.meshgrid(axes[u], axes[v], indexing="ij"), -1)  # (U, V, 2)
        read = F.grid_sample(plane[None], uv[None], "bilinear", "zeros", align_corners=False)
        sampled.append(read[0].permute(1, 2, 0))  # (C, U, V) -> (U, V, C)
    return GridFeatures(*sampled)


@dataclass(frozen=True)
class FirstLayer:
    """A network's first linear layer on a grid, by planes: (X, Y, K), (X, Z, K), (Y, Z, K); bias in xy."""

    xy: Tensor
    xz: Tensor
    yz: Tensor

    def at(self, coords: Tensor) -> Tensor:
        """(N, 3) int64 grid places -> (N, K), before the activation."""
        x, y, z = coords.T
        return self.xy[x, y] + self.xz[x, z] + self.yz[y, z]

    def block(self, x: slice, y: slice) -> Tensor:
        """Some rows along x and y -> (n, m, Z, K), before the activation."""
        return self.xy[x, y, None] + self.xz[x, None] + self.yz[y]


def first_layer(network: nn.Sequential, grid: GridFeatures) -> FirstLayer:
    """Of a network that takes a vertex's features, plane after plane."""
    linear = _linear(network)
    xy, xz, zy = linear.weight.chunk(3, dim=1)
    of_zy = F.linear(grid.zy, zy)
    return FirstLayer(F.linear(grid.xy, xy, linear.bias), F.linear(grid.xz, xz), _turned(of_zy))


def first_layer_of_cubes(network: nn.Sequential, grid: GridFeatures) -> FirstLayer:
    """Of a network that takes a cube's eight corners' features, corner after corner (c = dx + 2 dy + 4 dz).

    The two corners above each other on a plane read the same features there, so that a plane's part is a
    2x2 convolution of it with their weights added.
    """
    linear = _linear(network)
    weight = linear.weight.view(len(linear.weight), 2, 2, 2, 3, -1)  # (K, dz, dy, dx, plane, C)
    xy = weight[..., 0, :].sum(1).permute(0, 3, 2, 1)  # (K, C, dx, dy)
    xz = weight[..., 1, :].sum(2).permute(0, 3, 2, 1)  # (K, C, dx, dz)
    zy = weight[..., 2, :].sum(3).permute(0, 3, 1, 2)  # (K, C, dz, dy)
    of_zy = _convolved(grid.zy, zy)
    return FirstLayer(_convolved(grid.xy, xy, linear.bias), _convolved(grid.xz, xz), _turned(of_zy))


def rest_of(network: nn.Sequential, hidden: Tensor, outputs: slice = slice(None)) -> Tensor:
    """(..., K) before the first activation -> the network's outputs, or some; `hidden` is overwritten."""
    for layer in list(network)[1:-1]:
        hidden = hidden.relu_() if isinstance(layer, nn.ReLU) else layer(hidden)
    last = network[-1]
    assert isinstance(last, nn.Linear)
    return F.linear(hidden, last.weight[outputs], last.bias[outputs])


def over_grid(
    network: nn.Sequential, grid: GridFeatures, chunk_points: int, outputs: slice = slice(None)
) -> Iterator[tuple[slice, slice, Tensor]]:
    """Yields (rows along x, rows along y, (n, m, Z, K')) block by block over all vertices of the grid."""
    layer = first_layer(network, grid)
    x, y, z = grid.shape
    if layer.xy.device.type == "cpu":
        chunk_points = min(chunk_points, CACHED_POINTS)
    x_step, y_step = max(1, chunk_points // (y * z)), max(1, min(y, chunk_points // z))
    for first in range(0, x, x_step):
        rows = slice(first, min(first + x_step, x))
        for begin in range(0, y, y_step):
            columns = slice(begin, min(begin + y_step, y))
            yield rows, columns, rest_of(network, layer.block(rows, columns), outputs)


def in_chunks(work: Callable[[Tensor], Tensor], rows: Tensor, chunk: int) -> Tensor:
    """work over (N, …) rows, `chunk` of them at a time."""
    if len(rows) <= chunk:
        return work(rows)
    return torch.cat([work(part) for part in rows.split(chunk)])


def _linear(network: nn.Sequential) -> nn.Linear:
    first = network[0]
    assert isinstance(first, nn.Linear)
    return first


def _turned(zy: Tensor) -> Tensor:
    return zy.transpose(0, 1).contiguous()  # sums over slabs then run along memory


def _convolved(features: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """(U, V, C) and (K, C, 2, 2) -> (U - 1, V - 1, K); as products, since a card's convolutions may round to
    ten bits where its products don't."""
    u, v = features.shape[0] - 1, features.shape[1] - 1
    total = F.linear(features[:u, :v], weight[:, :, 0, 0], bias)
    for du, dv in ((0, 1), (1, 0), (1, 1)):
        total += F.linear(features[du : u + du, dv : v + dv], weight[:, :, du, dv])
    return total
