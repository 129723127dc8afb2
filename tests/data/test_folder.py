"""A folder that a build fills: held by one, of one recipe, its halves cleared; its refusals as sentences."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from deocc.data.folder import BEGUN, LOCK, clear_halves, opened, write_fault
from deocc.errors import DeoccError, InputFault
from deocc.lock import lock_file

BEGUN_0 = {"format": 1, "seed": 0, "settings": {"px": 512}, "versions": {"numpy": "2.0"}}


def open_once(out: Path, begun: dict = BEGUN_0) -> None:
    with opened(out, begun, "parts"):
        assert (out / "parts").is_dir() and (out / BEGUN).is_file()
        with pytest.raises(InputFault, match="Another build"), opened(out, begun, "parts"):
            pass


def test_a_folder_is_made_held_and_let_go(tmp_path: Path):
    open_once(tmp_path / "a/b")
    open_once(tmp_path / "a/b")
    lock_file(tmp_path / "a/b" / LOCK).close()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"seed": 1}, "seed 0, not 1"),
        ({"settings": {"px": 64}}, "px 512, not 64"),
        ({"versions": {"numpy": "2.1", "scipy": "1"}}, "numpy 2.0, not 2.1, scipy None, not 1"),
        ({"format": 2}, "format 1, not 2"),
    ],
)
def test_another_recipe_is_refused_with_what_differs(tmp_path: Path, change: dict, words: str):
    open_once(tmp_path / "out")
    before = (tmp_path / "out" / BEGUN).read_bytes()
    with pytest.raises(InputFault, match=words):
        open_once(tmp_path / "out", {**BEGUN_0, **change})
    assert (tmp_path / "out" / BEGUN).read_bytes() == before


def test_what_no_build_made_is_left_alone(tmp_path: Path):
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts/mine").write_text("years of work")
    with pytest.raises(InputFault, match="no build made"):
        open_once(tmp_path)
    with pytest.raises(InputFault, match="is no folder"):
        open_once(tmp_path / "parts/mine")
    (tmp_path / BEGUN).write_text("{")
    with pytest.raises(InputFault, match="can't be read"):
        open_once(tmp_path)
    assert (tmp_path / "parts/mine").read_text() == "years of work" and not (tmp_path / LOCK).exists()


def test_a_full_disk_and_one_that_may_not_be_written_are_told_apart(tmp_path: Path):
    full = write_fault(OSError(errno.ENOSPC, ""), tmp_path)
    assert full.code == "disk_full" and isinstance(full, DeoccError) and not isinstance(full, InputFault)
    assert write_fault(OSError(errno.EACCES, ""), tmp_path).code == "cant_write"


def test_halves_are_cleared_and_nothing_else(tmp_path: Path):
    (tmp_path / (".mug." + 32 * "a") / "clean").mkdir(parents=True)
    (tmp_path / (".card.md." + 32 * "0")).write_bytes(b"half")
    keep = [".lock", ".mug", "mug.0123", "mug"]
    for name in keep:
        (tmp_path / name).write_bytes(b"")
    clear_halves(tmp_path)
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted(keep)
    clear_halves(tmp_path / "none")
