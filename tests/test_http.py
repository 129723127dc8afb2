"""The wire, call by call, against a real server process."""

from __future__ import annotations

import dataclasses
import hmac
import io
import json
import socket
import uuid
import zipfile

import httpx
import pytest
from PIL import Image

from deocc import calibration
from deocc.calibration import Calibration
from deocc.picture_file import MAX_FILE_BYTES
from tests import pictures
from tests.server_under_test import WAIT_S, ServerUnderTest, wait_until

STRANGER = str(uuid.UUID(int=1))


def fault_of(answer: httpx.Response) -> dict:
    body = answer.json()
    assert body["error"] == body["faults"][0] and body["error"]["message"], body
    return body["error"]


# -- who answers, and to whom --


def test_health_needs_no_token_and_proves_that_the_server_knows_it(server: ServerUnderTest):
    answer = httpx.get(f"{server.url}/v1/health", params={"nonce": "größe"}, trust_env=False).json()
    assert answer["program"] == "deocc" and answer["api"] == "1.0"
    assert answer["proof"] == hmac.new(server.token.encode(), "größe".encode(), "sha256").hexdigest()
    assert server.http.get("/v1/health").json()["proof"] == ""


@pytest.mark.parametrize(
    "path", ["/v1/backends", "/v1/jobs", "/v1/openapi.json", "/docs", f"/v1/jobs/{STRANGER}"]
)
@pytest.mark.parametrize(
    ("header", "code"),
    [
        ({}, "token_missing"),
        ({"Authorization": "Bearer x"}, "token_wrong"),
        ({"Authorization": "ü"}, "token_wrong"),
    ],
)
def test_everything_else_needs_the_token(server: ServerUnderTest, path: str, header: dict, code: str):
    raw = {name: value.encode("latin-1") for name, value in header.items()}
    answer = httpx.get(server.url + path, headers=raw, trust_env=False)
    assert answer.status_code == 401 and fault_of(answer)["code"] == code
    assert fault_of(answer)["action"] == "edit_token"


def test_a_web_page_under_another_name_is_turned_away(server: ServerUnderTest):
    for host in ("evil.example", "127.0.0.1.evil.example:80", "[::1].evil.example"):
        answer = server.http.get("/v1/health", headers={"Host": host})
        assert answer.status_code == 421 and fault_of(answer)["code"] == "wrong_host", host
    port = server.url.rsplit(":", 1)[1]
    for host in (f"localhost:{port}", f"LOCALHOST:{port}", "127.0.0.1", f"[::1]:{port}"):
        assert server.http.get("/v1/health", headers={"Host": host}).status_code == 200, host


def test_unknown_addresses_and_methods_are_faults_too(server: ServerUnderTest):
    assert fault_of(server.http.get("/v1/nothing"))["code"] == "not_found"
    assert server.http.get("/docs").status_code == 404  # no page that loads from elsewhere
    answer = server.http.post("/v1/jobs")
    assert answer.status_code == 405 and fault_of(answer)["code"] == "wrong_method"
    assert fault_of(answer)["message"] == "POST does nothing at this address."


def test_the_cards_carry_options_and_an_estimate(server: ServerUnderTest):
    cards = {card["name"]: card for card in server.http.get("/v1/backends").json()["backends"]}
    assert set(cards) == {"draft", "deocc123", "3drecon", "puppet"} and cards["draft"]["ready"]
    assert cards["draft"]["blocked"] is None and cards["draft"]["weights"] == []
    steps = next(one for one in cards["puppet"]["options"] if one["name"] == "steps")
    assert (steps["type"], steps["default"], steps["minimum"], steps["maximum"]) == ("int", 2, 0, 10_000)


# -- images --


def test_an_image_is_kept_under_its_hash_and_may_come_again(server: ServerUnderTest):
    data = pictures.file_of(pictures.photo((40, 30)))
    for _ in range(2):
        answer = server.send_image(data)
        assert answer.status_code == 200 and answer.json()["size_bytes"] == len(data)
    assert (server.data_dir / "images" / answer.json()["sha256"]).read_bytes() == data


