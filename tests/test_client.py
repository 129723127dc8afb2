"""The extension's client against whatever may answer at an address: nothing, a stranger, nonsense."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from typing import Any

import pytest

from deocc_blender import client as client_module
from deocc_blender.address import parse_address
from deocc_blender.client import Client
from deocc_blender.replies import LinkFault, ServerFault
from tests.fake_server import Asked, FakeServer, as_json


def fault_of(call: Callable[[], Any]) -> ServerFault:
    with pytest.raises(ServerFault) as caught:
        call()
    return caught.value


def test_nothing_at_the_port_is_a_server_that_is_off():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = parse_address(f"127.0.0.1:{free.getsockname()[1]}")
    fault = fault_of(Client(address, "t").greet)
    assert isinstance(fault, LinkFault) and fault.passing
    assert (fault.code, fault.action) == ("server_off", "server_start")


@pytest.mark.parametrize(
    "answer",
    [
        (200, {"Content-Type": "text/html"}, b"<h1>It works</h1>"),
        (404, {}, b"not found"),
        (302, {"Location": "http://127.0.0.1:1/elsewhere"}, b""),
        as_json([1, 2]),
        as_json({"program": "printer"}),
    ],
    ids=["html", "404", "redirect", "list", "other json"],
)
def test_another_program_learns_no_token_and_is_called_that(answer):
    with FakeServer(answers={"GET /v1/health": answer}) as fake:
        fault = fault_of(Client(parse_address(fake.url), "right").backends)
        assert fault.message == "Something else answers at that address (not DeOcc)."
        assert (fault.code, fault.action) == ("wrong_program", "edit_address")
        assert fake.heard_tokens() == []


def test_a_program_that_plays_deocc_without_the_token_does_not_get_it():
    with FakeServer(token="a guess") as fake:
        fault = fault_of(Client(parse_address(fake.url), "right").backends)
        assert fault.code == "wrong_token" and fake.heard_tokens() == []


@pytest.mark.parametrize(
    ("api", "words", "action"),
    [
        ("0.9", "Server 0.9 is too old for this add-on (needs 1.0).", "server_update"),
        ("2.0", "Server 2.0 is too new for this add-on (needs 1.0).", "update_addon"),
    ],
)
def test_another_version_is_named_before_the_token_goes_out(api: str, words: str, action: str):
    with FakeServer(api=api) as fake:
        fault = fault_of(Client(parse_address(fake.url), "right").backends)
        assert (fault.message, fault.action) == (words, action)
        assert fake.heard_tokens() == []


def test_an_older_server_is_told_what_the_add_on_needs(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(client_module, "NEEDED_API", (1, 2))
    with FakeServer(api="1.1") as fake:
        fault = fault_of(Client(parse_address(fake.url), "right").greet)
        assert fault.message == "Server 1.1 is too old for this add-on (needs 1.2)."


def test_a_newer_minor_version_is_welcome():
    with FakeServer(api="1.7") as fake:
        assert Client(parse_address(fake.url), "right").greet().api == "1.7"


def test_a_system_proxy_does_not_see_loopback(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")  # the discard port: nobody there
    monkeypatch.delenv("no_proxy", raising=False)
    with FakeServer() as fake:
        assert Client(parse_address(fake.url), "right").greet().program == "deocc"


def test_an_answer_too_long_to_be_one_is_cut_off(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(client_module, "MAX_REPLY_BYTES", 1000)
    with FakeServer(answers={"GET /v1/backends": (200, {}, b" " * 1001)}) as fake:
        assert fault_of(Client(parse_address(fake.url), "right").backends).code == "bad_answer"


@pytest.mark.parametrize("body", [b"oops", b"{}", b'{"error": 3}'])
def test_a_status_without_a_reason_still_makes_a_sentence(body: bytes):
    with FakeServer(answers={"GET /v1/backends": (500, {}, body)}) as fake:
        fault = fault_of(Client(parse_address(fake.url), "right").backends)
        assert fault.message == "The server answered with status 500 and no reason."
        assert fault.action == "show_log"


@pytest.mark.parametrize("data", [{"backends": 3}, {"backends": [{"name": "x"}]}, [], None])
def test_an_answer_of_another_shape_is_a_fault_not_a_crash(data: Any):
    with FakeServer(answers={"GET /v1/backends": as_json(data)}) as fake:
        assert fault_of(Client(parse_address(fake.url), "right").backends).code == "bad_answer"


def test_a_connection_that_breaks_in_the_middle_of_events_may_pass():
    event = {"id": 1, "kind": "progress", "state": "running", "stage": "x", "fraction": 0.5}
    half = f"id: 1\ndata: {json.dumps(event)}\n\nid: 2\ndata: {{".encode()

    def break_off(asked: Asked):
        return 200, {"Content-Length": "100000"}, half

    with FakeServer(answers={"GET /v1/jobs/j/events": break_off}) as fake:
        events = Client(parse_address(fake.url), "right").events("j")
        assert next(events).fraction == 0.5
        with pytest.raises(LinkFault) as caught:
            next(events)
        assert caught.value.passing


def test_pictures_names_from_the_wire_become_no_paths():
    with FakeServer() as fake:
        fault = fault_of(lambda: Client(parse_address(fake.url), "right").picture("j", 0, "../../token"))
        assert fault.code == "bad_answer" and fake.asked == []
