"""The server's end of the pipe; what a whole worker does in it is in test_jobs.py."""

from __future__ import annotations

import io
import json
import queue
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from deocc.worker import Report
from deocc.worker_process import WorkerProcess, _Ended, _listen


def test_a_worker_that_dies_while_it_writes_is_heard_to_be_dead():
    report = Report(7, "tick", "six views", 0.5)
    inbox: queue.SimpleQueue = queue.SimpleQueue()
    _listen(io.StringIO(json.dumps(asdict(report)) + "\n" + '{"number": 7, "kin'), inbox)
    assert [inbox.get_nowait(), inbox.get_nowait()] == [report, _Ended()] and inbox.empty()


def test_without_a_worker_there_is_nothing_to_end():
    worker = WorkerProcess(tick_timeout_s=1.0)
    worker.stop()
    worker.kill()
    worker.cancel(1)
    assert worker.pid is None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows another process's environment")
@pytest.mark.parametrize("name", ["MALLOC_ARENA_MAX", "OPENBLAS_NUM_THREADS"])
@pytest.mark.parametrize(("told", "it_is"), [(None, "1"), ("4", "4")])
def test_a_worker_keeps_one_heap_and_numpys_products_one_thread_unless_told_otherwise(
    monkeypatch: pytest.MonkeyPatch, name: str, told: str | None, it_is: str
):
    monkeypatch.delenv(name, raising=False)
    if told:
        monkeypatch.setenv(name, told)
    worker = WorkerProcess(tick_timeout_s=1.0)
    worker._start()
    try:
        environment = Path(f"/proc/{worker.pid}/environ").read_bytes().split(b"\0")
    finally:
        worker.kill()
    assert f"{name}={it_is}".encode() in environment
    assert any(one.startswith(b"PATH=") for one in environment), "what we have, it has too"