@pytest.mark.parametrize(
    ("data", "name", "status", "code"),
    [
        (pictures.photo_file(), "0" * 64, 400, "wrong_hash"),
        (pictures.photo_file(), "A" * 64, 422, "bad_request"),
        (pictures.photo_file(), "..%2F..%2Ftoken", 404, "not_found"),
    ],
)
def test_an_image_under_a_wrong_name_is_refused_and_leaves_nothing(
    server: ServerUnderTest, data, name, status, code
):
    before = set((server.data_dir / "images").iterdir())
    answer = server.send_image(data, name)
    assert answer.status_code == status and fault_of(answer)["code"] == code
    assert set((server.data_dir / "images").iterdir()) == before


def test_an_upload_over_the_limit_is_cut_off_and_leaves_nothing(server: ServerUnderTest):
    before = set((server.data_dir / "images").iterdir())

    def flood():
        for _ in range(MAX_FILE_BYTES // 2**20 + 2):
            yield bytes(2**20)

    answer = server.http.put(f"/v1/images/{'0' * 64}", content=flood())
    assert answer.status_code == 413 and fault_of(answer)["code"] == "file_too_large"
    assert set((server.data_dir / "images").iterdir()) == before


def test_a_client_that_leaves_in_the_middle_of_an_upload_leaves_nothing(server: ServerUnderTest):
    before = set((server.data_dir / "images").iterdir())
    head = f"PUT /v1/images/{'0' * 64} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n"
    with socket.create_connection(("127.0.0.1", int(server.url.rsplit(":", 1)[1]))) as line:
        line.sendall(f"{head}Authorization: Bearer {server.token}\r\n\r\nhalf of it".encode())
        wait_until(lambda: set((server.data_dir / "images").iterdir()) > before, "the upload's beginning")
    wait_until(lambda: set((server.data_dir / "images").iterdir()) == before, "the upload's end")
    log = server.data_dir / "server.log"
    wait_until(lambda: "its client left before the end" in log.read_text(), "a word about it")
    assert "ClientDisconnect" not in log.read_text()


# -- jobs --


def test_a_job_goes_from_request_to_package(server: ServerUnderTest, puppet_request):
    job_id = server.put_job(puppet_request(server, seeds=[7, 8], name="Stool"))
    events = list(server.events(job_id))
    ids = [event["id"] for event in events]
    assert ids == sorted(set(ids))
    assert events[-1]["kind"] == "state" and events[-1]["state"] == "done" and events[-1]["fraction"] == 1.0
    job = server.job(job_id)
    assert (job["state"], job["name"], job["error"]) == ("done", "Stool", None)
    assert [(one["seed"], one["state"], one["views"], one["completed"]) for one in job["variants"]] == [
        (7, "done", [0, 1, 2, 3, 4, 5], True),
        (8, "done", [0, 1, 2, 3, 4, 5], True),
    ]
    answer = server.http.get(f"/v1/jobs/{job_id}/variants/1/package")
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as package:
        about = json.loads(package.read("package.json"))
        assert about["recipe"]["seed"] == 8 and about["seconds"]["total"] > 0
        view = server.http.get(f"/v1/jobs/{job_id}/variants/1/views/3.png")
        assert view.headers["content-type"] == "image/png" and view.content == package.read("views/3.png")
        completed = server.http.get(f"/v1/jobs/{job_id}/variants/1/completed.png").content
        assert completed == package.read("completed.png")
    assert Image.open(io.BytesIO(completed)).size == pictures.SIZE


def test_progress_rises_and_pictures_come_before_the_end(server: ServerUnderTest, puppet_request):
    options = {"steps": 6, "step_s": 0.08}
    job_id = server.put_job(puppet_request(server, options=options, seeds=[1]))
    events = []
    for event in server.events(job_id):
        events.append(event)
        if event["kind"] == "picture" and event["picture"] == "completed.png":
            answer = server.http.get(f"/v1/jobs/{job_id}/variants/0/completed.png")
            assert answer.status_code == 200
            early = server.http.get(f"/v1/jobs/{job_id}/variants/0/package")
            assert early.status_code == 409 and fault_of(early)["code"] == "not_ready"
            assert server.http.get("/v1/health").json()["state"] == "running"
    fractions = [event["fraction"] for event in events if event["kind"] == "progress"]
    assert fractions == sorted(fractions) and len(fractions) >= 6
    assert {event["stage"] for event in events} >= {"step 0", "step 5", "packing the result"}


def test_events_resume_after_the_last_id_seen(server: ServerUnderTest, puppet_request):
    job_id = server.put_job(puppet_request(server, options={"steps": 4, "step_s": 0.1}))
    seen = []
    for event in server.events(job_id):
        seen.append(event["id"])
        if len(seen) == 4:
            break  # the connection is lost here
    rest = list(server.events(job_id, after=seen[-1]))
    assert rest[0]["id"] == seen[-1] + 1 and rest[-1]["state"] == "done"
    assert list(server.events(job_id, after=rest[-1]["id"])) == []  # nothing missed: ends at once


def test_the_same_call_again_is_harmless_and_another_body_a_conflict(server: ServerUnderTest, puppet_request):
    request = puppet_request(server)
    job_id = server.put_job(request)
    server.finish(job_id)
    again = server.http.put(f"/v1/jobs/{job_id}", json=request)
    assert again.status_code == 202 and again.json()["state"] == "done"
    other = server.http.put(f"/v1/jobs/{job_id}", json={**request, "seeds": [1]})
    assert other.status_code == 409 and fault_of(other)["code"] == "other_job"
    spelled = server.http.put(f"/v1/jobs/{job_id.upper()}", json=request)
    assert spelled.status_code == 202 and spelled.json()["id"] == job_id


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b"", "its beginning”"),
        (b"{", "its beginning"),
        (b"[]", "its beginning"),
        (b'{"photo": "x"}', "object_mask"),
        (b'{"photo": "x", "object_mask": "x", "seeds": ["7"]}', "seeds.0"),
        (b'{"photo": "x", "object_mask": "x", "seeds": [1.5]}', "seeds.0"),
        (b'{"photo": "x", "object_mask": "x", "colour": 1}', "colour"),
        (b'{"photo": "x", "object_mask": "x", "options": {"steps": null}}', "options.steps"),
        (b'{"photo": "x", "object_mask": "\xff"}', "its beginning"),
    ],
)
def test_a_body_of_another_shape_is_422_and_names_the_place(server: ServerUnderTest, body: bytes, where: str):
    answer = server.http.put(f"/v1/jobs/{uuid.uuid4()}", content=body)
    assert answer.status_code == 422 and fault_of(answer)["code"] == "bad_request"
    assert any(f"wrong at “{where}" in fault["message"] for fault in answer.json()["faults"]), answer.text
    assert fault_of(answer)["action"] == "update_addon"  # the add-on made it, not its user


