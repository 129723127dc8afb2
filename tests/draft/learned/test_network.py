"""The network's file: read, refused with a word, and asked."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import numpy as np
import pytest

from deocc.backends.draft.learned import network as networks
from deocc.backends.draft.learned.network import (
    NETWORK,
    NOISE,
    TEMPERATURE,
    Guess,
    load_network,
    noise_of,
)
from tests.draft.learned.fake_network import ELEVATION_DEG, fake_network, network_bytes


def test_it_answers_for_each_picture(tmp_path: Path):
    network = fake_network(tmp_path)
    pictures = np.zeros((3, 7, 128, 128), np.float32)
    pictures[1, 3, 40:80, 40:80] = 1
    guess = network(pictures, np.zeros((3, NOISE), np.float32))
    shapes = [one.shape for one in (guess.whole, guess.depth, guess.colour, guess.scale, guess.told)]
    assert shapes == [(3, 128, 128), (3, 2, 128, 128), (3, 6, 128, 128), (3, 4, 128, 128), (3, 3)]
    assert guess.finite() and (guess.whole[1] > 0).sum() == 1600 and (guess.whole[0] <= 0).all()
    assert guess.told[0, 0] * 90 == pytest.approx(ELEVATION_DEG)


@pytest.mark.parametrize("name", ["whole", "depth", "colour", "scale", "told"])
def test_one_number_that_is_none_is_noticed_wherever_it_is(name: str):
    parts = {one: np.zeros((1, 4), np.float32) for one in ("whole", "depth", "colour", "scale", "told")}
    assert Guess(**parts).finite()
    for none in (np.nan, np.inf):
        parts[name][0, 2] = none
        assert not Guess(**parts).finite()


def test_it_works_on_few_cores_which_it_leaves_while_it_waits_and_keeps_no_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for cores, threads in ((64, 2), (1, 1)):
        monkeypatch.setattr(networks, "_cores", lambda cores=cores: cores)
        told = fake_network(tmp_path)._session.get_session_options()
        assert (told.intra_op_num_threads, told.inter_op_num_threads) == (threads, 1)
        assert told.get_session_config_entry("session.intra_op.allow_spinning") == "0"
        assert not told.enable_cpu_mem_arena


@pytest.mark.parametrize("length", [0, 100, -40])
def test_a_broken_file_leaves_geometry_and_a_word_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, length: int
):
    path = tmp_path / "cut.onnx"
    path.write_bytes(network_bytes()[:length])
    with caplog.at_level(logging.WARNING):
        assert load_network(path) is None
    assert "cut.onnx" in caplog.text and "geometry alone" in caplog.text


def test_a_missing_file_leaves_geometry_and_a_word_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.WARNING):
        assert load_network(tmp_path / "gone.onnx") is None
    assert "gone.onnx is missing" in caplog.text


def test_without_onnxruntime_geometry_is_left(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    path = tmp_path / "fake.onnx"
    path.write_bytes(b"whatever")
    monkeypatch.setitem(sys.modules, "onnxruntime", None)  # importing it is an ImportError then
    with caplog.at_level(logging.WARNING):
        assert load_network(path) is None
    assert "onnxruntime can't be loaded" in caplog.text


@pytest.mark.parametrize("differs", ["input", "output"])
def test_another_network_is_refused(tmp_path: Path, caplog: pytest.LogCaptureFixture, differs: str):
    onnx = pytest.importorskip("onnx", reason="making a network takes the package onnx")
    model = onnx.load_from_string(network_bytes())
    if differs == "input":
        model.graph.input[1].type.tensor_type.shape.dim[1].dim_value = 8
    else:
        model.graph.output[4].name = model.graph.node[-1].output[0] = "tells"
    path = tmp_path / "other.onnx"
    path.write_bytes(model.SerializeToString())
    with caplog.at_level(logging.WARNING):
        assert load_network(path) is None
    assert "other.onnx is another network" in caplog.text


@pytest.mark.parametrize("differs", ["newer", "unknown operation", "operation without code"])
def test_a_network_that_the_installed_onnxruntime_cannot_run_is_refused(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, differs: str
):
    onnx = pytest.importorskip("onnx", reason="making a network takes the package onnx")
    model = onnx.load_from_string(network_bytes())
    if differs == "newer":
        model.opset_import[0].version = 99
    elif differs == "unknown operation":
        model.graph.node[5].op_type = "Nonsense"
    else:  # the standard knows it in double precision, onnxruntime in single alone
        cast = onnx.helper.make_node("Cast", ["rgb"], ["wide"], to=onnx.TensorProto.DOUBLE)
        model.graph.node.extend([cast, onnx.helper.make_node("Sinh", ["wide"], ["steeper"])])
        model.graph.output.append(
            onnx.helper.make_tensor_value_info("steeper", onnx.TensorProto.DOUBLE, None)
        )
    path = tmp_path / "foreign.onnx"
    path.write_bytes(model.SerializeToString())
    with caplog.at_level(logging.WARNING):
        assert load_network(path) is None
    assert "foreign.onnx can't be read" in caplog.text


def test_seed_0_is_the_most_expected_and_every_other_a_draw_of_its_own():
    assert not noise_of(0).any() and noise_of(0).shape == (1, NOISE) and noise_of(0).dtype == np.float32
    draws = np.concatenate([noise_of(seed) for seed in (1, 2, 2**63 - 1)])
    assert draws.dtype == np.float32 and np.array_equal(noise_of(2)[0], draws[1])
    assert len({row.tobytes() for row in draws}) == 3
    many = np.concatenate([noise_of(seed) for seed in range(1, 200)])
    assert abs(many.mean()) < 0.04 and many.std() == pytest.approx(
        TEMPERATURE, rel=0.04
    )  # three standard errors


@pytest.mark.skipif(not NETWORK.is_file(), reason="the trained network is not in this checkout")
def test_the_shipped_network_is_small_and_can_be_asked():
    assert NETWORK.stat().st_size <= 20e6
    network = load_network()
    assert network is not None
    guess = network(np.zeros((1, 7, 128, 128), np.float32), noise_of(0))
    assert guess.finite()
