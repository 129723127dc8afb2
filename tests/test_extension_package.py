"""The extension reads what the server writes, exactly, and refuses anything that is not a package."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from deocc.geometry.cameras import pinhole, view_cameras
from deocc.geometry.glb import linear
from deocc.geometry.mesh import Mesh
from deocc.package import Recipe, Reconstruction, package_files, write_zip
from deocc_blender import package as package_module
from deocc_blender.glb import read_glb
from deocc_blender.package import read_package
from deocc_blender.replies import ServerFault
from tests.puppet.backend import box

RECIPE = Recipe("Mug", "draft", {"shape": "auto"}, 2**40, "a" * 64, "b" * 64)


def a_result(mesh: Mesh | None = None) -> Reconstruction:
    texture = np.random.default_rng(1).integers(0, 256, (16, 16, 3), np.uint8)
    views = tuple(np.full((320, 320, 4), 40 * i, np.uint8) for i in range(6))
    completed = np.zeros((20, 30, 4), np.uint8)
    cameras = view_cameras()
    photo_camera = pinhole(30, 20, 40, cameras[2].object_from_camera)
    return Reconstruction(mesh or box(), texture, cameras, views, completed, photo_camera)


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return package_files(a_result(), RECIPE, {"total": 1.0}, 0.5)


def zipped(files: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return packed.getvalue()


def fault_of(data: bytes) -> ServerFault:
    with pytest.raises(ServerFault) as caught:
        read_package(data)
    return caught.value


def test_what_the_server_writes_is_what_the_extension_reads(files: dict[str, bytes], tmp_path):
    path = tmp_path / "package.zip"
    write_zip(files, path)
    read = read_package(path.read_bytes())
    assert (read.name, read.backend, read.seed) == ("Mug", "draft", 2**40)
    assert json.loads(read.recipe)["recipe"]["photo"] == "a" * 64
    assert read.views == tuple(files[f"views/{i}.png"] for i in range(6))
    assert read.completed == files["completed.png"]
    for mine, theirs in zip(read.cameras, view_cameras(), strict=True):
        # float64 through JSON's shortest decimal is exact
        assert np.array_equal(np.array(mine.object_from_camera), theirs.object_from_camera)
        assert (mine.width, mine.fx, mine.cy) == (theirs.width, theirs.fx, theirs.cy)
    assert read.photo_camera is not None and read.photo_camera.height == 20


def test_the_mesh_keeps_its_frame_faces_and_seen_values(files: dict[str, bytes]):
    mesh, original = read_package(zipped(files)).mesh, box()
    assert len(mesh.vertices) == 8 and len(mesh.faces) == 12
    mine = mesh.vertices[mesh.faces].reshape(12, 9)
    assert np.array_equal(
        mine, original.vertices[original.faces].reshape(12, 9)
    )  # +Z up, same corners in order
    assert mesh.loop_uv is not None
    assert np.array_equal(mesh.loop_uv, original.uv[original.faces.reshape(-1)])
    assert mesh.seen.tolist() == [1.0] * 8


def test_vertices_split_by_seams_are_joined_and_keep_the_larger_seen():
    corners = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)
    faces = np.array([[0, 1, 2], [3, 4, 5]], np.int32)
    seen = np.array([1, 0, 0, 0, 0, 0], np.float32)
    split = Mesh(corners, faces, np.linspace(0, 1, 12, dtype=np.float32).reshape(6, 2), seen)
    mesh = read_glb(package_files(a_result(split), RECIPE, {}, 0)["mesh.glb"])
    assert mesh.loop_uv is not None
    assert len(mesh.vertices) == 4 and len(mesh.loop_uv) == 6
    assert sorted(mesh.seen.tolist()) == [0, 0, 0, 1]
    assert np.allclose(mesh.loop_uv, split.uv, atol=1e-7)  # v is turned to glTF's way and back in float32


def test_confidence_is_read_where_it_is_told():
    assert read_glb(package_files(a_result(), RECIPE, {}, 0)["mesh.glb"]).confidence is None
    doubt = np.linspace(0, 1, 8, dtype=np.float32)
    mesh = read_glb(package_files(a_result(replace(box(), confidence=doubt)), RECIPE, {}, 0)["mesh.glb"])
    assert mesh.confidence is not None
    of_corners = doubt[box().faces].reshape(-1)  # the welded mesh numbers its vertices anew
    assert np.array_equal(mesh.confidence[mesh.faces].reshape(-1), of_corners)


def test_vertex_colours_are_read_as_linear_light_and_replace_uv_and_texture():
    colours = np.random.default_rng(2).integers(0, 256, (8, 3)).astype(np.uint8)
    result = replace(a_result(replace(box(), colours=colours)), texture=None)
    mesh = read_package(zipped(package_files(result, RECIPE, {}, 0))).mesh
    assert mesh.loop_uv is None and mesh.texture is None and mesh.colours is not None
    corners = linear(colours)[box().faces].reshape(-1, 3)  # the welded mesh numbers its vertices anew
    assert np.array_equal(mesh.colours[mesh.faces].reshape(-1, 3), corners)


def test_normal_maps_come_along_all_six_or_not_at_all(files: dict[str, bytes]):
    assert read_package(zipped(files)).normals == ()
    pictures = tuple(np.full((320, 320, 4), 20 * i, np.uint8) for i in range(6))
    asked = package_files(replace(a_result(), normals=pictures), RECIPE, {"total": 1.0}, 0.5)
    assert read_package(zipped(asked)).normals == tuple(asked[f"normals/{i}.png"] for i in range(6))
    del asked["normals/3.png"]
    assert fault_of(zipped(asked)).code == "bad_package"


def test_notes_come_as_one_line_each_where_there_are_any(files: dict[str, bytes]):
    assert read_package(zipped(files)).notes == ()
    notes = ("Geometry alone was used: only 150 pixels of the object are seen.", "Its\nback is\t guessed.")
    told = package_files(replace(a_result(), notes=notes), RECIPE, {"total": 1.0}, 0.5)
    assert read_package(zipped(told)).notes == (notes[0], "Its back is guessed.")


def test_a_note_is_cut_to_what_a_panel_has_room_for_and_a_text_can_hold(files: dict[str, bytes]):
    notes = ["Half a\ud800 pair,\0 a colour\x1b[31m.", " ", *["word " * 1000] * 50]
    long = changed("package.json", lambda about: about.update(notes=notes))
    first, *others = read_package(zipped(long(files))).notes
    assert first == "Half a pair, a colour[31m."
    assert others == [("word " * 80).strip()] * 6  # eight notes at most, of which one was empty


def changed(name: str, change: Callable[[dict], None]) -> Callable[[dict[str, bytes]], dict[str, bytes]]:
    def apply(files: dict[str, bytes]) -> dict[str, bytes]:
        about = json.loads(files[name])
        change(about)
        return {**files, name: json.dumps(about).encode()}

    return apply


def camera_with(**values: object) -> Callable[[dict[str, bytes]], dict[str, bytes]]:
    return changed("package.json", lambda about: about["cameras"][0].update(values))


SPOILT = {
    "a file too many": lambda files: {**files, "run.py": b"import os"},
    "a path upwards": lambda files: {**files, "../package.json": b"{}"},
    "a file too few": lambda files: {name: data for name, data in files.items() if name != "views/5.png"},
    "no JSON": lambda files: {**files, "package.json": b"{"},
    "JSON of another shape": lambda files: {**files, "package.json": b"[]"},
    "five cameras": changed("package.json", lambda about: about["cameras"].pop()),
    "a camera without focal length": camera_with(fx=0),
    "a pose that is none": camera_with(object_from_camera=[[1]]),
    "a picture of infinite width": camera_with(width=float("inf")),
    "a pose of NaN": camera_with(object_from_camera=[[float("nan")] * 4] * 4),
    "notes that are one": changed("package.json", lambda about: about.update(notes="Geometry alone.")),
    "a note that is none": changed("package.json", lambda about: about.update(notes=["Geometry alone.", 7])),
    "notes of nothing": changed("package.json", lambda about: about.update(notes=None)),
    "an older format": changed("package.json", lambda about: about.update(format=0)),
    "a view that is no PNG": lambda files: {**files, "views/2.png": b"GIF89a" + b" " * 60},
    "a view of 70 000 pixels": lambda files: {
        **files, "views/2.png": files["views/2.png"][:16] + struct.pack(">II", 70_000, 9) + b" " * 40
    },
    "half a mesh": lambda files: {**files, "mesh.glb": files["mesh.glb"][:300]},
    "no mesh": lambda files: {**files, "mesh.glb": b"solid"},
}  # fmt: skip


@pytest.mark.parametrize("how", SPOILT)
def test_anything_but_a_package_is_refused_with_a_sentence(files: dict[str, bytes], how: str):
    fault = fault_of(zipped(SPOILT[how](files)))
    assert fault.code == "bad_package" and fault.message.startswith("The result") and fault.action == "retry"


def test_a_fault_names_what_of_the_package_is_broken(files: dict[str, bytes]):
    assert fault_of(zipped(SPOILT["notes that are one"](files))).message == (
        "The result can't be used (its notes)."
    )


def test_a_name_twice_is_refused(files: dict[str, bytes]):
    packed = io.BytesIO(zipped(files))
    with zipfile.ZipFile(packed, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("mesh.glb", b"another")
    assert fault_of(packed.getvalue()).code == "bad_package"


def test_a_newer_format_asks_for_a_newer_add_on(files: dict[str, bytes]):
    newer = changed("package.json", lambda about: about.update(format=2))
    fault = fault_of(zipped(newer(files)))
    assert fault.message == "The result has format 2, this add-on reads 1." and fault.action == "update_addon"


def test_a_bomb_is_not_unpacked_beyond_its_limit(files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(package_module.LIMITS, "views/0.png", 10_000)
    bomb = zipped({**files, "views/0.png": b"\0" * 10_001}, zipfile.ZIP_DEFLATED)
    assert "views/0.png is over" in fault_of(bomb).message


def test_a_torn_download_is_refused_wherever_it_tears(files: dict[str, bytes]):
    whole = zipped(files)
    for size in np.linspace(0, len(whole) - 1, 40, dtype=int):
        assert fault_of(whole[:size]).code == "bad_package"


def test_a_mesh_with_any_word_overwritten_never_crashes(files: dict[str, bytes]):
    """Each word of the mesh's JSON and first arrays becomes nonsense: a fault or a mesh, nothing else."""
    glb = files["mesh.glb"]
    for at in range(0, min(len(glb) - 4, 2400), 4):
        try:
            mesh = read_glb(glb[:at] + b"\xff\xff\xff\x7f" + glb[at + 4 :])
        except ServerFault as fault:
            assert fault.code == "bad_package"
        else:
            assert int(mesh.faces.max()) < len(mesh.vertices) and np.isfinite(mesh.vertices).all()
