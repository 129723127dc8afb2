"""A tiny network with the shipped one's inputs and outputs, whose answers are plain to see.

whole: the object's mask, and of the occluder's what lies near it; the noise's mean makes that more or less.
Depths: a dome over the mask, the back as far behind the middle as the front before it. Colours: the front is
the photo, the back its negative. Elevation 35 degrees, a mask IoU of 0.88 expected.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from deocc.backends.draft.learned.network import Network, load_network

ELEVATION_DEG, EXPECTED_IOU_LOGIT, LOG_ERROR = 35.0, 2.0, -3.0
NEAR = 41  # side of the square over whose mean the hidden part is judged


def network_bytes() -> bytes:
    onnx = pytest.importorskip("onnx", reason="making a network takes the package onnx")
    helper, floats = onnx.helper, onnx.TensorProto.FLOAT
    whole_numbers, constants = onnx.TensorProto.INT64, []
    for name, values in {
        "three": [3], "four": [4], "five": [5], "zero": [0], "channels": [1], "last_two": [2, 3],
    }.items():  # fmt: skip
        constants.append(helper.make_tensor(name, whole_numbers, [len(values)], values))
    for name, value in {"half": 0.5, "steep": 20.0, "least": 0.2, "edge": 0.45, "nil": 0.0}.items():
        constants.append(helper.make_tensor(name, floats, [], [value]))
    told = [ELEVATION_DEG / 90, float(np.log(5 / 90)), EXPECTED_IOU_LOGIT]
    constants.append(helper.make_tensor("said", floats, [1, 3], told))
    constants.append(helper.make_tensor("log_error", floats, [1, 4, 1, 1], [LOG_ERROR] * 4))
    made: list = []

    def node(kind: str, inputs: list[str], output: str, **attributes) -> str:
        made.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def pooled(what: str, output: str, side: int) -> str:
        pads = [side // 2] * 4
        return node("AveragePool", [what], output, kernel_shape=[side] * 2, pads=pads, count_include_pad=1)

    node("Slice", ["picture", "zero", "three", "channels"], "rgb")
    node("Slice", ["picture", "three", "four", "channels"], "object")
    node("Slice", ["picture", "four", "five", "channels"], "occluder")
    node("ReduceMean", ["noise"], "mean", axes=[1], keepdims=1)
    node("Unsqueeze", ["mean", "last_two"], "drawn")
    near = pooled("object", "near", NEAR)
    node("Sub", [near, "least"], "nearer")
    node("Add", ["nearer", "drawn"], "likely")  # of what the occluder covers
    node("Sub", ["object", "half"], "sure")
    node("Sub", ["occluder", "half"], "covered")
    node("Min", ["likely", "covered"], "hidden")
    node("Max", ["sure", "hidden"], "whole_part")
    node("Mul", ["whole_part", "steep"], "whole")
    node("Sigmoid", ["whole"], "share")
    pooled("share", "level", 31)
    node("Sub", ["level", "edge"], "raised")
    node("Max", ["raised", "nil"], "front")
    node("Neg", ["front"], "back")
    node("Concat", ["front", "back"], "depth", axis=1)
    node("Neg", ["rgb"], "negative")
    node("Concat", ["rgb", "negative"], "colour", axis=1)
    node("Mul", ["object", "nil"], "plain")
    node("Add", ["plain", "log_error"], "scale")
    node("Mul", ["mean", "nil"], "column")
    node("Add", ["column", "said"], "told")
    field = {"whole": 1, "depth": 2, "colour": 6, "scale": 4}
    outputs = [
        helper.make_tensor_value_info(name, floats, ["count", n, 128, 128]) for name, n in field.items()
    ]
    outputs.append(helper.make_tensor_value_info("told", floats, ["count", 3]))
    inputs = [
        helper.make_tensor_value_info("picture", floats, ["count", 7, 128, 128]),
        helper.make_tensor_value_info("noise", floats, ["count", 16]),
    ]
    graph = helper.make_graph(made, "fake", inputs, outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def fake_network(folder: Path) -> Network:
    path = folder / "fake.onnx"
    path.write_bytes(network_bytes())
    network = load_network(path)
    assert network is not None
    return network
