"""A job's pictures as they change: the newest of each, at a pace, kept to the end of a job that fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from deocc_blender import pictures as module
from deocc_blender.address import parse_address
from deocc_blender.client import Client
from deocc_blender.messages import Message, PictureCame
from deocc_blender.pictures import PNG_HEAD, PictureFetcher
from deocc_blender.replies import LinkFault
from tests.fake_server import Answer, Asked, FakeServer
from tests.server_under_test import wait_until

PATIENCE_S = 5.0  # a round takes a quarter of a second
VIEW = "views/3.png"


class Shown:
    """What the panel was told: the content that each picture had as it was told."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.contents: list[bytes] = []

    def __call__(self, message: Message) -> None:
        assert isinstance(message, PictureCame)
        self.paths.append(message.path)
        self.contents.append(Path(message.path).read_bytes())


@pytest.fixture
def fake() -> Iterator[FakeServer]:
    with FakeServer() as running:
        yield running


def fetcher(fake: FakeServer, shown: Shown, folder: Path) -> PictureFetcher:
    return PictureFetcher("j", lambda: Client(parse_address(fake.url), "right"), shown, folder)


def serve(fake: FakeServer, name: str, content: Callable[[], bytes], variant: int = 0) -> None:
    def answer(_asked: Asked) -> Answer:
        return 200, {"Content-Type": "image/png"}, PNG_HEAD + content()

    fake.answers[f"GET /v1/jobs/j/variants/{variant}/{name}"] = answer


def asked_for(fake: FakeServer, name: str = VIEW) -> int:
    return sum(asked.path.endswith(name) for asked in fake.asked)


def test_a_picture_that_comes_again_is_shown_again_and_the_same_one_is_not(fake: FakeServer, tmp_path: Path):
    shown, content = Shown(), [b"noise"]
    serve(fake, VIEW, lambda: content[0])
    pictures = fetcher(fake, shown, tmp_path)
    for content[0] in (b"noise", b"noise", b"half a chair", b"chair"):
        before = asked_for(fake)
        pictures.want(0, VIEW)
        wait_until(lambda before=before: asked_for(fake) > before, "the next round")
    pictures.finish(PATIENCE_S)
    assert shown.contents == [PNG_HEAD + one for one in (b"noise", b"half a chair", b"chair")]
    assert len(set(shown.paths)) == 3  # Blender holds on to what it has read of a path


def test_no_more_than_the_last_files_of_a_picture_are_kept(fake: FakeServer, tmp_path: Path):
    shown, counted = Shown(), iter(range(100))
    serve(fake, VIEW, lambda: b"%d" % next(counted))
    pictures = fetcher(fake, shown, tmp_path)
    for wanted in range(1, 5):
        pictures.want(0, VIEW)
        wait_until(lambda wanted=wanted: len(shown.paths) == wanted, "the next one")
    pictures.finish(PATIENCE_S)
    assert sorted(map(str, tmp_path.iterdir())) == sorted(shown.paths[-2:])


def test_a_thousand_news_of_one_picture_are_a_few_fetches_and_the_last_is_not_lost(
    fake: FakeServer, tmp_path: Path
):
    shown, step = Shown(), [0]
    serve(fake, VIEW, lambda: b"%d" % step[0])
    pictures = fetcher(fake, shown, tmp_path)
    for step[0] in range(1000):
        pictures.want(0, VIEW)
    pictures.finish(PATIENCE_S)
    assert asked_for(fake) <= 3, "one round takes a quarter of a second"
    assert shown.contents[-1] == PNG_HEAD + b"999"


def test_only_the_newest_variants_pictures_are_fetched(
    fake: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "PACE_S", 0.05)
    shown, goes = Shown(), threading.Event()
    serve(fake, "completed.png", lambda: b"first" if goes.wait(PATIENCE_S) else b"")
    for variant in (0, 1):
        serve(fake, VIEW, lambda variant=variant: b"%d" % variant, variant)
    pictures = fetcher(fake, shown, tmp_path)
    pictures.want(0, "completed.png")
    wait_until(lambda: fake.asked, "the first round")
    pictures.want(0, VIEW)
    pictures.want(1, VIEW)
    goes.set()
    pictures.finish(PATIENCE_S)
    assert shown.contents == [PNG_HEAD + b"first", PNG_HEAD + b"1"]


def test_a_lost_link_loses_no_picture(fake: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "PACE_S", 0.01)
    shown, tries = Shown(), [0]
    serve(fake, VIEW, lambda: b"chair")

    def open_link() -> Client:
        tries[0] += 1
        if tries[0] < 3:
            raise LinkFault("server_off", "…", passing=True)
        return Client(parse_address(fake.url), "right")

    pictures = PictureFetcher("j", open_link, shown, tmp_path)
    pictures.want(0, VIEW)
    pictures.finish(PATIENCE_S)
    assert shown.contents == [PNG_HEAD + b"chair"]


def test_what_the_server_has_not_got_is_not_waited_for(fake: FakeServer, tmp_path: Path):
    shown = Shown()
    pictures = fetcher(fake, shown, tmp_path)
    pictures.want(0, VIEW)
    began = time.monotonic()
    pictures.finish(60.0)
    assert time.monotonic() - began < PATIENCE_S and shown.paths == []


def test_a_packages_pictures_are_the_last_word(fake: FakeServer, tmp_path: Path):
    shown, came = Shown(), threading.Event()
    serve(fake, VIEW, lambda: b"an older one" if came.wait(PATIENCE_S) else b"")
    pictures = fetcher(fake, shown, tmp_path)
    pictures.want(0, VIEW)
    wait_until(lambda: asked_for(fake), "a fetch that is on its way when the package comes")
    package: Any = SimpleNamespace(
        completed=PNG_HEAD + b"whole", views=tuple(PNG_HEAD + b"%d" % i for i in range(6))
    )
    pictures.take_package(0, package)
    came.set()
    pictures.want(0, VIEW)
    pictures.finish(PATIENCE_S)
    assert shown.contents == [package.completed, *package.views]


def test_a_body_that_is_no_png_reaches_no_panel(fake: FakeServer, tmp_path: Path):
    shown = Shown()
    fake.answers[f"GET /v1/jobs/j/variants/0/{VIEW}"] = (200, {}, b"<html>")
    pictures = fetcher(fake, shown, tmp_path)
    pictures.want(0, VIEW)
    pictures.finish(PATIENCE_S)
    assert shown.paths == [] and list(tmp_path.iterdir()) == []
