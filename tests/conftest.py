"""Servers for the tests: one that many share, fresh ones for those that kill or crowd them; a small disk."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from deocc import backends
from deocc.weights import table
from tests import pictures
from tests.puppet import weights as puppet_weights
from tests.server_under_test import ServerUnderTest
from tests.weights.file_server import FileServer, file_server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerUnderTest]:
    """One server for all tests that leave it as they find it."""
    folder = tmp_path_factory.mktemp("a folder, größer 椅子")  # as people name theirs
    running = ServerUnderTest(folder, "--idle-exit", "never")
    yield running
    running.stop()


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[Callable[..., ServerUnderTest]]:
    """Starts servers of the test's own, by default on the same data folder one after another."""
    started: list[ServerUnderTest] = []

    def start(*flags: str, data_dir: Path | None = None) -> ServerUnderTest:
        running = ServerUnderTest(data_dir or tmp_path / "data", *(flags or ("--idle-exit", "never")))
        started.append(running)
        return running

    yield start
    for running in started:
        running.stop()


def puppet_request(server: ServerUnderTest, **changes: Any) -> dict[str, Any]:
    """A request that the puppet finishes at once; changes: `options`, `seeds` …"""
    return {
        "photo": server.put_image(pictures.photo_file()),
        "object_mask": server.put_image(pictures.object_file()),
        "occluder_mask": server.put_image(pictures.occluder_file()),
        "backend": "puppet",
        **changes,
    }


@pytest.fixture(name="puppet_request")
def _puppet_request() -> Callable[..., dict[str, Any]]:
    return puppet_request


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 8 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)]
    if sys.platform != "linux" or subprocess.run(words, capture_output=True).returncode != 0:
        pytest.skip("may not mount a small disk here (needs Linux and root)")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


@pytest.fixture
def source_server() -> Iterator[FileServer]:
    with file_server() as running:
        running.put("tests/puppet", puppet_weights.REVISION, {"net.bin": puppet_weights.NET})
        running.put("tests/pair", "main", puppet_weights.PAIR)
        running.put("tests/pair", puppet_weights.REVISION, puppet_weights.PAIR)
        yield running


@pytest.fixture
def puppet_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """The puppet's weights, known in this process for one test."""
    monkeypatch.setattr(table, "TABLE", (*table.TABLE, *puppet_weights.ROWS))
    known = dict.fromkeys(puppet_weights.PREPARE, "tests.puppet.weights")
    monkeypatch.setattr(backends, "PREPARERS", {**backends.PREPARERS, **known})
    monkeypatch.setitem(backends.MODULES, "puppet", "tests.puppet")
