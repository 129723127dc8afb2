"""Reading planes: at points, on grids by parts, networks' first layers by planes; against the plain way."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from torch import Tensor  # noqa: E402

from deocc.backends.deocc123.lrm.decoders import small_network  # noqa: E402
from deocc.backends.deocc123.lrm.triplane import (  # noqa: E402
    first_layer_of_cubes,
    in_chunks,
    over_grid,
    rest_of,
    sample_grid,
    sample_points,
)

CHANNELS, SIDE = 5, 8
ROUNDING = 2e-6  # float32 sums of 3 · 5 · 8 numbers in another order
AXES = (torch.linspace(-1.1, 1.1, 7), torch.linspace(-0.9, 1.0, 9), torch.linspace(-1, 1.05, 6))


@pytest.fixture(name="planes")
def _planes() -> Tensor:
    return torch.randn(3, CHANNELS, SIDE, SIDE, generator=torch.Generator().manual_seed(4))


def grid_points() -> Tensor:
    """(X, Y, Z, 3) the vertices of the grid of AXES."""
    return torch.stack(torch.meshgrid(*AXES, indexing="ij"), -1)


def test_a_texels_centre_is_read_as_it_is(planes: Tensor):
    """Rows along v: plane xy at row y, column x; xz at row z, column x; zy at row y, column z."""
    place = (torch.tensor([[2, 5, 6]]) + 0.5) / SIDE * 2 - 1  # texels x 2, y 5, z 6
    read = sample_points(planes, place)[0].view(3, CHANNELS)
    assert torch.allclose(read[0], planes[0, :, 5, 2], atol=1e-6)
    assert torch.allclose(read[1], planes[1, :, 6, 2], atol=1e-6)
    assert torch.allclose(read[2], planes[2, :, 5, 6], atol=1e-6)


def test_features_fade_to_zero_over_the_last_half_texel_and_beyond(planes: Tensor):
    edge = torch.tensor([[1.0, 0.0, 0.0]])
    inner = torch.tensor([[1 - 1 / SIDE, 0.0, 0.0]])
    beyond = torch.tensor([[1 + 1 / SIDE, 0.0, 0.0]])
    xy = slice(0, CHANNELS)
    assert torch.allclose(
        sample_points(planes, edge)[:, xy], sample_points(planes, inner)[:, xy] / 2, atol=1e-6
    )
    assert sample_points(planes, beyond)[:, : 2 * CHANNELS].abs().max() < 1e-6


def test_a_network_over_the_grid_equals_the_network_at_its_points(planes: Tensor):
    network = small_network(3 * CHANNELS, 4).requires_grad_(False)
    points = grid_points()
    plain = network(sample_points(planes, points.reshape(-1, 3))).view(*points.shape[:3], 4)
    grid = sample_grid(planes, AXES)
    assert grid.shape == (7, 9, 6)
    for chunk in (1, 6, 20, 54, 130, 10**6):  # below a row, a row, rows, a slab, slabs, all
        whole = torch.full_like(plain, torch.nan)
        for rows, columns, values in over_grid(network, grid, chunk):
            assert values.shape[:2] == (rows.stop - rows.start, columns.stop - columns.start)
            whole[rows, columns] = values
        assert torch.allclose(whole, plain, atol=ROUNDING)
    for rows, columns, values in over_grid(network, grid, 54, slice(1, 3)):
        assert torch.allclose(values, plain[rows, columns][..., 1:3], atol=ROUNDING)


def test_a_network_of_cubes_equals_the_network_of_its_eight_corners(planes: Tensor):
    network = small_network(8 * 3 * CHANNELS, 21).requires_grad_(False)
    features = sample_points(planes, grid_points().reshape(-1, 3)).view(7, 9, 6, -1)
    coords = torch.cartesian_prod(torch.arange(6), torch.arange(8), torch.arange(5))
    corner = torch.arange(8)
    places = coords[:, None] + torch.stack([corner & 1, corner >> 1 & 1, corner >> 2], 1)  # (N, 8, 3)
    plain = network(features[places[..., 0], places[..., 1], places[..., 2]].flatten(1))
    layer = first_layer_of_cubes(network, sample_grid(planes, AXES))
    assert torch.allclose(rest_of(network, layer.at(coords)), plain, atol=ROUNDING)


def test_rows_in_chunks_are_the_rows(planes: Tensor):
    points = grid_points().reshape(-1, 3)
    whole = sample_points(planes, points)
    assert torch.equal(in_chunks(lambda part: sample_points(planes, part), points, 10), whole)
    assert len(in_chunks(lambda part: sample_points(planes, part), points[:0], 10)) == 0
