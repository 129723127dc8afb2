"""A tiny Zero123++ with random weights in the published file format, and UNets fine-tuned from it.

Its pictures are as large as the real ones (640 × 960), its networks a thousandth: attention works at a
sixteenth of the latents' pixels. The ramp is a straight line of our own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from deocc.backends.deocc123.diffusion import networks
from deocc.backends.deocc123.diffusion.config import EMPTY_PROMPT, PROMPT_TOKENS, SCHEDULE

WIDTH = 16  # of prompt tokens and CLIP's embedding
UNET = {
    "_class_name": "UNet2DConditionModel",
    "sample_size": 64,
    "in_channels": 4,
    "out_channels": 4,
    "down_block_types": ["DownBlock2D", "DownBlock2D", "CrossAttnDownBlock2D"],
    "up_block_types": ["CrossAttnUpBlock2D", "UpBlock2D", "UpBlock2D"],
    "block_out_channels": [8, 8, 16],
    "layers_per_block": 1,
    "attention_head_dim": [1, 1, 2],
    "cross_attention_dim": WIDTH,
    "use_linear_projection": True,
    "norm_num_groups": 4,
}
VAE = {
    "_class_name": "AutoencoderKL",
    "in_channels": 3,
    "out_channels": 3,
    "down_block_types": ["DownEncoderBlock2D"] * 4,
    "up_block_types": ["UpDecoderBlock2D"] * 4,
    "block_out_channels": [4, 4, 4, 8],
    "layers_per_block": 1,
    "latent_channels": 4,
    "norm_num_groups": 4,
    "sample_size": 64,
    "scaling_factor": 0.18215,
}
VISION = {
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "image_size": 56,
    "patch_size": 14,
    "projection_dim": WIDTH,
    "hidden_act": "gelu",
}
TEXT = {
    "vocab_size": EMPTY_PROMPT[1] + 1,
    "hidden_size": WIDTH,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "max_position_embeddings": PROMPT_TOKENS,
    "hidden_act": "gelu",
}
RAMP = [n / (PROMPT_TOKENS - 1) for n in range(PROMPT_TOKENS)]
FOR_VAE = {"size": {"shortest_edge": 512}, "crop_size": {"height": 512, "width": 512}, "resample": 2}
FOR_CLIP = {"size": {"shortest_edge": 56}, "crop_size": {"height": 56, "width": 56}, "resample": 3}
CLIP_MEAN, CLIP_STD = [0.48, 0.46, 0.41], [0.27, 0.26, 0.28]


def write_pipeline(folder: Path, seed: int = 0, ramp: list[float] = RAMP) -> Path:
    """The folder as a hub holds it: model_index.json and one folder per part."""
    _write_json(
        folder / "model_index.json", {"_class_name": "Zero123PlusPipeline", "ramping_coefficients": ramp}
    )
    schedule = {**SCHEDULE, "timestep_spacing": "linspace", "steps_offset": 1}
    _write_json(folder / "scheduler/scheduler_config.json", schedule)
    _write_json(
        folder / "feature_extractor_vae/preprocessor_config.json",
        {**FOR_VAE, "image_mean": 0.5, "image_std": 0.8},
    )
    _write_json(
        folder / "feature_extractor_clip/preprocessor_config.json",
        {**FOR_CLIP, "image_mean": CLIP_MEAN, "image_std": CLIP_STD},
    )
    write_tokenizer(folder / "tokenizer")
    _write_network(folder / "unet", unet_tensors(seed), UNET, "diffusion_pytorch_model")
    _write_network(folder / "vae", tensors_of(networks.build_vae, VAE, seed), VAE, "diffusion_pytorch_model")
    _write_network(
        folder / "vision_encoder", tensors_of(networks.build_vision, VISION, seed), VISION, "model"
    )
    text = tensors_of(networks.build_text, TEXT, seed)
    published = {"text_model." + name.removeprefix("text_model."): one for name, one in text.items()}
    _write_network(folder / "text_encoder", published, TEXT, "model")
    return folder


def write_tokenizer(folder: Path) -> None:
    """The three tokens that the empty prompt is made of; no merges are needed for nothing."""
    begin, end = "<|startoftext|>", "<|endoftext|>"
    _write_json(folder / "vocab.json", {"!": 0, begin: EMPTY_PROMPT[0], end: EMPTY_PROMPT[1]})
    (folder / "merges.txt").write_text("#version: 0.2\n", "utf-8")
    told = {"bos_token": {"content": begin}, "eos_token": {"content": end}, "pad_token": "!"}
    _write_json(folder / "tokenizer_config.json", {**told, "model_max_length": PROMPT_TOKENS})


def unet_tensors(seed: int = 1) -> dict[str, Tensor]:
    """The state dict of a UNet, in plain keys."""
    return tensors_of(networks.build_unet, UNET, seed)


def write_unet_bin(folder: Path, seed: int = 1) -> Path:
    """As InstantMesh publishes its UNet, a pickle of plain keys; beside it the config of its size."""
    folder.mkdir(parents=True, exist_ok=True)
    _write_json(folder / "config.json", UNET)
    torch.save(unet_tensors(seed), folder / "diffusion_pytorch_model.bin")
    return folder / "diffusion_pytorch_model.bin"


def write_student(folder: Path, spelling: str, seed: int = 2) -> Path:
    """A fine-tuned UNet in one spelling of SPELLINGS: the file or folder that a user would import.

    Its weights are those of `seed`; where there are averages, these are `seed`'s and the trained ones others.
    """
    folder.mkdir(parents=True, exist_ok=True)
    plain, other = unet_tensors(seed), unet_tensors(seed + 100)
    if spelling == "folder":
        _write_network(folder / "unet", plain, UNET, "diffusion_pytorch_model")
        return folder
    if spelling == "folder with averages":
        _write_network(folder / "unet", other, UNET, "diffusion_pytorch_model")
        _write_network(folder / "unet_ema", plain, UNET, "diffusion_pytorch_model")
        return folder
    _write_json(folder / "config.json", UNET)
    if spelling == "safetensors":
        save_file(plain, folder / "student.safetensors")
        return folder / "student.safetensors"
    prefix, averages = SPELLINGS[spelling]
    trained = other if averages else plain
    state = {prefix + name: one for name, one in trained.items()}
    if averages == "model_ema.":
        state |= {averages + ("unet." + name).replace(".", ""): one for name, one in plain.items()}
        state |= {"model_ema.decay": torch.tensor(0.9999), "model_ema.num_updates": torch.tensor(3)}
    elif averages:
        state |= {averages + name: one for name, one in plain.items()}
    state |= {name: torch.ones(1000) for name in ("betas", "alphas_cumprod", "sqrt_alphas_cumprod")}
    optimizer = [{"state": {0: {"exp_avg": torch.zeros(4)}}}]
    torch.save({"state_dict": state, "optimizer_states": optimizer, "epoch": 3}, folder / "student.ckpt")
    return folder / "student.ckpt"


SPELLINGS = {  # of write_student: prefix of the trained weights, and of the averages where there are any
    "folder": ("", ""),
    "folder with averages": ("", ""),
    "safetensors": ("", ""),
    "plain": ("", ""),
    "unet.": ("unet.", ""),
    "unet.unet.": ("unet.unet.", ""),
    "averages by LitEma": ("unet.unet.", "model_ema."),
    "averages by name": ("unet.", "unet_ema."),
}


def tensors_of(build: Any, config: Mapping[str, Any], seed: int) -> dict[str, Tensor]:
    """Random weights of a network: every tensor drawn, scaled so that signals keep their size."""
    network: nn.Module = networks.on_meta(build, config)
    generator = torch.Generator("cpu").manual_seed(seed)
    tensors = {}
    for name, one in network.state_dict().items():
        drawn = torch.randn(one.shape, generator=generator)
        if one.ndim > 1:
            tensors[name] = drawn / max(one[0].numel(), 1) ** 0.5
        else:
            tensors[name] = 0.1 * drawn + float(name.endswith("weight"))
    return tensors


def _write_network(folder: Path, tensors: dict[str, Tensor], config: Mapping[str, Any], stem: str) -> None:
    _write_json(folder / "config.json", config)
    save_file(tensors, folder / f"{stem}.safetensors", metadata={"format": "pt"})


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(dict(content)), "utf-8")
