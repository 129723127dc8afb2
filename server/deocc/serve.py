"""`deocc serve`: one server on one data folder, from the lock and the token to the last client's leaving."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import secrets
import signal
import socket
import ssl
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO

import uvicorn
from fastapi import FastAPI

from deocc import __version__
from deocc.errors import InputFault
from deocc.event_stream import Hub
from deocc.files import UNUSED_IMAGE_S, Files
from deocc.http import make_app
from deocc.jobs import Jobs
from deocc.package import write_beside
from deocc.settings import Settings
from deocc.store import Store

PORT_TRIES = 20  # ports tried after the wanted one, then any that is free
LOG_LIMIT_BYTES = 5 * 2**20
_WATCH_INTERVAL_S = 0.2
_GRACE_S = 3  # for requests in work when the server ends

log = logging.getLogger(__name__)


def serve(settings: Settings, announce: Callable[[str], None]) -> None:
    """Serves until told to end or nobody is there; announce gets the URL once it answers.

    Raises InputFault for what the user can mend: another server on the folder, no right to write, no TLS.
    """
    _check_listening(settings)
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        lock = _lock(settings)
        token = _token(settings.token_file)
        _open_log(settings.data_dir / "server.log")
        files = Files(settings.data_dir)
    except PermissionError as error:
        raise _folder_fault(settings) from error
    except (FileExistsError, NotADirectoryError) as error:
        raise _folder_fault(settings) from error
    store = Store(settings.database)
    files.remove_unused_images(store.images_in_use(), UNUSED_IMAGE_S)
    listener = _listen(settings)
    try:
        _Run(settings, token, store, files, announce).run(listener)
    finally:
        store.close()
        (settings.data_dir / "server.json").unlink(missing_ok=True)
        lock.close()


class _Run:
    """The running server with its watch: announces it, and ends it when it is idle or its queue broke."""

    def __init__(
        self, settings: Settings, token: str, store: Store, files: Files, announce: Callable[[str], None]
    ):
        self._settings, self._store, self._announce = settings, store, announce
        hub = Hub()
        self._jobs = Jobs(store, files, settings, hub.publish, self._break)
        self.app: FastAPI = make_app(settings, token, store, files, hub, self._jobs)
        self._broken = False
        config = uvicorn.Config(
            self.app,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_GRACE_S,
            ssl_certfile=settings.tls_cert,
            ssl_keyfile=settings.tls_key,
        )
        self._server = uvicorn.Server(config)

    def run(self, listener: socket.socket) -> None:
        if threading.current_thread() is threading.main_thread():
            # uvicorn ends in good order on SIGTERM, then raises it again: the rest of the order is ours
            signal.signal(signal.SIGTERM, lambda number, frame: None)
        asyncio.run(self._serve(listener))
        if self._broken:
            raise RuntimeError("the queue's thread ended; the log says why")

    async def _serve(self, listener: socket.socket) -> None:
        watch = asyncio.create_task(self._watch(_url(self._settings, listener)))
        await self._server.serve([listener])
        watch.cancel()

    async def _watch(self, url: str) -> None:
        while not self._server.started:
            await asyncio.sleep(0.01)
        about = {"pid": os.getpid(), "url": url, "server_id": self._store.server_id, "version": __version__}
        write_beside(json.dumps(about).encode(), self._settings.data_dir / "server.json")
        log.info("listening at %s", url)
        self._announce(url)
        idle_s = self._settings.idle_exit_s
        while not self._broken:
            await asyncio.sleep(_WATCH_INTERVAL_S)
            if idle_s is not None and self.app.state.clients.absent_s >= idle_s and not self._jobs.busy:
                log.info("nobody was here for %.0f s: ending", idle_s)
                break
        self._server.should_exit = True

    def _break(self) -> None:
        self._broken = True


def _check_listening(settings: Settings) -> None:
    tls = settings.tls_cert, settings.tls_key
    if (tls[0] is None) != (tls[1] is None):
        raise InputFault("tls_incomplete", "--tls-cert and --tls-key go together.")
    for path in tls:
        if path is not None and not path.is_file():
            raise InputFault("tls_missing", f"There is no file {path}.")
    if tls[0] and tls[1]:
        try:
            ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(tls[0], tls[1])
        except (ssl.SSLError, OSError) as error:
            raise InputFault(
                "tls_unreadable", f"{tls[0]} and {tls[1]} are no certificate with its key."
            ) from error
    if not settings.is_loopback and tls[0] is None:
        raise InputFault(
            "tls_needed",
            f"Serving at {settings.host} needs TLS: others could read the token and your photos.",
            "Give --tls-cert and --tls-key, or serve at 127.0.0.1 and tunnel.",
        )


def _lock(settings: Settings) -> IO[str]:
    """The data folder's lock, held as long as the file is open; the system lets it go if the server dies."""
    lock = open(settings.data_dir / "server.lock", "a+")  # held open while the server runs
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise InputFault(
            "server_runs",
            f"A server runs on {settings.data_dir} already, {_first_server(settings)}.",
            "Use that one, or another folder with --data-dir.",
        ) from error
    return lock


def _first_server(settings: Settings) -> str:
    try:
        return f"at {json.loads((settings.data_dir / 'server.json').read_text())['url']}"
    except (OSError, ValueError, KeyError):
        return "and is just starting"


def _token(path: Path) -> str:
    """The server's token, made at first start; only its owner may read it."""
    try:
        token = path.read_text().strip()
    except FileNotFoundError:
        token = ""
    if token:
        return token
    token = secrets.token_urlsafe(32)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(token)
    os.replace(beside, path)
    return token


def _open_log(path: Path) -> None:
    if path.exists() and path.stat().st_size > LOG_LIMIT_BYTES:
        os.replace(path, path.with_suffix(".old.log"))
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s server %(levelname)s %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)


def _listen(settings: Settings) -> socket.socket:
    """A listening socket at the wanted port or, if that is taken, the next free one."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    last = min(settings.port + PORT_TRIES, 65535) if settings.port else 0
    for port in [*range(settings.port, last + 1), 0]:
        # named TCP, not just a stream: asyncio switches Nagle's 40 ms off only where it is told the protocol
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        if sys.platform != "win32":  # there it would let two programs share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, port))
            listener.listen(128)
            return listener
        except (OSError, OverflowError) as error:
            listener.close()
            if port == 0:
                raise InputFault("cannot_listen", f"Can't listen at {settings.host}: {error}.") from error
    raise AssertionError("port 0 was tried")


def _url(settings: Settings, listener: socket.socket) -> str:
    scheme = "https" if settings.tls_cert else "http"
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"{scheme}://{host}:{listener.getsockname()[1]}"


def _folder_fault(settings: Settings) -> InputFault:
    return InputFault(
        "data_folder",
        f"The data folder {settings.data_dir} can't be written.",
        "Choose another with --data-dir.",
    )
