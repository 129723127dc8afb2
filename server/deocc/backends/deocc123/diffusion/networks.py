"""Builds the three networks from their config.json and gives them their weights; strict, on the processor."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from huggingface_hub import errors as hub_errors
from torch import nn
from transformers import CLIPTextConfig, CLIPTextModel, CLIPVisionConfig, CLIPVisionModelWithProjection

from deocc.weights.checkpoint import load_strict, read_tensors
from deocc.weights.faults import wrong_weights

UNET_FILE = "diffusion_pytorch_model.safetensors"
VAE_FILE = UNET_FILE
VISION_FILE = "model.safetensors"

Config = Mapping[str, Any]
# what the libraries raise of a config.json with wrong or senseless entries
MISFITS: tuple[type[Exception], ...] = (
    getattr(hub_errors, "StrictDataclassError", ValueError),  # of transformers 5; earlier ones check nothing
    ArithmeticError, AttributeError, LookupError, NotImplementedError, RuntimeError,
    TypeError, ValueError,
)  # fmt: skip


def build_unet(config: Config) -> UNet2DConditionModel:
    built: Any = UNet2DConditionModel.from_config(_plain(config))
    return built


def build_vae(config: Config) -> AutoencoderKL:
    built: Any = AutoencoderKL.from_config(_plain(config))
    return built


def build_vision(config: Config) -> CLIPVisionModelWithProjection:
    return CLIPVisionModelWithProjection(CLIPVisionConfig(**_plain(config)))


def build_text(config: Config) -> CLIPTextModel:
    return CLIPTextModel(CLIPTextConfig(**_plain(config)))


def on_meta(build: Callable[[Config], nn.Module], config: Config) -> Any:
    """The network without memory, for its keys and shapes; WeightsFault where no network has such sizes."""
    try:
        with torch.device("meta"):
            return build(config)
    except MISFITS as error:
        why = str(error).strip().split("\n")[0][:120]
        raise wrong_weights(f"A config.json has sizes that no such network can have ({why}).") from error


def load(
    build: Callable[[Config], nn.Module], config: Config, weights: Path, dtype: torch.dtype = torch.float32
) -> Any:
    """A network with a file's tensors, on the processor, ready to run; WeightsFault where they differ."""
    network = on_meta(build, config)
    load_strict(network, read_tensors(weights), dtype, what=weights.name)
    return ready(network)


def ready(network: nn.Module) -> Any:
    """Counting buffers, which no checkpoint holds, made real; gradients off."""
    for owner in network.modules():
        for name, buffer in owner.named_buffers(recurse=False):
            if buffer.is_meta:
                assert name == "position_ids", f"{name} is neither in the checkpoint nor known"
                setattr(owner, name, torch.arange(buffer.shape[-1]).expand(buffer.shape))
    return network.eval().requires_grad_(False)


def read_json(path: Path) -> dict[str, Any]:
    """WeightsFault where the file is no JSON object."""
    try:
        told = json.loads(path.read_text("utf-8"))
    except ValueError as error:  # no JSON, or no text
        raise wrong_weights(f"{path.parent.name}/{path.name} is damaged: it is no JSON.") from error
    if not isinstance(told, dict):
        raise wrong_weights(f"{path.parent.name}/{path.name} is not this model's.")
    return told


def _plain(config: Config) -> dict[str, Any]:
    return {name: value for name, value in config.items() if not name.startswith("_")}
