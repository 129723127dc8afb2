"""The queue with a real worker process: order, cancel, and every way a backend can go wrong."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deocc import backends
from deocc.contract import END_STATES, JobReply, JobRequest, JobState
from deocc.errors import disk_full
from deocc.files import Files
from deocc.jobs import Jobs
from deocc.settings import Settings
from deocc.store import Store
from deocc.worker import Report, read_report
from tests import pictures
from tests.server_under_test import ROOT, wait_until

TICK_TIMEOUT_S = 0.3


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setitem(backends.MODULES, "puppet", "tests.puppet")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))  # the worker's way to the puppet
    return Settings(tmp_path, tick_timeout_s=TICK_TIMEOUT_S)


@pytest.fixture
def jobs(settings: Settings) -> Iterator[Jobs]:
    made = make_jobs(settings)
    made.start()
    yield made
    made.close()


def make_jobs(settings: Settings) -> Jobs:
    return Jobs(Store(settings.database), Files(settings.data_dir), settings)


def request(jobs: Jobs, seeds: tuple[int, ...] = (0,), **options) -> JobRequest:
    def put(data: bytes) -> str:
        name = hashlib.sha256(data).hexdigest()
        jobs._files.image(name).write_bytes(data)
        return name

    photo, seen = put(pictures.photo_file()), put(pictures.object_file())
    return JobRequest(photo, seen, "puppet", options=options, seeds=list(seeds))


def state_of(jobs: Jobs, job_id: str) -> JobReply:
    job = jobs._store.job(job_id)
    assert job is not None
    return job


def finish(jobs: Jobs, job_id: str) -> JobReply:
    wait_until(lambda: state_of(jobs, job_id).state in END_STATES, f"the end of job {job_id}")
    return state_of(jobs, job_id)


def wait_for_step(jobs: Jobs, job_id: str) -> None:
    wait_until(lambda: state_of(jobs, job_id).stage.startswith("step"), f"job {job_id} at work")


def assert_goes_on(jobs: Jobs) -> None:
    """A mishap of one job is no other's."""
    jobs.submit("after", request(jobs))
    assert finish(jobs, "after").state == JobState.DONE


def test_jobs_run_one_at_a_time_in_the_order_they_came(jobs: Jobs):
    for name in ("a", "b", "c"):
        jobs.submit(name, request(jobs, steps=3, step_s=0.01))
    finish(jobs, "c")
    started = {
        name: next(e.id for e in jobs._store.events(name) if e.state == JobState.RUNNING) for name in "abc"
    }
    ended = {name: jobs._store.events(name)[-1].id for name in "abc"}
    assert started["a"] < ended["a"] < started["b"] < ended["b"] < started["c"] < ended["c"]


@pytest.mark.parametrize(
    ("behaviour", "code", "action"),
    [
        ("kill_self", "worker_died", "retry"),
        ("out_of_memory", "out_of_memory", "retry_smaller"),
        ("disk_full", "disk_full", "free_space"),
        ("device_lost", "device_lost", "retry"),
        ("fault", "puppet_fault", "edit_options"),
        ("bug", "backend_failed", "show_log"),
    ],
)
def test_a_backends_mishap_fails_its_job_with_words_and_the_next_job_runs(jobs, behaviour, code, action):
    jobs.submit("bad", request(jobs, seeds=(1, 2), behaviour=behaviour))
    job = finish(jobs, "bad")
    assert job.state == JobState.FAILED and job.error is not None
    assert (job.error.code, job.error.action) == (code, action) and job.error.message.endswith(".")
    assert [one.state for one in job.variants] == [JobState.FAILED, JobState.FAILED]
    assert not list(jobs._files.variant("bad", 0).glob("*.zip*"))
    assert_goes_on(jobs)


