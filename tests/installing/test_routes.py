"""Weights over the wire: list, fetch by a child process, stop and go on, import by upload, remove, refuse."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.puppet.weights import NET, PAIR, REVISION
from tests.server_under_test import ServerUnderTest, wait_until
from tests.weights.file_server import FileServer, file_server

NET_PATH = f"/tests/puppet/resolve/{REVISION}/net.bin"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ServerUnderTest, FileServer]]:
    """A server and where it fetches from, for all tests that end what they begin."""
    with file_server() as source, pytest.MonkeyPatch.context() as environment:
        _fill(source, environment)
        server = ServerUnderTest(tmp_path_factory.mktemp("data"), "--idle-exit", "never")
        yield server, source
        server.stop()


@pytest.fixture
def fetching(shared: tuple[ServerUnderTest, FileServer]) -> tuple[ServerUnderTest, FileServer]:
    """That server with none of the puppet's weights."""
    server, source = shared
    for name in ("puppet-net", "puppet-pair", "puppet-student"):
        if row(server, name)["fetched_bytes"] or row(server, name)["state"] == "ready":
            assert server.http.delete(f"/v1/weights/{name}").status_code == 204
    source.asked.clear()
    return server, source


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    """Where the servers that a test starts itself fetch from."""
    with file_server() as running:
        _fill(running, monkeypatch)
        yield running


def _fill(source: FileServer, environment: pytest.MonkeyPatch) -> None:
    source.put("tests/puppet", REVISION, {"net.bin": NET})
    source.put("tests/pair", "main", PAIR)
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            environment.delenv(name)
    environment.setenv("DEOCC_WEIGHTS_MIRROR", source.url)


Start = Callable[..., ServerUnderTest]


def row(server: ServerUnderTest, name: str) -> dict[str, Any]:
    rows = {one["name"]: one for one in server.http.get("/v1/weights").json()["weights"]}
    return rows[name]


def settle(server: ServerUnderTest, name: str) -> dict[str, Any]:
    """The row once nothing is under way."""
    wait_until(lambda: row(server, name)["state"] != "fetching", f"the end of the work on {name}")
    return row(server, name)


def test_the_list_names_sizes_licences_and_who_needs_them(server: ServerUnderTest):
    net = row(server, "puppet-net")
    assert net["size_bytes"] == len(NET) and net["commercial"] and not net["approximate"]
    assert net["licence"] == "free" and net["licence_url"].startswith("https://")
    assert net["backends"] == ["puppet"] and net["state"] in ("missing", "ready") and net["error"] is None
    assert row(server, "puppet-student")["state"] == "unpublished"
    assert row(server, "zero123plus-v1.2")["state"] == "missing"
    assert not row(server, "zero123plus-v1.2")["commercial"]


def test_a_fetch_ends_with_weights_that_a_job_can_use(fetching, puppet_request):
    server, source = fetching
    request = puppet_request(server, options={"needs": "puppet-net"})
    [fault] = server.send_job(request).json()["faults"]
    assert (fault["code"], fault["action"]) == ("weights_missing", "weights_fetch")
    assert "Puppet's net (1.0 MB; licence: free)" in fault["message"]
    for _ in range(3):  # the same call again is harmless
        answer = server.http.post("/v1/weights/puppet-net")
        assert answer.status_code == 202 and answer.json()["state"] in ("fetching", "ready")
    ready = settle(server, "puppet-net")
    assert (ready["state"], ready["fetched_bytes"], ready["error"]) == ("ready", len(NET), None)
    assert len(source.asked) == 1
    assert server.finish(server.put_job(request))["state"] == "done"
    assert server.http.delete("/v1/weights/puppet-net").status_code == 204
    assert row(server, "puppet-net")["state"] == "missing"
    assert not (server.data_dir / "weights" / "puppet-net").exists()
    assert server.send_job(request).json()["error"]["code"] == "weights_missing"


