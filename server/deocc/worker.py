"""The child process that owns the device: takes tasks, runs the backend, writes its pictures and package.

    python -m deocc.worker    tasks as JSON lines on stdin, reports as JSON lines on stdout, log on stderr

It ends when stdin does, so it never outlives its server.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import signal
import sys
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

from deocc import backends
from deocc.backends.base import Backend
from deocc.contract import Fault, JobRequest, as_fault, request_of
from deocc.errors import Cancelled, DeoccError, disk_full, is_disk_full
from deocc.package import write_beside, write_zip
from deocc.png import png
from deocc.reconstruct import reconstruct
from deocc.weights.folder import WeightsFolder

TICK_INTERVAL_S = 0.05  # progress within one stage is told at most so often
END_KINDS = frozenset({"done", "failed", "cancelled"})

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Task:
    """One seed of one job. number: rises with every task of a worker.  module: the backend's.
    images, folder: where the job's images lie and its pictures and package go.  weights: the folder of all
    installed weights."""

    number: int
    module: str
    request: JobRequest
    seed: int
    images: str
    folder: str
    weights: str


@dataclass(frozen=True)
class Report:
    """One line from the worker. kind: "begun" (loaded, about to run), "tick", "picture" or an END_KINDS."""

    number: int
    kind: str
    stage: str = ""
    fraction: float = 0.0
    picture: str | None = None
    seconds: float = 0.0
    memory_gb: float = 0.0
    fault: Fault | None = None


def task_line(task: Task) -> str:
    return json.dumps({"task": asdict(task)}) + "\n"


def cancel_line(number: int) -> str:
    return json.dumps({"cancel": number}) + "\n"


def read_report(line: str) -> Report:
    body = json.loads(line)
    fault = body.pop("fault")
    return Report(**body, fault=Fault(**fault) if fault else None)


@dataclass
class Orders:
    """What the server has asked for so far; filled by a thread that reads stdin."""

    tasks: queue.SimpleQueue[Task] = field(default_factory=queue.SimpleQueue)
    cancelled: int = -1  # number of the newest task that was cancelled

    def follow(self, lines: TextIO) -> None:
        for line in lines:
            order = json.loads(line)
            if "cancel" in order:
                self.cancelled = order["cancel"]
            else:
                self.tasks.put(_task(order["task"]))
        os._exit(0)  # the server is gone; whatever runs has nobody to give its result to


class WorkerTick:
    """The `tick` a backend gets: reports, keeps encoded pictures for the package, and raises Cancelled."""

    def __init__(self, task: Task, orders: Orders, reports: TextIO):
        self.seconds: dict[str, float] = {}  # per stage
        self.encoded: dict[str, tuple[NDArray[np.uint8], bytes]] = {}  # pictures shown, as arrays and as PNG
        self._task, self._orders, self._reports = task, orders, reports
        self._stage, self._stage_began, self._told, self._fraction = "", time.perf_counter(), 0.0, 0.0

    def __call__(self, stage: str, fraction: float) -> None:
        if self._orders.cancelled == self._task.number:
            raise Cancelled
        now, fresh = time.perf_counter(), stage != self._stage
        if fresh:
            self.close_stage()
            self._stage, self._stage_began = stage, now
        if fresh or now - self._told >= TICK_INTERVAL_S:
            self._told = now
            self._fraction = min(max(float(fraction), self._fraction), 1.0)  # never backwards
            self.tell("tick", stage=stage, fraction=self._fraction)

    def picture(self, name: str, rgba: NDArray[np.uint8]) -> None:
        path = Path(self._task.folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        self.encoded[name] = (rgba, png(rgba))
        write_beside(self.encoded[name][1], path)
        self.tell("picture", picture=name)

    def tell(self, kind: str, **facts) -> None:
        self._reports.write(json.dumps(asdict(Report(self._task.number, kind, **facts))) + "\n")
        self._reports.flush()

    def close_stage(self) -> None:
        """Adds the open stage's seconds to the table."""
        if self._stage:
            spent = time.perf_counter() - self._stage_began
            self.seconds[self._stage] = self.seconds.get(self._stage, 0.0) + spent
            log.info("%s: %.3f s", self._stage, spent)
        self._stage = ""


def run_task(task: Task, backend: Backend, tick: WorkerTick) -> tuple[float, float]:
    """One seed from files to package; (seconds, peak memory in GB)."""
    began = time.perf_counter()
    images = Path(task.images)
    weights = WeightsFolder(Path(task.weights))
    made = reconstruct(backend, task.request, lambda sha256: images / sha256, task.seed, tick, weights)
    write_zip(made.files, Path(task.folder) / "package.zip")
    tick.close_stage()
    return time.perf_counter() - began, made.memory_gb


def fault_of(error: Exception) -> Fault:
    """What a person reads of an exception out of a backend."""
    if isinstance(error, DeoccError):
        return as_fault(error)
    if isinstance(error, MemoryError):
        return Fault("out_of_memory", "There was not enough memory.", "Try a smaller photo.", "retry_smaller")
    if isinstance(error, OSError) and is_disk_full(error):
        return as_fault(disk_full())
    return Fault(
        "backend_failed", "The reconstruction failed unexpectedly.", "The log says where.", "show_log"
    )


def main() -> None:
    """Runs tasks until stdin ends."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(message)s")
    for sent_to_all in (signal.SIGINT, signal.SIGTERM):  # by a terminal or at shutdown: the server ends this
        signal.signal(sent_to_all, signal.SIG_IGN)
    forbid_downloads()
    lines, reports = _take_pipes()
    orders = Orders()
    threading.Thread(target=orders.follow, args=(lines,), daemon=True).start()
    loaded: dict[tuple[str, str], Backend] = {}
    while True:
        task = orders.tasks.get()
        tick = WorkerTick(task, orders, reports)
        try:
            wanted = (task.module, WeightsFolder(Path(task.weights)).stamp())  # weights may be replaced
            if wanted not in loaded:
                loaded.clear()  # one backend at a time: two would not fit a small graphics card
                tick("starting the backend", 0.0)
                loaded[wanted] = backends.load(task.module, Path(task.weights))
                tick.close_stage()
                tick.seconds.clear()  # it is no part of the seed's
            tick.tell("begun")
            seconds, memory_gb = run_task(task, loaded[wanted], tick)
            tick.tell("done", seconds=seconds, memory_gb=memory_gb)
        except Cancelled:
            tick.tell("cancelled")
        except Exception as error:  # the worker's loop: whatever a backend raises becomes its job's fault
            log.exception("task %d failed", task.number)
            tick.tell("failed", fault=fault_of(error))


def forbid_downloads() -> None:
    """Tells the libraries that could fetch by themselves not to; before they load."""
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_DISABLE_TELEMETRY"):
        os.environ[name] = "1"


def _take_pipes() -> tuple[TextIO, TextIO]:
    """The server's orders and our reports, out of the way of what libraries do with the standard streams.

    What they print goes to the log. What they ask of standard input must not meet our waiting reader: on
    Windows, libraries like SciPy's do so as they load, and would wait for the next order.
    """
    lines = os.fdopen(os.dup(0), "r", encoding="utf-8")
    reports = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return lines, reports


def _task(body: dict[str, Any]) -> Task:
    return Task(**{**body, "request": request_of(body["request"])})


if __name__ == "__main__":
    main()
