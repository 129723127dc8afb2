"""Ends a local server that the extension has started in this process."""

from __future__ import annotations

from deocc_blender.connection import Connection, read_server_file
from deocc_blender.server_process import reap, stop
from tests.server_under_test import wait_until


def end_server(connection: Connection) -> None:
    stop(connection)
    wait_until(lambda: read_server_file(connection.data_dir) is None and reap() == 0, "the server's end")
