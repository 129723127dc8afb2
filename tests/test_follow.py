"""A job followed through what can happen to it: done, cancelled, failed, a killed server, a lost link."""

from __future__ import annotations

import queue
import stat
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from deocc_blender.connection import Connection
from deocc_blender.follow import Follower
from deocc_blender.look import look
from deocc_blender.messages import (
    Accepted,
    Ended,
    JobSpec,
    LinkNews,
    Message,
    PackageCame,
    PictureCame,
    Progress,
)
from deocc_blender.picture import Picture
from deocc_blender.server_process import open_client
from tests import pictures
from tests.local_server import end_server
from tests.server_under_test import ROOT, WAIT_S, ServerUnderTest

SLOW = {"steps": 60, "step_s": 0.05}  # three seconds, time enough for a test to reach into the middle


class Followed:
    """A follower with its messages collected as the main thread would."""

    def __init__(self, connection: Connection, folder: Path, spec: JobSpec | None, job_id: str | None = None):
        self.job_id = job_id or str(uuid.uuid4())
        self.messages: list[Message] = []
        self._queue: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self.follower = Follower(self.job_id, connection, self._queue.put, folder, spec)
        self.follower.start()

    def until(self, wanted: Callable[[Message], bool]) -> Message:
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end:
            try:
                message = self._queue.get(timeout=0.1)
            except queue.Empty:
                continue
            self.messages.append(message)
            if wanted(message):
                return message
        raise AssertionError(f"waited {WAIT_S:.0f} s in vain; came: {self.messages}")

    def end(self) -> Ended:
        ended = self.until(lambda message: isinstance(message, Ended))
        assert isinstance(ended, Ended)
        return ended

    def of(self, kind: type) -> list:
        return [message for message in self.messages if isinstance(message, kind)]


def a_spec(**changes) -> JobSpec:
    fields = {
        "name": "Mug",
        "backend": "puppet",
        "seeds": (7,),
        "photo": Picture("photo", data=pictures.photo_file()),
        "object_mask": Picture("object mask", data=pictures.object_file()),
        **changes,
    }
    return JobSpec(**fields)


def connection_to(server: ServerUnderTest, python: Path | None = None) -> Connection:
    return Connection(server.data_dir, "0.1.0", python=str(python or ""))


