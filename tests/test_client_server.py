"""The contract between the halves: the real client's every call against a real server, reply by reply.

What the server sends is read beside the client by other means, and compared with what the client made of it.
"""

from __future__ import annotations

import dataclasses
import inspect
import io
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from deocc import contract
from deocc_blender import replies
from deocc_blender.address import parse_address
from deocc_blender.client import Client, proof_of
from deocc_blender.errands import CountedFile
from deocc_blender.package import read_package
from deocc_blender.replies import ServerFault
from tests import pictures
from tests.server_under_test import WAIT_S, ServerUnderTest

SLOW = {"steps": 1000, "step_s": 0.05}  # fifty seconds: it does not end before it is told to
PAIRS = {
    contract.Health: replies.Health,
    contract.OptionField: replies.Option,
    contract.BackendReply: replies.BackendCard,
    contract.WeightsReply: replies.WeightsRow,
    contract.VariantReply: replies.Variant,
    contract.JobReply: replies.Job,
    contract.Event: replies.Event,
}
UNREAD = {  # what the wire says and the panel does not need yet
    contract.VariantReply: {"views", "completed", "seconds"},
    contract.JobReply: {"backend", "created", "request"},
}
TESTED = {  # a new call of the client wants a test here
    "close", "greet", "backends", "put_image", "put_job", "job", "jobs", "delete_job", "events", "picture",
    "package", "weights", "fetch_weights", "delete_weights", "put_weights",
}  # fmt: skip


@pytest.fixture
def client(server: ServerUnderTest) -> Iterator[Client]:
    opened = Client(parse_address(server.url), server.token)
    yield opened
    opened.close()


@pytest.fixture
def request_body(client: Client) -> dict[str, Any]:
    """A job for the puppet, its pictures put by the client."""
    return {
        "photo": client.put_image(pictures.photo_file()),
        "object_mask": client.put_image(pictures.object_file()),
        "occluder_mask": client.put_image(pictures.occluder_file()),
        "backend": "puppet",
        "seeds": [5, 2**63 - 1],
        "name": "Mug",
    }


def put(client: Client, body: Mapping[str, Any], **changes: Any) -> str:
    job_id = str(uuid.uuid4())
    client.put_job(job_id, {**body, **changes})
    return job_id


def fault_of(call: Callable[[], Any]) -> ServerFault:
    with pytest.raises(ServerFault) as caught:
        call()
    return caught.value


def plain(value: Any) -> Any:
    """What the client made of a reply, as the JSON that it came from."""
    if isinstance(value, ServerFault):
        return {name: getattr(value, name) for name in ("code", "message", "hint", "action")}
    if isinstance(value, replies.BackendCard):
        fields = {name: plain(one) for name, one in vars(value).items()}
        estimate = {name: fields.pop(name) for name in ("seconds", "memory_gb", "measured")}
        return {**fields, "estimate": estimate}
    if dataclasses.is_dataclass(value):
        return {name: plain(one) for name, one in vars(value).items()}
    return [plain(one) for one in value] if isinstance(value, tuple) else value


def read(kind: type, sent: Mapping[str, Any]) -> dict[str, Any]:
    """What was sent, without the fields that the client leaves out."""
    left = {name: value for name, value in sent.items() if name not in UNREAD.get(kind, ())}
    if kind is contract.JobReply:
        left["variants"] = [read(contract.VariantReply, one) for one in sent["variants"]]
    return left


def test_every_call_of_the_client_has_its_test_here():
    assert {name for name, _ in inspect.getmembers(Client, inspect.isfunction) if name[0] != "_"} == TESTED


@pytest.mark.parametrize("wire", PAIRS, ids=lambda kind: kind.__name__)
def test_the_client_reads_every_field_of_the_wire_or_says_that_it_does_not(wire: type):
    sent = {field.name for field in dataclasses.fields(wire)}
    known = {field.name for field in dataclasses.fields(PAIRS[wire])}
    if wire is contract.BackendReply:
        known = known - {field.name for field in dataclasses.fields(contract.Estimate)} | {"estimate"}
    assert sent - UNREAD.get(wire, set()) == known


