"""Opens the connection the preferences ask for, starts and stops a local server. No bpy; for threads only.

A running local server has left `server.json` and `token` in its data folder; it is ours only once it has
proved that it knows that token.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from .address import parse_address
from .client import Client
from .connection import STARTS_ANYWAY, Connection, find_python, read_server_file
from .replies import Health, LinkFault

START_TIMEOUT_S = 60.0  # a cold disk and a virus scanner; a warm start takes about one second
OTHER_START_S = 3.0  # another Blender's server, which holds the folder's lock but does not answer yet
POLL_S = 0.05
NO_WINDOW = 0x08000200  # CREATE_NO_WINDOW and CREATE_NEW_PROCESS_GROUP
_starting = threading.Lock()  # of this Blender's jobs one starts the server, the others wait for it
_children: list[subprocess.Popen[bytes]] = []


def open_client(
    connection: Connection, start: bool, cancelled: Callable[[], bool] = lambda: False
) -> tuple[Client, Health]:
    """A greeted client; with `start`, starts a local server where none runs. LinkFault where none answers."""
    if not connection.is_local:
        return _greeted_remote(connection)
    try:
        return _greeted(_local(connection.data_dir))
    except LinkFault as fault:
        if fault.code not in STARTS_ANYWAY:
            raise
        python = find_python(connection)
        if python is None and (start or fault.code == "server_off"):
            raise _no_server() from fault
        if python is None or not start:
            raise
    return _start_once(connection, python, cancelled)


def reap() -> int:
    """Takes note of servers of this Blender that have ended; how many go on. Until then they look alive."""
    _children[:] = [child for child in _children if child.poll() is None]
    return len(_children)


def stop(connection: Connection) -> None:
    """Ends the local server, once it has proved to be ours; its queue is kept on disk."""
    running = read_server_file(connection.data_dir)
    if running is None or not connection.is_local:
        return
    client = _local(connection.data_dir)
    found = client.greet(any_version=True)  # a server of another version is stopped to be updated
    client.close()
    if found.server_id == running.server_id:
        os.kill(running.pid, signal.SIGTERM)


def _greeted(client: Client) -> tuple[Client, Health]:
    try:
        return client, client.greet()
    except LinkFault:
        client.close()
        raise


def _greeted_remote(connection: Connection) -> tuple[Client, Health]:
    client = _remote(connection)
    try:
        return _greeted(client)
    except LinkFault as fault:
        if fault.code != "server_off":
            raise
        words = f"Nothing answers at {client.address.host}:{client.address.port}."
        hint = "Does the server run there, and is the address right?"
        raise LinkFault("no_answer", words, hint, "edit_address", passing=True) from fault


def _remote(connection: Connection) -> Client:
    address = parse_address(connection.address)
    if not address.is_loopback and not connection.online:
        raise LinkFault(
            "online_access_off",
            "Blender's online access is off.",
            "Turn it on to use a server on another machine.",
            "online_access",
        )
    if address.scheme == "http" and not address.is_loopback and not connection.plain_http:
        raise LinkFault(
            "plain_http",
            f"{address.url} is not encrypted: your photos could be read on the way.",
            "Use https, or allow plain http in the preferences.",
            "edit_address",
        )
    return Client(address, connection.token)


def _local(data_dir: Path) -> Client:
    running = read_server_file(data_dir)
    if running is None:
        raise LinkFault("server_off", "Server is off.", "", "server_start", passing=True)
    address = parse_address(running.url)
    if not address.is_loopback:
        words = "The data folder names a server on another machine."
        raise LinkFault("wrong_program", words, "", "server_start")
    try:
        token = (data_dir / "token").read_text("utf-8").strip()
    except OSError as error:
        words = f"The token in {data_dir} can't be read."
        raise LinkFault("token_unreadable", words, str(error), "show_log") from error
    return Client(address, token)


def _no_server() -> LinkFault:
    return LinkFault(
        "no_server",
        "DeOcc needs its server, a one-time set-up.",
        "Set the server's Python in the preferences, or use a remote server.",
        "server_setup",
    )


def _start_once(connection: Connection, python: Path, cancelled: Callable[[], bool]) -> tuple[Client, Health]:
    while not _starting.acquire(timeout=POLL_S):
        if cancelled():
            raise _not_waited_for()
    try:
        return _greeted(_local(connection.data_dir))  # another job may have started it meanwhile
    except LinkFault as fault:
        if fault.code not in STARTS_ANYWAY:
            raise
        return _start(connection, python, cancelled)
    finally:
        _starting.release()


def _start(connection: Connection, python: Path, cancelled: Callable[[], bool]) -> tuple[Client, Health]:
    with _temporary_file() as said:  # what it says before it has a log of its own
        process = _spawn(python, connection, said)
        until = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < until:
            try:
                return _greeted(_local(connection.data_dir))
            except LinkFault as fault:
                if fault.code not in STARTS_ANYWAY:
                    raise
            ended = process.poll()
            if ended is not None:
                return _after_early_end(connection, ended, said)
            if cancelled():
                raise _not_waited_for()
            time.sleep(POLL_S)
    process.terminate()
    words = f"The server did not start within {START_TIMEOUT_S:.0f} s."
    raise LinkFault("start_timeout", words, "", "show_log")


def _temporary_file() -> IO[bytes]:
    try:
        return tempfile.TemporaryFile()
    except OSError as error:
        words = f"The server can't be started without temporary files: {error.strerror}."
        raise LinkFault("start_failed", words, "", "free_space") from error


def _not_waited_for() -> LinkFault:
    return LinkFault("start_left", "The server's start was not waited for.", "It ends by itself when idle.")


def _spawn(python: Path, connection: Connection, said: IO[bytes]) -> subprocess.Popen[bytes]:
    # Blender's own Python settings must not leak into the server's Python
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONHOME", "PYTHONPATH")}
    windows = sys.platform == "win32"
    command = [str(python), "-P", "-m", "deocc", "serve", "--data-dir", str(connection.data_dir)]
    command += ["--commercial-only"] if connection.commercial_only else []
    try:
        process = subprocess.Popen(
            command,
            env=clean,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
            creationflags=NO_WINDOW if windows else 0,
            start_new_session=not windows,  # the server outlives this Blender
        )
    except OSError as error:
        words = f"{python} can't be run: {error.strerror}."
        raise LinkFault("start_failed", words, "", "server_setup") from error
    _children.append(process)
    return process


def _after_early_end(connection: Connection, code: int, said: IO[bytes]) -> tuple[Client, Health]:
    """Another Blender may have been faster and holds the data folder: then its server is ours, too."""
    until = time.monotonic() + (OTHER_START_S if code == 2 else 0)
    while True:
        try:
            return _greeted(_local(connection.data_dir))
        except LinkFault as fault:
            if time.monotonic() >= until:
                said.seek(0)
                lines = said.read().decode("utf-8", "replace").strip().splitlines()
                words = lines[-1][:300] if lines else f"It ended with code {code}."
                raise LinkFault("start_failed", "The server did not start.", words, "show_log") from fault
        time.sleep(POLL_S)
