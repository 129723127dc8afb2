"""What a report keeps: written once, read afterwards, and told where it can't be written."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from deocc.bench.reporting import kept
from deocc.bench.reporting.kept import Machines, Work, keep
from deocc.errors import DeoccError


def upper(word: str) -> bytes | None:
    """In processes of their own too. Nothing for an empty word; "bad" is one."""
    if word == "bad":
        raise ValueError("a bad word")
    return word.upper().encode() or None


def works_of(folder: Path, *words: str) -> list[Work]:
    return [Work(folder / "deep" / f"{i}.txt", lambda word=word: word) for i, word in enumerate(words)]


def test_what_fails_and_what_gives_nothing_leaves_no_file(tmp_path: Path):
    heard = []
    machines = Machines(2, progress=lambda *told: heard.append(told))
    works = works_of(tmp_path, "one", "bad", "", "two")
    faults = keep(upper, works, machines, "words")
    assert {path.name: path.read_bytes() for path in (tmp_path / "deep").iterdir()} == {
        "0.txt": b"ONE",
        "3.txt": b"TWO",
    }
    assert [(path.name, fault.message) for path, fault in faults.items()] == [
        ("1.txt", "ValueError: a bad word")
    ]
    assert heard == [(i, 4, "words") for i in range(1, 5)]


def test_what_is_there_is_not_even_loaded(tmp_path: Path):
    path = tmp_path / "there.txt"
    path.write_bytes(b"kept")
    keep(upper, [Work(path, lambda: pytest.fail("it was loaded"))], Machines(), "words")
    assert path.read_bytes() == b"kept"


@pytest.mark.parametrize(
    ("number", "code", "words"),
    [(errno.ENOSPC, "disk_full", "is full"), (errno.EACCES, "not_written", "denied")],
)
def test_a_disk_that_fills_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_this_process: None, number: int, code: str, words: str
):
    def refuse(_data: bytes, path: Path) -> None:
        raise OSError(number, "Permission denied", str(path))

    monkeypatch.setattr(kept, "write_beside", refuse)
    with pytest.raises(DeoccError, match=words) as caught:
        keep(upper, works_of(tmp_path, "one"), Machines(), "words")
    assert caught.value.code == code