def test_a_request_over_a_megabyte_is_refused(server: ServerUnderTest):
    answer = server.http.put(f"/v1/jobs/{uuid.uuid4()}", content=b" " * (2**20 + 1))
    assert answer.status_code == 413 and fault_of(answer)["code"] == "request_too_large"


def test_what_is_not_there_is_404(server: ServerUnderTest, puppet_request):
    assert fault_of(server.http.get(f"/v1/jobs/{STRANGER}"))["code"] == "no_job"
    assert fault_of(server.http.delete(f"/v1/jobs/{STRANGER}"))["code"] == "no_job"
    assert fault_of(server.http.get(f"/v1/jobs/{STRANGER}/events"))["code"] == "no_job"
    job_id = server.put_job(puppet_request(server, options={"behaviour": "fault"}))
    job = server.finish(job_id)
    assert job["state"] == "failed" and job["error"]["code"] == "puppet_fault"
    answer = server.http.get(f"/v1/jobs/{job_id}/variants/0/package")
    assert answer.status_code == 404 and fault_of(answer)["code"] == "no_result"
    assert fault_of(server.http.get(f"/v1/jobs/{job_id}/variants/1/package"))["code"] == "no_variant"


def test_a_finished_job_is_removed_with_its_files(server: ServerUnderTest, puppet_request):
    job_id = server.put_job(puppet_request(server))
    server.finish(job_id)
    assert (server.data_dir / "jobs" / job_id / "0" / "package.zip").is_file()
    assert server.http.delete(f"/v1/jobs/{job_id}").status_code == 204
    assert not (server.data_dir / "jobs" / job_id).exists()
    assert server.http.get(f"/v1/jobs/{job_id}").status_code == 404


