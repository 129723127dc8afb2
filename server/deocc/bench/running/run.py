"""`deocc bench run`: methods over a built benchmark; resumable, parallel, and nothing that fails stops it.

The workers get values and give values back; this process alone writes, each result as one folder.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from deocc.bench.built import by_id, load_object, read_manifest
from deocc.bench.running.methods import Given
from deocc.bench.running.plan import Plan, RunRequest, make_plan
from deocc.bench.running.record import (
    DONE,
    FAILED,
    RECORD,
    RUN,
    Key,
    Record,
    fits,
    record_json,
    result_folder,
    run_json,
    stored_record,
)
from deocc.bench.running.task import Outcome, Task, carry_out
from deocc.data.engine import Done, each
from deocc.errors import InputFault, is_disk_full
from deocc.lock import lock_file
from deocc.package import write_beside, write_folder
from deocc.run_photo import make_folder

__all__ = ["RunRequest", "RunSummary", "run"]

LOCK = ".lock"
_UNFINISHED = re.compile(r"\.seed-\d+\.[0-9a-f]{32}")  # what a killed run leaves beside a result

log = logging.getLogger(__name__)
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class RunSummary:
    """Results, of those asked for now. planned: all.  kept: that were there already.  done: that are there
    now, failures included.  failed: of these.  unwritten: that a full disk kept out."""

    planned: int
    kept: int
    done: int
    failed: int
    unwritten: int


def run(request: RunRequest, progress: Progress) -> RunSummary:
    """Makes every result that is asked for and not there; progress(done, total, words).

    Raises what make_plan raises and InputFault where another run writes into `out`, before anything runs.
    """
    plan = make_plan(request)
    make_folder(request.out)
    with _alone(request.out):
        write_beside(run_json(plan.run, request.out), request.out / RUN)
        _sweep(request.out)
        return _Making(request, plan, progress).make()


class _Making:
    """One run on its way."""

    def __init__(self, request: RunRequest, plan: Plan, progress: Progress):
        self._request, self._plan, self._progress = request, plan, progress
        self._entries = by_id(read_manifest(request.bench).objects)
        self._done = self._failed = self._unwritten = 0

    def make(self) -> RunSummary:
        request, wanted = self._request, self._plan.wanted
        kept = [one for one in (self._kept(key) for key in wanted) if one]
        there = {one.key for one in kept}
        todo = [key for key in wanted if key not in there]
        self._done, self._failed = len(kept), sum(one.state == FAILED for one in kept)
        self._progress(self._done, len(wanted), "")
        tasks = self._tasks(todo)
        with closing(each(carry_out, tasks, request.workers, request.ray_address, request.timeout_s)) as ends:
            for ended in ends:
                self._take(todo[ended.index], ended)
        return RunSummary(len(wanted), len(kept), self._done, self._failed, self._unwritten)

    def _kept(self, key: Key) -> Record | None:
        record = stored_record(self._request.out, key)
        return record if record is not None and fits(record, self._plan.run) else None

    def _tasks(self, keys: Sequence[Key]) -> Iterator[Task]:
        """Made as they are needed: each holds its object's files."""
        request, plan = self._request, self._plan
        for name, of_object, case, seed in keys:
            about, files = load_object(request.bench, self._entries[of_object])
            given, options = Given(about, about.case(case), files), plan.run.methods[name].options
            yield Task(plan.methods[name], given, seed, options, request.weights, plan.run.alignments)

    def _take(self, key: Key, ended: Done[Outcome]) -> None:
        """Writes one result; where the disk is full it is told and left out."""
        record = self._record(key, ended)
        files = dict(ended.value.files) if ended.value else {}
        try:
            put_result({**files, RECORD: record_json(record)}, result_folder(self._request.out, key))
            self._done += 1
            self._failed += record.state == FAILED
            words = f"failed: {record.fault.message}" if record.fault else f"{record.seconds:.1f} s"
        except OSError as error:
            if not is_disk_full(error):
                raise
            self._unwritten += 1
            words = "not written: the disk is full"
        told = f"{'/'.join(map(str, key))}: {words}"
        log.info("%s", told)
        self._progress(self._done + self._unwritten, len(self._plan.wanted), told)

    def _record(self, key: Key, ended: Done[Outcome]) -> Record:
        method, of_object, case_name, seed = key
        case, outcome = self._plan.objects[of_object].case(case_name), ended.value
        facts = self._plan.run.methods[method]
        return Record(
            method=method,
            object=of_object,
            case=case_name,
            kind=case.kind,
            level=case.level,
            hidden_share=case.hidden_share,
            seed=seed,
            frame=facts.frame,
            given=facts.given,
            state=DONE if outcome else FAILED,
            fault=ended.fault,
            seconds=round(outcome.seconds, 4) if outcome else None,
            peak_memory_gb=round(outcome.peak_memory_gb, 3) if outcome and outcome.peak_memory_gb else None,
            measures=outcome.measures if outcome else {},
            bench=self._plan.run.digest,
            recipe=facts.recipe,
            view_set=outcome.view_set if outcome else "",
            notes=outcome.notes if outcome else (),
        )


def put_result(files: dict[str, bytes], folder: Path) -> None:
    """Writes a result's folder, whole or not at all, in place of an older one."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    older = folder.with_name(f".{folder.name}.{uuid.uuid4().hex}")
    if folder.exists():
        os.rename(folder, older)
    try:
        write_folder(files, folder)
    finally:
        shutil.rmtree(older, ignore_errors=True)  # it was of another recipe


def _sweep(out: Path) -> None:
    """Removes what a killed run left unfinished."""
    for path in out.glob("*/*/*/.seed-*"):
        if _UNFINISHED.fullmatch(path.name):
            shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Keeps a second run out of the folder."""
    try:
        lock = lock_file(out / LOCK)
    except BlockingIOError:
        raise InputFault(
            "run_busy", f"Another run is writing into {out}.", "Wait for it, or choose another --out."
        ) from None
    with lock:
        yield
