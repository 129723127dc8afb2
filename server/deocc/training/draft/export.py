"""The trained network as an ONNX file: weights in half precision, arithmetic in full."""

from __future__ import annotations

import copy
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from deocc.package import write_beside
from deocc.training.draft.network import INPUTS, LATENT, DraftNet

SIDE = 128
OPSET = 18
INPUT_NAMES = ("picture", "noise")
OUTPUT_NAMES = ("whole", "depth", "colour", "scale", "told")
LEAST_HALVED = 256  # numbers of a weight: small ones are biases and norms, and stay as they are


def export(network: DraftNet, path: Path, about: dict[str, str]) -> None:
    """Writes the file whole or not at all. about: words kept in its metadata."""
    still = copy.deepcopy(network).cpu().float().eval()
    inputs = (torch.zeros(2, INPUTS, SIDE, SIDE), torch.zeros(2, LATENT))
    with TemporaryDirectory() as folder:
        full = Path(folder) / "full.onnx"
        torch.onnx.export(
            still,
            inputs,
            str(full),
            input_names=list(INPUT_NAMES),
            output_names=list(OUTPUT_NAMES),
            dynamic_axes={name: {0: "count"} for name in (*INPUT_NAMES, *OUTPUT_NAMES)},
            opset_version=OPSET,
            dynamo=False,
        )
        model = onnx.load(str(full))
    _halve_weights(model)
    helper.set_model_props(model, about)
    onnx.checker.check_model(model)
    write_beside(model.SerializeToString(deterministic=True), path)


def _halve_weights(model: onnx.ModelProto) -> None:
    """Weights as float16 with a cast to float32 behind each, which the runtime folds away as it loads."""
    graph, casts = model.graph, []
    for weight in graph.initializer:
        if weight.data_type != TensorProto.FLOAT or np.prod(weight.dims) < LEAST_HALVED:
            continue
        full, name = numpy_helper.to_array(weight), weight.name
        weight.CopyFrom(numpy_helper.from_array(full.astype(np.float16), f"{name}.half"))
        casts.append(helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
