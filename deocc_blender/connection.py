"""Which server the preferences ask for, and what a local one leaves in its data folder. No bpy."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

LOG_TAIL_BYTES = 64 * 2**10
# a stranger on the port of a leftover server.json is no obstacle: our server takes the next port
STARTS_ANYWAY = frozenset({"server_off", "wrong_program", "wrong_token"})


@dataclass(frozen=True)
class Connection:
    """What the preferences say, as plain values that a thread may hold.

    address: "" means the local server of data_dir.  online: Blender's online access.
    plain_http: the user has allowed http without TLS to this address.  commercial_only: a server started
    from here refuses what may not be used commercially.
    """

    data_dir: Path
    version: str
    address: str = ""
    token: str = ""
    python: str = ""
    online: bool = False
    plain_http: bool = False
    commercial_only: bool = False

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


def install_command(connection: Connection, folder: Path = Path(__file__).parent / "server") -> str:
    """What a user enters in a terminal to give the server the networks' libraries.

    folder: holds the server's wheel, which names them; no index of packages is asked for “deocc” itself.
    """
    python = find_python(connection) if connection.is_local else None
    wheel = next(folder.glob("deocc-*.whl"), None) if connection.is_local else None
    return f'"{python or "python"}" -m pip install "{wheel or "."}[models]"'


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
