"""The command line: one clear sentence and code 2 for a user's mistake, JSON for programs."""

from __future__ import annotations

import dataclasses
import errno
import json
import subprocess
import sys
from pathlib import Path

import pytest

from deocc import backends, run_photo
from deocc.cli import main
from tests import pictures
from tests.puppet.card import PuppetOptions


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A folder with photo.png, object.png and occluder.png."""
    (tmp_path / "photo.png").write_bytes(pictures.photo_file())
    (tmp_path / "object.png").write_bytes(pictures.object_file())
    (tmp_path / "occluder.png").write_bytes(pictures.occluder_file())
    return tmp_path / "photo.png"


@pytest.fixture(autouse=True)
def puppet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(backends.MODULES, "puppet", "tests.puppet")


def run(photo: Path, *flags: str) -> int:
    words = ["run", str(photo), "--object", str(photo.with_name("object.png")), "--backend", "puppet", *flags]
    return main([*words, "--out", str(photo.parent / "out")])


def test_run_writes_a_package_for_each_seed(photo: Path, capsys: pytest.CaptureFixture[str]):
    assert (
        run(
            photo,
            "--occluder",
            str(photo.with_name("occluder.png")),
            "--seed",
            "5",
            "--variants",
            "2",
            "--json",
        )
        == 0
    )
    folders = [Path(folder) for folder in json.loads(capsys.readouterr().out)["packages"]]
    assert [folder.name for folder in folders] == ["seed-5", "seed-6"]
    for folder, seed in zip(folders, (5, 6), strict=True):
        about = json.loads((folder / "package.json").read_text())
        assert about["recipe"]["seed"] == seed and about["recipe"]["name"] == "photo"
        assert len(list((folder / "views").glob("?.png"))) == 6 and (folder / "mesh.glb").is_file()


def test_a_backends_options_are_flags(photo: Path, capsys: pytest.CaptureFixture[str]):
    assert run(photo, "--steps", "7", "--no-pictures") == 0
    [folder] = capsys.readouterr().out.split()
    recipe = json.loads((Path(folder) / "package.json").read_text())["recipe"]
    assert recipe["options"] == dataclasses.asdict(PuppetOptions(steps=7, pictures=False))


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--seed", str(2**63)), "is not between 0 and 2^63 - 1"),
        (("--variants", "0"), "1 to 16 different seeds"),
        (("--variants", str(10**12)), "1 to 16 different seeds, not 1000000000000"),  # nor out of memory
        (("--steps", "-1"), "outside 0 to 10000"),
        (("--backend", "nope"), "There is no backend “nope”"),
        (("--occluder", "nowhere.png"), "nowhere.png can't be read"),
        (("--object", __file__), "can't be read as a picture"),
    ],
)
def test_a_users_mistake_is_one_sentence_and_code_2(photo: Path, capsys, flags, words: str):
    assert run(photo, *flags) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.count("\n") == 1
    assert captured.err.startswith("deocc: ") and words in captured.err
    assert not list((photo.parent / "out").glob("*"))


def test_a_package_is_never_written_over_another(photo: Path, capsys: pytest.CaptureFixture[str]):
    assert run(photo) == 0 and run(photo) == 2
    assert "is there already" in capsys.readouterr().err


def test_our_fault_is_code_1(photo: Path, capsys: pytest.CaptureFixture[str]):
    assert run(photo, "--behaviour", "fault") == 1
    assert capsys.readouterr().err == "deocc: The puppet was told to fail. Tell it otherwise.\n"


def test_backends_lists_cards_for_people_and_programs(capsys: pytest.CaptureFixture[str]):
    assert main(["backends", "--json"]) == 0
    names = [card["name"] for card in json.loads(capsys.readouterr().out)["backends"]]
    assert names == [*backends.MODULES] and {"draft", "deocc123", "3drecon", "puppet"} <= set(names)
    assert main(["backends"]) == 0
    shown = capsys.readouterr().out
    assert "draft: Draft." in shown and "--step-s [0.0]" in shown


@pytest.mark.parametrize("words", [[], ["nonsense"], ["run"], ["serve", "--idle-exit", "soon"]])
def test_wrong_words_are_code_2(words: list[str], capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2 and "usage: deocc" in capsys.readouterr().err


def test_help_of_run_shows_the_draft_backends_options(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        main(["run", "--help"])
    shown = capsys.readouterr().out
    for name in backends.card("draft").options.__dataclass_fields__:
        assert f"--{name.replace('_', '-')}" in shown


def test_the_module_is_the_command():
    done = subprocess.run([sys.executable, "-m", "deocc", "--version"], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.startswith("deocc ")


def test_a_full_disk_is_one_sentence(
    photo: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(run_photo, "write_folder", full)
    assert run(photo) == 1
    assert capsys.readouterr().err == "deocc: The disk is full. Free some space, then try again.\n"


def test_a_wrong_mask_is_told_before_a_backend_is_loaded(photo: Path, capsys, monkeypatch):
    """Networks take half a minute to load, and an empty folder would stay."""

    def load(*_: object) -> None:
        raise AssertionError("loaded")

    monkeypatch.setattr(backends, "load", load)
    photo.with_name("object.png").write_bytes(photo.read_bytes()[:200])
    assert run(photo) == 2 and "damaged or incomplete" in capsys.readouterr().err
    assert not (photo.parent / "out").exists()
