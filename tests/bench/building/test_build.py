"""The build around the objects: what is kept, told missing, refused; with a stand-in for the rendering."""

from __future__ import annotations

import errno
import json
from dataclasses import replace
from pathlib import Path

import pytest

from deocc.bench.building import build as building
from deocc.bench.building.build import BuildRequest, build
from deocc.bench.building.settings import BuildSettings
from deocc.bench.built import by_id, load_object, read_manifest
from deocc.errors import DeoccError, InputFault
from deocc.lock import lock_file
from tests.bench.building.meshes_folder import meshes_folder
from tests.bench.building.quick_object import quick_object
from tests.data.builds import each_here, kill_in_the_middle, tree
from tests.full_disk import fill


@pytest.fixture(autouse=True)
def _no_blender(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "build_object", quick_object)


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests that are not about processes."""
    monkeypatch.setattr(building, "each", each_here)


def asked(tmp_path: Path, *names: str, out: str = "out", **changes) -> BuildRequest:
    meshes = tmp_path / "meshes"
    if not meshes.exists():
        meshes_folder(tmp_path, *names)
    return replace(BuildRequest(meshes, None, tmp_path / out, seed=0), **changes)


def test_two_builds_are_the_same_bytes_whatever_the_workers_and_hold_no_path(tmp_path: Path):
    names = ["box_a", "box_b", "ball_a", "open_a", "broken_a"]
    first = build(asked(tmp_path, *names, workers=1))
    second = build(asked(tmp_path, out="other/deeper", workers=3))
    assert tree(tmp_path / "out") == tree(tmp_path / "other/deeper") and first == second
    assert [one.id for one in first.objects] == ["ball_a", "box_a", "box_b", "open_a"]
    assert read_manifest(tmp_path / "out") == first
    for file in (tmp_path / "out").rglob("*"):
        assert not file.is_file() or str(tmp_path).encode() not in file.read_bytes(), file
    for entry in first.objects:
        told, files = load_object(tmp_path / "out", entry)
        assert told.attribution == f"{entry.id} by nobody" and set(files) == set(entry.files)


def test_what_fails_is_missing_with_a_sentence_and_the_rest_goes_on(tmp_path: Path):
    heard: list[tuple[int, int, str]] = []
    meshes_folder(tmp_path, "ball", "broken", "box", "crash")
    manifest = build(asked(tmp_path, workers=2), lambda *words: heard.append(words))
    assert {one.id for one in manifest.objects} == {"ball", "box"}
    reasons = {one.id: one.reason for one in manifest.missing}
    assert set(reasons) == {"broken", "crash"}
    assert "7" in reasons["crash"] and "broken" in reasons["broken"]
    assert str(tmp_path) not in reasons["broken"]
    assert [done for done, _, _ in heard] == [1, 2, 3, 4] and {total for _, total, _ in heard} == {4}
    card = (tmp_path / "out/card.md").read_text("utf-8")
    assert all(f"`{name}`: {reason}" in card for name, reason in reasons.items())


def test_a_finished_object_is_kept_and_a_damaged_one_built_again(tmp_path: Path, in_this_process: None):
    before = build(asked(tmp_path, "ball", "box"))
    out = tmp_path / "out"
    kept, damaged = out / "objects/ball/object.json", out / "objects/box/clean/photo.png"
    stamp = kept.stat().st_mtime_ns
    damaged.write_bytes(b"scribbled")
    assert build(asked(tmp_path)) == before
    assert kept.stat().st_mtime_ns == stamp, "an object that is whole is not touched"
    told, _ = load_object(out, by_id(before.objects)["box"])
    assert told.id == "box", "its files have the manifest's hashes again"


def test_a_changed_mesh_is_built_again_with_all_that_it_may_hide(tmp_path: Path, in_this_process: None):
    before = build(asked(tmp_path, "ball", "box"))
    known = recipes(tmp_path)
    meshes_folder(tmp_path / "other", "box", "open")
    (tmp_path / "meshes/box.ply").write_bytes((tmp_path / "other/meshes/open.ply").read_bytes())
    after = build(asked(tmp_path))
    assert by_id(after.objects)["box"] != by_id(before.objects)["box"]
    assert not recipes(tmp_path) & known, "the ball's pictures may show the box"
    assert tree(tmp_path / "out") == _fresh(tmp_path)


def recipes(tmp_path: Path) -> set[str]:
    return {json.loads(one.read_text())["recipe"] for one in tmp_path.glob("out/objects/*/built.json")}


def _fresh(tmp_path: Path) -> dict[str, str]:
    build(asked(tmp_path, out="fresh"))
    return tree(tmp_path / "fresh")


def test_one_object_alone_is_what_it_is_among_many(tmp_path: Path, in_this_process: None):
    many = build(asked(tmp_path, "ball", "box", "open"))
    alone = build(asked(tmp_path, out="alone", only=("box",)))
    assert alone.objects == (by_id(many.objects)["box"],)
    assert [one.name for one in (tmp_path / "alone/objects").iterdir()] == ["box"]
    grown = build(asked(tmp_path, out="alone"))
    assert grown == many, "the rest of it, later"
    assert build(asked(tmp_path, only=("ball",))) == many, "asking for less takes nothing away"


def test_a_mesh_that_was_taken_away_is_no_longer_listed(tmp_path: Path, in_this_process: None):
    build(asked(tmp_path, "ball", "box", "broken"))
    for name in ("box", "broken"):
        (tmp_path / f"meshes/{name}.ply").unlink()
    again = build(asked(tmp_path))
    assert [one.id for one in again.objects] == ["ball"] and not again.missing
    assert again == build(asked(tmp_path, out="fresh"))


def test_an_unknown_id_is_refused_before_anything_is_written(tmp_path: Path):
    with pytest.raises(InputFault, match="no object “bowl”"):
        build(asked(tmp_path, "ball", only=("ball", "bowl")))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"seed": 1}, "seed 0, not 1"),
        ({"settings": BuildSettings(photo_px=64)}, "photo_px 512, not 64"),
    ],
)
def test_a_folder_of_another_build_is_refused_and_keeps_everything(
    tmp_path: Path, in_this_process: None, change: dict, words: str
):
    build(asked(tmp_path, "ball"))
    before = tree(tmp_path / "out")
    with pytest.raises(InputFault, match=words):
        build(asked(tmp_path, **change))
    assert tree(tmp_path / "out") == before


def test_a_folder_with_other_things_in_it_is_refused(tmp_path: Path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/thesis.tex").write_text("years of work")
    with pytest.raises(InputFault, match="no build made"):
        build(asked(tmp_path, "ball"))
    assert tree(tmp_path / "out").keys() == {"thesis.tex"}
    with pytest.raises(InputFault, match="no folder"):
        build(asked(tmp_path, out="out/thesis.tex"))


def test_a_second_build_into_the_same_folder_is_refused(tmp_path: Path, in_this_process: None):
    build(asked(tmp_path, "ball"))
    with lock_file(tmp_path / "out/.lock"), pytest.raises(InputFault, match="Another build"):
        build(asked(tmp_path))


def test_no_meshes_and_no_photos_are_one_sentence_each(tmp_path: Path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputFault, match="no meshes"):
        build(BuildRequest(tmp_path / "empty", None, tmp_path / "out", 0))
    with pytest.raises(InputFault, match="neither"):
        build(BuildRequest(None, None, tmp_path / "out", 0))
    assert not (tmp_path / "out").exists()


def test_a_full_disk_costs_its_object_and_the_rest_goes_on(
    tmp_path: Path, in_this_process: None, monkeypatch: pytest.MonkeyPatch
):
    write = building.write_object

    def full(folder: Path, files, digest):
        if folder.name == "ball":
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(folder, files, digest)

    request = asked(tmp_path, "ball", "box")
    with monkeypatch.context() as patched:
        patched.setattr(building, "write_object", full)
        manifest = build(request)
    assert [one.id for one in manifest.objects] == ["box"]
    assert [(one.id, one.reason) for one in manifest.missing] == [("ball", "the disk was full")]
    again = build(request)
    assert not again.missing and tree(tmp_path / "out") == _fresh(tmp_path)


def test_on_a_disk_that_fills_the_small_objects_still_get_in(tmp_path: Path, small_disk: Path):
    names = ["big_1", "big_2", "big_3", "box"]
    manifest = build(asked(tmp_path, *names, out="disk/out"))
    assert len(manifest.objects) == 3 and "box" in by_id(manifest.objects)
    assert [one.reason for one in manifest.missing] == ["the disk was full"]
    assert read_manifest(small_disk / "out") == manifest
    left = {one.name for one in (small_disk / "out/objects").iterdir()}
    assert left == set(by_id(manifest.objects)), "nothing half-written stays"
    fill(small_disk)
    with pytest.raises(DeoccError, match="full") as caught:
        build(asked(tmp_path, out="disk/other"))
    assert caught.value.code == "disk_full"


KILLED = """
import sys
from pathlib import Path
from deocc.bench.building import build as building
from tests.bench.building.quick_object import quick_object
building.build_object = quick_object
if __name__ == "__main__":
    folder = Path(sys.argv[1])
    building.build(building.BuildRequest(folder / "meshes", None, folder / "out", 0, workers=2))
"""


def test_a_build_killed_in_the_middle_ends_the_same_when_it_is_started_again(tmp_path: Path):
    names = [f"slow_{i}" for i in range(6)]
    request = asked(tmp_path, *names, workers=3)
    objects = tmp_path / "out/objects"
    kill_in_the_middle(KILLED, tmp_path, lambda: len([*objects.glob("slow_*")]) >= 2)
    done = len(list(objects.glob("slow_*")))
    assert 2 <= done < 6 and not (tmp_path / "out/manifest.json").exists()
    (objects / (".slow_5." + 32 * "0")).mkdir()  # as the kill could have left it
    manifest = build(request)
    assert len(manifest.objects) == 6
    assert tree(tmp_path / "out") == _fresh(tmp_path)