def test_a_fetch_can_be_stopped_and_gone_on_with(fetching):
    server, source = fetching
    source.mishaps[NET_PATH] = ["stall"]
    server.http.post("/v1/weights/puppet-net")
    part, half = server.data_dir / "weights" / ".staging" / "puppet-net" / "net.bin.part", len(NET) // 2
    wait_until(lambda: part.exists() and part.stat().st_size > half * 0.9, "half of it")
    answer = server.http.delete("/v1/weights/puppet-net")
    assert answer.status_code == 202 and answer.json()["stage"] == "stopping"
    stopped = settle(server, "puppet-net")
    assert (stopped["state"], stopped["fetched_bytes"], stopped["error"]) == ("partial", half, None)
    server.http.post("/v1/weights/puppet-net")
    assert settle(server, "puppet-net")["state"] == "ready"
    assert source.asked_for("net.bin")[1][0] == f"bytes={half}-"


def test_a_server_that_ends_takes_its_fetch_with_it_and_the_next_goes_on(start_server: Start, source):
    source.mishaps[NET_PATH] = ["stall"]
    server = start_server()
    server.http.post("/v1/weights/puppet-net")
    wait_until(lambda: row(server, "puppet-net")["fetched_bytes"] > 0, "some of it")
    assert server.stop() == 0
    again = start_server()
    assert row(again, "puppet-net")["state"] == "partial"
    again.http.post("/v1/weights/puppet-net")
    assert settle(again, "puppet-net")["state"] == "ready"


def test_a_killed_server_leaves_no_fetch_behind(start_server: Start, source):
    source.mishaps[NET_PATH] = ["stall"]
    server = start_server()
    server.http.post("/v1/weights/puppet-net")
    wait_until(lambda: row(server, "puppet-net")["fetched_bytes"] > 0, "some of it")
    server.kill()
    again = start_server()

    def free() -> bool:  # its child lets go of the name once it sees that nobody listens
        again.http.post("/v1/weights/puppet-net")
        return settle(again, "puppet-net")["state"] == "ready"

    wait_until(free, "the end of the first server's child")


def test_a_failed_fetch_says_why_and_another_try_clears_it(fetching):
    server, source = fetching
    source.mishaps[NET_PATH] = ["403"]
    server.http.post("/v1/weights/puppet-net")
    failed = settle(server, "puppet-net")
    assert failed["state"] == "missing" and failed["error"]["code"] == "weights_source"
    assert "refuses to hand the file out" in failed["error"]["message"]
    server.http.post("/v1/weights/puppet-net")
    assert settle(server, "puppet-net")["error"] is None


def test_several_fetches_run_one_after_another(fetching):
    server, _ = fetching
    for name in ("puppet-net", "puppet-pair"):
        assert server.http.post(f"/v1/weights/{name}").status_code == 202
    assert settle(server, "puppet-pair")["state"] == "ready" == row(server, "puppet-net")["state"]


def test_a_fetch_keeps_an_idle_server_alive(start_server: Start, source: FileServer):
    source.mishaps[NET_PATH] = ["stall"]
    server = start_server("--idle-exit", "0.5")
    server.http.post("/v1/weights/puppet-net")
    wait_until(lambda: row(server, "puppet-net")["fetched_bytes"] > 0, "some of it")
    time.sleep(1.5)
    assert server.process.poll() is None
    source.stop.set()  # the connection breaks, the fetch goes on and ends
    assert server.process.wait(20) == 0
    assert (server.data_dir / "weights" / "puppet-net" / "installed.json").exists()


def test_an_upload_is_imported_with_its_options(fetching):
    server, _ = fetching
    query = {"base": "puppet-net", "cameras": "v1.1", "background": "127,0,255"}
    answer = server.http.put("/v1/weights/puppet-student", params=query, content=b"PUPPET student")
    assert answer.status_code == 202, answer.text
    assert settle(server, "puppet-student")["state"] == "ready"
    folder = server.data_dir / "weights" / "puppet-student"
    assert (folder / "net.bin").read_bytes() == b"PUPPET student"
    assert (folder / "pipeline.json").read_text() == (
        '{"base": "puppet-net", "cameras": "v1.1", "background": [127, 0, 255]}'
    )
    staging = server.data_dir / "weights" / ".staging"
    assert not list((staging / "uploads").iterdir()) and not list(staging.glob("*.made-*"))


