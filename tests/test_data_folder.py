"""The data folder in a server's hands: a log that stays small and says why a thread ended."""

from __future__ import annotations

import logging
import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from deocc import data_folder
from deocc.data_folder import DataFolder
from deocc.errors import InputFault


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DataFolder]:
    monkeypatch.setattr(data_folder, "LOG_LIMIT_BYTES", 10_000)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)  # put back at the end
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    taken = DataFolder(tmp_path / "data")
    yield taken
    taken.leave()
    for handler in set(root.handlers) - set(before):
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)


def test_the_log_is_cut_and_what_was_said_just_before_is_kept(folder: DataFolder, tmp_path: Path):
    for i in range(1000):
        logging.getLogger("deocc.worker").info("line %d of a library that talks a lot", i)
    log, old = tmp_path / "data" / "server.log", tmp_path / "data" / "server.log.1"
    assert log.stat().st_size <= 10_000 and old.stat().st_size <= 10_000
    assert "line 999" in log.read_text() and "deocc.worker: line" in old.read_text()
    assert len(list((tmp_path / "data").glob("server.log*"))) == 2


def test_the_log_says_why_a_thread_ended(folder: DataFolder, tmp_path: Path):
    thread = threading.Thread(target=lambda: 1 / 0, name="jobs")
    thread.start()
    thread.join()
    said = (tmp_path / "data" / "server.log").read_text()
    assert "CRITICAL deocc.data_folder: thread “jobs” ended" in said and "ZeroDivisionError" in said


def test_a_taken_folder_is_refused_until_it_is_left(folder: DataFolder, tmp_path: Path):
    folder.announce("http://127.0.0.1:8423", "id")
    with pytest.raises(InputFault, match=r"already, at http://127\.0\.0\.1:8423") as caught:
        DataFolder(tmp_path / "data")
    assert caught.value.code == "server_runs"
    folder.leave()
    DataFolder(tmp_path / "data").leave()


def test_the_token_is_made_once_and_for_its_owner_alone(folder: DataFolder, tmp_path: Path):
    token = tmp_path / "data" / "token"
    assert token.read_text() == folder.token and len(folder.token) >= 32
    if os.name == "posix":
        assert stat.S_IMODE(token.stat().st_mode) == 0o600
    folder.leave()
    again = DataFolder(tmp_path / "data")
    assert again.token == folder.token
    again.leave()
