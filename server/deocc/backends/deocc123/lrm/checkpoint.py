"""A published reconstruction checkpoint to files for strict reading: model.safetensors, config.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from deocc.backends.deocc123.lrm.config import PUBLISHED, LrmConfig, from_json, is_ours, to_json
from deocc.backends.deocc123.lrm.network import CONFIG_FILE, WEIGHTS_FILE, empty_network
from deocc.weights.checkpoint import match_keys, read_tensors, shapes_of, write_tensors
from deocc.weights.faults import wrong_weights
from deocc.weights.preparing import Prepared, PrepareOptions, refuse

PREFIX = "lrm_generator."  # of the network's keys in the training's checkpoint
TRAINING_ONLY = "source_camera"  # a buffer that some training files carry along
ENDINGS = (".ckpt", ".safetensors", ".pt", ".pth", ".bin")


def prepare_lrm(source: Path, target: Path, options: PrepareOptions) -> Prepared:
    """source: the checkpoint, or a folder with one; a config.json of ours beside it says its sizes, else they
    are the published ones of options.name. Raises WeightsFault."""
    refuse(options, "base", "cameras", "background")
    file = checkpoint_file(source)
    config = config_of(file, options.name)
    tensors = network_tensors(read_tensors(file))
    wanted = {name: one.shape for name, one in empty_network(config).state_dict().items()}
    match_keys(shapes_of(tensors), wanted, f"The file {file.name}")
    target.mkdir(parents=True, exist_ok=True)
    write_tensors({name: tensor.to(torch.float32) for name, tensor in tensors.items()}, target / WEIGHTS_FILE)
    (target / CONFIG_FILE).write_text(to_json(config), "utf-8")
    return Prepared()


def checkpoint_file(source: Path) -> Path:
    """The one checkpoint in a folder, or the file itself."""
    if not source.is_dir():
        return source
    files = sorted(path for path in source.iterdir() if path.suffix in ENDINGS and path.is_file())
    if len(files) != 1:
        count = "no checkpoint" if not files else f"{len(files)} checkpoints"
        raise wrong_weights(f"The folder {source.name} holds {count}.", "Choose the file itself.")
    return files[0]


def config_of(file: Path, name: str) -> LrmConfig:
    """The configuration beside the file where there is one of ours, else the published one of that name."""
    beside = file.with_name(CONFIG_FILE)
    try:
        text = beside.read_text("utf-8")
        ours = is_ours(json.loads(text))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError):
        ours, text = False, ""  # none, or of another program's: the published sizes hold
    config = from_json(text) if ours else PUBLISHED[name]
    if config.surface != PUBLISHED[name].surface:
        raise wrong_weights(
            f"{file.name} is a “{config.surface}” network, and {name} is none.",
            "Choose another name or file.",
        )
    return config


def network_tensors(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The network's own tensors by their own names: a training checkpoint prefixes them and holds its losses'
    networks beside them, which are left out."""
    if any(name.startswith(PREFIX) for name in tensors):
        tensors = {name.removeprefix(PREFIX): one for name, one in tensors.items() if name.startswith(PREFIX)}
    return {name: one for name, one in tensors.items() if TRAINING_ONLY not in name}