def test_a_lost_device_ends_its_process_since_it_answers_a_new_one_only(jobs: Jobs):
    jobs.submit("good", request(jobs))
    finish(jobs, "good")
    first = jobs.worker.pid
    jobs.submit("fault", request(jobs, behaviour="fault"))
    finish(jobs, "fault")
    assert jobs.worker.pid == first  # an ordinary fault costs no process
    jobs.submit("lost", request(jobs, behaviour="device_lost"))
    finish(jobs, "lost")
    jobs.submit("next", request(jobs))
    assert finish(jobs, "next").state == JobState.DONE
    assert jobs.worker.pid not in (first, None)


def test_the_log_says_where_a_backend_failed(jobs: Jobs, caplog: pytest.LogCaptureFixture):
    caplog.set_level("INFO", "deocc.worker")
    jobs.submit("bad", request(jobs, behaviour="bug"))
    finish(jobs, "bad")
    wait_until(lambda: "ZeroDivisionError: a bug of the puppet's" in caplog.text, "the traceback")


def test_what_a_backend_prints_goes_to_the_log_and_not_among_its_reports(jobs, caplog):
    caplog.set_level("INFO", "deocc.worker")
    jobs.submit("loud", request(jobs, behaviour="print"))
    assert finish(jobs, "loud").state == JobState.DONE
    wait_until(lambda: "a library prints" in caplog.text and "so does Python" in caplog.text, "both lines")


def test_a_backend_that_reads_its_standard_input_finds_nothing_and_takes_no_orders(jobs: Jobs):
    jobs.submit("curious", request(jobs, behaviour="read_input"))
    assert finish(jobs, "curious").state == JobState.DONE
    assert_goes_on(jobs)


def test_the_worker_imports_nothing_from_the_folder_the_server_was_started_in(jobs, tmp_path, monkeypatch):
    (tmp_path / "numpy.py").write_text("raise SystemExit('imported from a stranger's folder')")
    monkeypatch.chdir(tmp_path)
    jobs.submit("one", request(jobs))
    assert finish(jobs, "one").state == JobState.DONE


def test_what_an_attempt_before_left_is_gone_when_a_job_begins_again(jobs: Jobs):
    half = jobs._files.variant("again", 0) / ".package.zip.0123"
    half.parent.mkdir(parents=True)
    half.write_bytes(b"half a package")
    jobs.submit("again", request(jobs))
    assert finish(jobs, "again").state == JobState.DONE
    assert not half.exists()


def test_where_the_system_does_not_tell_memory_the_cards_word_stays(jobs: Jobs, monkeypatch):
    def untold(line: str) -> Report:
        return dataclasses.replace(read_report(line), memory_gb=0.0)

    monkeypatch.setattr("deocc.worker_process.read_report", untold)
    jobs.submit("one", request(jobs))
    finish(jobs, "one")
    wait_until(lambda: jobs._store.pace("puppet") is not None, "the measured pace")
    assert jobs.pace("puppet").memory_gb == backends.card("puppet").estimate_gb


def test_a_worker_killed_from_outside_fails_the_job_and_a_new_one_takes_over(jobs: Jobs):
    jobs.submit("bad", request(jobs, steps=1000, step_s=0.02))
    wait_for_step(jobs, "bad")
    pid = jobs.worker.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    job = finish(jobs, "bad")
    assert job.error is not None and job.error.code == "worker_died" and "signal 9" in job.error.message
    assert_goes_on(jobs)
    assert jobs.worker.pid not in (None, pid)


def test_a_backend_that_does_not_answer_a_cancel_is_ended(jobs: Jobs):
    jobs.submit("deaf", request(jobs, behaviour="hang", steps=1))
    wait_for_step(jobs, "deaf")
    began = time.monotonic()
    jobs.cancel("deaf")
    assert state_of(jobs, "deaf").state == JobState.RUNNING  # until it answered or was ended
    assert finish(jobs, "deaf").state == JobState.CANCELLED
    assert TICK_TIMEOUT_S <= time.monotonic() - began < TICK_TIMEOUT_S + 5  # 5: a busy machine's leave
    assert_goes_on(jobs)