def test_two_clients_share_the_queue_and_see_each_others_jobs(server: ServerUnderTest, puppet_request):
    other = httpx.Client(base_url=server.url, headers=server.http.headers, timeout=WAIT_S, trust_env=False)
    slow = server.put_job(puppet_request(server, options={"steps": 5, "step_s": 0.1}, name="first"))
    second, request = str(uuid.uuid4()), puppet_request(server, name="second")
    queued = other.put(f"/v1/jobs/{second}", json=request).json()
    assert queued["state"] == "queued" and queued["queue_position"] == 0
    names = [job["name"] for job in server.http.get("/v1/jobs").json()["jobs"]]
    assert names[:2] == ["second", "first"]
    assert server.finish(second)["state"] == "done"
    assert server.job(slow)["state"] == "done"  # it came first, so it was over before
    other.close()


# -- cancel --


def test_a_queued_job_is_cancelled_at_once_and_a_running_one_at_its_next_tick(server, puppet_request):
    running = server.put_job(puppet_request(server, options={"steps": 1000, "step_s": 0.02}))
    queued = server.put_job(puppet_request(server))
    server.wait_for_step(running)
    answer = server.http.delete(f"/v1/jobs/{queued}")
    assert answer.status_code == 202 and answer.json()["state"] == "cancelled"
    assert server.http.delete(f"/v1/jobs/{running}").status_code == 202
    job = server.finish(running)
    assert job["state"] == "cancelled" and job["error"] is None
    assert job["variants"][0]["state"] == "cancelled"
    assert server.finish(server.put_job(puppet_request(server)))["state"] == "done"


def test_cancel_keeps_the_variants_that_were_done(server: ServerUnderTest, puppet_request):
    options = {"steps": 30, "step_s": 0.02}
    job_id = server.put_job(puppet_request(server, seeds=[1, 2, 3], options=options))
    for event in server.events(job_id):
        if event["kind"] == "variant" and event["state"] == "done":
            server.http.delete(f"/v1/jobs/{job_id}")
    states = [one["state"] for one in server.job(job_id)["variants"]]
    assert states == ["done", "cancelled", "cancelled"]
    assert server.http.get(f"/v1/jobs/{job_id}/variants/0/package").status_code == 200


@pytest.mark.parametrize("moment", range(8))
def test_cancel_at_every_stage_ends_the_job_and_harms_no_other(server, puppet_request, moment: int):
    job_id = server.put_job(puppet_request(server, seeds=[1, 2]))
    for count, _event in enumerate(server.events(job_id)):
        if count == moment * 2:
            server.http.delete(f"/v1/jobs/{job_id}")
    job = server.http.get(f"/v1/jobs/{job_id}")  # 404 where the cancel came after its end and removed it
    assert job.status_code == 404 or job.json()["state"] in ("cancelled", "done")
    assert server.finish(server.put_job(puppet_request(server)))["state"] == "done"


def test_health_names_the_device_that_was_found_once_one_has_looked(server: ServerUnderTest):
    assert server.http.get("/v1/health").json()["device"].startswith("processor, ")
    found = Calibration("NVIDIA GeForce RTX 4070, 12 GB", 58.0, 12.9, "torch.float16", "2.6")
    weights = server.data_dir / "weights"
    weights.mkdir(exist_ok=True)
    (weights / calibration.FILE).write_text(json.dumps(dataclasses.asdict(found)))
    try:
        assert server.http.get("/v1/health").json()["device"] == found.device
    finally:
        (weights / calibration.FILE).unlink()
