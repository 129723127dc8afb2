"""Tiny reconstruction networks in the published file format whose fields are a recognisable object.

The triplane transformer's queries carry the object and its random layers add little, so that whatever views
come in, a block with round edges comes out: long from front to back, its colour running from blue to red that
way (LRM x), to green along y, bluer upwards; and what the views show ripples its surface a little.
"""

from __future__ import annotations

import itertools
from pathlib import Path

import torch
from torch import Tensor

from deocc.backends.deocc123.lrm.config import LrmConfig, to_json
from deocc.backends.deocc123.lrm.network import LrmNetwork

TINY_MESH = LrmConfig(
    encoder_layers=2,
    encoder_heads=2,
    encoder_width=24,
    encoder_hidden=48,
    encoder_grid=5,
    layers=2,
    heads=4,
    width=64,
    plane_low=8,
    plane_high=16,
    plane_channels=4,
    samples_per_ray=8,
    grid_res=28,
    density_res=40,
)
TINY_NERF = LrmConfig(**{**vars(TINY_MESH), "surface": "nerf"})

HALF_SIDES = (0.75, 0.45, 0.55)  # along LRM x, y, z: front to back, side to side, up
SHAPE, U, V = 0, 1, 2  # channels of the planes that mean something; the rest is noise
NOISE = 0.02  # of a random layer's outputs
RIPPLE = 0.03  # of the field
SLOPE = 40.0  # density per unit of distance
PASSED = 8  # hidden units of a decoder that carry meaning: pairs of a number and its negative


def write_tiny_lrm(
    folder: Path, config: LrmConfig = TINY_MESH, name: str = "instant_mesh_large.ckpt"
) -> Path:
    """A folder with a training checkpoint and a config.json beside it -> the checkpoint's path."""
    folder.mkdir(parents=True, exist_ok=True)
    state = {f"lrm_generator.{key}": value for key, value in tiny_network(config).state_dict().items()}
    state["lpips.net.slice1.0.weight"] = torch.zeros(4, 3, 3, 3)  # what the training's file holds beside it
    state["lrm_generator.source_camera"] = torch.zeros(6, 16)
    path = folder / name
    torch.save({"state_dict": state, "epoch": 3, "global_step": 7}, path)
    (folder / "config.json").write_text(to_json(config), "utf-8")
    return path


def tiny_network(config: LrmConfig = TINY_MESH, seed: int = 0) -> LrmNetwork:
    """The network, float32 on the CPU."""
    generator = torch.Generator().manual_seed(seed)
    network = LrmNetwork(config).requires_grad_(False)
    weights = network.state_dict()  # the parameters themselves, by name
    for name, one in weights.items():
        if "norm" in name:
            one.fill_(float(name.endswith("weight")))
        else:
            fan_in = one[0].numel() if one.ndim > 1 else one.numel()
            one.normal_(0, fan_in**-0.5, generator=generator)
        if name.startswith("transformer.") and ("out_proj" in name or ".mlp.3." in name):
            one.mul_(NOISE)
    _write_planes(weights, config, generator)
    _write_decoder(weights, config)
    return network


def _write_planes(weights: dict[str, Tensor], config: LrmConfig, generator: torch.Generator) -> None:
    """Each token holds its four texels of three channels, as ±pairs and filled up to one length, so that the
    final norm leaves them as they are; the deconvolution takes each texel's own."""
    side, width = config.plane_low, config.width
    wanted = _meaning(config.plane_high)  # (3, 3, 2 r, 2 r)
    texels = wanted.unfold(2, 2, 2).unfold(3, 2, 2)  # (3 planes, 3 channels, r, r, 2, 2)
    texels = texels.permute(0, 2, 3, 1, 4, 5).reshape(3 * side * side, 12)
    filler = (width / 2 - texels.square().sum(1, keepdim=True)).sqrt()  # mean square of all is 1
    carried = torch.cat([texels, filler], 1)  # (T, 13)
    pairs = torch.stack([carried, -carried], 2).flatten(1)  # (T, 26)
    queries = weights["transformer.pos_embed"].zero_()
    queries[0, :, : pairs.shape[1]] = pairs
    weights["transformer.deconv.bias"].zero_()
    deconv = weights["transformer.deconv.weight"].normal_(0, 0.1, generator=generator)
    deconv[:, :3] = 0.0
    for channel, i, j in itertools.product(range(3), range(2), range(2)):
        row = 2 * (channel * 4 + 2 * i + j)
        deconv[row, channel, i, j], deconv[row + 1, channel, i, j] = 0.5, -0.5


def _meaning(resolution: int) -> Tensor:
    """(3 planes, 3 channels, R, R): a part of the object's roundness, u, v at each texel; all within ±1."""
    at = (torch.arange(resolution) + 0.5) / resolution * 2 - 1
    v, u = torch.meshgrid(at, at, indexing="ij")
    a, b, c = HALF_SIDES
    sides = ((a, b), (a, c), (c, b))  # along u and v of the planes xy, xz, zy
    rounds = [(u / of_u) ** 4 + (v / of_v) ** 4 for of_u, of_v in sides]
    # 1 − …: planes fade to zero beyond their sides, which is outside; cut off far from the object
    return torch.stack([torch.stack([1 - one.clamp(max=3) / 2, u, v]) for one in rounds])


def _write_decoder(weights: dict[str, Tensor], config: LrmConfig) -> None:
    """Distance, or raw density, from the sum of the planes' shapes; colour from the coordinates."""
    channels = config.plane_channels
    distance = ({plane * channels + SHAPE: -1.0 for plane in range(3)}, 2.0)  # 2 − Σ (1 − roundness)
    x, y, z = U, V, channels + V
    colour = [({x: 2.0}, 0.0), ({y: 2.0}, 0.0), ({x: -2.0, z: 1.5}, 0.0)]
    if config.surface == "mesh":
        _carry(weights, "net_sdf", [distance], [1.0])
        _carry(weights, "net_rgb", colour, [1.0] * 3)
    else:
        _carry(weights, "net", [distance, *colour], [-SLOPE, 1.0, 1.0, 1.0])
        weights["synthesizer.decoder.net.6.bias"][0] += config.density_threshold


def _carry(
    weights: dict[str, Tensor], network: str, rows: list[tuple[dict[int, float], float]], gains: list[float]
) -> None:
    """Makes the network's outputs the given linear functions of its inputs, times gains, plus a ripple: each
    goes through the ReLUs as a pair of its positive and its negative part."""
    matrices = [weights[f"synthesizer.decoder.{network}.{i}.weight"] for i in (0, 2, 4, 6)]
    biases = [weights[f"synthesizer.decoder.{network}.{i}.bias"] for i in (0, 2, 4, 6)]
    for matrix, bias in zip(matrices[:3], biases[:3], strict=True):
        matrix[:PASSED], bias[:PASSED] = 0.0, 0.0
    last = matrices[3].mul_(RIPPLE)
    biases[3].zero_()
    for number, ((row, offset), gain) in enumerate(zip(rows, gains, strict=True)):
        for unit, sign in ((2 * number, 1.0), (2 * number + 1, -1.0)):
            for column, factor in row.items():
                matrices[0][unit, column] = sign * factor
            biases[0][unit] = sign * offset
            matrices[1][unit, unit] = matrices[2][unit, unit] = 1.0
        last[number] *= abs(gain)
        last[number, :PASSED] = 0.0
        last[number, 2 * number], last[number, 2 * number + 1] = gain, -gain
