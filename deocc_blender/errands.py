"""What is done about weights, each errand in a thread: fetch, remove, send a file, watch how it goes. No bpy.

The server does the downloading and goes on with it when Blender ends; here its progress is only read.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

from .client import Client
from .connection import Connection
from .messages import LinkNews, Message, UploadNews, WeightsNews, WeightsRefused
from .replies import LinkFault, ServerFault
from .server_process import open_client

log = logging.getLogger(__name__)
WATCH_S = 0.5  # between two looks at a download
TOLD_S = 0.2  # between two messages of an upload
PATIENCE = 10  # looks in vain until a server counts as lost


class UploadCancelled(Exception):
    """Raised inside of the upload's own reading, to end it."""


class CountedFile:
    """A file as `requests` sends it: with its length, told how far it is at every part."""

    def __init__(self, file: IO[bytes], size: int, told: Callable[[int], None]):
        self._file, self._size, self._told = file, size, told
        self._sent = 0

    def __len__(self) -> int:
        return self._size

    def read(self, count: int = -1) -> bytes:
        part = self._file.read(count)
        self._sent += len(part)
        self._told(self._sent)
        return part


class Errands:
    """The errands of one Blender; messages are left with `post`, to be taken on the main thread."""

    def __init__(self, post: Callable[[Message], None]):
        self._post = post
        self._lock = threading.Lock()
        self._watching = self._once_more = False
        self._left = threading.Event()
        self._stopped: dict[str, threading.Event] = {}  # of each upload

    def leave(self) -> None:
        """Ends all threads; the server's downloads go on."""
        self._left.set()
        for stopped in self._stopped.values():
            stopped.set()

    def watch(self, connection: Connection) -> None:
        """Follows the table for as long as something in it is on its way; one thread at most."""
        with self._lock:
            if self._watching or self._left.is_set():
                self._once_more = True  # its last look may have been before what was asked now
                return
            self._watching = True
        self._start(self._watch, connection)

    def fetch(self, connection: Connection, names: tuple[str, ...]) -> None:
        self._start(self._each, connection, names, Client.fetch_weights)

    def delete(self, connection: Connection, names: tuple[str, ...]) -> None:
        """Ends downloads and uploads; what is here already is removed."""
        sent = [name for name in names if name in self._stopped]
        for name in sent:
            self._stopped[name].set()
        self._start(self._each, connection, tuple(n for n in names if n not in sent), Client.delete_weights)

    def upload(self, connection: Connection, name: str, path: Path, about: Mapping[str, str]) -> None:
        """Sends a checkpoint's file; what the server makes of it is seen in its table."""
        if name not in self._stopped:
            self._stopped[name] = threading.Event()
            self._start(self._upload, connection, name, path, about)

    def _start(self, errand: Callable[..., None], *arguments: object) -> None:
        threading.Thread(target=errand, args=arguments, name="deocc-weights", daemon=True).start()

    def _each(self, connection: Connection, names: tuple[str, ...], call: Callable[..., object]) -> None:
        for name in names:
            self._post(WeightsRefused(name, None))
            self._ask(connection, name, lambda client, name=name: call(client, name))
        self.watch(connection)

    def _upload(self, connection: Connection, name: str, path: Path, about: Mapping[str, str]) -> None:
        self._post(WeightsRefused(name, None))
        try:
            size = path.stat().st_size
            with path.open("rb") as file:
                counted = CountedFile(file, size, self._teller(name, size))
                self._ask(connection, name, lambda client: _send(client, name, counted, about))
        except OSError as error:
            words = f"“{path.name}” can't be read: {error.strerror or error}."
            self._post(WeightsRefused(name, ServerFault("file_unreadable", words, "", "weights_import")))
        except UploadCancelled:
            log.info("the import of %s was cancelled", name)
        finally:
            del self._stopped[name]
            self._post(UploadNews(name, None, 0))
            self.watch(connection)

    def _teller(self, name: str, size: int) -> Callable[[int], None]:
        stopped, told = self._stopped[name], [0.0]

        def tell(sent: int) -> None:
            if stopped.is_set():
                raise UploadCancelled
            now = time.monotonic()
            if now - told[0] >= TOLD_S or sent == size:
                told[0] = now
                self._post(UploadNews(name, sent, size))

        return tell

    def _ask(self, connection: Connection, name: str, call: Callable[[Client], object]) -> None:
        """One call; its fault is the row's."""
        try:
            client, _ = open_client(connection, start=True)
            try:
                call(client)
            finally:
                client.close()
        except ServerFault as fault:
            log.info("%s: %s", name, fault.message)
            self._post(WeightsRefused(name, fault))

    def _watch(self, connection: Connection) -> None:
        while True:
            self._once_more = False
            self._look_until_settled(connection)
            with self._lock:
                if not self._once_more or self._left.is_set():
                    self._watching = False
                    return

    def _look_until_settled(self, connection: Connection) -> None:
        client, failures = None, 0
        while not self._left.is_set():
            try:
                if client is None:
                    client, found = open_client(connection, start=False)
                rows = client.weights()
                failures = 0
                if not any(row.is_busy for row in rows):  # the cards say what can run now
                    news = LinkNews("ready", health=found, backends=client.backends())
                    self._post(WeightsNews(rows))
                    self._post(news)
                    break
                self._post(WeightsNews(rows))
            except ServerFault as fault:
                failures += 1
                if client is not None:
                    client.close()
                client = None
                if failures > PATIENCE or not isinstance(fault, LinkFault):
                    log.info("the weights are not followed any more: %s", fault.message)
                    news = LinkFault(fault.code, fault.message, fault.hint, fault.action)
                    self._post(LinkNews("fault", fault=news))
                    break
            self._left.wait(WATCH_S)
        if client is not None:
            client.close()


def _send(client: Client, name: str, file: CountedFile, about: Mapping[str, str]) -> None:
    try:
        client.put_weights(name, file, about)
    except LinkFault as fault:
        if not fault.passing:
            raise
        words = "The server broke off while the file was sent."
        raise ServerFault(
            "upload_broken", words, "Try again; its log may say why.", "weights_import"
        ) from fault
