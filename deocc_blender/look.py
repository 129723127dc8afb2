"""Looks at the server in a thread of its own: how it is, why it is not there; ends it where asked. No bpy."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from .client import Client
from .connection import Connection, is_running, read_server_file
from .messages import LinkNews, Message, WeightsNews
from .replies import LinkFault, ServerFault, WeightsRow
from .server_process import open_client, reap, stop

log = logging.getLogger(__name__)
END_S, POLL_S = 5.0, 0.05  # a server told to end removes its server.json as its last act


def look(connection: Connection, start: bool, post: Callable[[Message], None], known: str = "") -> None:
    """One look at the server, for a thread of its own: its health and its backends, or why there are none.

    known: the id of a local server that answered before. While it is there it is not asked again, since a
    request would count as a client and keep an idle server from ending.
    """
    reap()
    if known and not start and connection.is_local and is_running(connection.data_dir, known):
        return
    if start:
        post(LinkNews("starting"))
    try:
        client, found = open_client(connection, start)
    except LinkFault as fault:
        post(LinkNews("fault", fault=fault))
        return
    try:
        backends = client.backends()
        post(WeightsNews(_weights(client)))
        post(LinkNews("ready", health=found, backends=backends))
    except ServerFault as fault:
        news = LinkFault(fault.code, fault.message, fault.hint, fault.action)
        post(LinkNews("fault", health=found, fault=news))
    finally:
        client.close()


def _weights(client: Client) -> tuple[WeightsRow, ...]:
    """The table of weights; empty where the server is of the time before there was one."""
    try:
        return client.weights()
    except ServerFault as fault:
        if fault.code != "not_found":
            raise
        return ()


def stop_and_look(connection: Connection, restart: bool, post: Callable[[Message], None]) -> None:
    """Ends the local server, and starts it again where asked."""
    try:
        stop(connection)
    except LinkFault as fault:
        log.info("stop: %s", fault.message)
    except OSError as error:
        words = f"The server could not be stopped: {error.strerror}."
        post(LinkNews("fault", fault=LinkFault("stop_failed", words, "", "show_log")))
        return
    until = time.monotonic() + END_S
    while read_server_file(connection.data_dir) is not None and time.monotonic() < until:
        time.sleep(POLL_S)
    look(connection, restart, post)
