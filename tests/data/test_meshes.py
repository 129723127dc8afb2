"""Meshes of a folder: which there are, put into the object frame, kept as the same bytes, and what is odd."""

from __future__ import annotations

import hashlib
import io
import json
import math
import os
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from deocc.data.meshes import (
    list_meshes,
    load_mesh,
    namesakes,
    normalised,
    oddities,
    read_mesh,
    save_mesh,
)
from deocc.data.textured import Textured
from deocc.errors import InputFault
from tests.data.simple_bodies import ball, box, painted_box

DATA = Path(os.environ.get("DEOCC_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data")


def test_a_folder_is_listed_by_id_with_what_its_list_says(tmp_path: Path):
    meshes = tmp_path / "objects"
    meshes.mkdir()
    for name in ("b.glb", "a.OBJ", "notes.txt", "c.stl"):
        (meshes / name).write_bytes(b"")
    told = [{"id": "b", "category": "cup", "licence": "CC0", "attribution": None, "kb": 3}]
    (tmp_path / "objects.json").write_text(json.dumps(told), "utf-8")
    for folder in (meshes, tmp_path):  # the folder of the meshes, or the one with the list
        found = list_meshes(folder)
        assert [one.id for one in found] == ["a", "b", "c"]
        assert (found[1].category, found[1].licence, found[1].attribution) == ("cup", "CC0", "")
        assert found[0].category == found[0].sha256 == ""
        assert found[1].path == meshes / "b.glb"


def test_a_list_is_optional_but_one_that_is_there_must_be_readable(tmp_path: Path):
    (tmp_path / "a.ply").write_bytes(b"")
    assert [one.id for one in list_meshes(tmp_path)] == ["a"]
    (tmp_path / "objects.json").write_text('{"a": 1', "utf-8")
    with pytest.raises(InputFault, match=r"objects\.json"):
        list_meshes(tmp_path)


def test_of_files_with_one_name_the_first_ending_counts_and_the_others_are_known(tmp_path: Path):
    for name in ("a.ply", "a.glb", "a.stl", "b.obj"):
        (tmp_path / name).write_bytes(b"")
    found = list_meshes(tmp_path)
    assert [one.path.name for one in found] == ["a.glb", "b.obj"]
    assert namesakes(found) == {"a.ply": found[0], "a.stl": found[0]}


@pytest.mark.parametrize("name", ["nowhere", "empty"])
def test_a_folder_without_meshes_is_a_fault(tmp_path: Path, name: str):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputFault) as caught:
        list_meshes(tmp_path / name)
    assert caught.value.code == "no_meshes"


def test_normalised_is_centred_by_its_box_and_as_large_as_a_ball_of_half_a_unit():
    textured = painted_box((3.0, 1.0, 2.0))
    moved = replace(textured, mesh=replace(textured.mesh, vertices=textured.mesh.vertices * 7 + 40))
    mesh = normalised(moved).mesh
    low, high = mesh.bounds()
    assert np.abs(low + high).max() < 1e-6
    assert abs(np.linalg.norm(mesh.vertices, axis=1).max() - 0.5) < 1e-6
    assert np.allclose((high - low) / (high - low)[1], (3, 1, 2), atol=1e-5)  # its shape is kept


@pytest.mark.parametrize("azimuth_deg", [0.0, 30.0, -90.0, 137.0])
def test_turning_back_by_its_azimuth_brings_a_camera_to_the_front(azimuth_deg: float):
    """A thin pole stands where the camera of that azimuth stood: afterwards it is at the front, −Y."""
    azimuth = math.radians(azimuth_deg)
    place = np.array([math.sin(azimuth), -math.cos(azimuth), 0])
    pole = box((0.02, 0.02, 0.02)).vertices
    mesh = replace(box(), vertices=np.concatenate([pole + place, pole - place]).astype(np.float32))
    mesh = replace(mesh, faces=np.concatenate([box().faces, box().faces + len(pole)]))
    turned = normalised(Textured(mesh, None), -azimuth_deg).mesh.vertices
    assert np.abs(turned[: len(pole)].mean(axis=0) - (0, -0.495, 0)).max() < 0.01


@pytest.mark.parametrize("textured", [painted_box(), ball()], ids=["texture", "vertex colours"])
def test_a_kept_mesh_comes_back_and_is_the_same_bytes_at_any_time(textured: Textured):
    files = save_mesh(textured)
    back = load_mesh(files["mesh.npz"], files.get("texture.png"))
    assert ("texture.png" in files) == (textured.texture is not None)
    for name in ("vertices", "faces", "uv", "colours"):
        kept, was = np.asarray(getattr(back.mesh, name)), np.asarray(getattr(textured.mesh, name))
        assert kept.dtype == was.dtype and np.array_equal(kept, was), name
    assert np.array_equal(np.asarray(back.texture), np.asarray(textured.texture))
    with zipfile.ZipFile(io.BytesIO(files["mesh.npz"])) as archive:
        assert {one.date_time[0] for one in archive.infolist()} == {1980}
    time.sleep(2.1)  # a zip counts in steps of two seconds
    assert save_mesh(back) == files


@pytest.mark.parametrize("broken", [b"", b"PK\x03\x04 no zip", b"x" * 100])
def test_a_broken_kept_mesh_is_a_fault(broken: bytes):
    with pytest.raises(InputFault):
        load_mesh(broken)


def test_what_is_odd_is_said_in_words_and_nothing_of_a_closed_painted_solid():
    assert oddities(painted_box()) == ()
    assert oddities(ball()) == ()
    whole = painted_box()
    is_open = replace(whole, mesh=replace(whole.mesh, faces=whole.mesh.faces[:-1]))
    assert [one.split(":")[0] for one in oddities(is_open)] == ["not watertight"]
    inside_out = replace(whole, mesh=replace(whole.mesh, faces=whole.mesh.faces[:, ::-1]))
    assert [one.split(":")[0] for one in oddities(inside_out)] == ["inside out"]
    sheet = painted_box((1.0, 0.005, 1.0))
    for turn_deg in (0.0, 20.0, 45.0):  # as a photo's azimuth turns it
        assert [one.split(":")[0] for one in oddities(normalised(sheet, turn_deg))] == ["flat"]
    assert [one.split(":")[0] for one in oddities(ball(colour_of_place=False))] == ["untextured"]
    grey = replace(ball(colour_of_place=False), notes=("untextured: the file gives no colour",))
    assert oddities(grey) == grey.notes, "once is enough"


def test_all_objects_for_development_can_be_read_and_are_as_closed_as_their_list_says():
    listing = DATA / "objects.json"
    if not listing.is_file():
        pytest.skip("needs the development data: name its folder in DEOCC_DATA")
    told = {one["id"]: one for one in json.loads(listing.read_text("utf-8"))}
    found = list_meshes(DATA)
    assert {one.id for one in found} == set(told)
    for file in found[::3]:  # 0.02 s each
        assert hashlib.sha256(file.path.read_bytes()).hexdigest() == file.sha256, file.id
        textured = read_mesh(file.path)
        closed = told[file.id]["watertight_status"] == "yes"
        assert textured.mesh.is_watertight() == closed, file.id
        assert textured.texture is not None, file.id
        sides = np.ptp(textured.mesh.vertices, axis=0)[[0, 2, 1]]  # the list has glTF's axes
        assert np.abs(sides - told[file.id]["extents"]).max() < 2e-3, file.id
