"""`kill -9` of the worker, of the server, and of both: nothing lost, nothing half-written, and on it goes."""

from __future__ import annotations

import io
import os
import signal
import zipfile
from pathlib import Path

import pytest

from tests.server_under_test import wait_until

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="reads /proc (Linux)")


def children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task")
    return [int(child) for task in tasks.iterdir() for child in (task / "children").read_text().split()]


def alive(pid: int) -> bool:
    """Whether a process runs; a dead one that nobody has asked after yet does not."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_killed_server_takes_its_worker_along_and_its_queue_up_again(start_server, puppet_request):
    server = start_server()
    slow = {"steps": 100, "step_s": 0.02}
    running = server.put_job(puppet_request(server, options=slow, seeds=[5, 6]))
    waiting = server.put_job(puppet_request(server, seeds=[9]))
    last = 0
    for event in server.events(running):
        last = event["id"]
        if event["kind"] == "variant" and event["variant"] == 1:
            break  # the first seed is done, the second at work
    workers = children(server.process.pid)
    assert len(workers) == 1
    server.kill()
    folder = server.data_dir / "jobs" / running / "1"
    (folder / ".package.zip.0123").write_bytes(b"half a package")  # a kill in the middle of writing it
    (server.data_dir / "jobs" / "removed" / "0").mkdir(parents=True)  # a kill in the middle of removing it
    wait_until(lambda: not alive(workers[0]), "the worker's end")
    assert (server.data_dir / "server.json").exists()  # stale, and no hindrance
    again = start_server()
    states = [event["state"] for event in again.events(running, after=last) if event["kind"] == "state"]
    assert states == [
        "queued",
        "running",
        "done",
    ]  # a client follows on with its last id
    assert again.finish(waiting)["state"] == "done"
    for n in (0, 1):
        package = again.http.get(f"/v1/jobs/{running}/variants/{n}/package").content
        assert zipfile.ZipFile(io.BytesIO(package)).testzip() is None
    assert [path for path in (server.data_dir / "jobs").rglob("*") if path.name.startswith(".")] == []
    assert not (server.data_dir / "jobs" / "removed").exists()


def test_of_a_seed_that_is_made_again_nothing_of_before_is_shown(start_server, puppet_request):
    server = start_server()
    job_id = server.put_job(puppet_request(server, options={"steps": 100, "step_s": 0.05}))
    wait_until(lambda: server.job(job_id)["variants"][0]["completed"], "the first picture")
    server.kill()
    again = start_server()
    wait_until(lambda: again.job(job_id)["state"] == "running", "the second attempt")
    before = again.job(job_id)["variants"][0]["completed"]
    answer = again.http.get(f"/v1/jobs/{job_id}/variants/0/completed.png")
    after = again.job(job_id)["variants"][0]["completed"]
    assert answer.status_code == (200 if before else 409) or before != after  # it may come between
    again.http.delete(f"/v1/jobs/{job_id}")


def test_a_killed_worker_fails_its_job_in_words_and_the_next_job_runs(start_server, puppet_request):
    server = start_server()
    job_id = server.put_job(puppet_request(server, options={"steps": 1000, "step_s": 0.02}))
    server.wait_for_step(job_id)
    os.kill(children(server.process.pid)[0], signal.SIGKILL)
    job = server.finish(job_id)
    assert job["state"] == "failed"
    error = job["error"]
    assert (error["code"], error["action"]) == ("worker_died", "retry")
    assert error["message"] == "The process that runs the backend ended suddenly (signal 9)."
    answer = server.http.get(f"/v1/jobs/{job_id}/variants/0/package")
    assert answer.status_code == 404 and answer.json()["error"]["code"] == "no_result"
    assert server.finish(server.put_job(puppet_request(server)))["state"] == "done"


def test_worker_and_server_killed_together_lose_nothing(start_server, puppet_request):
    server = start_server()
    request = puppet_request(server, options={"steps": 50, "step_s": 0.02})
    job_id = server.put_job(request)
    server.wait_for_step(job_id)
    os.kill(children(server.process.pid)[0], signal.SIGKILL)
    server.kill()
    again = start_server()
    job = again.finish(job_id)  # queued again; or the server had just time to write down that it failed
    assert job["state"] == "done" or job["error"]["code"] == "worker_died"
    assert again.send_job(request, job_id).status_code == 202  # the client's retry of the same call
    assert again.finish(again.put_job(request))["state"] == "done"


def test_a_stopped_worker_holds_up_neither_cancel_nor_the_queue(start_server, puppet_request):
    server = start_server()
    job_id = server.put_job(puppet_request(server, options={"steps": 1000, "step_s": 0.02}))
    server.wait_for_step(job_id)
    os.kill(children(server.process.pid)[0], signal.SIGSTOP)
    server.http.delete(f"/v1/jobs/{job_id}")
    assert server.finish(job_id)["state"] == "cancelled"  # ended after tick_timeout_s, 5 s
    assert server.finish(server.put_job(puppet_request(server)))["state"] == "done"


def test_a_shutdown_that_tells_every_process_to_end_fails_no_job(start_server, puppet_request):
    server = start_server()
    job_id = server.put_job(puppet_request(server, options={"steps": 1000, "step_s": 0.02}))
    server.wait_for_step(job_id)
    os.kill(children(server.process.pid)[0], signal.SIGTERM)  # the worker hears it first
    assert server.stop() == 0
    again = start_server()
    assert again.job(job_id)["state"] in ("queued", "running")
    again.http.delete(f"/v1/jobs/{job_id}")
