"""A server's hold on its data folder: lock, token, log, and the file that tells where it listens."""

from __future__ import annotations

import json
import logging
import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO

from deocc import __version__
from deocc.errors import InputFault, disk_full, is_disk_full
from deocc.lock import lock_file
from deocc.package import put_in_place, write_beside

LOG_LIMIT_BYTES = 5 * 2**20  # of server.log; as much again lies in server.log.1

log = logging.getLogger(__name__)


class DataFolder:
    """Taken by one server at a time, from its making until `leave`.

    token: what a client must know, made at first start.
    Raises InputFault `server_runs`; OSError where the folder can't be written (see `folder_faults`).
    """

    def __init__(self, path: Path):
        path.mkdir(parents=True, exist_ok=True)
        self._about = path / "server.json"
        self._lock = _lock(path / "server.lock", self._about)
        self._about.unlink(missing_ok=True)  # a killed server's
        self.token = _token(path / "token")
        _open_log(path / "server.log")

    def announce(self, url: str, server_id: str) -> None:
        """Tells other programs of this machine where the server listens."""
        about = {"pid": os.getpid(), "url": url, "server_id": server_id, "version": __version__}
        write_beside(json.dumps(about).encode(), self._about)

    def leave(self) -> None:
        self._about.unlink(missing_ok=True)
        self._lock.close()


@contextmanager
def folder_faults(path: Path) -> Iterator[None]:
    """Turns the system's errors inside into what a person reads of the data folder at `path`."""
    try:
        yield
    except OSError as error:
        if is_disk_full(error):
            raise disk_full() from error
        raise InputFault(
            "data_folder", f"The data folder {path} can't be written.", "Choose another with --data-dir."
        ) from error


def _lock(path: Path, about: Path) -> IO[str]:
    """Held as long as the file is open; the system lets it go if the server dies."""
    try:
        return lock_file(path)
    except BlockingIOError as error:
        raise InputFault(
            "server_runs",
            f"A server runs on {path.parent} already, {_first_server(about)}.",
            "Use that one, or another folder with --data-dir.",
        ) from error


def _first_server(about: Path) -> str:
    try:
        return f"at {json.loads(about.read_text())['url']}"
    except (OSError, ValueError, KeyError):
        return "and is just starting"


def _token(path: Path) -> str:
    """The server's token; only its owner may read it."""
    try:
        token = path.read_text().strip()
    except FileNotFoundError:
        token = ""
    if token:
        return token
    token = secrets.token_urlsafe(32)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(token)
        put_in_place(beside, path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    return token


def _open_log(path: Path) -> None:
    handler = RotatingFileHandler(path, maxBytes=LOG_LIMIT_BYTES, backupCount=1, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    threading.excepthook = _log_thread_end


def _log_thread_end(end: threading.ExceptHookArgs) -> None:
    name = end.thread.name if end.thread else "?"
    caught = (end.exc_type, end.exc_value, end.exc_traceback)
    log.critical("thread “%s” ended", name, exc_info=caught)  # type: ignore[arg-type]