@pytest.fixture
def puppet_python(tmp_path: Path) -> Path:
    """What the extension takes for the server's Python: it starts the server with the puppet in it."""
    if sys.platform == "win32":
        pytest.skip("stands in for Python by a shell script")
    path = tmp_path / "python"
    path.write_text(
        f'#!/bin/sh\nshift 3\nexport PYTHONPATH="{ROOT}"\n'
        f'exec "{sys.executable}" -m tests.puppet_server "$@" --port 0\n'
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_two_seeds_come_with_their_pictures_and_packages(server: ServerUnderTest, tmp_path: Path):
    followed = Followed(connection_to(server), tmp_path, a_spec(seeds=(7, 9)))
    assert followed.end().state == "done"
    assert [(one.variant, one.package.seed) for one in followed.of(PackageCame)] == [(0, 7), (1, 9)]
    shown = {(one.variant, one.name) for one in followed.of(PictureCame)}
    assert shown == {
        (n, name) for n in (0, 1) for name in ["completed.png", *(f"views/{i}.png" for i in range(6))]
    }
    assert all(Path(one.path).read_bytes()[:4] == b"\x89PNG" for one in followed.of(PictureCame))
    [accepted] = followed.of(Accepted)
    assert accepted.server_id and len(accepted.hashes["photo"]) == 64 and not accepted.hashes["occluder_mask"]


def test_a_photo_whose_alpha_is_the_mask_is_sent_once(server: ServerUnderTest, tmp_path: Path):
    photo = pictures.photo().convert("RGBA")
    photo.putalpha(pictures.mask(pictures.OBJECT_BOX))
    spec = a_spec(photo=Picture("photo", data=pictures.file_of(photo)), object_mask=None)
    followed = Followed(connection_to(server), tmp_path, spec)
    assert followed.end().state == "done"
    [accepted] = followed.of(Accepted)
    assert accepted.hashes["photo"] == accepted.hashes["object_mask"]


def test_another_seed_is_asked_by_the_pictures_hashes_alone(server: ServerUnderTest, tmp_path: Path):
    first = Followed(connection_to(server), tmp_path, a_spec())
    first.end()
    hashes = first.of(Accepted)[0].hashes
    spec = a_spec(photo=hashes["photo"], object_mask=hashes["object_mask"], seeds=(8,))
    second = Followed(connection_to(server), tmp_path, spec)
    assert second.end().state == "done"
    assert second.of(PackageCame)[0].package.seed == 8


def test_cancel_ends_a_running_job(server: ServerUnderTest, tmp_path: Path):
    followed = Followed(connection_to(server), tmp_path, a_spec(options={"steps": 1000, "step_s": 0.05}))
    followed.until(lambda message: isinstance(message, Progress) and message.stage.startswith("step"))
    followed.follower.cancel()
    assert followed.end().state == "cancelled" and not followed.of(PackageCame)


def test_cancel_before_the_server_runs_is_a_cancel_and_no_fault(puppet_python: Path, tmp_path: Path):
    connection = Connection(tmp_path / "data", "0.1.0", python=str(puppet_python))
    followed = Followed(connection, tmp_path, a_spec())
    followed.until(lambda message: isinstance(message, LinkNews) and message.state == "starting")
    followed.follower.cancel()
    ended = followed.end()
    assert (ended.state, ended.fault) == ("cancelled", None)
    # the start goes on, for whoever waits for it, too; wait for it, to end it
    Followed(connection, tmp_path, a_spec()).end()
    end_server(connection)


def test_a_cancel_that_a_killed_server_did_not_hear_is_told_to_the_next(
    start_server: Callable[..., ServerUnderTest], puppet_python: Path, tmp_path: Path
):
    server = start_server()
    connection = connection_to(server, puppet_python)
    followed = Followed(connection, tmp_path, a_spec(options={"steps": 1000, "step_s": 0.05}))
    followed.until(lambda message: isinstance(message, Progress) and message.stage.startswith("step"))
    server.kill()
    followed.follower.cancel()
    assert followed.end().state == "cancelled"
    client, _ = open_client(connection, start=True)
    end = time.monotonic() + WAIT_S
    while client.job(followed.job_id).state != "cancelled":
        assert time.monotonic() < end, "it runs on"
        time.sleep(0.05)
    client.close()
    end_server(connection)


def test_a_follower_that_is_to_leave_does_so_at_the_servers_next_sign_of_life(
    server: ServerUnderTest, tmp_path: Path
):
    followed = Followed(connection_to(server), tmp_path, a_spec(options={"steps": 2, "step_s": 9.0}))
    followed.until(lambda message: isinstance(message, Progress) and message.stage.startswith("step"))
    followed.follower.leave()
    end = time.monotonic() + 7  # a sign of life comes every 5 s, and nothing else for 9
    while followed.follower.is_alive:
        assert time.monotonic() < end, "it stays"
        time.sleep(0.05)
    assert not followed.of(Ended)
    assert server.http.delete(f"/v1/jobs/{followed.job_id}").status_code == 202


def test_a_fault_of_the_backend_ends_the_job_in_its_words(server: ServerUnderTest, tmp_path: Path):
    ended = Followed(connection_to(server), tmp_path, a_spec(options={"behaviour": "fault"})).end()
    assert ended.state == "failed" and ended.fault is not None
    assert (ended.fault.message, ended.fault.action) == ("The puppet was told to fail.", "edit_options")


def test_a_fault_of_the_masks_is_known_before_the_job(server: ServerUnderTest, tmp_path: Path):
    empty = Picture("object mask", data=pictures.file_of(pictures.mask(None)))
    ended = Followed(connection_to(server), tmp_path, a_spec(object_mask=empty)).end()
    assert ended.state == "failed" and ended.fault is not None
    assert (ended.fault.code, ended.fault.action) == ("object_mask_empty", "edit_masks")


def test_a_server_killed_in_the_middle_is_started_again_and_ends_the_job(
    start_server: Callable[..., ServerUnderTest], puppet_python: Path, tmp_path: Path
):
    server = start_server()
    connection = connection_to(server, puppet_python)
    followed = Followed(connection, tmp_path, a_spec(seeds=(1, 2), options=SLOW))
    followed.until(lambda message: isinstance(message, Progress) and message.stage.startswith("step"))
    server.kill()
    assert followed.end().state == "done"
    assert [one.package.seed for one in followed.of(PackageCame)] == [1, 2]
    assert any(news.state == "lost" for news in followed.of(LinkNews))
    end_server(connection)


def test_without_a_server_the_job_starts_one(puppet_python: Path, tmp_path: Path):
    connection = Connection(tmp_path / "data", "0.1.0", python=str(puppet_python))
    followed = Followed(connection, tmp_path, a_spec())
    assert followed.end().state == "done"
    assert followed.of(LinkNews)[0].state == "starting"
    end_server(connection)


def test_a_job_of_an_opened_file_is_followed_by_its_id(server: ServerUnderTest, tmp_path: Path):
    first = Followed(connection_to(server), tmp_path, a_spec(options=SLOW))
    first.until(lambda message: isinstance(message, Accepted))
    first.follower.leave()  # Blender ends here
    again = Followed(connection_to(server), tmp_path, None, first.job_id)
    assert again.end().state == "done" and again.of(PackageCame)[0].package.seed == 7


def test_a_job_followed_once_more_shows_its_pictures_again(server: ServerUnderTest, tmp_path: Path):
    first = Followed(connection_to(server), tmp_path, a_spec())
    first.end()
    again = Followed(connection_to(server), tmp_path, None, first.job_id)
    assert again.end().state == "done"
    shown = sorted(one.path for one in first.of(PictureCame))
    assert len(shown) == 7 and sorted(one.path for one in again.of(PictureCame)) == shown


def test_a_job_the_server_does_not_have_ends_with_a_sentence(server: ServerUnderTest, tmp_path: Path):
    ended = Followed(connection_to(server), tmp_path, None).end()
    assert ended.state == "failed" and ended.fault is not None and ended.fault.code == "no_job"


def test_no_server_to_start_is_said_with_its_button(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("DEOCC_SERVER_PYTHON", raising=False)
    followed = Followed(Connection(tmp_path / "data", "0.1.0"), tmp_path, a_spec())
    ended = followed.end()
    assert ended.fault is not None
    assert [(news.state, news.fault) for news in followed.of(LinkNews)] == [("fault", ended.fault)]
    assert ended.fault.message == "DeOcc needs its server, a one-time set-up."
    assert ended.fault.action == "server_setup"


def test_a_look_brings_health_and_backends_or_the_reason(
    server: ServerUnderTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("DEOCC_SERVER_PYTHON", raising=False)
    news: list[Message] = []
    look(connection_to(server), False, news.append)
    look(Connection(tmp_path, "0.1.0", python=sys.executable), False, news.append)
    look(Connection(tmp_path, "0.1.0"), False, news.append)
    found, off, none = (one for one in news if isinstance(one, LinkNews))
    assert found.state == "ready" and found.backends
    assert off.fault and (off.fault.code, off.fault.action) == ("server_off", "server_start")
    assert none.fault and (none.fault.code, none.fault.action) == ("no_server", "server_setup")
