"""What is planned: which shards, of which bodies; each one's digest follows what decides its bytes."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from deocc.data.dataset import plan as planning
from deocc.data.dataset.plan import MESH, PICTURE, SOLID, MeshTask, SolidTask, plan_dataset, solid_id, stream
from deocc.data.views.record import VIEW
from deocc.errors import InputFault
from tests.data.dataset.small import asked, meshes_folder


def digests(request) -> dict[str, str]:
    return {one.name: one.digest for one in plan_dataset(request).shards}


def test_every_view_of_every_body_is_planned_once(tmp_path: Path):
    request = asked(
        tmp_path, "ball", "box", "chess_pawn",
        views=600, held_out_views=256, solids=70, views_per_solid=8, backdrops=130,
    )  # fmt: skip
    plan = plan_dataset(request)
    planned: dict[str, list[int]] = {}
    for one in plan.shards:
        if isinstance(one.task, MeshTask):
            views = range(one.task.start, one.task.start + one.task.count)
            planned.setdefault(one.task.source.id, []).extend(views)
            assert plan.bodies[one.task.body].id == one.task.source.id
        else:
            assert one.task.count * one.task.each <= 256
            for i in range(one.task.count):
                planned[solid_id(one.task.first + i)] = list(range(one.task.each))
                assert plan.bodies[one.task.body + i].id == one.ids[i] == solid_id(one.task.first + i)
    assert {name: len(views) for name, views in planned.items()} == {
        "ball": 600, "box": 600, "chess_pawn": 256, **{solid_id(i): 8 for i in range(70)},
    }  # fmt: skip
    assert all(views == sorted({*views}) for views in planned.values())
    assert [(one.first, one.count) for one in plan.pictures] == [(0, 64), (64, 64), (128, 2)]
    assert plan.size_bytes(VIEW.itemsize) == (600 + 600 + 256 + 560) * VIEW.itemsize


def test_no_shard_has_bodies_of_both_splits(tmp_path: Path):
    plan = plan_dataset(asked(tmp_path, "ball", "box", "chess_pawn", held_out=("ball",)))
    split = {one.id: one.split for one in plan.bodies}
    assert (split["ball"], split["box"], split["chess_pawn"]) == ("held_out", "train", "held_out")
    for one in plan.shards:
        assert {split[name] for name in one.ids} == {one.split}
        assert not isinstance(one.task, MeshTask) or one.task.deforms == (one.split == "train")


def test_a_digest_stays_where_bytes_stay(tmp_path: Path):
    request = asked(tmp_path, "ball", "box", views=512)
    before = digests(request)
    more = digests(replace(request, views=700, solids=300, workers=7))
    assert {name: more[name] for name in ("ball-0", "ball-1", "box-0", "box-1")} == {
        name: before[name] for name in ("ball-0", "ball-1", "box-0", "box-1")
    }, "more views come in shards of their own"
    moved = Path(shutil.copytree(tmp_path, tmp_path / "elsewhere"))
    assert digests(replace(request, objects=(moved / "meshes",))) == before


def test_several_folders_are_taken_one_after_another_and_a_name_in_two_is_refused(tmp_path: Path):
    request = asked(tmp_path, "ball", "box")
    other = meshes_folder(tmp_path / "more", "cone")
    both = replace(request, objects=(*request.objects, other))
    assert [one.id for one in plan_dataset(both).bodies[:3]] == ["ball", "box", "cone"]
    assert {name: digests(both)[name] for name in ("ball-0", "box-0")} == {
        name: digests(request)[name] for name in ("ball-0", "box-0")
    }, "a folder behind the others leaves their views as they are"
    with pytest.raises(InputFault, match="have the same name"):
        plan_dataset(replace(request, objects=(*request.objects, meshes_folder(tmp_path / "again", "ball"))))


@pytest.mark.parametrize("change", [{"seed": 6}, {"views": 9}, {"held_out": ("ball",)}])
def test_a_digest_changes_with_what_decides_the_bytes(tmp_path: Path, change: dict):
    request = asked(tmp_path, "ball")
    assert digests(request)["ball-0"] != digests(replace(request, **change))["ball-0"]


def test_a_digest_changes_with_the_recipe_and_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    request = asked(tmp_path, "ball", "box")
    before = digests(request)
    with monkeypatch.context() as patched:
        patched.setattr(planning, "RECIPE", planning.RECIPE + 1)
        assert not {*digests(request).values()} & {*before.values()}
    (tmp_path / "meshes/ball.ply").write_bytes((tmp_path / "meshes/box.ply").read_bytes())
    after = digests(request)
    assert {name for name in before if after[name] != before[name]} == {"ball-0"}


def test_no_two_purposes_draw_alike():
    streams = [
        stream(1, MESH, "mug", 0), stream(1, MESH, "mug", 1), stream(1, MESH, "cup", 0),
        stream(1, SOLID, 0), stream(1, SOLID, 1), stream(2, SOLID, 0), stream(1, PICTURE, 0),
    ]  # fmt: skip
    drawn = {np.random.default_rng(one).integers(2**62) for one in streams}
    assert len(drawn) == len(streams)


def test_nothing_to_build_and_a_name_twice_are_told(tmp_path: Path):
    with pytest.raises(InputFault, match="neither"):
        plan_dataset(replace(asked(tmp_path), objects=(), solids=0))
    only = plan_dataset(replace(asked(tmp_path), objects=()))
    assert all(isinstance(one.task, SolidTask) for one in only.shards) and only.bodies[0].licence == "CC0-1.0"
    request = asked(tmp_path, "ball")
    (tmp_path / "meshes/ball.obj").write_text("v 0 0 0\n")
    [twin] = plan_dataset(request).missing
    assert (twin.id, twin.reason) == ("ball.ply", "“ball.obj” has the same name.")
