"""The worker alone: lines in, lines out, and never alive without its server."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deocc.contract import JobRequest
from deocc.worker import Report, Task, cancel_line, forbid_downloads, read_report, task_line
from tests import pictures
from tests.server_under_test import ROOT, WAIT_S


@pytest.fixture
def worker() -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "deocc.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    yield process
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def task(folder: Path, number: int = 1, **options) -> Task:
    names = []
    for data in (pictures.photo_file(), pictures.object_file()):
        names.append(hashlib.sha256(data).hexdigest())
        (folder / names[-1]).write_bytes(data)
    request = JobRequest(names[0], names[1], "puppet", options=options)
    out, weights = str(folder / f"out {number}"), str(folder / "weights")
    return Task(number, "tests.puppet", request, 3, str(folder), out, weights)


def send(worker: subprocess.Popen[str], line: str) -> None:
    assert worker.stdin is not None
    worker.stdin.write(line)
    worker.stdin.flush()


def hear(worker: subprocess.Popen[str], kind: str) -> list[Report]:
    """The reports up to the first of a kind."""
    assert worker.stdout is not None
    heard = []
    for line in worker.stdout:
        heard.append(read_report(line))
        if heard[-1].kind == kind:
            return heard
    raise AssertionError(f"the worker ended without “{kind}”: {heard}")


def test_a_task_goes_from_loading_to_its_package(worker, tmp_path: Path):
    (tmp_path / "out 1").mkdir()
    send(worker, task_line(task(tmp_path)))
    heard = hear(worker, "done")
    stages = [report.stage for report in heard if report.kind == "tick"]
    assert stages == ["starting the backend", "reading the photo", "step 0", "step 1", "packing the result"]
    pictures_told = [report.picture for report in heard if report.kind == "picture"]
    assert pictures_told == ["completed.png", *(f"views/{i}.png" for i in range(6))]
    with zipfile.ZipFile(tmp_path / "out 1" / "package.zip") as package:
        seconds = json.loads(package.read("package.json"))["seconds"]
    assert {"reading the photo", "step 0", "step 1", "backend", "total"} <= set(seconds)
    assert "starting the backend" not in seconds  # once for many seeds
    assert heard[-1].seconds > 0
    assert {report.number for report in heard} == {1}


def test_it_ends_with_its_servers_pipe_even_at_work(worker, tmp_path: Path):
    (tmp_path / "out 1").mkdir()
    send(worker, task_line(task(tmp_path, behaviour="hang")))
    hear(worker, "picture")
    worker.stdin.close()
    assert worker.wait(WAIT_S) == 0


def test_a_late_cancel_of_one_task_does_not_touch_the_next(worker, tmp_path: Path):
    for number in (1, 2):
        (tmp_path / f"out {number}").mkdir()
    send(worker, task_line(task(tmp_path, 1)))
    hear(worker, "done")
    send(worker, cancel_line(1))
    send(worker, task_line(task(tmp_path, 2)))
    assert hear(worker, "done")[-1].number == 2


def test_a_cancel_that_comes_before_its_task_is_kept(worker, tmp_path: Path):
    send(worker, cancel_line(1))
    send(worker, task_line(task(tmp_path, 1)))
    assert [report.kind for report in hear(worker, "cancelled")] == ["cancelled"]


def test_progress_never_runs_backwards_nor_out_of_range(worker, tmp_path: Path):
    (tmp_path / "out 1").mkdir()
    send(worker, task_line(task(tmp_path, steps=40, step_s=0.01)))
    fractions = [report.fraction for report in hear(worker, "done") if report.kind == "tick"]
    assert fractions == sorted(fractions) and fractions[0] >= 0 and fractions[-1] == 1.0


def test_a_report_survives_its_line():
    report = Report(7, "tick", "six views", 0.5)
    assert read_report(json.dumps(report.__dict__)) == report


def test_weights_that_were_replaced_are_loaded_anew(worker, tmp_path: Path):
    """Else a job just after an import would still run the networks before, and its recipe would lie."""

    def stages(number: int) -> list[str]:
        (tmp_path / f"out {number}").mkdir()
        send(worker, task_line(task(tmp_path, number)))
        return [report.stage for report in hear(worker, "done") if report.kind == "tick"]

    assert "starting the backend" in stages(1)
    assert "starting the backend" not in stages(2)
    (tmp_path / "weights" / "puppet-net").mkdir(parents=True)
    (tmp_path / "weights" / "puppet-net" / "installed.json").write_text("{}")
    assert "starting the backend" in stages(3)


def test_libraries_are_told_not_to_download(monkeypatch: pytest.MonkeyPatch):
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        monkeypatch.setenv(name, "0")
    forbid_downloads()
    assert os.environ["HF_HUB_OFFLINE"] == os.environ["TRANSFORMERS_OFFLINE"] == "1"
