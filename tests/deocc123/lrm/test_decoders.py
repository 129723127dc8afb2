"""The field's decoders: constants of the published network and what its outputs mean."""

from __future__ import annotations

import math

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from deocc.backends.deocc123.lrm import decoders as subject  # noqa: E402
from deocc.backends.deocc123.lrm.decoders import (  # noqa: E402
    DensityDecoder,
    deformation_of,
    density_of,
    small_network,
    spread_sigmoid,
)
from deocc.backends.deocc123.lrm.mesh_field import WEIGHT_SCALE  # noqa: E402
from tests.tiny.lrm import TINY_NERF  # noqa: E402


def test_constants_of_the_published_network():
    assert (subject.HIDDEN, subject.CORNERS, subject.CUBE_WEIGHTS) == (64, 8, 21)
    assert (subject.RAW_WEIGHT_SCALE, WEIGHT_SCALE) == (0.1, 0.5)
    assert (subject.COLOUR_SPREAD, subject.DENSITY_SHIFT) == (0.001, -1.0)


def test_a_small_network_is_four_linears_with_relu_between():
    network = small_network(12, 5)
    assert [type(layer) for layer in network] == [nn.Linear, nn.ReLU] * 3 + [nn.Linear]
    assert [tuple(one.weight.shape) for one in network if isinstance(one, nn.Linear)] == [
        (64, 12), (64, 64), (64, 64), (5, 64),
    ]  # fmt: skip


def test_colours_reach_a_thousandth_beyond_both_ends():
    ends = spread_sigmoid(torch.tensor([-100.0, 0.0, 100.0]))
    assert ends.tolist() == pytest.approx([-0.001, 0.5, 1.001])


def test_a_density_is_a_shifted_softplus():
    assert density_of(torch.tensor([1.0, 31.0])).tolist() == pytest.approx([math.log(2), 30.0])


def test_a_vertex_moves_at_most_a_quarter_of_one_over_the_resolution():
    moved = deformation_of(torch.tensor([-1e3, 0.0, 1e3]), 128)
    assert moved.tolist() == pytest.approx([-1 / 512, 0.0, 1 / 512])


def test_the_density_network_tells_colour_after_density():
    decoder = DensityDecoder(TINY_NERF)
    features = torch.randn(3, 12)
    assert torch.equal(decoder.colours(features), spread_sigmoid(decoder.net(features)[:, 1:4]))
