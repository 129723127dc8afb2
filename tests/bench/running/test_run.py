"""Running methods over a benchmark: what is made, kept, joined, failed, lost to a full disk, and killed."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deocc import backends
from deocc.bench.built import load_object, read_manifest
from deocc.bench.metrics import surface
from deocc.bench.running import run as run_module
from deocc.bench.running.methods import Given
from deocc.bench.running.plan import RunRequest
from deocc.bench.running.record import Run, read_records, result_folder
from deocc.bench.running.run import LOCK, RunSummary, run
from deocc.data.engine import Done, _guarded
from deocc.errors import InputFault
from deocc.lock import lock_file
from tests.bench.mishap.backend import ALLOCATED_BYTES
from tests.bench.tiny import Tiny, tiny_bench

KEPT = ("record.json", "mesh.npz", "completed.png", "views/0.png", "random/3.png")


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Tiny:
    return tiny_bench(tmp_path_factory.mktemp("bench"), ("box", "cup"), {"placed-2": 0.15}, with_photo=True)


@pytest.fixture(autouse=True)
def mishap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(backends.MODULES, "mishap", "tests.bench.mishap")


@pytest.fixture
def spawn(bench: Tiny, tmp_path: Path) -> Callable[..., tuple[RunSummary, Run]]:
    """Runs methods as `deocc bench run` does, over the fixture's benchmark."""

    def spawn(*methods: str, out: Path = tmp_path / "out", **changes) -> tuple[RunSummary, Run]:
        request = RunRequest(methods, bench.folder, out, tmp_path / "weights")
        summary = run(replace(request, **{"workers": 2, **changes}), lambda done, total, words: None)
        return summary, read_records(out)

    return spawn


@pytest.fixture
def go(spawn, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[RunSummary, Run]]:
    """The same in this process and with few points, which is quicker."""

    def inline(function, items, *_engine) -> Iterator[Done]:
        for i, item in enumerate(items):
            yield Done(i, *_guarded(function, item))

    monkeypatch.setattr(run_module, "each", inline)
    monkeypatch.setattr(surface, "COUNT", 2_000)
    return spawn


def seen_px(bench: Tiny, of_object: str, case: str) -> int:
    [entry] = [one for one in read_manifest(bench.folder).objects if one.id == of_object]
    about, files = load_object(bench.folder, entry)
    return int(Given(about, about.case(case), files).observation().object_mask.sum())


def hashed(out: Path) -> dict[str, bytes | dict]:
    """Every result's files; of records, all but what a clock and a memory meter say."""
    found: dict[str, bytes | dict] = {}
    for path in sorted(one for one in out.rglob("*") if one.is_file() and one.name != LOCK):
        name = path.relative_to(out).as_posix()
        found[name] = path.read_bytes()
        if path.name == "record.json":
            record = json.loads(path.read_bytes())
            assert record.pop("seconds") is None or record["state"] == "done"
            record.pop("peak_memory_gb")
            found[name] = record
    return found


def test_every_result_is_a_folder_with_its_record(go, bench: Tiny, tmp_path: Path):
    summary, made = go("mishap", "truth", seeds=2)
    # two objects and a photo: mishap twice each, truth once each
    assert (summary.planned, summary.done, summary.failed, summary.kept) == (9, 9, 0, 0)
    assert len(made.records) == 9 and not made.missing
    assert made.bench.resolve() == bench.folder.resolve()
    by_key = {one.key: one for one in made.records}
    one = by_key["mishap", "cup", "placed-2", 1]
    assert (one.state, one.kind, one.level, one.frame) == ("done", "placed", 2, "upright")
    assert one.given == ("photo", "object mask", "occluder mask")
    assert one.view_set == "v1.1" and one.measures["yaw"]["psnr"] is not None
    assert one.seconds is not None and 0 < one.seconds < 30
    folder = result_folder(tmp_path / "out", one.key)
    assert all((folder / name).is_file() for name in KEPT)
    with Image.open(folder / "views/5.png") as view:
        assert view.size == (320, 320) and view.mode == "RGBA"
    with np.load(folder / "mesh.npz") as mesh:
        assert mesh["vertices"].dtype == np.float32 and mesh["faces"].shape[1] == 3
    # the ceiling sees each object once, where nothing hides it; a photo has no such case
    assert ("truth", "cup", "clean", 0) in by_key and ("truth", "photo-box", "photo", 0) in by_key
    assert str(tmp_path) not in (tmp_path / "out" / "run.json").read_text()


