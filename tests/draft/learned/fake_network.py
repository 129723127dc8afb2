"""A tiny network with the shipped one's inputs and outputs, whose answers are plain to see.

whole: the object's mask, and of the occluder's what lies near it; the noise's mean makes that more or less.
Depths: a dome over the mask, the back as far behind the middle as the front before it. Colours: the front is
the photo, the back its negative. Elevation 35 degrees, a mask IoU of 0.88 expected.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from deocc.backends.draft.learned.crop import SIDE
from deocc.backends.draft.learned.network import NOISE, Network, load_network

ELEVATION_DEG, EXPECTED_IOU_LOGIT, LOG_ERROR = 35.0, 2.0, -3.0
NEAR = 41  # side of the square over whose mean the hidden part is judged


NUMBERS = {"zero": [0], "three": [3], "four": [4], "five": [5], "channels": [1], "last_two": [2, 3]}
VALUES = {"half": 0.5, "steep": 20.0, "least": 0.2, "edge": 0.45, "nil": 0.0}
FIELDS = {"whole": 1, "depth": 2, "colour": 6, "scale": 4}  # channels


def pooling(side: int) -> dict[str, Any]:
    return {"kernel_shape": [side] * 2, "pads": [side // 2] * 4, "count_include_pad": 1}


NODES: list[tuple[str, str, str, dict[str, Any]]] = [  # what is done, with what, to make what
    ("Slice", "picture zero three channels", "rgb", {}),
    ("Slice", "picture three four channels", "object", {}),
    ("Slice", "picture four five channels", "occluder", {}),
    ("ReduceMean", "noise", "mean", {"axes": [1], "keepdims": 1}),
    ("Unsqueeze", "mean last_two", "drawn", {}),
    ("AveragePool", "object", "near", pooling(NEAR)),
    ("Sub", "near least", "nearer", {}),
    ("Add", "nearer drawn", "likely", {}),  # of what the occluder covers
    ("Sub", "object half", "sure", {}),
    ("Sub", "occluder half", "covered", {}),
    ("Min", "likely covered", "hidden", {}),
    ("Max", "sure hidden", "whole_part", {}),
    ("Mul", "whole_part steep", "whole", {}),
    ("Sigmoid", "whole", "share", {}),
    ("AveragePool", "share", "level", pooling(31)),
    ("Sub", "level edge", "raised", {}),
    ("Max", "raised nil", "front", {}),
    ("Neg", "front", "back", {}),
    ("Concat", "front back", "depth", {"axis": 1}),
    ("Neg", "rgb", "negative", {}),
    ("Concat", "rgb negative", "colour", {"axis": 1}),
    ("Mul", "object nil", "plain", {}),
    ("Add", "plain log_error", "scale", {}),
    ("Mul", "mean nil", "column", {}),
    ("Add", "column said", "told", {}),
]


def network_bytes() -> bytes:
    onnx = pytest.importorskip("onnx", reason="making a network takes the package onnx")
    helper, floats = onnx.helper, onnx.TensorProto.FLOAT
    told = [ELEVATION_DEG / 90, math.log(5 / 90), EXPECTED_IOU_LOGIT]
    constants = [
        *(helper.make_tensor(name, onnx.TensorProto.INT64, [len(of)], of) for name, of in NUMBERS.items()),
        *(helper.make_tensor(name, floats, [], [value]) for name, value in VALUES.items()),
        helper.make_tensor("said", floats, [1, 3], told),
        helper.make_tensor("log_error", floats, [1, 4, 1, 1], [LOG_ERROR] * 4),
    ]

    def info(name: str, *shape: int) -> Any:
        return helper.make_tensor_value_info(name, floats, ["count", *shape])

    graph = helper.make_graph(
        [helper.make_node(kind, takes.split(), [makes], **more) for kind, takes, makes, more in NODES],
        "fake",
        [info("picture", 7, SIDE, SIDE), info("noise", NOISE)],
        [*(info(name, channels, SIDE, SIDE) for name, channels in FIELDS.items()), info("told", 3)],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def fake_network(folder: Path) -> Network:
    path = folder / "fake.onnx"
    path.write_bytes(network_bytes())
    network = load_network(path)
    assert network is not None
    return network
