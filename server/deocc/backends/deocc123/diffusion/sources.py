"""Where published files keep their weights, and what older versions of the libraries called them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from deocc.backends.deocc123.diffusion import networks
from deocc.backends.deocc123.diffusion.config import UNET
from deocc.weights.faults import WeightsFault, wrong_weights

COUNTING = ".position_ids"  # older transformers wrote this buffer into checkpoints
# Attention of a VAE saved before diffusers 0.18 -> as it is called since.
OLD_ATTENTION = {"query": "to_q", "key": "to_k", "value": "to_v", "proj_attn": "to_out.0"}
WEIGHT_ENDS = (
    ".safetensors",
    ".bin",
    ".fp16.safetensors",
    ".fp16.bin",
)  # most exact first where all are there
AVERAGED_FOLDER = "unet_ema"  # as diffusers' training scripts call it
UNET_FOLDERS = (AVERAGED_FOLDER, "unet", "")  # where a folder may keep its UNet; averaged weights first
UNET_STEMS = ("diffusion_pytorch_model", "model", "pytorch_model")
UNET_CLASS = "UNet2DConditionModel"


def needed(path: Path) -> Path:
    """The path itself; WeightsFault where there is no such file."""
    if not path.is_file():
        raise wrong_weights(f"{path.name} is missing in “{path.parent.name}”.", "Choose the whole folder.")
    return path


def weights_in(folder: Path, *stems: str) -> Path:
    """The weights of a network in its folder; WeightsFault where there are none."""
    for stem in stems:
        for end in WEIGHT_ENDS:
            if (folder / (stem + end)).is_file():
                return folder / (stem + end)
    return needed(folder / (stems[0] + WEIGHT_ENDS[0]))


def unet_source(source: Path, base: Path | None = None) -> tuple[Path, dict[str, Any]]:
    """Weights' file of a UNet given as a file or folder, and its config.

    The config is its own, else that of the pipeline it belongs to where that is installed (base), else the
    published one.
    """
    if source.is_dir():
        weights = _unet_in(source)
    else:
        weights = needed(source)
    beside = weights.with_name("config.json")
    if beside.is_file():
        config = networks.read_json(beside)
        if config.get("_class_name") == UNET_CLASS:  # else it describes something else in that folder
            return weights, config
    if base and (base / "unet/config.json").is_file():
        return weights, networks.read_json(base / "unet/config.json")
    return weights, {"_class_name": UNET_CLASS, **UNET}


def _unet_in(folder: Path) -> Path:
    for inner in UNET_FOLDERS:
        if inner and not (folder / inner).is_dir():
            continue
        try:
            return weights_in(folder / inner, *UNET_STEMS)
        except WeightsFault:
            continue
    alone = [
        one
        for one in sorted(folder.iterdir())
        if one.suffix in (".safetensors", ".bin", ".ckpt", ".pt", ".pth")
    ]
    if len(alone) != 1:
        raise wrong_weights(
            f"“{folder.name}” holds {len(alone)} files of weights, not one.", "Choose the file."
        )
    return alone[0]


def without_counting(found: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {key: tensor for key, tensor in found.items() if not key.endswith(COUNTING)}


def renamed_vae(found: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A VAE's tensors with its attention's names of today."""
    renamed = {}
    for key, tensor in found.items():
        head, _, name = key.rpartition(".attentions.0.")
        part, _, kind = name.rpartition(".")
        renamed[f"{head}.attentions.0.{OLD_ATTENTION[part]}.{kind}" if part in OLD_ATTENTION else key] = (
            tensor
        )
    return renamed
