"""`deocc bench build|run|report` from the command line: one sentence and code 2 where something is wrong."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from deocc.bench import command
from deocc.bench.metrics.alignment import ALIGNMENTS
from deocc.cli import main
from deocc.data.lists import FIXED24, ids_of
from deocc.errors import InputFault
from tests.bench import tiny

DATA = Path(os.environ.get("DEOCC_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data")


def bench(*words: object) -> int:
    return main(["bench", *map(str, words)])


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["build", "--out", "{}/b"], "There is neither a folder of meshes nor one of photos."),
        (["build", "--objects", "{}", "--out", "{}/b"], "mesh"),
        (["build", "--photos", "{}", "--out", "{}/b"], "photos.json"),
        (["build", "--objects", "{}", "--only", ",", "--out", "{}/b"], "“,” names no object."),
        (["run", "draft", "--bench", "{}", "--out", "{}/r"], "There is no benchmark in"),
        (["report", "{}"], "There is no run in"),
    ],
)
def test_what_is_not_there_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
):
    assert bench(*(word.replace("{}", str(tmp_path)) for word in words)) == 2
    told = capsys.readouterr()
    assert sentence in told.err and len(told.err.splitlines()) == 1 and not told.out
    assert not list(tmp_path.iterdir()), "nothing half-made is left"


@pytest.mark.parametrize(
    "words", [["--workers", "0"], ["--workers", "-3"], ["--seeds", "0"], ["--seeds", "x"]]
)
def test_a_run_of_nothing_is_refused(capsys: pytest.CaptureFixture[str], words: list[str]):
    with pytest.raises(SystemExit) as ended:
        bench("run", "truth", "--bench", "b", "--out", "r", *words)
    assert ended.value.code == 2 and f"“{words[1]}” is no number from 1 on" in capsys.readouterr().err


def test_an_unknown_method_is_told_with_those_there_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    tiny.tiny_bench(tmp_path / "b")
    assert bench("run", "drat", "--bench", tmp_path / "b", "--out", tmp_path / "r") == 2
    told = capsys.readouterr().err
    assert "There is no method “drat”" in told and "draft-unoccluded" in told and "truth" in told


def test_floors_are_run_and_reported_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """The form that issue and product promise: numbers by backend and metric."""
    tiny.tiny_bench(tmp_path / "b")
    made = ["run", "extrude", "truth", "--bench", tmp_path / "b", "--out", tmp_path / "r", "--workers", 1]
    assert bench(*made, "--json") == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["failed"] == 0 and summary["done"] > 0
    assert bench("report", tmp_path / "r", "--json") == 0
    numbers = json.loads(capsys.readouterr().out)
    assert set(numbers) == {"extrude", "truth"}
    assert numbers["truth"]["iou"] == 1.0 and numbers["truth"]["f@0.02"] >= 0.99
    assert numbers["truth"]["cd"] < numbers["extrude"]["cd"]
    assert numbers["extrude"]["n"] == numbers["truth"]["n"] >= 1


def test_without_its_libraries_the_benchmark_says_how_to_install_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(command, "LIBRARIES", {"pebble": "pebble", "no_such_module": "no-such-library"})
    assert bench("run", "truth", "--bench", tmp_path, "--out", tmp_path / "r") == 2
    told = capsys.readouterr().err
    assert "not installed: no-such-library." in told and "[blender,bench]" in told


def test_options_are_read_as_numbers_words_and_switches():
    read = command._options(["thickness=1.5", "shape=box", "normal-maps=true", "triangles=8000"])
    assert read == {"thickness": 1.5, "shape": "box", "normal_maps": True, "triangles": 8000}


def test_the_command_knows_every_alignment():
    """It has its own copy, so that `deocc --help` loads no scipy."""
    assert command.ALIGNMENTS == ALIGNMENTS


def test_a_list_is_a_name_a_file_or_ids(tmp_path: Path):
    assert ids_of("fixed24") == FIXED24 and len(set(FIXED24)) == 24
    assert ids_of("") == () and ids_of("mug, chair") == ("mug", "chair")
    (tmp_path / "mine.txt").write_text("mug  # the blue one\n\nchair\n", "utf-8")
    assert ids_of(str(tmp_path / "mine.txt")) == ("mug", "chair")
    (tmp_path / "none.txt").write_text("# nothing\n", "utf-8")
    with pytest.raises(InputFault, match="names no object"):
        ids_of(str(tmp_path / "none.txt"))


def test_the_fixed_list_is_every_nth_of_our_objects():
    listing = DATA / "objects.json"
    if not listing.is_file():
        pytest.skip("needs the folder of objects (DEOCC_DATA)")
    ids = sorted(one["id"] for one in json.loads(listing.read_text("utf-8")))
    step = len(ids) / len(FIXED24)
    assert tuple(ids[int((i + 0.5) * step)] for i in range(len(FIXED24))) == FIXED24
