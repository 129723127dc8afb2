"""What a request asks for: which objects and photos, from which recipes, and what is refused at the door."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from deocc.bench.building.plan import BuildRequest, plan_build
from deocc.bench.building.settings import BuildSettings
from deocc.errors import InputFault
from tests.bench.building.test_photos import photos_folder


def request(tmp_path: Path, **how) -> BuildRequest:
    """One mesh, "box", and one masked photo, "photo_mug"; of a bare photo nothing can be made."""
    if not (tmp_path / "photos").exists():
        photos_folder(tmp_path)
    asked = BuildRequest(tmp_path / "meshes", tmp_path / "photos", tmp_path / "out", 0, ray_address="auto")
    return replace(asked, **how)


@pytest.mark.parametrize(
    ("only", "objects", "photos", "missing"),
    [
        ((), ["box"], ["photo_mug"], ["photo_bare"]),
        (("box",), ["box"], ["photo_mug"], ["photo_bare"]),
        (("photo_mug",), [], ["photo_mug"], []),
        (("box", "photo_bare"), ["box"], [], ["photo_bare"]),
    ],
)
def test_a_list_of_meshes_leaves_the_photos_in(tmp_path: Path, only, objects, photos, missing):
    plan = plan_build(request(tmp_path, only=only))
    assert (list(plan.objects), list(plan.photos)) == (objects, photos)
    assert [one.id for one in plan.missing] == missing


def test_a_mesh_may_be_called_like_a_photo(tmp_path: Path):
    asked = request(tmp_path, photos=None, only=("photo_frame",))
    (tmp_path / "meshes/box.ply").rename(tmp_path / "meshes/photo_frame.ply")
    assert list(plan_build(asked).objects) == ["photo_frame"]


def test_of_two_files_with_one_name_the_second_is_told_missing(tmp_path: Path):
    asked = request(tmp_path, photos=None)
    (tmp_path / "meshes/box.stl").write_bytes(b"")
    plan = plan_build(asked)
    assert plan.objects["box"][0].source.path.name == "box.ply"
    assert [(one.id, one.reason) for one in plan.missing] == [("box.stl", "“box.ply” has the same name.")]


def test_recipes_know_the_seed_the_settings_and_the_files(tmp_path: Path):
    def digests(**how) -> tuple[str, str]:
        plan = plan_build(request(tmp_path, **how))
        return plan.objects["box"][1], plan.photos["photo_mug"][1]

    box, photo = digests()
    assert digests() == (box, photo)
    assert digests(seed=1) == (plan_digest := digests(seed=1)) and plan_digest[0] != box
    assert digests(seed=1)[1] == photo, "nothing of a photo is drawn"
    assert digests(settings=BuildSettings(cutouts=1))[0] != box
    (tmp_path / "photos/visible.png").write_bytes((tmp_path / "photos/amodal.png").read_bytes())
    assert digests()[0] == box and digests()[1] != photo


def test_a_mesh_with_a_photos_name_is_refused(tmp_path: Path):
    asked = request(tmp_path)
    (tmp_path / "meshes/box.ply").rename(tmp_path / "meshes/photo_mug.ply")
    with pytest.raises(InputFault, match="both called “photo_mug”"):
        plan_build(replace(asked, photos=_without_truth(tmp_path)))


def _without_truth(tmp_path: Path) -> Path:
    return photos_folder(tmp_path / "other", gt_mesh=None)


def test_blender_is_missed_at_the_door_not_object_by_object(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InputFault, match="Blender") as caught:
        plan_build(request(tmp_path, ray_address=""))
    assert "pip install" in caught.value.hint
    assert plan_build(request(tmp_path, ray_address="auto")).objects, "a cluster's machines have their own"
    assert plan_build(request(tmp_path, ray_address="", objects=None)).photos, "photos need none"


def test_versions_name_what_the_bytes_depend_on(tmp_path: Path):
    versions = plan_build(request(tmp_path)).versions
    assert {"deocc", "bpy", "numpy", "embreex", "pillow"} <= set(versions) and versions["numpy"]
