"""The local server from the extension's side: found, started once, told apart from strangers, stopped."""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
from pathlib import Path

import pytest

from deocc_blender import server_process
from deocc_blender.client import Client
from deocc_blender.connection import (
    Connection,
    default_data_dir,
    find_python,
    install_command,
    log_tail,
    read_server_file,
)
from deocc_blender.replies import Health, LinkFault
from deocc_blender.server_process import open_client, stop
from tests.fake_server import FakeServer
from tests.local_server import end_server
from tests.server_under_test import WAIT_S, ServerUnderTest


def connection_of(data_dir: Path, **fields) -> Connection:
    return Connection(data_dir, "0.1.0", **fields)


def fault_of(connection: Connection, start: bool = False) -> LinkFault:
    with pytest.raises(LinkFault) as caught:
        open_client(connection, start)
    return caught.value


def test_the_servers_python_is_sought_in_order(tmp_path: Path):
    chosen, environment = tmp_path / "chosen", tmp_path / "environment"
    inside = "Scripts/python.exe" if sys.platform == "win32" else "bin/python"
    set_up = tmp_path / "data/servers/0.1.0" / inside
    set_up.parent.mkdir(parents=True)
    for place in (chosen, environment, set_up):
        place.touch()
    said = {"DEOCC_SERVER_PYTHON": str(environment)}
    data_dir = tmp_path / "data"
    assert find_python(connection_of(data_dir, python=str(chosen)), said) == chosen
    assert find_python(connection_of(data_dir), said) == set_up
    assert find_python(connection_of(tmp_path), said) == environment
    assert find_python(connection_of(tmp_path), {}) is None


def test_both_halves_agree_on_the_data_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    from deocc.settings import default_data_dir as servers_own

    for value in (str(tmp_path), ""):
        monkeypatch.setenv("DEOCC_DATA_DIR", value)
        assert default_data_dir(os.environ) == servers_own()


def test_a_server_started_for_commercial_use_only_hides_what_forbids_it(tmp_path: Path):
    connection = connection_of(tmp_path / "data", python=sys.executable, commercial_only=True)
    client, _ = open_client(connection, start=True)
    rows = client.weights()
    client.close()
    end_server(connection)
    assert rows and all(row.commercial for row in rows)


def test_the_command_for_the_libraries_names_the_servers_python_and_the_wheel_beside(tmp_path: Path):
    python, wheel = tmp_path / "my python", tmp_path / "deocc-0.1.0-py3-none-any.whl"
    for path in (python, wheel):
        path.touch()
    local = connection_of(tmp_path, python=str(python))
    assert install_command(local, tmp_path) == f'"{python}" -m pip install "{wheel}[models]"'
    remote = connection_of(tmp_path, address="gpu.example.org")
    assert install_command(remote, tmp_path) == '"python" -m pip install ".[models]"'


@pytest.mark.parametrize("said", ["", "{", "[]", '{"pid": 1}', '{"pid": "x", "url": 1}'])
def test_a_damaged_server_file_counts_as_none(tmp_path: Path, said: str):
    (tmp_path / "server.json").write_text(said)
    assert read_server_file(tmp_path) is None


@pytest.mark.parametrize("blenders", [1, 2])
def test_two_jobs_that_start_it_at_once_share_one_server(
    tmp_path: Path, blenders: int, monkeypatch: pytest.MonkeyPatch
):
    """In one Blender the second waits; in two, the second's server finds the folder taken and ends."""
    monkeypatch.setattr(server_process, "_starting", threading.Semaphore(blenders))
    connection = connection_of(tmp_path / "data", python=sys.executable)
    found: list[Health] = []

    def open_and_note() -> None:
        client, health = open_client(connection, start=True)
        client.close()
        found.append(health)

    threads = [threading.Thread(target=open_and_note) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)
    assert len(found) == 2 and found[0].server_id == found[1].server_id
    end_server(connection)


def test_a_stranger_on_a_leftover_address_is_no_obstacle(tmp_path: Path):
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    (data_dir / "token").write_text("right")
    with FakeServer(program="printer") as fake:
        leftover = {"pid": 1, "url": fake.url, "server_id": "s", "version": "0"}
        (data_dir / "server.json").write_text(json.dumps(leftover))
        assert fault_of(connection_of(data_dir)).code == "wrong_program"
        client, _ = open_client(connection_of(data_dir, python=sys.executable), start=True)
        assert client.address.url != fake.url and fake.heard_tokens() == []
        client.close()
    end_server(connection_of(data_dir))


def test_a_server_file_that_names_another_machine_is_not_followed(tmp_path: Path):
    (tmp_path / "token").write_text("right")
    said = {"pid": 1, "url": "https://example.org:1", "server_id": "s", "version": "0"}
    (tmp_path / "server.json").write_text(json.dumps(said))
    assert fault_of(connection_of(tmp_path)).code == "wrong_program"


def test_stop_ends_no_process_that_did_not_prove_itself(tmp_path: Path):
    """The file names this test's own process: it must survive."""
    (tmp_path / "token").write_text("right")
    with FakeServer(token="a guess") as fake:
        said = {"pid": os.getpid(), "url": fake.url, "server_id": "s1", "version": "0"}
        (tmp_path / "server.json").write_text(json.dumps(said))
        with pytest.raises(LinkFault):
            stop(connection_of(tmp_path))


def test_a_server_that_can_not_start_says_why(tmp_path: Path):
    blocked = tmp_path / "data"
    blocked.write_text("a file where the folder should be")
    fault = fault_of(connection_of(blocked, python=sys.executable), start=True)
    assert fault.code == "start_failed" and fault.message == "The server did not start."
    assert str(blocked) in fault.hint and fault.action == "show_log"


def test_another_machine_needs_online_access_and_encryption(server: ServerUnderTest):
    far = connection_of(server.data_dir, address="render.example:1", token="t")
    assert fault_of(far).message == "Blender's online access is off."
    plain = connection_of(server.data_dir, address="http://render.example:1", token="t", online=True)
    fault = fault_of(plain)
    assert (fault.code, fault.action) == ("plain_http", "edit_address")


def test_nobody_at_a_remote_address_is_said_with_the_address(tmp_path: Path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    fault = fault_of(connection_of(tmp_path, address=f"127.0.0.1:{port}", token="t"))
    assert fault.message == f"Nothing answers at 127.0.0.1:{port}."
    assert (fault.action, fault.passing) == ("edit_address", True)


def test_without_a_python_for_the_server_the_set_up_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("DEOCC_SERVER_PYTHON", raising=False)
    for start in (False, True):
        assert fault_of(connection_of(tmp_path), start).action == "server_setup"


def test_loopback_needs_no_online_access(server: ServerUnderTest):
    named = connection_of(Path("nowhere"), address=server.url, token=server.token)
    client, found = open_client(named, start=False)
    assert isinstance(client, Client) and found.program == "deocc"
    client.close()


def test_the_log_is_there_to_be_read_or_said_to_be_missing(server: ServerUnderTest, tmp_path: Path):
    assert "listening at" in log_tail(server.data_dir)
    assert log_tail(tmp_path).startswith("There is no log yet")
