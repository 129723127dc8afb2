"""A lock is one process's at a time, is free once it closes, and hides no fault of the folder itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from deocc.lock import lock_file

TRY = "import sys; from pathlib import Path; from deocc.lock import lock_file; lock_file(Path(sys.argv[1]))"


def another_process_gets(path: Path) -> bool:
    done = subprocess.run([sys.executable, "-c", TRY, str(path)], capture_output=True, text=True)
    assert done.returncode == 0 or "BlockingIOError" in done.stderr, done.stderr
    return done.returncode == 0


def test_a_lock_keeps_other_processes_out_until_it_is_closed(tmp_path: Path):
    lock = lock_file(tmp_path / "a.lock")
    assert not another_process_gets(tmp_path / "a.lock")
    assert another_process_gets(tmp_path / "b.lock")
    lock.close()
    assert another_process_gets(tmp_path / "a.lock")


def test_a_place_that_cannot_be_opened_is_not_taken_for_a_held_one(tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        lock_file(tmp_path / "no folder" / "a.lock")
