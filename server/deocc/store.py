"""Jobs, variants, events and measured paces as rows in SQLite; the files beside them are files.py's."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from deocc.contract import (
    END_STATES,
    Event,
    Fault,
    JobReply,
    JobRequest,
    JobState,
    VariantReply,
    request_of,
)
from deocc.database import open_database, write_fault
from deocc.pace import Pace

MAX_ATTEMPTS = 3  # a job that took the server down with it so often is not tried again


class Store:
    """One connection behind one lock: every call is short, from any thread. Each write is one transaction.

    Raises what database.py's faults say.
    """

    def __init__(self, path: Path):
        self._lock = threading.RLock()
        self._rows = open_database(path)
        self.server_id: str = self._rows.execute("SELECT id FROM server").fetchone()["id"]

    def close(self) -> None:
        with self._lock:
            self._rows.close()

    # -- jobs --

    def add_job(self, job_id: str, request: JobRequest) -> bool:
        """Queues a job; False where the id is taken."""
        with self._write():
            if self._rows.execute("SELECT 1 FROM jobs WHERE id = ?", (job_id,)).fetchone():
                return False
            self._rows.execute(
                "INSERT INTO jobs (id, request, created, state) VALUES (?, ?, ?, ?)",
                (job_id, json.dumps(asdict(request)), time.time(), JobState.QUEUED),
            )
            for n, seed in enumerate(request.seeds):
                self._rows.execute(
                    "INSERT INTO variants (job, n, seed, state) VALUES (?, ?, ?, ?)",
                    (job_id, n, seed, JobState.QUEUED),
                )
            self._append(job_id, Event(0, "state", JobState.QUEUED))
        return True

    def job(self, job_id: str) -> JobReply | None:
        with self._lock:
            row = self._rows.execute("SELECT * FROM jobs WHERE id = ?", (job_id,)).fetchone()
            return self._reply(row) if row else None

    def jobs(self) -> list[JobReply]:
        """All jobs, newest first."""
        with self._lock:
            return [self._reply(row) for row in self._rows.execute("SELECT * FROM jobs ORDER BY number DESC")]

    def next_job(self) -> JobReply | None:
        """The oldest queued job."""
        with self._lock:
            row = self._rows.execute(
                "SELECT * FROM jobs WHERE state = ? ORDER BY number LIMIT 1", (JobState.QUEUED,)
            ).fetchone()
            return self._reply(row) if row else None

    def remove_job(self, job_id: str) -> None:
        with self._write():
            self._rows.execute("DELETE FROM jobs WHERE id = ?", (job_id,))

    def begin_job(self, job_id: str) -> None:
        with self._write():
            self._rows.execute("UPDATE jobs SET attempts = attempts + 1 WHERE id = ?", (job_id,))
            self.record(job_id, Event(0, "state", JobState.RUNNING))

    def requeue_running(self, in_good_order: bool = False) -> None:
        """What was running is queued again, in its old place; not for ever if the server ended suddenly."""
        with self._write():
            for row in self._rows.execute(
                "SELECT * FROM jobs WHERE state = ?", (JobState.RUNNING,)
            ).fetchall():
                if in_good_order:
                    self._rows.execute("UPDATE jobs SET attempts = attempts - 1 WHERE id = ?", (row["id"],))
                elif row["attempts"] >= MAX_ATTEMPTS:
                    self.record(row["id"], Event(0, "state", JobState.FAILED, error=_attempts_fault()))
                    continue
                self._rows.execute(
                    "UPDATE variants SET state = ?, pictures = '' WHERE job = ? AND state = ?",
                    (JobState.QUEUED, row["id"], JobState.RUNNING),
                )
                self.record(row["id"], Event(0, "state", JobState.QUEUED))

    # -- events --

    def record(self, job_id: str, event: Event) -> None:
        """Appends an event and brings the job's and the variant's row to what it says, in one transaction."""
        with self._write():
            if event.kind == "state":
                self._record_state(job_id, event)
            elif event.kind == "progress":
                self._rows.execute(
                    "UPDATE jobs SET stage = ?, fraction = ?, eta_s = ? WHERE id = ?",
                    (event.stage, event.fraction, event.eta_s, job_id),
                )
            elif event.kind == "picture":
                self._rows.execute(
                    "UPDATE variants SET pictures = pictures || ? || ' ' WHERE job = ? AND n = ?",
                    (event.picture, job_id, event.variant),
                )
            self._append(job_id, event)

    def record_variant(
        self, job_id: str, n: int, state: JobState, fraction: float, seconds: float | None = None
    ) -> None:
        """Writes down a variant's state; fraction: of the whole job."""
        with self._write():
            self._rows.execute(
                "UPDATE variants SET state = ?, seconds = ? WHERE job = ? AND n = ?",
                (state, seconds, job_id, n),
            )
            self.record(job_id, Event(0, "variant", state, fraction=fraction, variant=n))

    def events(self, job_id: str, after: int = 0) -> list[Event]:
        with self._lock:
            found = self._rows.execute(
                "SELECT id, body FROM events WHERE job = ? AND id > ? ORDER BY id", (job_id, after)
            ).fetchall()
        return [_event(row["id"], json.loads(row["body"])) for row in found]

    def _record_state(self, job_id: str, event: Event) -> None:
        error = json.dumps(asdict(event.error)) if event.error else None
        self._rows.execute(
            "UPDATE jobs SET state = ?, stage = '', fraction = ?, eta_s = NULL, error = ? WHERE id = ?",
            (event.state, event.fraction, error, job_id),
        )
        if event.state in END_STATES:
            self._rows.execute(
                "UPDATE variants SET state = ? WHERE job = ? AND state IN (?, ?)",
                (event.state, job_id, JobState.QUEUED, JobState.RUNNING),
            )
            # progress of a job that is over tells nobody anything
            self._rows.execute("DELETE FROM events WHERE job = ? AND kind = 'progress'", (job_id,))

    def _append(self, job_id: str, event: Event) -> None:
        self._rows.execute(
            "INSERT INTO events (job, kind, body) VALUES (?, ?, ?)",
            (job_id, event.kind, json.dumps(asdict(event))),
        )

    # -- paces and images --

    def pace(self, backend: str) -> Pace | None:
        """What was measured here of a backend, if anything was."""
        with self._lock:
            row = self._rows.execute("SELECT * FROM paces WHERE backend = ?", (backend,)).fetchone()
        return Pace(tuple(json.loads(row["curve_s"])), row["memory_gb"]) if row else None

    def set_pace(self, backend: str, pace: Pace) -> None:
        with self._write():
            self._rows.execute(
                "INSERT OR REPLACE INTO paces VALUES (?, ?, ?)",
                (backend, json.dumps(pace.curve_s), pace.memory_gb),
            )

    def images_in_use(self) -> set[str]:
        """sha256 of every image that a job names."""
        requests = [job.request for job in self.jobs()]
        named = {name for r in requests for name in (r.photo, r.object_mask, r.occluder_mask, r.keep_mask)}
        return {name for name in named if name}

    # -- rows --

    @contextmanager
    def _write(self) -> Iterator[None]:
        """One transaction; calls inside join it."""
        with self._lock:
            if self._rows.in_transaction:
                yield
                return
            try:
                self._rows.execute("BEGIN IMMEDIATE")
                yield
                self._rows.execute("COMMIT")
            except BaseException as error:
                if self._rows.in_transaction:
                    self._rows.execute("ROLLBACK")
                if isinstance(error, sqlite3.OperationalError):
                    raise write_fault(error) from error
                raise

    def _reply(self, row: sqlite3.Row) -> JobReply:
        request = request_of(json.loads(row["request"]))
        found = self._rows.execute("SELECT * FROM variants WHERE job = ? ORDER BY n", (row["id"],)).fetchall()
        position = None
        if row["state"] == JobState.QUEUED:
            position = self._rows.execute(
                "SELECT COUNT(*) FROM jobs WHERE state = ? AND number < ?", (JobState.QUEUED, row["number"])
            ).fetchone()[0]
        return JobReply(
            id=row["id"],
            name=request.name,
            backend=request.backend,
            state=JobState(row["state"]),
            stage=row["stage"],
            fraction=row["fraction"],
            eta_s=row["eta_s"],
            queue_position=position,
            variants=[_variant(one) for one in found],
            error=Fault(**json.loads(row["error"])) if row["error"] else None,
            created=row["created"],
            request=request,
        )


def _variant(row: sqlite3.Row) -> VariantReply:
    pictures = set(row["pictures"].split())
    return VariantReply(
        seed=row["seed"],
        state=JobState(row["state"]),
        views=[i for i in range(6) if f"views/{i}.png" in pictures],
        completed="completed.png" in pictures,
        seconds=row["seconds"],
    )


def _event(event_id: int, body: dict) -> Event:
    error = body.pop("error")
    body.update(id=event_id, state=JobState(body["state"]))
    return Event(**body, error=Fault(**error) if error else None)


def _attempts_fault() -> Fault:
    return Fault(
        "server_ended_often",
        f"The server ended {MAX_ATTEMPTS} times while it ran this job.",
        "Look at the log; a smaller photo may help.",
        "show_log",
    )
