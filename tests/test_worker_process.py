"""The server's end of the pipe; what a whole worker does in it is in test_jobs.py."""

from __future__ import annotations

import io
import json
import queue
from dataclasses import asdict

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
