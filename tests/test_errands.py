"""Weights fetched, cancelled, removed and sent from a file, in threads, with a server that does as told."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deocc.contract import Fault
from deocc_blender import errands as module
from deocc_blender.board import Board
from deocc_blender.connection import Connection
from deocc_blender.errands import Errands
from deocc_blender.messages import Message, UploadNews, WeightsNews
from tests.fake_weights import FakeWeights

WAIT_S = 10.0  # a download here is a few looks of a fiftieth of a second


class Desk:
    """A board whose messages are taken as the main thread would."""

    def __init__(self, fake: FakeWeights, folder: Path) -> None:
        self.board, self.seen = Board(), []
        self._queue: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self.errands = Errands(self._queue.put)
        self.connection = Connection(folder, "0.1.0", address=fake.url, token="right")

    def until(self, wanted: Callable[[], object], what: str) -> None:
        end = time.monotonic() + WAIT_S
        while not wanted():
            assert time.monotonic() < end, f"waited {WAIT_S:.0f} s in vain: {what}; {self.board.weights}"
            try:
                message = self._queue.get(timeout=0.05)
            except queue.Empty:
                continue
            self.seen.append(message)
            self.board.take(message)

    def state(self, name: str) -> str:
        return {row.name: row.state for row in self.board.weights.rows}.get(name, "")


@pytest.fixture
def fake() -> Iterator[FakeWeights]:
    with FakeWeights() as running:
        yield running


@pytest.fixture
def desk(fake: FakeWeights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(module, "WATCH_S", 0.02)
    monkeypatch.delenv("DEOCC_SERVER_PYTHON", raising=False)
    made = Desk(fake, tmp_path)
    yield made
    made.errands.leave()


def test_a_download_is_followed_to_its_end_and_then_the_backend_is_ready(desk: Desk):
    desk.errands.fetch(desk.connection, ("views-unet", "lrm-large"))
    desk.until(lambda: desk.board.link.backends, "the cards")
    assert (desk.state("views-unet"), desk.state("lrm-large")) == ("ready", "ready")
    heavy = desk.board.link.card("heavy")
    assert heavy is not None and heavy.ready
    tables = [news.rows for news in desk.seen if isinstance(news, WeightsNews)]
    came = [row.fetched_bytes for rows in tables for row in rows if row.name == "views-unet"]
    assert len(set(came)) >= 3 and came == sorted(came)


def test_a_download_that_another_blender_began_is_followed_by_one_thread(fake: FakeWeights, desk: Desk):
    fake.change("lrm-large", state="fetching")
    for _ in range(20):
        desk.errands.watch(desk.connection)
    threads = [one for one in threading.enumerate() if one.name == "deocc-weights"]
    assert len(threads) <= 1
    desk.until(lambda: desk.state("lrm-large") == "ready", "its end")


def test_a_cancelled_download_keeps_what_it_has(fake: FakeWeights, desk: Desk):
    fake.holds = True
    fake.change("views-unet", fetched_bytes=10**9)
    desk.errands.fetch(desk.connection, ("views-unet",))
    desk.until(lambda: desk.state("views-unet") == "fetching", "its begin")
    desk.errands.delete(desk.connection, ("views-unet",))
    desk.until(lambda: desk.state("views-unet") == "partial", "its end")


def test_a_refusal_stands_at_its_row_until_it_is_asked_anew(fake: FakeWeights, desk: Desk):
    fake.refuses = Fault("disk_full", "The disk is full.", "", "free_space")
    desk.errands.fetch(desk.connection, ("lrm-large",))
    desk.until(lambda: "lrm-large" in desk.board.weights.refused, "the refusal")
    assert desk.board.weights.refused["lrm-large"].action == "free_space"
    fake.refuses = None
    desk.errands.fetch(desk.connection, ("lrm-large",))
    desk.until(lambda: desk.state("lrm-large") == "ready", "the download")
    assert not desk.board.weights.refused


def test_a_file_is_streamed_with_its_progress_and_what_was_said_of_it(
    fake: FakeWeights, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "TOLD_S", 0.0)
    path = tmp_path / "студент.safetensors"
    path.write_bytes(bytes(range(256)) * 8192)  # 2 MB: some parts of 16 KB
    desk.errands.upload(desk.connection, "student", path, {"cameras": "v1.1", "background": "255,255,255"})
    desk.until(lambda: desk.state("student") == "ready", "the import")
    [(name, about, body)] = fake.uploads
    assert (name, about) == ("student", {"cameras": "v1.1", "background": "255,255,255"})
    assert body == path.read_bytes()
    put = next(asked for asked in fake.asked if asked.method == "PUT")
    assert put.headers["Content-Length"] == str(len(body)) and "Transfer-Encoding" not in put.headers
    told = [news.sent_bytes for news in desk.seen if isinstance(news, UploadNews)]
    assert told[-1] is None
    sent = [count for count in told[:-1] if count is not None]
    assert sent == sorted(sent) and sent[-1] == len(body) and len(sent) > 10
    assert desk.board.weights.uploads == {}


def test_a_file_that_is_refused_says_why_at_its_row(fake: FakeWeights, desk: Desk, tmp_path: Path):
    fake.refuses = Fault("weights_wrong", "It is another model's.", "Choose another.", "weights_import")
    (tmp_path / "x.bin").write_bytes(b"x")
    desk.errands.upload(desk.connection, "student", tmp_path / "x.bin", {})
    desk.until(lambda: desk.board.weights.refused, "the refusal")
    assert desk.board.weights.refused["student"].message == "It is another model's."
    desk.until(lambda: not desk.board.weights.uploads, "the upload's end")


def test_a_file_that_can_not_be_read_is_a_sentence(desk: Desk, tmp_path: Path):
    desk.errands.upload(desk.connection, "student", tmp_path / "gone.bin", {})
    desk.until(lambda: desk.board.weights.refused, "the refusal")
    fault = desk.board.weights.refused["student"]
    assert fault.message == "“gone.bin” can't be read: No such file or directory."


def test_an_upload_is_cancelled_in_the_middle(
    fake: FakeWeights, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "TOLD_S", 0.0)
    path = tmp_path / "large.bin"
    with path.open("wb") as file:
        file.truncate(512 * 2**20)
    desk.errands.upload(desk.connection, "student", path, {})
    desk.until(lambda: desk.board.weights.uploads, "its begin")
    desk.errands.delete(desk.connection, ("student",))
    desk.until(lambda: not desk.board.weights.uploads, "its end")
    desk.until(lambda: desk.state("student"), "the table")
    assert fake.uploads == [] and not desk.board.weights.refused
    assert "DELETE" not in {asked.method for asked in fake.asked}  # there is nothing to remove yet


def test_a_server_that_is_gone_is_not_asked_for_ever(
    fake: FakeWeights, desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "PATIENCE", 2)
    fake.holds = True
    desk.errands.fetch(desk.connection, ("lrm-large",))
    desk.until(lambda: desk.state("lrm-large") == "fetching", "its begin")
    fake._server.shutdown()
    fake._server.server_close()
    desk.until(lambda: desk.board.link.state == "fault", "the fault")
    fake.__enter__()  # for the fixture's end


def test_what_is_asked_for_during_the_last_look_is_followed_too(
    fake: FakeWeights, desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    def ask_meanwhile() -> None:  # after the table was read, before its answer is there
        monkeypatch.undo()
        fake.change("lrm-large", state="fetching")
        desk.errands.watch(desk.connection)

    monkeypatch.setattr(fake, "_move", ask_meanwhile)
    desk.errands.watch(desk.connection)
    desk.until(lambda: desk.state("lrm-large") == "ready", "the download")
