"""A package: whole or not at all, and read back as it was made."""

from __future__ import annotations

import errno
import io
import json
import os
import zipfile
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image
from trimesh.visual.material import PBRMaterial
from trimesh.visual.texture import TextureVisuals

from deocc.errors import InputFault
from deocc.geometry.cameras import view_cameras
from deocc.package import (
    LIBRARIES,
    Recipe,
    Reconstruction,
    package_files,
    write_beside,
    write_folder,
    write_zip,
)
from deocc.png import png
from tests.puppet.backend import box

RECIPE = Recipe("Box", "puppet", {"steps": 2}, 2**63 - 1, "a" * 64, "b" * 64)
RANDOM = np.random.default_rng(0)
TEXTURE = RANDOM.integers(0, 256, (16, 32, 3), np.uint8)
VIEWS = tuple(RANDOM.integers(0, 256, (320, 320, 4), np.uint8) for _ in range(6))
COMPLETED = RANDOM.integers(0, 256, (64, 96, 4), np.uint8)
RESULT = Reconstruction(box(), TEXTURE, view_cameras(), VIEWS, COMPLETED)


@pytest.fixture(scope="module")
def files():
    return package_files(RESULT, RECIPE, {"total": 1.23456789}, 0.5)


def test_notes_and_confidence_are_told_where_there_are_any(files):
    assert "notes" not in json.loads(files["package.json"]) and b"_CONFIDENCE" not in files["mesh.glb"]
    doubt = np.linspace(0, 1, len(RESULT.mesh.vertices), dtype=np.float32)
    told = replace(RESULT, mesh=replace(RESULT.mesh, confidence=doubt), notes=("Geometry alone.",))
    more = package_files(told, RECIPE, {"total": 1.0}, 0.5)
    assert json.loads(more["package.json"])["notes"] == ["Geometry alone."]
    loaded = trimesh.load(io.BytesIO(more["mesh.glb"]), file_type="glb", force="mesh", process=False)
    assert isinstance(loaded, trimesh.Trimesh)
    assert loaded.vertex_attributes["_CONFIDENCE"].reshape(-1) == pytest.approx(doubt)


def test_the_versions_of_all_libraries_are_told_that_the_result_came_from(files):
    plain = json.loads(files["package.json"])["versions"]
    assert list(plain) == ["deocc", *LIBRARIES] and "onnxruntime" not in plain
    result, always = replace(RESULT, packages=("onnxruntime",)), ("trimesh",)
    told = json.loads(package_files(result, RECIPE, {}, 0.0, packages=always)["package.json"])["versions"]
    assert told == plain | {name: version(name) for name in ("trimesh", "onnxruntime")}


def test_a_library_by_another_name_is_not_told_and_stops_nothing(files):
    """As onnxruntime-gpu in onnxruntime's place."""
    result = replace(RESULT, packages=("onnxruntime-of-another-name",))
    told = json.loads(package_files(result, RECIPE, {}, 0.0)["package.json"])["versions"]
    assert told == json.loads(files["package.json"])["versions"]


def test_a_package_has_its_nine_files_and_says_what_made_it(files):
    assert sorted(files) == [
        "completed.png", "mesh.glb", "package.json",
        "views/0.png", "views/1.png", "views/2.png", "views/3.png", "views/4.png", "views/5.png",
    ]  # fmt: skip
    about = json.loads(files["package.json"])
    assert about["format"] == 1 and about["recipe"]["seed"] == 2**63 - 1
    assert about["mesh"] == {"triangles": 12, "watertight": True, "bounds": [[-0.5] * 3, [0.5] * 3]}
    assert len(about["cameras"]) == 6 and about["photo_camera"] is None
    assert np.shape(about["cameras"][0]["object_from_camera"]) == (4, 4)
    assert about["seconds"] == {"total": 1.2346} and about["versions"]["deocc"]


def test_pictures_come_back_exactly(files):
    for i, view in enumerate(VIEWS):
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(files[f"views/{i}.png"]))), view)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(files["completed.png"]))), COMPLETED)


def test_the_mesh_comes_back_in_gltfs_frame_with_texture_and_what_was_seen(files):
    scene = trimesh.load(io.BytesIO(files["mesh.glb"]), file_type="glb", process=False)
    assert isinstance(scene, trimesh.Scene)
    [mesh] = scene.geometry.values()
    assert isinstance(mesh, trimesh.Trimesh)
    x, y, z = box().vertices.T
    assert np.allclose(mesh.vertices, np.stack([x, z, -y], 1))  # +Z up becomes +Y up, front -Y becomes +Z
    assert mesh.volume > 0.99  # faces still point outwards
    visual = mesh.visual
    assert isinstance(visual, TextureVisuals) and isinstance(visual.material, PBRMaterial)
    assert np.allclose(visual.uv, box().uv, atol=1e-6)
    colours = visual.material.baseColorTexture
    assert colours is not None and np.array_equal(np.asarray(colours.convert("RGB")), TEXTURE)
    assert np.allclose(np.ravel(mesh.vertex_attributes["_SEEN"]), 1.0)


def test_normal_maps_are_written_where_they_were_asked_for(files):
    assert not any(name.startswith("normals/") for name in files)
    asked = package_files(replace(RESULT, normals=VIEWS[::-1]), RECIPE, {}, 0.0)
    assert set(asked) == set(files) | {f"normals/{i}.png" for i in range(6)}
    for i, one in enumerate(VIEWS[::-1]):
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(asked[f"normals/{i}.png"]))), one)


def test_encoded_pictures_are_taken_as_they_are():
    mark = png(COMPLETED) + b"as it was"
    assert package_files(RESULT, RECIPE, {}, 0.0, {"completed.png": mark})["completed.png"] == mark


def test_a_folder_is_written_whole_and_never_over_another(files, tmp_path: Path):
    write_folder(files, tmp_path / "made")
    assert (tmp_path / "made" / "views" / "5.png").read_bytes() == files["views/5.png"]
    with pytest.raises(InputFault, match="there already"):
        write_folder(files, tmp_path / "made")
    assert [path.name for path in tmp_path.iterdir()] == ["made"]


def test_a_zip_holds_the_same_files(files, tmp_path: Path):
    write_zip(files, tmp_path / "package.zip")
    with zipfile.ZipFile(tmp_path / "package.zip") as package:
        assert package.testzip() is None
        assert {name: package.read(name) for name in package.namelist()} == files


@pytest.mark.parametrize("write", [write_zip, write_folder])
def test_a_full_disk_leaves_nothing_half_written(
    files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write
):
    whole = Path.write_bytes

    def short(path: Path, data: bytes) -> int:
        whole(path, data[: len(data) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", short)
    with pytest.raises(OSError, match="No space left"):
        write(files, tmp_path / "made")
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_replaced_in_one_step(tmp_path: Path):
    write_beside(b"old", tmp_path / "file")
    write_beside(b"new", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"new" and len(list(tmp_path.iterdir())) == 1


def test_on_windows_a_file_in_somebodys_hands_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    replace, refusals = os.replace, iter([PermissionError, PermissionError])

    def refuse_twice(source: Path, target: Path) -> None:
        for refusal in refusals:
            raise refusal(13, "in use by another process")
        replace(source, target)

    monkeypatch.setattr(os, "replace", refuse_twice)
    with pytest.raises(PermissionError):
        write_beside(b"new", tmp_path / "file")  # elsewhere it is a fault like any other
    monkeypatch.setattr("sys.platform", "win32")
    write_beside(b"new", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"new" and len(list(tmp_path.iterdir())) == 1
