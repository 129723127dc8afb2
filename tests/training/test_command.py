"""`deocc train draft` from the command line, on a tiny set and a tiny network."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import onnx
import onnxruntime
import pytest
from onnx import numpy_helper

from deocc.cli import main
from deocc.data.dataset import build as building
from deocc.training import command
from deocc.training.draft import schedule, task
from deocc.training.draft.network import TINY
from deocc.training.state import read_state
from tests.data.builds import each_here
from tests.data.dataset.small import asked


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "each", each_here)
        building.build(asked(folder, "box", "ycb_plate"))
    return folder / "out"


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task, "DraftTask", partial(task.DraftTask, config=TINY, validated=4))
    monkeypatch.setattr(schedule, "BATCHES", (2, 2))


def test_it_trains_exports_and_writes_the_card(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture):
    out, file = tmp_path / "run", tmp_path / "draft.onnx"
    words = ["train", "draft", "--data", str(data), "--out", str(out), "--readers", "0"]
    assert main([*words, "--steps", "5", "--export", str(file)]) == 0
    said = capsys.readouterr().out
    assert "5 steps: 3 at 64 px, 2 at 128 px" in said and said.rstrip().endswith(f"in {out}.")
    told = onnxruntime.InferenceSession(str(file)).get_modelmeta().custom_metadata_map
    assert told["steps"] == "5" and len(told["dataset"]) == 64
    card = file.with_suffix(".md").read_text("utf-8")
    assert "box by nobody" in card and "ycb_plate by nobody" not in card  # that one was held out
    assert "| amodal IoU of the most expected completion |" in card
    looks = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines() if "iou" in line]
    assert [look["step"] for look in looks] == [5] and 0 <= looks[0]["iou"] <= 1
    assert (out / "look-0000005.jpg").stat().st_size > 10_000


def test_a_network_without_a_latent_is_measured_by_its_one_completion(data: Path, tmp_path: Path):
    out, file = tmp_path / "run", tmp_path / "draft.onnx"
    words = ["train", "draft", "--data", str(data), "--out", str(out), "--readers", "0", "--single"]
    assert main([*words, "--steps", "2", "--export", str(file)]) == 0
    card = file.with_suffix(".md").read_text("utf-8")
    assert "most expected completion" in card and "drawn completions" not in card


def test_two_trainings_are_averaged_and_measured_anew(data: Path, tmp_path: Path, capsys):
    words = ["train", "draft", "--data", str(data), "--readers", "0", "--steps", "2"]
    first, second, file = tmp_path / "first", tmp_path / "second", tmp_path / "draft.onnx"
    assert main([*words, "--out", str(first)]) == 0
    words += ["--out", str(second), "--begin-with", str(first), "--seed", "1", "--export", str(file)]
    assert main(words) == 0
    alone = file.read_bytes()
    assert main([*words, "--average-with", str(first)]) == 0
    assert file.read_bytes() != alone and "The weights are the mean of" in file.with_suffix(".md").read_text()
    log = (second / "log.jsonl").read_bytes()
    nothing = {tmp_path / "none": "There is no training in", data / "card.md": "no network that"}
    for wrong, said in nothing.items():
        assert main([*words, "--steps", "9", "--average-with", str(wrong)]) == 2
        assert said in capsys.readouterr().err
    assert main([*words[:-2], "--steps", "9", "--average-with", str(first)]) == 2
    assert "Give --export too." in capsys.readouterr().err
    assert (second / "log.jsonl").read_bytes() == log, "it was told before anything was trained"
    contents = [read_state(one) for one in (first, second)]
    states = [content["average"] for content in contents if content]
    weight = "network.stem.bias"
    stored = {one.name: one for one in onnx.load(file).graph.initializer}
    bias = next(numpy_helper.to_array(one) for name, one in stored.items() if "stem.bias" in name)
    assert bias == pytest.approx(((states[0][weight] + states[1][weight]) / 2).numpy(), abs=1e-3)


def test_a_training_begins_with_an_exported_network(data: Path, tmp_path: Path):
    words = ["train", "draft", "--data", str(data), "--readers", "0", "--steps", "2"]
    first, second = tmp_path / "first.onnx", tmp_path / "second.onnx"
    assert main([*words, "--out", str(tmp_path / "a"), "--export", str(first)]) == 0
    words += ["--out", str(tmp_path / "b"), "--begin-with", str(first), "--seed", "1"]
    assert main([*words, "--export", str(second)]) == 0
    assert "begun with the weights of trainings of 4 pictures" in second.with_suffix(".md").read_text()
    told = onnxruntime.InferenceSession(str(second)).get_modelmeta().custom_metadata_map
    assert told["steps"] == "2" and told["pictures"] == "8"
    first.unlink()
    assert main([*words, "--export", str(second)]) == 0  # what has begun no longer needs it


def test_hours_are_steps_of_this_machine(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture):
    out = tmp_path / "run"
    words = ["train", "draft", "--data", str(data), "--out", str(out), "--readers", "0"]
    assert main([*words, "--hours", "100", "--piece", "0"]) == 0
    said = capsys.readouterr().out
    steps = int(said.split(" steps:")[0])
    assert 1_000 < steps < 100_000_000
    assert f"{steps - 1} steps are left" in said


def test_a_length_is_asked_for_and_a_dataset(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture):
    assert main(["train", "draft", "--data", str(data), "--out", str(tmp_path / "a")]) == 2
    assert "needs one length" in capsys.readouterr().err
    assert (
        main(["train", "draft", "--data", str(tmp_path), "--out", str(tmp_path / "a"), "--steps", "2"]) == 2
    )
    assert "no dataset" in capsys.readouterr().err


def test_missing_libraries_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    monkeypatch.setattr(command, "find_spec", lambda name: None)
    assert main(["train", "draft", "--data", str(tmp_path), "--out", str(tmp_path), "--steps", "2"]) == 2
    assert "not installed: torch, accelerate, onnx" in capsys.readouterr().err
