"""Finds, starts and stops a local server, and opens the connection the preferences ask for. No bpy.

For threads only. A running local server has left `server.json` and `token` in its data folder; it is ours
only once it has proved that it knows that token.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from .client import Client, parse_address
from .replies import Health, LinkFault

START_TIMEOUT_S = 60.0  # a cold disk and a virus scanner; a warm start takes about one second
OTHER_START_S = 3.0  # another Blender's server, which holds the folder's lock but does not answer yet
POLL_S = 0.05
NO_WINDOW = 0x08000200  # CREATE_NO_WINDOW and CREATE_NEW_PROCESS_GROUP
LOG_TAIL_BYTES = 64 * 2**10
# a stranger on the port of a leftover server.json is no obstacle: our server takes the next port
STARTS_ANYWAY = frozenset({"server_off", "wrong_program", "wrong_token"})


@dataclass(frozen=True)
class Connection:
    """What the preferences say, as plain values that a thread may hold.

    address: "" means the local server of data_dir.  online: Blender's online access.
    plain_http: the user has allowed http without TLS to this address.
    """

    data_dir: Path
    version: str
    address: str = ""
    token: str = ""
    python: str = ""
    online: bool = False
    plain_http: bool = False

    @property
    def is_local(self) -> bool:
        return not self.address.strip()


@dataclass(frozen=True)
class ServerFile:
    """`server.json`: which process serves the data folder, and where."""

    pid: int
    url: str
    server_id: str
    version: str


def default_data_dir(environment: Mapping[str, str] = os.environ) -> Path:
    """The data folder all Blender versions share; the server's own rule (docs/http.md)."""
    chosen = environment.get("DEOCC_DATA_DIR")
    if chosen:
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        return Path(environment.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "DeOcc"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "DeOcc"
    return Path(environment.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "deocc"


def find_python(connection: Connection, environment: Mapping[str, str] = os.environ) -> Path | None:
    """The Python that holds the server: by preference, set up for this version, or by DEOCC_SERVER_PYTHON."""
    inside = "Scripts/python.exe" if sys.platform == "win32" else "bin/python"
    places = [connection.python, str(connection.data_dir / "servers" / connection.version / inside)]
    for place in [*places, environment.get("DEOCC_SERVER_PYTHON", "")]:
        if place and Path(place).expanduser().is_file():
            return Path(place).expanduser()
    return None


def read_server_file(data_dir: Path) -> ServerFile | None:
    """The running server of a data folder, or None; the file may be a leftover of a killed one."""
    try:
        said = json.loads((data_dir / "server.json").read_text("utf-8"))
        return ServerFile(int(said["pid"]), str(said["url"]), str(said["server_id"]), str(said["version"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def is_running(data_dir: Path, server_id: str) -> bool:
    """Whether the folder's server is still that one, as far as can be seen without asking it."""
    running = read_server_file(data_dir)
    if running is None or running.server_id != server_id:
        return False
    if sys.platform == "win32":
        return True  # signal 0 would end the process there
    try:
        os.kill(running.pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def log_path(data_dir: Path) -> Path:
    return data_dir / "server.log"


def log_tail(data_dir: Path) -> str:
    """The end of the server's log, or a sentence where there is none."""
    try:
        with log_path(data_dir).open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - LOG_TAIL_BYTES))
            return log.read().decode("utf-8", "replace")
    except OSError:
        return f"There is no log yet at {log_path(data_dir)}.\n"


def open_client(
    connection: Connection, start: bool, cancelled: Callable[[], bool] = lambda: False
) -> tuple[Client, Health]:
    """A greeted client; with `start`, starts a local server where none runs. LinkFault where none answers."""
    if not connection.is_local:
        return _greeted(_remote(connection))
    try:
        return _greeted(_local(connection.data_dir))
    except LinkFault as fault:
        if not start or fault.code not in STARTS_ANYWAY:
            raise
    return _start(connection, cancelled)


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


def _start(connection: Connection, cancelled: Callable[[], bool]) -> tuple[Client, Health]:
    python = find_python(connection)
    if python is None:
        raise LinkFault(
            "no_server",
            "DeOcc needs its server, a one-time set-up.",
            "Set the server's Python in the preferences, or use a remote server.",
            "server_setup",
        )
    with tempfile.TemporaryFile() as said:  # what it says before it has a log of its own
        process = _spawn(python, connection.data_dir, said)
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
                break
            time.sleep(POLL_S)
    process.terminate()
    words = f"The server did not start within {START_TIMEOUT_S:.0f} s."
    raise LinkFault("start_timeout", words, "", "show_log")


def _spawn(python: Path, data_dir: Path, said: IO[bytes]) -> subprocess.Popen[bytes]:
    # Blender's own Python settings must not leak into the server's Python
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONHOME", "PYTHONPATH")}
    windows = sys.platform == "win32"
    command = [str(python), "-P", "-m", "deocc", "serve", "--data-dir", str(data_dir)]
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
    threading.Thread(target=process.wait, name="deocc-reap", daemon=True).start()  # leaves no zombie
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
