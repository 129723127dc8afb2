"""A Ray cluster for the tests of what can run on one."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    """The address of a Ray cluster of two cores on this machine."""
    pytest.importorskip("ray")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        *(sys.executable, "-m", "ray.scripts.scripts", "start", "--head", "--block", "--num-cpus=2"),
        *(f"--port={port}", "--include-dashboard=false", "--object-store-memory=200000000"),
    ]
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("RAY_USAGE_STATS_ENABLED", "0")
        # else “ray start” asks for the token of the home folder, if there is one, which an address given by
        # hand doesn't send (Ray 2.60)
        patched.setenv("RAY_AUTH_MODE", "disabled")
        quiet = subprocess.DEVNULL
        head = subprocess.Popen(command, stdout=quiet, stderr=quiet, start_new_session=True)
        deadline = time.monotonic() + 60
        while not _answers(port):
            if head.poll() is not None or time.monotonic() > deadline:
                pytest.skip("Ray does not start here.")
            time.sleep(0.2)
        yield f"127.0.0.1:{port}"
    os.killpg(head.pid, signal.SIGTERM)  # this cluster alone: “ray stop” would end a user's own as well
    try:
        head.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(head.pid, signal.SIGKILL)
        head.wait()


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
