"""The field's decoders: small networks from triplane features to distance, colour, deformation, weights.

Names of parameters are the published checkpoints'. All of it runs in float32: it is 0.2 million parameters,
and a distance of ten bits would show as terraces on the surface.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from deocc.backends.deocc123.lrm.config import LrmConfig
from deocc.backends.deocc123.lrm.transformer import PLANES

HIDDEN = 64
CORNERS = 8
CUBE_WEIGHTS = 21  # 12 edges, 8 corners, 1 of the cube
RAW_WEIGHT_SCALE = 0.1
COLOUR_SPREAD = 0.001  # a sigmoid that reaches a little beyond 0 and 1
DENSITY_SHIFT = -1.0


def small_network(inputs: int, outputs: int) -> nn.Sequential:
    """Four linears with ReLU between, at indices 0, 2, 4 and 6."""
    return nn.Sequential(
        nn.Linear(inputs, HIDDEN),
        nn.ReLU(),
        nn.Linear(HIDDEN, HIDDEN),
        nn.ReLU(),
        nn.Linear(HIDDEN, HIDDEN),
        nn.ReLU(),
        nn.Linear(HIDDEN, outputs),
    )


class MeshDecoder(nn.Module):
    """Signed distance (negative inside), colour, deformation of grid vertices, FlexiCubes weights."""

    def __init__(self, config: LrmConfig):
        super().__init__()
        features = PLANES * config.plane_channels
        self.net_sdf = small_network(features, 1)
        self.net_rgb = small_network(features, 3)
        self.net_deformation = small_network(features, 3)
        self.net_weight = small_network(CORNERS * features, CUBE_WEIGHTS)

    def colours(self, features: Tensor) -> Tensor:
        """(N, 3 C) -> (N, 3) sRGB, a little beyond 0..1."""
        return spread_sigmoid(self.net_rgb(features))


class DensityDecoder(nn.Module):
    """Raw density and colour by one network: channel 0 and channels 1..3."""

    def __init__(self, config: LrmConfig):
        super().__init__()
        self.net = small_network(PLANES * config.plane_channels, 4)

    def colours(self, features: Tensor) -> Tensor:
        """(N, 3 C) -> (N, 3) sRGB, a little beyond 0..1."""
        return spread_sigmoid(self.net(features)[:, 1:])


class Synthesizer(nn.Module):
    """Holds the decoder under its published name."""

    def __init__(self, config: LrmConfig):
        super().__init__()
        self.decoder = MeshDecoder(config) if config.surface == "mesh" else DensityDecoder(config)


def spread_sigmoid(raw: Tensor) -> Tensor:
    return raw.sigmoid() * (1 + 2 * COLOUR_SPREAD) - COLOUR_SPREAD


def density_of(raw: Tensor) -> Tensor:
    """A raw density made positive."""
    return F.softplus(raw + DENSITY_SHIFT)


def deformation_of(raw: Tensor, grid_res: int) -> Tensor:
    """(N, 3) raw -> how far grid vertices move, in LRM units: at most a quarter of 1 / grid_res."""
    return raw.tanh() / (4 * grid_res)
