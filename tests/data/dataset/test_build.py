"""The dataset's build: the same bytes however it came about; what is kept, told missing, refused."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from deocc.data.dataset import build as building
from deocc.data.dataset import plan
from deocc.data.dataset.build import build
from deocc.data.dataset.read import check_hashes, open_dataset, read_manifest
from deocc.data.views.record import VIEW
from deocc.errors import DeoccError, InputFault
from deocc.lock import lock_file
from tests import full_disk
from tests.data.builds import kill_in_the_middle, tree
from tests.data.dataset.small import asked, meshes_folder


def stamps(folder: Path) -> dict[str, int]:
    """When each shard was written."""
    return {one.name: one.stat().st_mtime_ns for one in (folder / "shards").glob("*.npy")}


def test_two_builds_are_the_same_bytes_whatever_the_workers_and_hold_no_path(tmp_path: Path):
    first = build(asked(tmp_path, "ball", "box", "broken", "chess_pawn", workers=1))
    second = build(asked(tmp_path, out="other/deeper", workers=3))
    assert tree(tmp_path / "out") == tree(tmp_path / "other/deeper") and first == second
    assert read_manifest(tmp_path / "out") == first and first.digest() == second.digest()
    for file in (tmp_path / "out").rglob("*"):
        assert not file.is_file() or str(tmp_path).encode() not in file.read_bytes(), file
    check_hashes(tmp_path / "out")


@pytest.mark.slow
def test_a_cluster_builds_the_same_bytes_without_seeing_the_folder(tmp_path: Path, built: Path, cluster: str):
    build(asked(tmp_path, "ball", "box", "broken", "chess_pawn", ray_address=cluster))
    assert tree(tmp_path / "out") == tree(built)


def test_every_body_has_its_views_and_what_fails_is_named(built: Path):
    manifest = read_manifest(built)
    views = {one.id: (one.kind, one.split, one.views) for one in manifest.bodies}
    assert views == {
        "ball": ("mesh", "train", 10),
        "box": ("mesh", "train", 10),
        "broken": ("mesh", "train", 0),
        "chess_pawn": ("mesh", "held_out", 6),
        **{f"solid_00000{i}": ("solid", "train", 2) for i in range(3)},
    }
    [lacking] = manifest.missing
    assert lacking.id == "broken" and "broken.ply" in lacking.reason and str(built) not in lacking.reason
    assert f"- `broken`: {lacking.reason}" in (built / "card.md").read_text("utf-8")


def test_progress_counts_every_part_once(tmp_path: Path, in_this_process: None):
    heard: list[tuple[int, int, str]] = []
    build(asked(tmp_path, "ball", "broken"), lambda *words: heard.append(words))
    assert [done for done, _, _ in heard] == [1, 2, 3, 4] and {total for _, total, _ in heard} == {4}
    again: list[str] = []
    build(asked(tmp_path), lambda done, total, words: again.append(words))
    assert len(again) == 4 and all(words.endswith("there already") for words in again)


def test_a_whole_shard_is_kept_and_a_damaged_one_drawn_again(tmp_path: Path, in_this_process: None):
    before = build(asked(tmp_path, "ball", "box"))
    out, known = tmp_path / "out", tree(tmp_path / "out")
    kept = stamps(out)
    for damaged in (out / "shards/box-0.npy", out / "backdrops.npy"):
        data = bytearray(damaged.read_bytes())
        data[-1] ^= 1
        damaged.write_bytes(data)
    assert build(asked(tmp_path)) == before and tree(out) == known
    after = stamps(out)
    assert after.pop("box-0.npy") != kept.pop("box-0.npy")
    assert after == kept, "a shard that is whole is not touched"


def test_more_solids_only_add_and_fewer_take_away(
    tmp_path: Path, in_this_process: None, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(plan, "SHARD_VIEWS", 4)  # two solids a shard
    out = tmp_path / "out"
    build(asked(tmp_path, "ball", views=4, solids=2))
    kept = stamps(out)
    build(asked(tmp_path, views=4, solids=4))
    grown = stamps(out)
    assert grown.keys() - kept.keys() == {"solid_000002-2.npy"}
    assert kept.items() <= grown.items(), "what was there is not drawn again"
    build(asked(tmp_path, views=4, solids=1))
    build(asked(tmp_path, out="fresh", views=4, solids=1))
    assert tree(out) == tree(tmp_path / "fresh")


def test_while_it_grows_a_dataset_is_no_dataset(tmp_path: Path, in_this_process: None):
    def interrupt(done: int, total: int, words: str) -> None:
        if not words.endswith("there already"):
            raise KeyboardInterrupt

    build(asked(tmp_path, "ball"))
    with pytest.raises(KeyboardInterrupt):
        build(asked(tmp_path, solids=5), interrupt)
    with pytest.raises(InputFault, match="There is no dataset"):
        open_dataset(tmp_path / "out")  # its shards are some of the old and some of the new
    build(asked(tmp_path, solids=5))
    build(asked(tmp_path, out="fresh", solids=5))
    assert tree(tmp_path / "out") == tree(tmp_path / "fresh")


def test_a_changed_mesh_is_drawn_again_and_no_other(tmp_path: Path, in_this_process: None):
    build(asked(tmp_path, "ball", "box"))
    kept = stamps(tmp_path / "out")
    meshes_folder(tmp_path / "other", "box")
    (tmp_path / "meshes/box.ply").write_bytes((tmp_path / "other/meshes/box.ply").read_bytes())
    build(asked(tmp_path))
    changed = {name for name, when in stamps(tmp_path / "out").items() if kept[name] != when}
    assert changed == {"box-0.npy"}


def test_a_held_out_mesh_is_never_deformed_and_its_views_lie_apart(tmp_path: Path, in_this_process: None):
    request = asked(tmp_path, "ball", "box", solids=0, held_out_views=8)
    build(request)
    build(asked(tmp_path, out="held", solids=0, held_out_views=8, held_out=("box",)))
    trained, held = open_dataset(tmp_path / "out"), open_dataset(tmp_path / "held")
    assert len(trained.views["held_out"]) == 0 and len(held.views["held_out"]) == 8
    names = [one.id for one in held.bodies]
    assert {names[view["body"]] for view in held.views["held_out"]} == {"box"}
    assert {names[view["body"]] for view in held.views["train"]} == {"ball"}
    box = [view for view in trained.views["train"] if names[view["body"]] == "box"]
    same = [a.tobytes() == b.tobytes() for a, b in zip(box, held.views["held_out"], strict=False)]
    assert same == [True] * 4 + [False] * 4, "the second four views for training are of a variant"


@pytest.mark.parametrize(
    ("change", "words"),
    [({"seed": 6}, "seed 5, not 6"), ({"held_out": ("bowl",)}, "no object “bowl”")],
)
def test_another_seed_or_an_unknown_id_is_refused_and_changes_nothing(
    tmp_path: Path, in_this_process: None, change: dict, words: str
):
    build(asked(tmp_path, "ball"))
    before = tree(tmp_path / "out")
    with pytest.raises(InputFault, match=words):
        build(asked(tmp_path, **change))
    assert tree(tmp_path / "out") == before


def test_a_second_build_into_the_same_folder_is_refused(tmp_path: Path, in_this_process: None):
    build(asked(tmp_path, "ball"))
    with lock_file(tmp_path / "out/.lock"), pytest.raises(InputFault, match="Another build"):
        build(asked(tmp_path))


def test_a_shard_whose_process_dies_loses_its_bodies_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(building, "draw_part", dies_with_solids)
    manifest = build(asked(tmp_path, "ball", workers=2))
    assert [one.id for one in manifest.missing] == [f"solid_00000{i}" for i in range(3)]
    assert all("exit code 7" in one.reason for one in manifest.missing)
    monkeypatch.undo()
    assert not build(asked(tmp_path, workers=2)).missing, "it is tried again"


def dies_with_solids(task):
    from deocc.data.dataset.plan import SolidTask
    from deocc.data.dataset.shard import draw_part

    if isinstance(task, SolidTask):
        os._exit(7)
    return draw_part(task)


# -- the disk --


def test_a_disk_that_fills_is_one_sentence_and_what_is_there_is_kept(
    tmp_path: Path, small_disk: Path, in_this_process: None
):
    def fill(done: int, total: int, words: str) -> None:
        if words == "box-0":
            full_disk.fill(small_disk)

    request = asked(tmp_path, "ball", "box", out="disk/out")
    with pytest.raises(DeoccError, match=r"The disk of .* is full") as caught:
        build(request, fill)
    assert caught.value.code == "disk_full" and "kept" in caught.value.hint
    assert not (small_disk / "out/manifest.json").exists()
    assert not [one for one in (small_disk / "out/shards").iterdir() if one.name.startswith(".")]
    (small_disk / "filler").unlink()
    kept = stamps(small_disk / "out")
    build(request)
    assert kept.items() <= stamps(small_disk / "out").items() and len(kept) == 2
    build(asked(tmp_path, out="fresh"))
    assert tree(small_disk / "out") == tree(tmp_path / "fresh")


def test_a_disk_too_small_is_told_before_anything_is_drawn(tmp_path: Path, small_disk: Path):
    asked_for = asked(tmp_path, "ball", out="disk/out", solids=50, views_per_solid=10)
    assert 500 * VIEW.itemsize > 8e6
    with pytest.raises(DeoccError, match=r"needs 0\.1 GB more.* has 0\.0 GB free") as caught:
        build(asked_for, lambda *words: pytest.fail("something was drawn"))
    assert caught.value.code == "disk_full"


# -- a kill --

KILLED = """
import sys
from dataclasses import replace
from pathlib import Path
from deocc.data.dataset.build import build
from tests.data.dataset.small import asked
if __name__ == "__main__":
    build(asked(Path(sys.argv[1]), views=16, solids=0, workers=2))
"""


def test_a_build_killed_in_the_middle_ends_the_same_when_it_is_started_again(tmp_path: Path):
    names = [f"box_{i}" for i in range(8)]
    request = asked(tmp_path, *names, views=16, solids=0, workers=2)
    shards = tmp_path / "out/shards"
    kill_in_the_middle(KILLED, tmp_path, lambda: len([*shards.glob("box_*.npy")]) >= 2)
    done = [json.loads(one.read_text())["sha256"] for one in shards.glob("*.json")]
    assert 1 <= len(done) < 8 and not (tmp_path / "out/manifest.json").exists()
    (shards / (".box_7-0.npy." + 32 * "0")).write_bytes(b"half")  # as the kill could have left it
    manifest = build(request)
    build(asked(tmp_path, out="fresh", views=16, solids=0, workers=2))
    assert tree(tmp_path / "out") == tree(tmp_path / "fresh")
    assert {*done} <= {one.sha256 for one in manifest.shards}