def test_states_and_ends_are_the_same_words_on_both_sides():
    assert replies.STATES == set(contract.JobState) and replies.END_STATES == contract.END_STATES


def test_greet_reads_health_and_checks_the_proof(server: ServerUnderTest, client: Client):
    found = client.greet()
    sent = server.http.get("/v1/health", params={"nonce": "n"}).json()
    assert sent["proof"] == proof_of(server.token, "n")
    assert {**plain(found), "proof": ""} == {**sent, "proof": "", "state": found.state}
    assert found.state in ("ready", "running") and len(found.proof) == 64


def test_backends_reads_every_card_with_every_kind_of_option(server: ServerUnderTest, client: Client):
    cards = client.backends()
    assert [plain(card) for card in cards] == [
        read(contract.BackendReply, sent) for sent in server.http.get("/v1/backends").json()["backends"]
    ]
    assert {option.type for card in cards for option in card.options} == {"bool", "int", "float", "choice"}


def test_weights_reads_every_row_and_every_state_is_known(server: ServerUnderTest, client: Client):
    rows = client.weights()
    assert [plain(row) for row in rows] == server.http.get("/v1/weights").json()["weights"]
    assert {row.state for row in rows} == {"missing", "unpublished"}  # in a fresh data folder
    assert replies.WEIGHTS_STATES == set(contract.WeightsState)
    cards = {card.name: card for card in client.backends()}
    assert set(cards["deocc123"].weights) <= {row.name for row in rows} and cards["draft"].weights == ()
    blocked = cards["deocc123"].blocked
    assert blocked is not None and blocked.action in ("weights_import", "install_packages")


def test_fetch_weights_of_what_is_not_published_is_refused_with_what_helps(client: Client):
    fault = fault_of(lambda: client.fetch_weights("deocc123"))
    assert fault.action in ("weights_import", "install_packages")
    assert fault_of(lambda: client.fetch_weights("no-such")).code == "unknown_weights"


def test_put_weights_streams_a_file_whose_fault_is_told_in_the_table(client: Client):
    pytest.importorskip("torch", reason="needs PyTorch, which reads checkpoints")
    junk = CountedFile(io.BytesIO(b"no checkpoint"), len(b"no checkpoint"), lambda sent: None)
    assert client.put_weights("deocc123", junk, {"cameras": "v1.1"}).is_busy
    end = time.monotonic() + 4 * WAIT_S  # a process that imports PyTorch, on a busy machine
    while (row := {one.name: one for one in client.weights()}["deocc123"]).is_busy:
        assert time.monotonic() < end, row
        time.sleep(0.2)
    assert row.state == "unpublished" and row.error is not None
    assert row.error.action in ("weights_import", "weights_fetch"), row.error  # the file, or its base first
    client.delete_weights("deocc123")
    assert {one.name: one.error for one in client.weights()}["deocc123"] is None


def test_put_image_names_a_picture_by_its_hash_and_does_no_harm_twice(client: Client):
    assert client.put_image(pictures.photo_file()) == client.put_image(pictures.photo_file())
    assert fault_of(lambda: client.put_image(b"no picture")).action == "open_photo"


def test_put_job_reads_the_job_and_does_no_harm_twice(
    server: ServerUnderTest, client: Client, request_body: dict[str, Any]
):
    job_id = str(uuid.uuid4())
    first = client.put_job(job_id, request_body)
    assert (first.id, first.name, [one.seed for one in first.variants]) == (job_id, "Mug", [5, 2**63 - 1])
    assert server.finish(job_id)["state"] == "done"
    assert client.put_job(job_id, request_body).state == "done"
    assert fault_of(lambda: client.put_job(job_id, {**request_body, "name": "Cup"})).code == "other_job"


