"""`deocc serve`: one server on one data folder, from taking it to the last client's leaving."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

from deocc.data_folder import DataFolder, folder_faults
from deocc.errors import DeoccError, InputFault
from deocc.event_stream import Hub
from deocc.files import UNUSED_IMAGE_S, Files
from deocc.http import make_app, readiness
from deocc.installing.fetches import Fetches
from deocc.jobs import Jobs
from deocc.settings import Settings
from deocc.store import Store

PORT_TRIES = 20  # ports tried after the wanted one, then any that is free
_WATCH_INTERVAL_S = 0.2
_GRACE_S = 3  # for requests in work when the server ends

log = logging.getLogger(__name__)


def serve(settings: Settings, announce: Callable[[str], None]) -> None:
    """Serves until told to end or nobody is there; announce gets the URL once it answers.

    Raises InputFault for what the user can mend (another server on the folder, no right to write, no TLS),
    DeoccError `disk_full`, and `server_broken` if its queue ended by a fault of ours.
    """
    _check_listening(settings)
    with folder_faults(settings.data_dir):
        folder = DataFolder(settings.data_dir)
        files = Files(settings.data_dir)
    store = Store(settings.database)
    store.requeue_running()  # what ran when the server before was killed
    files.remove_strays((job.id for job in store.jobs()), store.images_in_use(), UNUSED_IMAGE_S)
    listener = _listen(settings)
    try:
        _Run(settings, folder, store, files, announce).run(listener)
    finally:
        store.close()
        folder.leave()


class _Run:
    """The running server with its watch: announces it, and ends it when it is idle or its queue broke."""

    def __init__(
        self,
        settings: Settings,
        folder: DataFolder,
        store: Store,
        files: Files,
        announce: Callable[[str], None],
    ):
        self._settings, self._folder, self._store, self._announce = settings, folder, store, announce
        self._hub = Hub()
        self._jobs = Jobs(store, files, settings, self._hub.publish, self._break)
        self._fetches = Fetches(readiness(settings))
        self.app: FastAPI = make_app(
            settings, folder.token, store, files, self._hub, self._jobs, self._fetches
        )
        self._broken, self._busy_at = False, time.monotonic()
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
        if self._broken or not self._server.started:
            raise DeoccError(
                "server_broken", "The server ended by a fault of ours.", "The log says why.", "show_log"
            )

    async def _serve(self, listener: socket.socket) -> None:
        watch = asyncio.create_task(self._watch(_url(self._settings, listener)))
        await self._server.serve([listener])
        watch.cancel()
        await asyncio.wait([watch])
        if not watch.cancelled():
            watch.result()  # raises what the watch met

    async def _watch(self, url: str) -> None:
        try:
            while not self._server.started:
                await asyncio.sleep(0.01)
            with folder_faults(self._settings.data_dir):
                self._folder.announce(url, self._store.server_id)
            log.info("listening at %s", url)
            self._announce(url)
            while not (self._broken or self._server.should_exit or self._is_idle()):
                await asyncio.sleep(_WATCH_INTERVAL_S)
        finally:
            self._server.should_exit = True
            self._hub.close()  # an open event stream would use up all the grace

    def _is_idle(self) -> bool:
        """Whether for so long nobody was here and nothing was in work."""
        idle_s, now = self._settings.idle_exit_s, time.monotonic()
        if idle_s is None:
            return False
        if self._jobs.busy or self._fetches.busy:
            self._busy_at = now
        if min(self.app.state.clients.absent_s, now - self._busy_at) < idle_s:
            return False
        log.info("nobody was here for %.0f s: ending", idle_s)
        return True

    def _break(self) -> None:
        self._broken = True


def _check_listening(settings: Settings) -> None:
    if not 0 <= settings.port <= 65535:
        raise InputFault("bad_port", f"There is no port {settings.port}; ports are 1 to 65535.")
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


def _listen(settings: Settings) -> socket.socket:
    """A listening socket at the wanted port or, if that is taken, the next free one."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    last = min(settings.port + PORT_TRIES, 65535) if settings.port else 0
    for port in [*range(settings.port, last + 1), 0]:
        # named TCP, not just a stream: asyncio switches Nagle's 40 ms off only where it is told the protocol
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        if sys.platform == "win32":  # there "reuse" would let another program share the port with us
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, port))
            listener.listen(128)
            return listener
        except OSError as error:
            listener.close()
            if port == 0 or isinstance(error, socket.gaierror):
                raise InputFault("cannot_listen", f"Can't listen at {settings.host}: {error}.") from error
    raise AssertionError("port 0 was tried")


def _url(settings: Settings, listener: socket.socket) -> str:
    scheme = "https" if settings.tls_cert else "http"
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"{scheme}://{host}:{listener.getsockname()[1]}"
