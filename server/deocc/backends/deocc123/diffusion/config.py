"""Zero123++ as numbers: the published networks, the picture's layout, what a checkpoint says of itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

VIEW_PX, TILE_ROWS, TILE_COLUMNS = 320, 3, 2  # view k at row k // 2, column k % 2
VIEWS = TILE_ROWS * TILE_COLUMNS
GUIDANCE = 4.0  # Zero123++'s own default
STEPS = 28  # Zero123++'s own; InstantMesh takes 75

# The published pipeline trained its UNet on latents (z - shift) * scale and on pictures normalised so.
LATENT_SHIFT, LATENT_SCALE = 0.22, 0.75
PICTURE_SCALE = 1.6  # 0.8 / 0.5: pictures are normalised with a deviation of 0.8 instead of 0.5

PROMPT_TOKENS = 77
EMPTY_PROMPT = (49406, 49407) + (0,) * 75  # begin, end, then "!", which SD 2 pads with

UNET: Mapping[str, Any] = MappingProxyType(  # Stable Diffusion 2's, 865,910,724 parameters
    {
        "sample_size": 64,
        "in_channels": 4,
        "out_channels": 4,
        "down_block_types": ("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
        "up_block_types": ("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3,
        "block_out_channels": (320, 640, 1280, 1280),
        "layers_per_block": 2,
        "attention_head_dim": (5, 10, 20, 20),  # diffusers' old name: these are numbers of heads
        "cross_attention_dim": 1024,
        "use_linear_projection": True,
        "norm_num_groups": 32,
        "norm_eps": 1e-5,
        "act_fn": "silu",
    }
)
VAE: Mapping[str, Any] = MappingProxyType(  # Stable Diffusion's, 83,653,863 parameters
    {
        "in_channels": 3,
        "out_channels": 3,
        "down_block_types": ("DownEncoderBlock2D",) * 4,
        "up_block_types": ("UpDecoderBlock2D",) * 4,
        "block_out_channels": (128, 256, 512, 512),
        "layers_per_block": 2,
        "latent_channels": 4,
        "norm_num_groups": 32,
        "act_fn": "silu",
        "sample_size": 768,
        "scaling_factor": 0.18215,
    }
)
VISION: Mapping[str, Any] = MappingProxyType(  # CLIP ViT-H/14's picture half, 632,076,800 parameters
    {
        "hidden_size": 1280,
        "intermediate_size": 5120,
        "num_hidden_layers": 32,
        "num_attention_heads": 16,
        "image_size": 224,
        "patch_size": 14,
        "projection_dim": 1024,
        "hidden_act": "gelu",
        "layer_norm_eps": 1e-5,
    }
)
TEXT: Mapping[str, Any] = MappingProxyType(  # its text half, used once, when weights are prepared
    {
        "vocab_size": 49408,
        "hidden_size": 1024,
        "intermediate_size": 4096,
        "num_hidden_layers": 23,
        "num_attention_heads": 16,
        "max_position_embeddings": PROMPT_TOKENS,
        "hidden_act": "gelu",
        "layer_norm_eps": 1e-5,
    }
)
SCHEDULE: Mapping[str, Any] = MappingProxyType(
    {
        "num_train_timesteps": 1000,
        "beta_schedule": "linear",
        "beta_start": 0.00085,
        "beta_end": 0.012,
        "prediction_type": "v_prediction",
    }
)


@dataclass(frozen=True)
class ViewConfig:
    """What belongs to a checkpoint and travels with its views.

    cameras: a set of geometry.cameras, "v1.1" or "v1.2".  background: sRGB of the ground it was trained on,
    for the picture it is given and for those it makes.
    """

    cameras: str
    background: tuple[int, int, int]

    def in_words(self) -> str:
        return f"cameras {self.cameras}, background {', '.join(map(str, self.background))}"


WHITE, GREY = (255, 255, 255), (127, 127, 127)
STOCK = {name: ViewConfig(name, GREY) for name in ("v1.1", "v1.2")}
INSTANTMESH = ViewConfig("v1.2", WHITE)  # fine-tuned from v1.2 on a white ground
STUDENT = ViewConfig("v1.1", GREY)  # DeOcc-1-to-3 §3.1 has v1.1's cameras; of its ground the paper is silent

# Prepared weights: what a checkpoint says of itself, the text model's answer, Preview's map, a UNet alone.
PIPELINE_FILE = "pipeline.json"
EMPTY_PROMPT_FILE = "empty_prompt.safetensors"
PREVIEW_FILE = "preview.safetensors"
UNET_ALONE_FILE = "model.safetensors"


def read_pipeline_file(folder: Path) -> ViewConfig:
    """The ViewConfig of a folder of prepared weights."""
    told = json.loads((folder / PIPELINE_FILE).read_text("utf-8"))
    red, green, blue = told["background"]
    return ViewConfig(told["cameras"], (red, green, blue))


def write_pipeline_file(folder: Path, config: ViewConfig, base: str = "") -> None:
    """base: the pipeline that a UNet of its own is used in, or ""."""
    told = asdict(config) | ({"base": base} if base else {})
    (folder / PIPELINE_FILE).write_text(json.dumps(told, indent=1) + "\n", "utf-8")
