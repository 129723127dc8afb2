"""What the tensors' shapes don't show and small goldens can't see: every eps, activation and head count."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from deocc.backends.deocc123.diffusion import config, networks
from deocc.backends.deocc123.diffusion.config import ViewConfig, read_pipeline_file, write_pipeline_file


@pytest.fixture(scope="module")
def unet():
    return networks.on_meta(networks.build_unet, config.UNET)


@pytest.fixture(scope="module")
def vae():
    return networks.on_meta(networks.build_vae, config.VAE)


def every(module: nn.Module, kind: type) -> dict[str, Any]:
    return {name: one for name, one in module.named_modules() if isinstance(one, kind)}


def test_the_unets_normalisations(unet):
    """1e-5 in residual blocks and at the end, 1e-6 before the transformers, 1e-5 inside them."""
    groups = every(unet, nn.GroupNorm)
    assert len(groups) == 22 * 2 + 16 + 1  # 22 residual blocks, 16 transformers, the last one
    for name, norm in groups.items():
        assert norm.num_groups == 32
        of_transformer = ".attentions." in name and name.endswith(".norm")
        assert norm.eps == (1e-6 if of_transformer else 1e-5), name
    layers = every(unet, nn.LayerNorm)
    assert len(layers) == 16 * 3 and {norm.eps for norm in layers.values()} == {1e-5}


def test_the_unets_heads_are_of_64_channels(unet):
    from diffusers.models.attention_processor import Attention

    heads = {}
    for name, one in every(unet, Attention).items():
        assert one.to_q.out_features == 64 * one.heads, name
        assert one.scale == 64**-0.5 and one.to_q.bias is None and one.to_out[0].bias is not None
        assert not one.residual_connection and one.rescale_output_factor == 1
        assert (
            one.group_norm is None and one.spatial_norm is None and one.norm_q is None and one.norm_k is None
        )
        heads.setdefault(name.split(".attentions")[0], set()).add(one.heads)
    assert heads == {
        "down_blocks.0": {5}, "down_blocks.1": {10}, "down_blocks.2": {20}, "mid_block": {20},
        "up_blocks.1": {20}, "up_blocks.2": {10}, "up_blocks.3": {5},
    }  # fmt: skip


def test_the_unets_activations(unet):
    from diffusers.models.activations import GEGLU

    gates = every(unet, GEGLU)
    assert len(gates) == 16
    given = torch.linspace(-3, 3, 7)
    for gate in gates.values():  # the exact form, no tanh of it
        assert torch.equal(gate.gelu(given), nn.functional.gelu(given, approximate="none"))
    silu = {name for name, one in unet.named_modules() if isinstance(one, nn.SiLU)}
    assert {"conv_act", "time_embedding.act", "mid_block.resnets.0.nonlinearity"} <= silu
    others = (nn.ReLU, nn.GELU, nn.Mish, nn.Tanh)
    assert not [name for name, one in unet.named_modules() if isinstance(one, others)]


def test_the_unets_time_embedding(unet):
    assert unet.time_proj.num_channels == 320 and unet.time_proj.flip_sin_to_cos
    assert unet.time_proj.downscale_freq_shift == 0
    assert unet.config["center_input_sample"] is False
    assert unet.config["mid_block_scale_factor"] == 1 and unet.config["downsample_padding"] == 1


def test_the_vae(vae):
    from diffusers.models.attention_processor import Attention

    assert {norm.eps for norm in every(vae, nn.GroupNorm).values()} == {1e-6}
    assert {norm.num_groups for norm in every(vae, nn.GroupNorm).values()} == {32}
    attentions = every(vae, Attention)
    assert len(attentions) == 2 and {one.heads for one in attentions.values()} == {1}
    assert all(one.residual_connection and one.group_norm.eps == 1e-6 for one in attentions.values())
    assert vae.config["scaling_factor"] == 0.18215
    assert vae.config["use_quant_conv"] and vae.config["use_post_quant_conv"]


@pytest.mark.parametrize(
    ("build", "numbers", "layers"),
    [(networks.build_vision, config.VISION, 32), (networks.build_text, config.TEXT, 23)],
)
def test_clip(build, numbers, layers):
    clip = networks.on_meta(build, numbers)
    norms = every(clip, nn.LayerNorm)
    assert len(norms) == 2 * layers + (2 if build is networks.build_vision else 1)
    assert {norm.eps for norm in norms.values()} == {1e-5}
    attentions = [one for name, one in clip.named_modules() if name.endswith("self_attn")]
    assert len(attentions) == layers and {one.num_heads for one in attentions} == {16}
    given = torch.linspace(-3, 3, 7)
    activations = [one.activation_fn for name, one in clip.named_modules() if name.endswith(".mlp")]
    assert len(activations) == layers
    for activation in activations:  # exact: OpenAI's own CLIP has quick_gelu, these have not
        assert torch.equal(activation(given), nn.functional.gelu(given))


def test_the_numbers_around_the_networks():
    assert (config.LATENT_SHIFT, config.LATENT_SCALE, config.PICTURE_SCALE) == (0.22, 0.75, 0.8 / 0.5)
    assert (config.VIEW_PX * config.TILE_ROWS, config.VIEW_PX * config.TILE_COLUMNS) == (960, 640)
    assert len(config.EMPTY_PROMPT) == 77 and config.EMPTY_PROMPT[:3] == (49406, 49407, 0)
    assert (config.SCHEDULE["beta_start"], config.SCHEDULE["beta_end"]) == (0.00085, 0.012)


def test_cameras_and_ground_belong_to_the_checkpoint():
    assert config.STOCK["v1.1"] == ViewConfig("v1.1", (127, 127, 127))
    assert config.STOCK["v1.2"] == ViewConfig("v1.2", (127, 127, 127))
    assert config.INSTANTMESH == ViewConfig("v1.2", (255, 255, 255))
    assert config.STUDENT.cameras == "v1.1"  # +30/−20, DeOcc-1-to-3 §3.1


def test_what_a_checkpoint_says_of_itself_survives_its_file(tmp_path):
    told = ViewConfig("v1.1", (1, 2, 3))
    write_pipeline_file(tmp_path, told, "zero123plus-v1.1")
    assert read_pipeline_file(tmp_path) == told
