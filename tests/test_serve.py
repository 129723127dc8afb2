"""One server on one data folder: lock, port, token, TLS, idle exit, and what a kill leaves behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.server_under_test import WAIT_S, launch, wait_until


def refused(data_dir: Path, *flags: str) -> str:
    """What a start that must fail prints; its exit code is 2 and its output one line."""
    process = launch(data_dir, *flags)
    _, error = process.communicate(timeout=WAIT_S)
    assert process.returncode == 2, error
    assert error.count("\n") == 1 and "Traceback" not in error, error
    return error


def children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task")
    return [int(child) for task in tasks.iterdir() for child in (task / "children").read_text().split()]


needs_proc = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="reads /proc (Linux)")


def test_a_running_server_says_where_it_is_and_leaves_nothing_when_it_ends(start_server):
    server = start_server()
    about = json.loads((server.data_dir / "server.json").read_text())
    assert about["url"] == server.url and about["pid"] == server.process.pid
    assert about["server_id"] == server.http.get("/v1/health").json()["server_id"]
    if os.name == "posix":
        assert stat.S_IMODE((server.data_dir / "token").stat().st_mode) == 0o600
    assert server.stop() == 0
    assert not (server.data_dir / "server.json").exists()


def test_token_and_server_id_stay_with_the_data_folder(start_server):
    first = start_server()
    about = first.http.get("/v1/health").json()
    first.stop()
    second = start_server()
    assert second.token == first.token and len(second.token) >= 32
    assert second.http.get("/v1/health").json()["server_id"] == about["server_id"]


def test_a_second_server_on_the_same_folder_names_the_first(start_server):
    first = start_server()
    assert first.url in refused(first.data_dir)


def test_a_taken_port_means_the_next_one(start_server, tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as stranger:  # another program, not DeOcc
        port = stranger.getsockname()[1]
        server = start_server("--port", str(port), "--idle-exit", "never")
        assert port < int(server.url.rsplit(":", 1)[1]) <= port + 20
        assert server.http.get("/v1/health").status_code == 200


@pytest.mark.parametrize("what", ["a file", "below a file"])
def test_a_data_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path, what: str):
    (tmp_path / "file").write_text("")
    folder = tmp_path / "file" if what == "a file" else tmp_path / "file" / "below"
    assert f"The data folder {folder} can't be written." in refused(folder)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_data_folder_without_the_right_to_write_is_one_sentence(tmp_path: Path):
    tmp_path.chmod(0o500)
    assert "can't be written" in refused(tmp_path)


def test_off_loopback_without_tls_is_refused(tmp_path: Path):
    assert "needs TLS" in refused(tmp_path, "--host", "0.0.0.0")
    assert "--tls-cert and --tls-key go together" in refused(tmp_path, "--tls-cert", "x")
    assert "There is no file" in refused(tmp_path, "--tls-cert", "x", "--tls-key", "y")


def test_a_file_that_is_no_certificate_is_one_sentence(tmp_path: Path):
    (tmp_path / "x").write_text("no certificate")
    flags = ("--tls-cert", str(tmp_path / "x"), "--tls-key", str(tmp_path / "x"))
    assert "certificate" in refused(tmp_path / "data", *flags)


def test_tls_serves_https(start_server, tmp_path: Path):
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    words = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "1",
        "-subj",
        "/CN=localhost",
    ]
    words += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(cert)]
    try:
        subprocess.run(words, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("no openssl here to make a certificate with")
    server = start_server("--tls-cert", str(cert), "--tls-key", str(key), "--idle-exit", "never")
    assert server.url.startswith("https://")
    import ssl

    trusted = ssl.create_default_context(cafile=str(cert))
    assert httpx.get(f"{server.url}/v1/health", verify=trusted, trust_env=False).json()["program"] == "deocc"


def test_the_server_ends_after_its_last_client_but_not_before_its_queue(start_server, puppet_request):
    server = start_server("--idle-exit", "0.5")
    job_id = server.put_job(puppet_request(server, options={"steps": 20, "step_s": 0.1}))
    time.sleep(1.0)  # twice the idle time, without a client
    assert server.process.poll() is None
    with server.http.stream("GET", f"/v1/jobs/{job_id}/events") as lines:
        for line in lines.iter_lines():
            if '"kind": "state", "state": "done"' in line:
                break
    assert server.process.wait(WAIT_S) == 0


def test_an_open_event_stream_is_a_client(start_server, puppet_request):
    server = start_server("--idle-exit", "0.3")
    job_id = server.put_job(puppet_request(server, options={"steps": 10, "step_s": 0.1}))
    assert [event["state"] for event in server.events(job_id)][-1] == "done"


def test_sigterm_ends_server_and_worker_and_the_job_waits_for_the_next(start_server, puppet_request):
    server = start_server()
    job_id = server.put_job(puppet_request(server, options={"steps": 1000, "step_s": 0.01}, seeds=[1]))
    server.wait_for_step(job_id)
    began = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - began < 8  # 3 s of grace for requests in work, and a busy machine's leave
    again = start_server()
    assert again.job(job_id)["state"] in ("queued", "running")
    again.http.delete(f"/v1/jobs/{job_id}")


@needs_proc
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
    wait_until(lambda: not Path(f"/proc/{workers[0]}").exists(), "the worker's end")
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
        assert again.http.get(f"/v1/jobs/{running}/variants/{n}/package").status_code == 200


@needs_proc
def test_a_stopped_worker_holds_up_neither_cancel_nor_the_queue(start_server, puppet_request):
    server = start_server()
    job_id = server.put_job(puppet_request(server, options={"steps": 1000, "step_s": 0.02}))
    server.wait_for_step(job_id)
    os.kill(children(server.process.pid)[0], signal.SIGSTOP)
    server.http.delete(f"/v1/jobs/{job_id}")
    assert server.finish(job_id)["state"] == "cancelled"  # ended after tick_timeout_s, 5 s
    assert server.finish(server.put_job(puppet_request(server)))["state"] == "done"


@needs_proc
def test_the_servers_own_process_loads_no_heavy_library(start_server, puppet_request):
    server = start_server()
    assert server.finish(server.put_job(puppet_request(server)))["state"] == "done"
    server.http.get("/v1/backends")
    loaded = Path(f"/proc/{server.process.pid}/maps").read_text()
    for library in ("torch", "cv2", "scipy", "embree"):
        assert f"/{library}" not in loaded, library
    assert "numpy" in loaded  # the test sees what is loaded


def test_importing_the_server_imports_no_geometry():
    heavy = ("torch", "trimesh", "cv2", "scipy", "skimage", "deocc.backends.draft.backend")
    code = f"import sys, deocc.serve, deocc.cli; print([name for name in {heavy!r} if name in sys.modules])"
    words = [sys.executable, "-c", code]
    assert subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_a_newer_database_ends_the_start_with_one_sentence(start_server):
    import sqlite3

    server = start_server()
    server.stop()
    rows = sqlite3.connect(server.data_dir / "deocc.sqlite")
    rows.execute("PRAGMA user_version = 99")
    rows.close()
    assert "newer DeOcc server" in refused(server.data_dir)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 8 MB."""
    mount = tmp_path / "disk"
    mount.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(mount)]
    if sys.platform != "linux" or subprocess.run(words, capture_output=True).returncode != 0:
        pytest.skip("may not mount a small disk here (needs Linux and root)")
    yield mount
    subprocess.run(["umount", "--lazy", str(mount)], check=True)


def test_a_full_disk_fails_the_job_with_its_remedy_and_loses_nothing(
    start_server, puppet_request, small_disk
):
    server = start_server(data_dir=small_disk / "data")
    request = puppet_request(server)
    done = server.put_job(request)
    assert server.finish(done)["state"] == "done"
    job_id = server.put_job({**request, "options": {"steps": 20, "step_s": 0.05}})
    server.wait_for_step(job_id)
    with open(small_disk / "filler", "wb", buffering=0) as filler, pytest.raises(OSError, match="No space"):
        while True:
            filler.write(bytes(4096))
    job = server.finish(job_id)
    assert job["state"] == "failed" and job["error"]["action"] == "free_space"
    assert not list((server.data_dir / "jobs" / job_id).rglob("*package*"))
    answer = server.http.put(f"/v1/images/{'0' * 64}", content=bytes(9 * 2**20))
    assert answer.status_code == 507 and answer.json()["error"]["code"] == "disk_full"
    assert server.http.get(f"/v1/jobs/{done}/variants/0/package").status_code == 200
    (small_disk / "filler").unlink()
    assert server.finish(server.put_job(request))["state"] == "done"