def test_what_is_there_is_kept_and_more_is_joined(go, tmp_path: Path):
    go("extrude", kinds=("placed",))
    before = hashed(tmp_path / "out")
    summary, made = go("mishap", "extrude", seeds=2, kinds=("placed", "photo"))
    assert (summary.planned, summary.kept, summary.done) == (9, 2, 9)
    assert list(made.methods) == ["extrude", "mishap"] and made.seeds == 2
    assert made.kinds == ("placed", "photo") and not made.missing
    after = hashed(tmp_path / "out")
    assert {name: after[name] for name in before if name != "run.json"} == {
        name: data for name, data in before.items() if name != "run.json"
    }
    again, made = go("mishap", kinds=("placed",))
    assert (again.kept, again.planned) == (2, 2) and len(made.planned) == 9


def test_other_options_make_other_records(go):
    go("mishap", kinds=("placed",))
    summary, made = go("mishap", kinds=("placed",), options={"behaviour": "fault"})
    assert (summary.kept, summary.failed) == (0, 2)
    assert made.methods["mishap"].options == {"behaviour": "fault"}
    assert {one.fault.message for one in made.records if one.fault} == {"The backend was told to fail."}


@pytest.mark.parametrize(
    ("behaviour", "code", "words"),
    [
        ("bug", "unexpected", "ZeroDivisionError: a bug of the backend's"),
        ("fault", "mishap", "The backend was told to fail."),
        ("no_surface", "no_surface", "The result has no surface."),
        ("not_finite", "no_surface", "The result's surface is not finite."),
    ],
)
def test_a_backend_that_fails_on_one_object_fails_there_alone(
    go, bench: Tiny, tmp_path: Path, behaviour: str, code: str, words: str
):
    check_failure_on_the_cup(go, bench, tmp_path, behaviour, (code, words))


@pytest.mark.parametrize(
    ("behaviour", "code", "words"),
    [
        ("die", "process_died", "Its process ended by signal SIGKILL."),
        ("hang", "timeout", "It took over 6 seconds."),
    ],
)
def test_a_backend_that_takes_its_process_along_fails_there_alone(
    spawn, bench: Tiny, tmp_path: Path, behaviour: str, code: str, words: str
):
    check_failure_on_the_cup(spawn, bench, tmp_path, behaviour, (code, words))


def check_failure_on_the_cup(go, bench: Tiny, tmp_path: Path, behaviour: str, expected: tuple[str, str]):
    options = {"behaviour": behaviour, "seen_px": seen_px(bench, "cup", "placed-2")}
    summary, made = go("mishap", kinds=("placed",), options=options, timeout_s=6.0)
    assert (summary.done, summary.failed) == (2, 1)
    states = {one.object: one.state for one in made.records}
    assert states == {"box": "done", "cup": "failed"}
    [failed] = [one for one in made.records if one.state == "failed"]
    assert failed.fault and (failed.fault.code, failed.fault.message) == expected
    assert failed.measures == {} and failed.seconds is None and failed.level == 2
    folder = result_folder(tmp_path / "out", failed.key)
    assert [path.name for path in folder.iterdir()] == ["record.json"]


