"""The queue: one job at a time through the worker, the rest in order; states, progress, cancel."""

from __future__ import annotations

import dataclasses
import logging
import threading
import time
from collections.abc import Callable

from deocc import backends
from deocc.backends.readiness import expected
from deocc.contract import END_STATES, Event, Fault, JobReply, JobRequest, JobState, as_fault
from deocc.errors import DeoccError
from deocc.files import Files
from deocc.pace import Pace, even_pace, measured_pace, remaining_s
from deocc.settings import Settings
from deocc.store import Store
from deocc.worker import Report, Task, fault_of
from deocc.worker_process import WorkerProcess

DISK_RETRY_S = 1.0  # how often a full disk is tried again, to write down how a job ended

log = logging.getLogger(__name__)


class Jobs:
    """All jobs of a server. A thread of its own runs them; every method may be called from any other.

    changed: called with a job's id after each of its events.  broken: called if the thread ends by a fault
    of ours; the server then ends too and the next one takes the queue up again.
    """

    def __init__(
        self,
        store: Store,
        files: Files,
        settings: Settings,
        changed: Callable[[str], None] = lambda job_id: None,
        broken: Callable[[], None] = lambda: None,
    ):
        self._store, self._files, self._settings = store, files, settings
        self._changed, self._broken = changed, broken
        self.worker = WorkerProcess(settings.tick_timeout_s)
        self._wake = threading.Condition(threading.RLock())
        self._running: str | None = None  # the job in work
        self._cancelled = False  # whether that job shall end
        self._number = 0  # of the task in work
        self._closing = False
        self._thread = threading.Thread(target=self._work, name="jobs", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Ends the thread and the worker. The job in work is queued again, for the next server."""
        with self._wake:
            self._closing = True
            self._wake.notify_all()
        self.worker.kill()
        if self._thread.is_alive():
            self._thread.join()
        try:
            self._store.requeue_running(in_good_order=True)
        except DeoccError as error:  # the next start does it
            log.error("the job in work can't be queued again: %s", error.message)

    @property
    def busy(self) -> bool:
        """Whether a job runs or waits."""
        with self._wake:
            return self._running is not None or self._store.next_job() is not None

    def submit(self, job_id: str, request: JobRequest) -> bool:
        """Queues a checked request; False where the id is taken."""
        added = self._store.add_job(job_id, request)
        if added:
            self._changed(job_id)
            with self._wake:
                self._wake.notify_all()
        return added

    def cancel(self, job_id: str) -> None:
        """Ends a queued job at once, a running one at its next tick; nothing to a finished one."""
        with self._wake:
            if job_id == self._running:
                if not self._cancelled:
                    self._cancelled = True
                    self.worker.cancel(self._number)
                return
            job = self._store.job(job_id)
            if job and job.state not in END_STATES:
                self._record(job_id, Event(0, "state", JobState.CANCELLED))

    def remove(self, job_id: str) -> None:
        """Removes a finished job with its files; images that no job names go at a later start."""
        self._store.remove_job(job_id)
        self._files.remove_job(job_id)
        self._changed(job_id)

    def pace(self, backend: str) -> Pace:
        """A backend's speed here, or what is expected before it has run."""
        card = backends.card(backend)
        known = self._store.pace(backend)
        if known:
            return known
        before = expected(card, card.options(), self._settings.weights)
        return even_pace(before.seconds, before.memory_gb)

    # -- the thread --

    def _work(self) -> None:
        try:
            while True:
                job = self._take()
                if job is None:
                    return
                self._run(job)
        finally:
            self.worker.stop()
            if not self._closing:
                self._broken()

    def _take(self) -> JobReply | None:
        """Waits for the next job and marks it running; None on closing. Ends an idle worker."""
        idle_since = time.monotonic()
        self._files.keep_reserve()
        with self._wake:
            self._running, self._cancelled = None, False
            while not self._closing:
                job = self._store.next_job()
                if job and self._begin(job.id):
                    return job
                idle_s = time.monotonic() - idle_since
                if self.worker.pid and idle_s >= self._settings.worker_idle_s:
                    self.worker.stop()
                left_s = self._settings.worker_idle_s - idle_s if self.worker.pid else None
                self._wake.wait(DISK_RETRY_S if job else left_s)
        return None

    def _begin(self, job_id: str) -> bool:
        try:
            self._store.begin_job(job_id)
        except DeoccError as fault:
            log.error("job %s can't begin: %s", job_id, fault.message)
            return False
        self._running = job_id
        self._changed(job_id)
        return True

    def _run(self, job: JobReply) -> None:
        log.info("job %s: %s, %d seeds", job.id, job.backend, len(job.variants))
        state, fault = JobState.DONE, None
        try:
            for n, variant in enumerate(job.variants):
                if variant.state == JobState.DONE:  # before the server was killed
                    continue
                report = self._run_variant(job, n)
                if report.kind != "done":
                    state = JobState.CANCELLED if report.kind == "cancelled" else JobState.FAILED
                    fault = report.fault if state == JobState.FAILED else None
                    break
        except DeoccError as error:
            state, fault = JobState.FAILED, as_fault(error)
        except OSError as error:
            log.exception("job %s", job.id)
            state, fault = JobState.FAILED, fault_of(error)
        if not self._closing:
            self._end(job.id, state, fault)

    def _run_variant(self, job: JobReply, n: int) -> Report:
        with self._wake:
            self._number += 1
            number = self._number
            if self._cancelled or self._closing:
                return Report(number, "cancelled")
        folder = self._files.clear_variant(job.id, n)
        count = len(job.variants)
        self._store.record_variant(job.id, n, JobState.RUNNING, n / count)
        self._changed(job.id)
        module = backends.module_of(job.backend)
        images, weights = str(self._files.images), str(self._settings.weights)
        task = Task(number, module, job.request, job.variants[n].seed, images, str(folder), weights)
        follow = _Progress(lambda event: self._record(job.id, event), self.pace(job.backend), n, count)
        report = self.worker.run(task, follow, lambda: self._cancelled or self._closing)
        if report.kind == "done":
            self._store.record_variant(job.id, n, JobState.DONE, (n + 1) / count, report.seconds)
            self._changed(job.id)
            self._learn(job.backend, follow, report)
        return report

    def _learn(self, backend: str, follow: _Progress, report: Report) -> None:
        """Takes one more run into the backend's pace."""
        memory_gb = report.memory_gb or self.pace(backend).memory_gb  # 0: the system did not say
        before = self._store.pace(backend)
        self._store.set_pace(backend, measured_pace(before, follow.passed, report.seconds, memory_gb))

    def _end(self, job_id: str, state: JobState, fault: Fault | None) -> None:
        """Writes down how a job ended; on a full disk, again until it can."""
        job = self._store.job(job_id)
        fraction = 1.0 if state == JobState.DONE or job is None else job.fraction
        while not self._closing:
            try:
                self._record(job_id, Event(0, "state", state, fraction=fraction, error=fault))
                break
            except DeoccError as error:
                log.error("job %s: its end can't be written: %s", job_id, error.message)
                if self._files.free_reserve():
                    continue
                with self._wake:
                    self._wake.wait(DISK_RETRY_S)
        log.info("job %s: %s%s", job_id, state, f" ({fault.code})" if fault else "")

    def _record(self, job_id: str, event: Event) -> None:
        self._store.record(job_id, event)
        self._changed(job_id)


class _Progress:
    """Turns the reports of variant n of `count` into its job's events, with the time left."""

    def __init__(self, record: Callable[[Event], None], pace: Pace, n: int, count: int):
        self.passed: list[tuple[float, float]] = []  # (fraction, seconds) of this variant
        self._record, self._pace, self._n, self._count = record, pace, n, count
        self._began = time.monotonic()
        self._last = Event(0, "progress", JobState.RUNNING, fraction=n / count, variant=n)

    def __call__(self, report: Report) -> None:
        if report.kind == "begun":
            self._began = time.monotonic()
        elif report.kind == "picture":
            self._record(dataclasses.replace(self._last, kind="picture", picture=report.picture))
        elif report.kind == "tick":
            elapsed_s = time.monotonic() - self._began
            self.passed.append((report.fraction, elapsed_s))
            others_s = (self._count - self._n - 1) * self._pace.total_s
            left_s = remaining_s(self._pace, report.fraction, elapsed_s)
            self._last = dataclasses.replace(
                self._last,
                stage=report.stage,
                fraction=(self._n + report.fraction) / self._count,
                eta_s=round(left_s + others_s, 2),
            )
            self._record(self._last)
