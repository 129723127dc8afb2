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


def test_of_two_servers_started_at_once_on_one_folder_one_serves_and_the_other_says_so(tmp_path: Path):
    (tmp_path / "server.json").write_text('{"url": "http://127.0.0.1:1", "pid": 1}')  # a killed server's
    starts = [launch(tmp_path, "--idle-exit", "1") for _ in range(2)]
    said = [start.communicate(timeout=WAIT_S) for start in starts]  # both end: the one that serves when idle
    assert sorted(start.returncode for start in starts) == [0, 2], said
    [words] = [error for start, (_, error) in zip(starts, said, strict=True) if start.returncode == 2]
    assert words.startswith(f"deocc: A server runs on {tmp_path} already, ") and "127.0.0.1:1." not in words


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_cannot_be_is_one_sentence(tmp_path: Path, port: int):
    words = ["serve", "--data-dir", str(tmp_path), "--port", str(port)]
    done = subprocess.run([sys.executable, "-m", "deocc", *words], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == f"deocc: There is no port {port}; ports are 1 to 65535.\n"


def test_any_address_of_this_machines_own_is_answered(start_server):
    if sys.platform == "darwin":
        pytest.skip("has 127.0.0.1 alone")
    server = start_server("--host", "127.0.0.2", "--idle-exit", "never")
    assert httpx.get(f"{server.url}/v1/health", trust_env=False).status_code == 200


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


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_data_folder_without_the_right_to_write_is_one_sentence(tmp_path: Path):
    tmp_path.chmod(0o500)
    assert "can't be written" in refused(tmp_path)


def test_off_loopback_without_tls_is_refused(tmp_path: Path):
    assert "needs TLS" in refused(tmp_path, "--host", "0.0.0.0")
    assert "needs TLS" in refused(tmp_path, "--host", "127.example")  # a name, wherever it leads
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


def test_the_server_ends_after_its_last_client_and_after_its_queue_whichever_was_later(
    start_server, puppet_request
):
    server = start_server("--idle-exit", "1")
    job_id = server.put_job(puppet_request(server, options={"steps": 15, "step_s": 0.1}))
    package = server.data_dir / "jobs" / job_id / "0" / "package.zip"
    wait_until(package.exists, "the end of a job longer than the idle time, without a client")
    time.sleep(0.5)
    assert server.process.poll() is None
    assert server.process.wait(WAIT_S) == 0


def test_a_slow_upload_is_a_client(start_server):
    server = start_server("--idle-exit", "0.4")

    def drops():
        for _ in range(6):  # 1.2 s, three times the idle time
            time.sleep(0.2)
            yield b"."

    assert server.http.put(f"/v1/images/{'0' * 64}", content=drops()).json()["error"]["code"] == "wrong_hash"
    assert server.process.wait(WAIT_S) == 0


def test_a_server_told_to_end_ends_its_streams_in_good_order(start_server, puppet_request):
    server = start_server()
    job_id = server.put_job(puppet_request(server, options={"steps": 1000, "step_s": 0.01}))
    events = server.events(job_id)
    assert any(event["stage"].startswith("step") for event in events)
    server.process.terminate()
    for _ in events:  # a stream cut off raises
        pass
    assert server.process.wait(WAIT_S) == 0


@pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGINT for one process alone")
def test_ctrl_c_ends_in_good_order_and_silently(start_server):
    server = start_server()
    server.process.send_signal(signal.SIGINT)
    _, error = server.process.communicate(timeout=WAIT_S)
    assert server.process.returncode == 130  # as shells count an end by SIGINT
    assert error == "" and not (server.data_dir / "server.json").exists()
    assert start_server().http.get("/v1/health").status_code == 200


def test_sigterm_ends_server_and_worker_and_the_job_waits_for_the_next(start_server, puppet_request):
    server = start_server()
    job_id = server.put_job(puppet_request(server, options={"steps": 1000, "step_s": 0.01}, seeds=[1]))
    server.wait_for_step(job_id)
    assert server.stop() == 0
    again = start_server()
    assert again.job(job_id)["state"] in ("queued", "running")
    again.http.delete(f"/v1/jobs/{job_id}")


def test_the_servers_own_process_loads_no_heavy_library(start_server, puppet_request, tmp_path, monkeypatch):
    monkeypatch.setenv("DEOCC_TEST_MODULES", str(tmp_path / "modules"))
    server = start_server()
    request = puppet_request(server, options={})
    for backend in ("puppet", "draft"):
        assert server.finish(server.put_job({**request, "backend": backend}))["state"] == "done"
    for path in ("/v1/backends", "/v1/openapi.json", "/v1/health"):
        assert server.http.get(path).status_code == 200
    server.stop()
    loaded = set((tmp_path / "modules").read_text().split())
    assert {"numpy", "fastapi", "deocc.backends.draft.card"} <= loaded  # the test sees what is loaded
    heavy = {"torch", "trimesh", "cv2", "scipy", "skimage", "embreex", "deocc.backends.draft.backend"}
    assert not loaded & heavy


def test_a_newer_database_ends_the_start_with_one_sentence(start_server):
    import sqlite3

    server = start_server()
    server.stop()
    rows = sqlite3.connect(server.data_dir / "deocc.sqlite")
    rows.execute("PRAGMA user_version = 99")
    rows.close()
    assert "newer DeOcc server" in refused(server.data_dir)
