"""An exported ONNX file back to weights that can be trained on: the shipped network's, for instance."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch
from google.protobuf.message import DecodeError
from onnx import ModelProto, numpy_helper
from torch import Tensor, nn

from deocc.errors import InputFault
from deocc.training.draft.losses import Learner
from deocc.training.state import Begun, Spent, check_fits, read_begun

PICTURES, SECONDS = "pictures", "seconds"  # in the metadata: what the weights had cost, of all trainings


def read_weights(place: Path, module: nn.Module) -> Begun:
    """Those of a training's folder or of an exported file."""
    return read_exported(place, module) if place.is_file() else read_begun(place, module)


def read_exported(path: Path, module: nn.Module) -> Begun:
    """The weights of a file that `export` wrote. What is not exported, the posterior, is the module's own: it
    learns anew. InputFault where the file is none of ours, or of another network."""
    assert isinstance(module, Learner)
    try:
        model = onnx.load(str(path))
    except (OSError, DecodeError) as error:
        raise InputFault("bad_network", f"“{path}” is no network that was exported.") from error
    told = {one.key: one.value for one in model.metadata_props}
    found = _weights(model)
    check_fits(found, module.network, path)
    weights = module.state_dict() | {f"network.{name}": one for name, one in found.items()}
    return Begun(weights, Spent(int(told.get(PICTURES, 0)), float(told.get(SECONDS, 0))))


def _weights(model: ModelProto) -> dict[str, Tensor]:
    """By their names in the network. PyTorch renames those that it folds into another shape: a linear layer's
    is turned, a norm's has more axes. Where they belong says the name of the node that takes them."""
    held = {one.name.removesuffix(".half"): numpy_helper.to_array(one) for one in model.graph.initializer}
    found = {}
    for node in model.graph.node:
        for name in set(node.input) & set(held):
            values = held[name].astype(np.float32)
            if "::" in name:
                layer = _layer(node.name)
                name = f"{layer}.bias" if node.op_type == "Add" else f"{layer}.weight"
                values = values.T if node.op_type == "MatMul" else values.reshape(-1)
            found[name] = torch.from_numpy(values.copy())
    return found


def _layer(node: str) -> str:
    """/attend/attend.0/think/think.2/MatMul -> attend.0.think.2"""
    names: list[str] = []
    for name in node.strip("/").split("/")[:-1]:
        if names and name.startswith(f"{names[-1]}."):  # told again with what is before it
            names.pop()
        names.append(name)
    return ".".join(names)