def test_a_full_disk_leaves_out_what_it_must_and_the_run_goes_on(
    go, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    write = run_module.write_folder

    def full(files, folder: Path) -> None:
        if "cup" in folder.parts:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(files, folder)

    with monkeypatch.context() as patch:
        patch.setattr(run_module, "write_folder", full)
        summary, made = go("extrude", "ellipsoid", kinds=("placed",))
    assert (summary.planned, summary.done, summary.unwritten) == (4, 2, 2)
    assert {key[:2] for key in made.missing} == {("extrude", "cup"), ("ellipsoid", "cup")}
    summary, made = go("extrude", "ellipsoid", kinds=("placed",))
    assert (summary.kept, summary.done, summary.unwritten) == (2, 4, 0) and not made.missing


def test_one_tasks_memory_is_not_the_next_ones(spawn, bench: Tiny):
    options = {"behaviour": "allocate", "seen_px": seen_px(bench, "box", "placed-2")}
    _, made = spawn("mishap", kinds=("placed",), options=options, workers=1)
    memory = {one.object: one.peak_memory_gb for one in made.records}
    if None in memory.values():
        pytest.skip("This system can't measure one task's memory.")
    assert memory["box"] > ALLOCATED_BYTES / 1e9
    assert memory["cup"] < memory["box"] - 0.9 * ALLOCATED_BYTES / 1e9


def test_two_runs_give_the_same_but_for_seconds_and_memory(go, tmp_path: Path):
    box = tiny_bench(tmp_path / "bench", ("box",), {"placed-2": 0.15})
    one, other = tmp_path / "one", tmp_path / "other"
    for out, order in ((one, ("draft", "extrude")), (other, ("extrude", "draft"))):
        for method in order:
            go(method, out=out, kinds=("placed",), bench=box.folder)
    same, as_it = hashed(one), hashed(other)
    del same["run.json"], as_it["run.json"]  # has the methods in the order they were asked for
    assert len(same) == 2 * 13 and same == as_it  # record, mesh, ten views, completed picture


@pytest.mark.skipif(sys.platform == "win32", reason="kills by signal")
def test_killed_in_the_middle_and_started_again_it_comes_to_the_same_end(spawn, bench: Tiny, tmp_path: Path):
    out, whole = tmp_path / "killed", tmp_path / "whole"
    command = [
        *(sys.executable, "-m", "deocc", "bench", "run", "extrude", "ellipsoid", "--workers", "1"),
        *("--bench", str(bench.folder), "--out", str(out), "--kinds", "placed"),
    ]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not any(out.glob("*/*/*/seed-*/record.json")) and time.monotonic() < deadline:
        time.sleep(0.02)
    running.send_signal(signal.SIGKILL)
    running.wait()
    made = len(read_records(out).records)
    assert 0 < made < 4, "it was killed in the middle"
    half = out / "extrude" / "cup" / "placed-2" / f".seed-0.{'0' * 32}"
    half.mkdir(parents=True, exist_ok=True)
    (half / "mesh.npz").write_bytes(b"half")  # as a write is left that was killed
    summary, again = spawn("extrude", "ellipsoid", out=out, kinds=("placed",))
    assert summary.kept == made and not again.missing
    spawn("extrude", "ellipsoid", out=whole, kinds=("placed",))
    assert hashed(out) == hashed(whole)


def refusals(tmp_path: Path) -> Iterator[tuple[dict, str]]:
    yield {"methods": ("drift",)}, "no method “drift”"
    yield {"methods": ()}, "No method"
    yield {"bench": tmp_path}, "no benchmark"
    yield {"options": {"spede": 1}}, "option “spede”"
    yield {"options": {"behaviour": "dance"}}, "Behaviour can't be “dance”"
    yield {"kinds": ("amodal3r",)}, "no case"
    yield {"seeds": 0}, "at least one"
    yield {"methods": ("deocc123",)}, "Weights are missing|not published|needs more libraries"


def test_what_can_not_run_is_told_in_a_sentence_before_anything_runs(bench: Tiny, tmp_path: Path):
    good = RunRequest(("mishap",), bench.folder, tmp_path / "out", tmp_path / "weights")
    for change, words in refusals(tmp_path):
        with pytest.raises(InputFault, match=words):
            run(replace(good, **change), lambda done, total, words: None)
    assert not (tmp_path / "out").exists()


def test_an_unknown_method_is_told_with_all_known_ones(bench: Tiny, tmp_path: Path):
    with pytest.raises(InputFault) as caught:
        run(RunRequest(("x",), bench.folder, tmp_path, tmp_path), lambda done, total, words: None)
    for name in ("draft", "draft-unoccluded", "deocc123", "extrude", "ellipsoid", "hull", "truth"):
        assert name in caught.value.hint


def test_a_run_over_another_benchmark_is_left_alone(go, tmp_path: Path):
    go("extrude", kinds=("placed",))
    before = hashed(tmp_path / "out")
    other = tiny_bench(tmp_path / "other", ("ell",))
    with pytest.raises(InputFault, match="another benchmark"):
        go("extrude", bench=other.folder)
    assert hashed(tmp_path / "out") == before


def test_a_second_run_into_the_folder_is_refused(go, tmp_path: Path):
    go("extrude", kinds=("placed",))
    with lock_file(tmp_path / "out" / LOCK), pytest.raises(InputFault, match="Another run"):
        go("extrude")


def test_a_benchmark_that_was_changed_is_refused(tmp_path: Path):
    tiny = tiny_bench(tmp_path / "bench", ("box",), {})
    (tiny.folder / "objects" / "box" / "clean" / "photo.png").write_bytes(b"changed")
    with pytest.raises(InputFault, match="was changed"):
        run(RunRequest(("truth",), tiny.folder, tmp_path / "out", tmp_path), lambda done, total, words: None)


@pytest.mark.slow
def test_a_ray_cluster_gives_the_same_records(spawn, bench: Tiny, tmp_path: Path):
    ray = pytest.importorskip("ray")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    there, here = tmp_path / "there", tmp_path / "here"
    cluster = ray.init("local", num_cpus=2, include_dashboard=False, object_store_memory=100_000_000)
    command = [
        *(sys.executable, "-m", "deocc", "bench", "run", "extrude", "truth", "--json", "--kinds", "placed"),
        *("--bench", str(bench.folder), "--out", str(there), "--ray", cluster.address_info["gcs_address"]),
    ]
    try:
        told = subprocess.run(command, capture_output=True, text=True, check=True)
    finally:
        ray.shutdown()
    assert json.loads(told.stdout)["done"] == 4
    spawn("extrude", "truth", out=here, kinds=("placed",))
    assert hashed(there) == hashed(here)
