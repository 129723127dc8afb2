"""A job's events as server-sent events: those that were, then those that come, with heartbeats between."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import asdict

from deocc.contract import END_STATES, Event
from deocc.store import Store

HEARTBEAT_S = 5.0


class Hub:
    """Wakes the streams of a job; `publish` may be called from any thread."""

    def __init__(self):
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)
        self.closing = False

    def open(self) -> None:
        """Call once inside the running loop."""
        self._loop = asyncio.get_running_loop()

    def close(self) -> None:
        """Ends all streams, so that the server can end; call inside the loop."""
        self.closing = True
        self._loop = None
        for job_id in list(self._waiting):
            self._wake(job_id)

    def publish(self, job_id: str) -> None:
        loop = self._loop
        if loop is None:
            return
        try:
            loop.call_soon_threadsafe(self._wake, job_id)
        except RuntimeError:  # the loop was closed just now, and with it every stream
            return

    def _wake(self, job_id: str) -> None:
        for changed in self._waiting.get(job_id, ()):
            changed.set()

    def join(self, job_id: str) -> asyncio.Event:
        changed = asyncio.Event()
        self._waiting[job_id].add(changed)
        return changed

    def leave(self, job_id: str, changed: asyncio.Event) -> None:
        self._waiting[job_id].discard(changed)
        if not self._waiting[job_id]:
            del self._waiting[job_id]


async def event_lines(
    store: Store, hub: Hub, job_id: str, after: int, heartbeat_s: float = HEARTBEAT_S
) -> AsyncIterator[str]:
    """The stream's text, from the first event after `after` to the job's last one."""
    changed = hub.join(job_id)
    try:
        while not hub.closing:
            changed.clear()
            job = await asyncio.to_thread(store.job, job_id)
            for event in await asyncio.to_thread(store.events, job_id, after):
                after = event.id
                yield _lines(event)
            if job is None or job.state in END_STATES:
                return  # asked before the events were read, so none of them is missed
            try:
                await asyncio.wait_for(changed.wait(), heartbeat_s)
            except TimeoutError:
                yield ": still here\n\n"
    finally:
        hub.leave(job_id, changed)


def _lines(event: Event) -> str:
    return f"id: {event.id}\nevent: {event.kind}\ndata: {json.dumps(asdict(event))}\n\n"
