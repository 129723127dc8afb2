"""Where the server keeps its data and how it listens; read once at start, then passed."""

from __future__ import annotations

import ipaddress
import os
import sys
from dataclasses import dataclass
from pathlib import Path

API_VERSION = "1.0"  # major.minor of the wire: a client needs the same major and at least its own minor
DEFAULT_PORT = 8423


@dataclass(frozen=True)
class Settings:
    """One server's settings.

    data_dir: holds the database, images, results and the token.  host, port: where it listens; a taken port
    means the next one.  tls_cert, tls_key: PEM files, both or none.  idle_exit_s: the server ends so long
    after the last client and the last job, None: never.
    worker_idle_s: the child process that owns the device ends after so long without a job.
    tick_timeout_s: a cancelled backend that has not answered for so long is ended.
    weights_dir: where the networks' weights lie, None: in the data folder.  commercial_only: weights whose
    recorded licence does not allow commercial use are hidden and refused.
    """

    data_dir: Path
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    tls_cert: Path | None = None
    tls_key: Path | None = None
    idle_exit_s: float | None = 60.0
    worker_idle_s: float = 30.0
    tick_timeout_s: float = 5.0
    weights_dir: Path | None = None
    commercial_only: bool = False

    @property
    def database(self) -> Path:
        return self.data_dir / "deocc.sqlite"

    @property
    def weights(self) -> Path:
        return self.weights_dir or self.data_dir / "weights"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine's own programs can reach it; a name but "localhost" may lead anywhere."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def default_data_dir() -> Path:
    """The data folder shared by all Blender versions: $DEOCC_DATA_DIR, else the platform's usual place."""
    chosen = os.environ.get("DEOCC_DATA_DIR")
    if chosen:
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "DeOcc"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "DeOcc"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "deocc"


def default_weights_dir() -> Path | None:
    """$DEOCC_WEIGHTS_DIR, where several servers share their weights; else None: in the data folder."""
    chosen = os.environ.get("DEOCC_WEIGHTS_DIR")
    return Path(chosen).expanduser().absolute() if chosen else None


def default_commercial_only() -> bool:
    """Whether $DEOCC_COMMERCIAL_ONLY asks for weights that may be used commercially alone."""
    return os.environ.get("DEOCC_COMMERCIAL_ONLY", "") not in ("", "0")
