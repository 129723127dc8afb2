"""The server as a window finds it: a Python that holds it, though it lies outside of the window's root.

Blender runs in a root of its own that has no Python with the server. What the extension starts there is a
script that steps out into this environment, so its own way of starting, finding and losing a server is used.
"""

from __future__ import annotations

import os
import shlex
import signal
import sys
from pathlib import Path

from deocc_blender.connection import ServerFile, read_server_file
from tests.server_under_test import wait_until

CHECKOUT = Path(__file__).resolve().parents[2]
SCRIPT = """#!/bin/sh
# called as `python -P -m deocc serve …`; through /proc a process sees the root of any other
shift 3
exec chroot /proc/{pid}/root /usr/bin/env {environment} {python} -m tests.puppet_server "$@" {flags}
"""


class ServerDoor:
    """What the preferences name as the server's Python, and the data folder of the server it starts."""

    def __init__(self, folder: Path, *flags: str) -> None:
        self.python = folder / "server-python"
        self.data_dir = folder / "data"
        environment = [f"PYTHONPATH={CHECKOUT}", f"HOME={Path.home()}", f"PATH={os.environ['PATH']}"]
        script = SCRIPT.format(
            pid=os.getpid(),
            environment=shlex.join(environment),
            python=shlex.quote(sys.executable),
            flags=shlex.join(flags),
        )
        self.python.write_text(script)
        self.python.chmod(0o755)

    def shut(self) -> None:
        """From now on no server can be started: its Python is gone."""
        self.python.rename(self.python.with_suffix(".away"))

    def open(self) -> None:
        self.python.with_suffix(".away").rename(self.python)

    @property
    def server(self) -> ServerFile | None:
        """The server that runs, as its own file says."""
        return read_server_file(self.data_dir)

    def kill(self) -> None:
        """`kill -9`, as a crash would: its file stays."""
        server = self.server
        assert server is not None, "there is no server to kill"
        os.kill(server.pid, signal.SIGKILL)
        wait_until(lambda: not is_alive(server.pid), "the server's end")

    def stop(self) -> None:
        server = self.server
        if server is not None and is_alive(server.pid):
            os.kill(server.pid, signal.SIGTERM)
            wait_until(lambda: not is_alive(server.pid), "the server's end")


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and is not yet reaped by its parent does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
