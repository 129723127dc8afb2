"""`deocc data build|look` from the command line: one sentence and code 2 where something is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from deocc.cli import main
from tests.data.dataset.small import meshes_folder


def data(*words: object) -> int:
    return main(["data", *map(str, words)])


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["build", "--solids", "0", "--out", "{}/b"], "There is neither a folder of meshes nor a number"),
        (["build", "--objects", "{}", "--out", "{}/b"], "There are no meshes in"),
        (["build", "--objects", "{}/none", "--out", "{}/b"], "is no folder"),
        (["build", "--held-out", "bowl", "--out", "{}/b"], "There is no object “bowl”."),
        (["build", "--held-out", ",", "--out", "{}/b"], "“,” names no object."),
        (["look", "{}", "--out", "{}/a.png"], "There is no dataset in"),
    ],
)
def test_what_is_not_there_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
):
    assert data(*(word.replace("{}", str(tmp_path)) for word in words)) == 2
    told = capsys.readouterr()
    assert sentence in told.err and len(told.err.splitlines()) == 1 and not told.out
    assert not list(tmp_path.iterdir()), "nothing half-made is left"


@pytest.mark.parametrize("words", [["--views", "0"], ["--seed", "-1"], ["--workers", "two"]])
def test_a_number_that_is_none_is_refused(capsys: pytest.CaptureFixture[str], words: list[str]):
    with pytest.raises(SystemExit) as ended:
        data("build", "--out", "x", *words)
    assert ended.value.code == 2 and "is no number from" in capsys.readouterr().err


def test_a_folder_of_meshes_becomes_a_dataset_and_a_sheet(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folder = meshes_folder(tmp_path, "ball", "broken", "box")
    counts = "--views 4 --held-out-views 2 --solids 2 --views-per-solid 2 --backdrops 2 --draws 5".split()
    words = ["build", "--objects", folder, "--out", tmp_path / "out", *counts]
    words += ["--held-out", "box", "--workers", 1]
    assert data(*words) == 0
    told = capsys.readouterr().out
    assert told.startswith("10 views of 4 bodies in ") and "\nmissing: broken: " in told
    assert data(*words, "--json") == 0
    reply = json.loads(capsys.readouterr().out)
    assert reply["views"] == 10 and [*reply["missing"]] == ["broken"] and len(reply["digest"]) == 64
    assert data(*words, "--seed", 1) == 2
    assert "was built otherwise: seed 0, not 1." in capsys.readouterr().err
    assert data("look", tmp_path / "out", "--out", tmp_path / "a.png", "--count", 2) == 0
    with Image.open(tmp_path / "a.png") as shown:
        assert shown.size == (3 * 6 * 128, 128)