def test_job_and_jobs_read_every_state(server: ServerUnderTest, client: Client, request_body: dict[str, Any]):
    failed = put(client, request_body, options={"behaviour": "fault"})
    done = put(client, request_body)
    server.finish(failed)
    server.finish(done)
    running, queued = put(client, request_body, options=SLOW), put(client, request_body, options=SLOW)
    server.wait_for_step(running)
    found = {job_id: client.job(job_id) for job_id in (failed, done, queued)}
    listed = {job.id: job for job in client.jobs()}
    for job_id, job in found.items():
        assert plain(job) == plain(listed[job_id]) == read(contract.JobReply, server.job(job_id))
    assert [job.state for job in found.values()] == ["failed", "done", "queued"]
    assert found[queued].queue_position == 0 and found[failed].error is not None
    assert listed[running].state == "running" and listed[running].stage.startswith("step")
    assert listed[running].eta_s is not None and 0 <= listed[running].fraction < 1
    for job_id in (queued, running):
        client.delete_job(job_id)
        assert server.finish(job_id)["state"] == "cancelled"


def test_delete_job_cancels_a_running_job_and_removes_a_finished_one(
    server: ServerUnderTest, client: Client, request_body: dict[str, Any]
):
    job_id = put(client, request_body, options=SLOW)
    server.wait_for_step(job_id)
    client.delete_job(job_id)
    assert list(client.events(job_id))[-1].state == "cancelled"
    client.delete_job(job_id)
    assert fault_of(lambda: client.job(job_id)).code == "no_job"


def test_events_reads_every_kind(server: ServerUnderTest, client: Client, request_body: dict[str, Any]):
    kinds: set[str] = set()
    for behaviour in ("finish", "fault"):
        job_id = put(client, request_body, options={"behaviour": behaviour})
        seen = {event.id: event for event in client.events(job_id)}  # as they come
        kept = list(client.events(job_id))  # as they are told later, without old progress
        assert [plain(event) for event in kept] == list(server.events(job_id))
        assert all(plain(seen[event.id]) == plain(event) for event in kept)
        kinds |= {event.kind for event in (*seen.values(), *kept)}
    assert kept[-1].error is not None and kept[-1].error.action == "edit_options"
    assert kinds == {"state", "progress", "picture", "variant"}


def test_events_resume_after_the_last_one_seen_and_stop_when_told(
    client: Client, request_body: dict[str, Any]
):
    job_id = put(client, request_body)
    list(client.events(job_id))
    kept = [event.id for event in client.events(job_id)]
    assert [event.id for event in client.events(job_id, after=kept[2])] == kept[3:]
    assert list(client.events(job_id, stop=lambda: True)) == []


def test_picture_and_package_bring_what_the_server_holds(
    server: ServerUnderTest, client: Client, request_body: dict[str, Any]
):
    job_id = put(client, request_body)
    server.finish(job_id)
    for n, seed in enumerate(request_body["seeds"]):
        package = read_package(client.package(job_id, n))
        assert (package.name, package.seed, package.backend) == ("Mug", seed, "puppet")
        assert client.picture(job_id, n, "completed.png") == package.completed
        assert tuple(client.picture(job_id, n, f"views/{i}.png") for i in range(6)) == package.views
    assert fault_of(lambda: client.package(job_id, 2)).code == "no_variant"


def test_a_fault_of_the_request_comes_with_its_words_and_its_action(
    server: ServerUnderTest, client: Client, request_body: dict[str, Any]
):
    wrong = {**request_body, "backend": "trellis"}
    fault = fault_of(lambda: client.put_job(str(uuid.uuid4()), wrong))
    assert plain(fault) == server.http.put(f"/v1/jobs/{uuid.uuid4()}", json=wrong).json()["error"]
    assert fault.code == "unknown_backend" and "trellis" in fault.message and fault.action == "choose_backend"


def test_another_token_is_refused_and_close_may_be_called_any_time(server: ServerUnderTest):
    other = Client(parse_address(server.url), "wrong")
    fault = fault_of(other.backends)
    assert (fault.code, fault.action) == ("wrong_token", "edit_token")
    other.close()
    other.close()
