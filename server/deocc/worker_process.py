"""The server's end of the worker: starts it, hands it tasks, hears it, ends it if it won't answer."""

from __future__ import annotations

import logging
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

from deocc.contract import Fault
from deocc.worker import END_KINDS, Report, Task, cancel_line, read_report, task_line

STOP_TIMEOUT_S = 2.0  # from closing its stdin to killing it
# For the worker, unless our own environment says otherwise. Linux's allocator else keeps a heap for each
# thread, with what was freed in it (`deocc bench speed`); numpy's products are small here, and its threads
# would spin between them.
ENVIRONMENT = {"MALLOC_ARENA_MAX": "1", "OPENBLAS_NUM_THREADS": "1"}

log = logging.getLogger(__name__)
worker_log = logging.getLogger("deocc.worker")


@dataclass(frozen=True)
class _Ended:
    """The worker's stdout ended: it is dead."""


@dataclass(frozen=True)
class _CancelAsked:
    number: int


class WorkerProcess:
    """One child process at most. `run` belongs to one thread; `cancel` may come from any other."""

    def __init__(self, tick_timeout_s: float):
        self._tick_timeout_s = tick_timeout_s
        self._process: subprocess.Popen[str] | None = None
        self._inbox: queue.SimpleQueue[Report | _Ended | _CancelAsked] = queue.SimpleQueue()
        self._sending = threading.Lock()

    @property
    def pid(self) -> int | None:
        """The worker's process id, None where there is none."""
        process = self._process
        return process.pid if process else None

    def run(
        self,
        task: Task,
        on_report: Callable[[Report], None],
        is_cancelled: Callable[[], bool] = lambda: False,
    ) -> Report:
        """Runs a task to its end; the report of END_KINDS. What on_report raises ends the worker and passes.

        is_cancelled: asked once when the task is sent, for a `cancel` that came before there was a worker.
        """
        self._start()
        self._send(task_line(task))
        if is_cancelled():
            self.cancel(task.number)
        deadline: float | None = None
        while True:
            try:
                item = self._inbox.get(
                    timeout=None if deadline is None else max(0.0, deadline - time.monotonic())
                )
            except queue.Empty:
                log.warning(
                    "the worker did not answer a cancel for %.1f s and is ended", self._tick_timeout_s
                )
                self.kill()
                return Report(task.number, "cancelled")
            if isinstance(item, _Ended):
                fault = _death_fault(self._forget())
                return Report(task.number, "cancelled" if deadline else "failed", fault=fault)
            if isinstance(item, _CancelAsked):
                if item.number == task.number and deadline is None:
                    deadline = time.monotonic() + self._tick_timeout_s
            elif item.number == task.number:
                if item.kind in END_KINDS:
                    if item.fault and item.fault.code == "device_lost":
                        self.kill()  # a graphics card that failed answers a new process only
                    return item
                try:
                    on_report(item)
                except BaseException:
                    self.kill()
                    raise

    def cancel(self, number: int) -> None:
        """Asks for the end of a task; `run` returns within tick_timeout_s."""
        self._inbox.put(_CancelAsked(number))
        self._send(cancel_line(number))

    def stop(self) -> None:
        """Ends the worker: politely, then not."""
        process = self._process
        if process is None:
            return
        with self._sending:
            _close_quietly(process.stdin)
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
        self._forget()

    def kill(self) -> None:
        if self._process:
            self._process.kill()
            self._forget()

    def _start(self) -> None:
        if self._process and self._process.poll() is None:
            return
        if self._process:
            self._forget()
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "deocc.worker"],  # -P: imports nothing from the working directory
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",  # libraries print what they like
            env={**ENVIRONMENT, **os.environ},
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),  # Windows: no console pops up
        )
        self._inbox = inbox = queue.SimpleQueue()
        self._process = process
        for name, target, given in (
            ("worker reports", _listen, (process.stdout, inbox)),
            ("worker log", _relay, (process.stderr,)),
        ):
            threading.Thread(target=target, args=given, name=name, daemon=True).start()

    def _send(self, line: str) -> None:
        process = self._process
        if process is None or process.stdin is None:
            return
        with self._sending:
            try:
                process.stdin.write(line)
                process.stdin.flush()
            except (OSError, ValueError):  # it is dead or being stopped: `run` hears so from its stdout
                log.info("the worker no longer listens")

    def _forget(self) -> int:
        """Reaps the dead process; its exit code."""
        process, self._process = self._process, None
        if process is None:
            return 0
        code = process.wait()
        with self._sending:
            _close_quietly(process.stdin)
        return code


def _listen(lines: IO[str], inbox: queue.SimpleQueue) -> None:
    """The worker's reports into the inbox, and at their end that it is dead."""
    for line in lines:
        if line.endswith("\n"):  # else it died while it wrote
            inbox.put(read_report(line))
    inbox.put(_Ended())
    lines.close()


def _relay(lines: IO[str]) -> None:
    """The worker's words into the server's log, which one process alone may write and cut."""
    for line in lines:
        worker_log.info("%s", line.rstrip())
    lines.close()


def _close_quietly(stream: IO[str] | None) -> None:
    try:
        if stream:
            stream.close()
    except OSError:  # what was still buffered has nobody to read it
        log.info("the worker ended before its last order")


def _death_fault(code: int) -> Fault:
    how = f"signal {-code}" if code < 0 else f"exit code {code}"
    return Fault(
        "worker_died",
        f"The process that runs the backend ended suddenly ({how}).",
        "Try again. If it happens again, memory may be short: try a smaller photo, or look at the log.",
        "retry",
    )
