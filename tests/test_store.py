"""Rows that survive: jobs, variants, events, paces, and what a full or foreign database does."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from deocc.contract import Event, Fault, JobRequest, JobState, PhotoCamera
from deocc.database import SCHEMA_VERSION
from deocc.errors import DeoccError, InputFault
from deocc.pace import even_pace
from deocc.store import MAX_ATTEMPTS, Store

SEEDS = [3, 2**63 - 1]
REQUEST = JobRequest(
    "a" * 64, "b" * 64, camera=PhotoCamera(40.0), options={"x": 1.5, "on": True}, seeds=SEEDS
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deocc.sqlite"


def progress(fraction: float) -> Event:
    return Event(0, "progress", JobState.RUNNING, stage="s", fraction=fraction, eta_s=1.0, variant=0)


def test_a_job_reads_back_as_it_was_asked_for_also_by_the_next_server(path: Path):
    first = Store(path)
    assert first.add_job("one", REQUEST) and not first.add_job("one", REQUEST)
    server_id = first.server_id
    first.close()
    again = Store(path)
    job = again.job("one")
    assert job is not None and job.request == REQUEST and again.server_id == server_id
    assert [one.seed for one in job.variants] == [3, 2**63 - 1]
    assert again.job("two") is None


def test_queue_positions_count_what_waits_before(path: Path):
    store = Store(path)
    for name in ("a", "b", "c"):
        store.add_job(name, REQUEST)
    store.begin_job("a")
    positions = {job.id: job.queue_position for job in store.jobs()}
    assert positions == {"a": None, "b": 0, "c": 1}
    following = store.next_job()
    assert following is not None and following.id == "b"


def test_events_have_rising_ids_and_read_back_after_any_of_them(path: Path):
    store = Store(path)
    store.add_job("a", REQUEST)
    store.add_job("other", REQUEST)
    store.begin_job("a")
    for i in range(3):
        store.record("a", progress(i / 3))
    events = store.events("a")
    assert [event.kind for event in events] == ["state", "state", "progress", "progress", "progress"]
    assert store.events("a", after=events[2].id) == events[3:]


def test_a_job_that_is_over_keeps_no_progress_and_ends_its_variants(path: Path):
    store = Store(path)
    store.add_job("a", REQUEST)
    store.begin_job("a")
    store.record_variant("a", 0, JobState.RUNNING, 0.0)
    store.record("a", progress(0.1))
    store.record("a", Event(0, "picture", JobState.RUNNING, variant=0, picture="views/4.png"))
    store.record_variant("a", 0, JobState.DONE, 0.5, 1.25)
    fault = Fault("worker_died", "It died.", "Again.", "retry")
    store.record("a", Event(0, "state", JobState.FAILED, fraction=0.5, error=fault))
    job = store.job("a")
    assert job is not None and (job.state, job.error, job.fraction) == (JobState.FAILED, fault, 0.5)
    assert [one.state for one in job.variants] == [JobState.DONE, JobState.FAILED]
    assert (job.variants[0].views, job.variants[0].seconds) == ([4], 1.25)
    assert {event.kind for event in store.events("a")} == {"state", "picture", "variant"}


def test_a_killed_servers_job_is_queued_again_before_later_ones_but_not_for_ever(path: Path):
    store = Store(path)
    store.add_job("a", REQUEST)
    store.add_job("b", REQUEST)
    for _ in range(MAX_ATTEMPTS):
        following = store.next_job()
        assert following is not None and following.id == "a"
        assert not following.variants[0].completed  # of pictures before the kill nothing is claimed
        store.begin_job("a")
        store.record_variant("a", 0, JobState.RUNNING, 0.0)
        store.record("a", Event(0, "picture", JobState.RUNNING, variant=0, picture="completed.png"))
        store.close()
        store = Store(path)
        store.requeue_running()
    job = store.job("a")
    assert job is not None and job.state == JobState.FAILED
    assert job.error is not None and job.error.code == "server_ended_often"
    following = store.next_job()
    assert following is not None and following.id == "b"


def test_a_server_that_ended_in_good_order_does_not_count_against_its_job(path: Path):
    store = Store(path)
    store.add_job("a", REQUEST)
    for _ in range(MAX_ATTEMPTS + 1):
        store.begin_job("a")
        store.requeue_running(in_good_order=True)
        job = store.job("a")
        assert job is not None and job.state == JobState.QUEUED


def test_removing_a_job_removes_its_events(path: Path):
    store = Store(path)
    store.add_job("a", REQUEST)
    store.remove_job("a")
    assert store.events("a") == [] and store.jobs() == [] and store.images_in_use() == set()


def test_paces_are_kept_by_backend(path: Path):
    store = Store(path)
    assert store.pace("draft") is None
    store.set_pace("draft", even_pace(2.0, 0.5))
    assert store.pace("draft") == even_pace(2.0, 0.5)


def test_a_newer_database_is_refused_and_left_alone(path: Path):
    Store(path).close()
    rows = sqlite3.connect(path)
    rows.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    rows.close()
    before = path.read_bytes()
    with pytest.raises(InputFault, match="newer DeOcc server") as caught:
        Store(path)
    assert (caught.value.code, caught.value.action) == ("database_newer", "server_update")
    assert path.read_bytes() == before


def test_what_is_no_database_is_told_by_its_path(path: Path):
    path.write_bytes(b"not a database, but as long as one" * 100)
    with pytest.raises(InputFault, match=r"deocc\.sqlite") as caught:
        Store(path)
    assert caught.value.code == "database_damaged"


def test_a_full_disk_is_one_fault_and_the_transaction_leaves_nothing(path: Path):
    store = Store(path)
    pages = store._rows.execute("PRAGMA page_count").fetchone()[0]
    store._rows.execute(f"PRAGMA max_page_count = {pages + 2}")  # SQLite's own full disk
    added = 0
    with pytest.raises(DeoccError) as caught:
        while added < 1000:
            store.add_job(f"job {added}", REQUEST)
            added += 1
    assert (caught.value.code, caught.value.action, caught.value.status) == ("disk_full", "free_space", 507)
    assert len(store.jobs()) == added and store.job(f"job {added}") is None
    store._rows.execute(f"PRAGMA max_page_count = {pages + 100}")
    assert store.add_job(f"job {added}", REQUEST)  # and it goes on once there is room