def test_an_upload_of_another_model_is_refused_with_a_sentence(fetching):
    server, _ = fetching
    server.http.put("/v1/weights/puppet-student", content=b"something else")
    failed = settle(server, "puppet-student")
    assert failed["state"] == "unpublished" and failed["error"]["code"] == "weights_wrong"
    assert failed["error"]["action"] == "weights_import"


def test_a_broken_upload_leaves_nothing(fetching):
    server, _ = fetching

    def broken():
        yield b"PUPPET"
        raise ConnectionError("the cable")

    with pytest.raises(ConnectionError):
        server.http.put("/v1/weights/puppet-student", content=broken())
    uploads = server.data_dir / "weights" / ".staging" / "uploads"
    wait_until(lambda: not uploads.exists() or not list(uploads.iterdir()), "the broken upload's end")
    assert row(server, "puppet-student")["state"] == "unpublished"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("POST", "puppet-student", 400, "weights_unpublished"),
        ("POST", "nobody", 404, "unknown_weights"),
        ("DELETE", "nobody", 404, "unknown_weights"),
        ("PUT", "nobody", 404, "unknown_weights"),
        ("POST", "no%20body", 422, "bad_request"),
        ("POST", "..%2F..%2Fetc", 404, "not_found"),
        ("PUT", "puppet-student?cameras=v9", 422, "bad_request"),
        ("PUT", "puppet-student?background=256,0,0", 422, "bad_request"),
        ("PUT", "puppet-student?base=nobody", 404, "unknown_weights"),
    ],
)
def test_what_cannot_be_is_told_at_once(server: ServerUnderTest, method, path, status: int, code: str):
    answer = server.http.request(method, f"/v1/weights/{path}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code), answer.text


def test_the_licences_switch_hides_rows_and_backends_and_refuses(start_server: Start, source, puppet_request):
    server = start_server("--commercial-only", "--idle-exit", "never")
    rows = server.http.get("/v1/weights").json()["weights"]
    assert rows and all(one["commercial"] for one in rows)
    assert not {"puppet-pair", "zero123plus-v1.1", "instantmesh-unet", "deocc123"} & {r["name"] for r in rows}
    shown = {one["name"] for one in server.http.get("/v1/backends").json()["backends"]}
    assert "draft" in shown and not {"deocc123", "3drecon"} & shown
    for method in ("POST", "PUT", "DELETE"):
        answer = server.http.request(method, "/v1/weights/puppet-pair")
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "weights_noncommercial")
    request = puppet_request(server, options={"needs": "puppet-pair"})
    assert server.send_job(request).json()["error"]["code"] == "weights_noncommercial"
    assert server.http.post("/v1/weights/puppet-net").status_code == 202


def test_a_job_without_its_weights_makes_no_connection(fetching, puppet_request):
    server, source = fetching
    for needs in ("puppet-net", "puppet-pair", "puppet-student"):
        answer = server.send_job(puppet_request(server, options={"needs": needs}))
        assert answer.status_code == 400
    assert server.finish(server.put_job(puppet_request(server)))["state"] == "done"
    assert source.asked == []


def test_weights_may_lie_elsewhere(start_server: Start, source, tmp_path: Path):
    server = start_server("--weights-dir", str(tmp_path / "shared"), "--idle-exit", "never")
    server.http.post("/v1/weights/puppet-net")
    assert settle(server, "puppet-net")["state"] == "ready"
    assert (tmp_path / "shared" / "puppet-net" / "net.bin").read_bytes() == NET
    assert not (server.data_dir / "weights").exists()
