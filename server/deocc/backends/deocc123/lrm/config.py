"""The sizes of a reconstruction network as plain numbers: the four published ones, JSON beside weights."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deocc.weights.faults import WeightsFault, wrong_weights

NETWORK = "instantmesh-lrm"  # marks our config.json among others'


@dataclass(frozen=True)
class LrmConfig:
    """encoder: DINO ViT over views, camera-modulated.  layers, heads, width: of the triplane transformer.
    plane_low, plane_high: tokens and texels along a plane's side.  plane_channels: C.
    samples_per_ray: of the volume rendering it was trained by; half coarse, half fine.
    grid_res, grid_scale: cubes along the FlexiCubes grid and its side in LRM units (surface "mesh").
    density_res, density_threshold: of marching cubes over [-1, 1] (surface "nerf").
    """

    surface: str = "mesh"
    encoder_layers: int = 12
    encoder_heads: int = 12
    encoder_width: int = 768
    encoder_hidden: int = 3072
    encoder_grid: int = 14  # patches along a side of the pictures the position embedding was trained on
    patch_px: int = 16
    layers: int = 16
    heads: int = 16
    width: int = 1024
    plane_low: int = 32
    plane_high: int = 64
    plane_channels: int = 80
    samples_per_ray: int = 128
    grid_res: int = 128
    grid_scale: float = 2.1
    density_res: int = 256
    density_threshold: float = 10.0

    def __post_init__(self):
        if self.surface not in ("mesh", "nerf"):
            raise ValueError(f"a surface is “mesh” or “nerf”, not “{self.surface}”")
        if self.plane_high != 2 * self.plane_low:
            raise ValueError("planes have two texels along each token's side")
        if self.width % self.heads or self.encoder_width % self.encoder_heads:
            raise ValueError("a width is a multiple of its heads")


INSTANT_MESH_LARGE = LrmConfig()
INSTANT_MESH_BASE = LrmConfig(layers=12, plane_channels=40, samples_per_ray=96)
INSTANT_NERF_LARGE = LrmConfig(surface="nerf")
INSTANT_NERF_BASE = LrmConfig(surface="nerf", layers=12, plane_channels=40, samples_per_ray=96)

PUBLISHED: Mapping[str, LrmConfig] = {  # by name of the weights
    "instant-mesh-large": INSTANT_MESH_LARGE,
    "instant-mesh-base": INSTANT_MESH_BASE,
    "instant-nerf-large": INSTANT_NERF_LARGE,
    "instant-nerf-base": INSTANT_NERF_BASE,
}


def to_json(config: LrmConfig) -> str:
    return json.dumps({"network": NETWORK, **dataclasses.asdict(config)}, indent=2) + "\n"


def from_json(text: str) -> LrmConfig:
    """Raises WeightsFault `weights_wrong` where the text is not a configuration of ours."""
    try:
        values = json.loads(text)
    except json.JSONDecodeError as error:
        raise _not_ours(str(error)) from error
    if not is_ours(values):
        raise _not_ours(f"it is not of network “{NETWORK}”")
    return _config({name: value for name, value in values.items() if name != "network"})


def is_ours(values: object) -> bool:
    """Whether a JSON value is such a configuration, and no other network's."""
    return isinstance(values, dict) and values.get("network") == NETWORK


def read_config(path: Path) -> LrmConfig:
    """The configuration in a file; WeightsFault where it can't be read."""
    try:
        return from_json(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise _not_ours(str(error)) from error


def _config(values: dict[str, Any]) -> LrmConfig:
    kinds = {field.name: type(field.default) for field in dataclasses.fields(LrmConfig)}
    for name, value in values.items():
        if name not in kinds:
            raise _not_ours(f"it has an unknown entry “{name[:80]}”")
        if kinds[name] is float and type(value) is int:
            continue
        if type(value) is not kinds[name]:
            raise _not_ours(f"“{name}” must be of type {kinds[name].__name__}")
        if kinds[name] is not str and not 0 < value <= 1e6:
            raise _not_ours(f"“{name}” is out of range")
    try:
        return LrmConfig(**values)
    except ValueError as error:
        raise _not_ours(str(error)) from error


def _not_ours(why: str) -> WeightsFault:
    return wrong_weights(f"The file config.json is no configuration of a reconstruction network: {why}.")
