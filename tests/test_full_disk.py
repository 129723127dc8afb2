"""Disks that are full or read-only: one sentence, nothing half-written, and on it goes once there is room."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.full_disk import fill
from tests.server_under_test import WAIT_S, launch, wait_until

FULL = {
    "code": "disk_full",
    "message": "The disk with the data folder is full.",
    "hint": "Free some space, then try again.",
    "action": "free_space",
}


def refused(data_dir: Path) -> tuple[int, str]:
    """How a start ends that must fail."""
    process = launch(data_dir)
    _, error = process.communicate(timeout=WAIT_S)
    return process.returncode, error


def test_a_full_disk_fails_the_job_with_its_remedy_and_loses_nothing(
    start_server, puppet_request, small_disk
):
    server = start_server(data_dir=small_disk / "data")
    request = puppet_request(server)
    done = server.put_job(request)
    assert server.finish(done)["state"] == "done"
    job_id = server.put_job({**request, "options": {"steps": 20, "step_s": 0.05}})
    server.wait_for_step(job_id)
    filler = fill(small_disk)
    job = server.finish(job_id)
    assert job["state"] == "failed"
    assert job["error"] == FULL
    assert not list((server.data_dir / "jobs" / job_id).rglob("*package*"))
    answer = server.http.put(f"/v1/images/{'0' * 64}", content=bytes(9 * 2**20))
    assert answer.status_code == 507 and answer.json()["error"] == FULL
    assert server.http.get(f"/v1/jobs/{done}/variants/0/package").status_code == 200
    filler.unlink()
    assert server.finish(server.put_job(request))["state"] == "done"


def test_a_server_on_a_full_disk_says_so_and_takes_its_job_up_once_there_is_room(
    start_server, puppet_request, small_disk
):
    server = start_server(data_dir=small_disk / "data")
    job_id = server.put_job(puppet_request(server, options={"steps": 50, "step_s": 0.02}))
    server.wait_for_step(job_id)
    server.kill()
    filler = fill(small_disk)
    assert refused(small_disk / "data") == (1, f"deocc: {FULL['message']} {FULL['hint']}\n")
    assert refused(small_disk / "new") == (1, f"deocc: {FULL['message']} {FULL['hint']}\n")
    filler.unlink()
    assert start_server(data_dir=small_disk / "data").finish(job_id)["state"] == "done"


def test_a_disk_that_fills_up_during_a_fetch_keeps_what_came_and_goes_on(
    start_server, small_disk, source_server, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("DEOCC_WEIGHTS_MIRROR", source_server.url)
    weights = small_disk / "weights"
    server = start_server("--weights-dir", str(weights), "--idle-exit", "never")

    def fetched() -> dict:
        server.http.post("/v1/weights/puppet-net")
        rows = lambda: {one["name"]: one for one in server.http.get("/v1/weights").json()["weights"]}  # noqa: E731
        wait_until(lambda: rows()["puppet-net"]["state"] != "fetching", "the fetch's end")
        return rows()["puppet-net"]

    weights.mkdir()
    with open(small_disk / "filler", "wb") as filler:
        filler.write(bytes(7 * 2**20))  # 1 MB is left, twice as much is needed
    refused_row = fetched()
    assert refused_row["error"]["code"] == "disk_full" and refused_row["error"]["action"] == "free_space"
    assert "Puppet's net needs 2.1 MB on the disk" in refused_row["error"]["message"]
    assert source_server.asked == []
    (small_disk / "filler").unlink()
    assert fetched()["state"] == "ready"


def test_a_disk_that_is_read_only_is_one_sentence(small_disk):
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    for folder in (small_disk, small_disk / "data"):
        code, error = refused(folder)
        assert code == 2
        words = f"The data folder {folder} can't be written. Choose another with --data-dir."
        assert error == f"deocc: {words}\n"
