"""The reconstruction networks' sizes: the published ones, and JSON there and back."""

from __future__ import annotations

import json

import pytest

from deocc.backends.deocc123.lrm.config import (
    INSTANT_MESH_BASE,
    INSTANT_MESH_LARGE,
    INSTANT_NERF_BASE,
    INSTANT_NERF_LARGE,
    PUBLISHED,
    LrmConfig,
    from_json,
    is_ours,
    to_json,
)
from deocc.weights.faults import WeightsFault


def test_the_four_published_differ_where_they_should():
    assert (INSTANT_MESH_LARGE.layers, INSTANT_MESH_LARGE.plane_channels) == (16, 80)
    assert (INSTANT_MESH_BASE.layers, INSTANT_MESH_BASE.plane_channels) == (12, 40)
    assert (INSTANT_MESH_LARGE.samples_per_ray, INSTANT_MESH_BASE.samples_per_ray) == (128, 96)
    for nerf, mesh in ((INSTANT_NERF_LARGE, INSTANT_MESH_LARGE), (INSTANT_NERF_BASE, INSTANT_MESH_BASE)):
        assert {**vars(nerf), "surface": "mesh"} == vars(mesh) and nerf.surface == "nerf"
    for config in PUBLISHED.values():
        assert (config.width, config.heads, config.plane_low, config.plane_high) == (1024, 16, 32, 64)
        assert (config.encoder_width, config.encoder_layers, config.encoder_heads) == (768, 12, 12)
        assert (config.encoder_hidden, config.encoder_grid, config.patch_px) == (3072, 14, 16)
        assert (config.grid_res, config.grid_scale) == (128, 2.1)
        assert (config.density_res, config.density_threshold) == (256, 10.0)


@pytest.mark.parametrize("config", PUBLISHED.values())
def test_json_there_and_back(config: LrmConfig):
    assert from_json(to_json(config)) == config


@pytest.mark.parametrize(
    "change, words",
    [
        ({"layers": "16"}, "of type int"),
        ({"layers": True}, "of type int"),
        ({"layers": -1}, "out of range"),
        ({"colour": 3}, "unknown entry “colour”"),
        ({"surface": "cloud"}, "cloud"),
        ({"plane_high": 65}, "two texels"),
        ({"heads": 3}, "multiple of its heads"),
        ({"network": "UNet2DConditionModel"}, "not of network"),
    ],
)
def test_a_wrong_entry_is_named(change: dict[str, object], words: str):
    values = {**json.loads(to_json(INSTANT_MESH_LARGE)), **change}
    with pytest.raises(WeightsFault, match=words) as fault:
        from_json(json.dumps(values))
    assert fault.value.code == "weights_wrong"


def test_a_whole_number_does_for_a_length():
    values = {**json.loads(to_json(INSTANT_MESH_LARGE)), "grid_scale": 2}
    assert from_json(json.dumps(values)).grid_scale == 2


def test_other_programs_configurations_are_told_apart():
    assert is_ours(json.loads(to_json(INSTANT_MESH_LARGE)))
    assert not is_ours({"layers": 16}) and not is_ours([1]) and not is_ours(None)
    with pytest.raises(WeightsFault):
        from_json("{")
