"""Server-sent events: heartbeats while nothing happens, nothing lost, nothing left behind."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from deocc.contract import Event, JobRequest, JobState
from deocc.event_stream import Hub, event_lines
from deocc.store import Store

REQUEST = JobRequest("a" * 64, "b" * 64)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "deocc.sqlite")
    made.add_job("a", REQUEST)
    return made


def test_a_quiet_job_sends_heartbeats_and_its_end_ends_the_stream(store: Store):
    async def follow() -> list[str]:
        hub, lines = Hub(), []
        hub.open()
        async for line in event_lines(store, hub, "a", 0, heartbeat_s=0.02):
            lines.append(line)
            if lines.count(": still here\n\n") == 2:
                store.record("a", Event(0, "state", JobState.CANCELLED))
                hub.publish("a")
        assert not hub._waiting
        return lines

    lines = asyncio.run(asyncio.wait_for(follow(), 30))
    assert lines[0].startswith("id: 1\nevent: state\ndata: {") and lines[0].endswith("}\n\n")
    assert '"cancelled"' in lines[-1]


def test_an_event_wakes_the_stream_long_before_the_heartbeat(store: Store):
    async def follow() -> None:
        hub = Hub()
        hub.open()
        stream = event_lines(store, hub, "a", 0, heartbeat_s=600)
        await anext(stream)

        def end() -> None:
            store.record("a", Event(0, "state", JobState.DONE))
            hub.publish("a")

        asyncio.get_running_loop().run_in_executor(None, end)
        assert '"done"' in await anext(stream)

    asyncio.run(asyncio.wait_for(follow(), 30))


def test_a_closing_server_and_a_removed_job_end_their_streams(store: Store):
    async def follow(end) -> list[str]:
        hub = Hub()
        hub.open()
        lines = []
        async for line in event_lines(store, hub, "a", 0, heartbeat_s=600):
            lines.append(line)
            end(hub)
        return lines

    def remove(hub: Hub) -> None:
        store.remove_job("a")
        hub.publish("a")

    assert len(asyncio.run(asyncio.wait_for(follow(Hub.close), 30))) == 1
    assert len(asyncio.run(asyncio.wait_for(follow(remove), 30))) == 1