def test_cancel_between_ticks_keeps_the_worker_warm(jobs: Jobs):
    jobs.submit("long", request(jobs, steps=1000, step_s=0.02))
    wait_for_step(jobs, "long")
    pid = jobs.worker.pid
    jobs.cancel("long")
    assert finish(jobs, "long").state == JobState.CANCELLED
    assert_goes_on(jobs)
    assert jobs.worker.pid == pid


def test_cancel_before_there_is_a_worker_is_not_lost(jobs: Jobs):
    for i in range(5):
        jobs.worker.kill()  # so that the next job starts a worker, which takes far longer than what follows
        jobs.submit(f"early {i}", request(jobs, steps=1000, step_s=0.02))
        time.sleep(0.002 * i)
        jobs.cancel(f"early {i}")
        assert finish(jobs, f"early {i}").state == JobState.CANCELLED


def test_an_idle_worker_ends_and_the_next_job_starts_another(settings: Settings):
    jobs = make_jobs(dataclasses.replace(settings, worker_idle_s=0.2))
    jobs.start()
    jobs.submit("one", request(jobs))
    finish(jobs, "one")
    wait_until(lambda: jobs.worker.pid is None, "the idle worker's end")
    assert_goes_on(jobs)
    jobs.close()


def test_a_closed_queue_leaves_its_job_to_the_next_one(settings: Settings):
    first = make_jobs(settings)
    first.start()
    first.submit("long", request(first, seeds=(1, 2), steps=20, step_s=0.02))
    wait_until(lambda: state_of(first, "long").variants[0].state == JobState.DONE, "the first seed")
    wait_for_step(first, "long")
    package = first._files.package("long", 0)
    made = package.stat().st_mtime_ns
    first.close()
    assert state_of(first, "long").state == JobState.QUEUED
    second = make_jobs(settings)
    second.start()
    assert finish(second, "long").state == JobState.DONE
    assert package.stat().st_mtime_ns == made  # what was done is not made again
    assert second._files.package("long", 1).is_file()
    second.close()


def test_a_job_whose_end_finds_no_room_ends_once_there_is(jobs: Jobs, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("deocc.jobs.DISK_RETRY_S", 0.02)
    room, tried = threading.Event(), threading.Event()
    record = jobs._store.record

    def full_record(job_id, event):
        if event.state in END_STATES and event.kind == "state" and not room.is_set():
            tried.set()
            raise disk_full()
        record(job_id, event)

    monkeypatch.setattr(jobs._store, "record", full_record)
    jobs.submit("bad", request(jobs, behaviour="disk_full"))
    assert tried.wait(30)
    assert state_of(jobs, "bad").state == JobState.RUNNING
    room.set()
    job = finish(jobs, "bad")
    assert job.error is not None and job.error.code == "disk_full"
    assert_goes_on(jobs)


def test_a_full_disk_while_progress_is_written_fails_the_job(jobs: Jobs, monkeypatch: pytest.MonkeyPatch):
    record = jobs._store.record

    def full_record(job_id, event):
        if job_id == "bad" and event.kind == "picture":
            raise disk_full()
        record(job_id, event)

    monkeypatch.setattr(jobs._store, "record", full_record)
    jobs.submit("bad", request(jobs))
    job = finish(jobs, "bad")
    assert job.error is not None and job.error.code == "disk_full"
    assert_goes_on(jobs)


def test_the_time_left_is_learnt_from_the_runs_before(jobs: Jobs):
    assert jobs.pace("puppet").total_s == 0.1  # the card's word
    for i in range(2):
        jobs.submit(f"job {i}", request(jobs, steps=10, step_s=0.03))
        finish(jobs, f"job {i}")
    learnt = jobs.pace("puppet")
    assert 0.3 <= learnt.total_s < 3.0  # ten steps of 30 ms, and a busy machine's leave
    assert learnt.memory_gb > 0.01
