"""Furniture libraries: each model a mesh with its licence and author, upright."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deocc.data.furniture import models_of, properties, unpack
from deocc.data.meshes import list_meshes, read_mesh
from deocc.errors import InputFault

# 1 wide (x), 3 high (y), 2 deep (z), for whoever has +Y up
OBJ = """mtllib brick.mtl
v 0 0 0\nv 1 0 0\nv 0 3 0\nv 0 0 2
vt 0 0\nvt 1 0\nvt 0 1
usemtl red
f 1/1 3/3 2/2\nf 1/1 2/2 4/3\nf 1/1 4/2 3/3\nf 2/1 3/2 4/3
"""
MTL = "newmtl red\nKd 1 1 1\nmap_Kd red.png\n"
LICENCE = "Creative Commons Attribution 3.0 Unported license \\u00a9 us"
HEAD = f"# a comment = no key\nname=Bricks\nlicense={LICENCE}\n"
ENTRY = """
name#{n}=Brick {n}
category#{n}=Living \\
    room
model#{n}=/bricks/{place}
creator#{n}=Ann
"""


def png(level: tuple[int, int, int]) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (4, 4), level).save(out, "PNG")
    return out.getvalue()


def library(path: Path, *entries: str, head: str = HEAD) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("PluginFurnitureCatalog.properties", head + "".join(entries))
        for folder, level in (("one", (200, 30, 20)), ("two", (20, 30, 200))):
            archive.writestr(f"bricks/{folder}/brick.obj", OBJ)
            archive.writestr(f"bricks/{folder}/brick.mtl", MTL)
            archive.writestr(f"bricks/{folder}/red.png", png(level))
        archive.writestr("bricks/broken/brick.obj", "v 0 0 zero")
        archive.writestr("../outside/brick.obj", OBJ)
    return path


def entry(number: int, place: str = "one/brick.obj", more: str = "") -> str:
    return ENTRY.format(n=number, place=place) + more


def quiet(*_: object) -> None:
    pass


def test_each_model_is_a_mesh_with_licence_and_author(tmp_path: Path):
    path = library(tmp_path / "Some Bricks.sh3f", entry(1), entry(2, "two/brick.obj"))
    found = unpack([path], tmp_path / "out", 1, "", quiet)
    assert found.count == 2 and not found.missing
    listed = list_meshes(tmp_path / "out")
    assert [one.id for one in listed] == ["some_bricks_brick", "some_bricks_brick-2"]  # told apart by number
    one = listed[0]
    assert (one.category, one.source, one.licence) == ("Living room", "Bricks", "CC-BY-3.0")
    assert one.attribution.startswith("Ann, Bricks") and "© us" in one.attribution
    first, second = (read_mesh(one.path) for one in listed)
    assert np.ptp(first.mesh.vertices, axis=0) == pytest.approx([1, 2, 3])  # +Z up
    assert first.texture is not None and second.texture is not None
    assert first.texture[0, 0].tolist() == [200, 30, 20] and second.texture[0, 0].tolist() == [20, 30, 200]


def test_a_model_that_lies_down_is_stood_up(tmp_path: Path):
    quarter = "modelRotation#1=1 0 0 0 0 -1 0 1 0\n"  # x, y, z become x, -z, y
    unpack([library(tmp_path / "a.sh3f", entry(1, more=quarter))], tmp_path / "out", 1, "", quiet)
    vertices = read_mesh(tmp_path / "out" / "a_brick.glb").mesh.vertices
    assert np.ptp(vertices, axis=0) == pytest.approx([1, 3, 2])
    low = np.unique(vertices[vertices[:, 2] < 0], axis=0)
    assert len(low) == 1, "only the corner that was deep, at z = 2, hangs down"


def test_doors_and_other_formats_are_left_out_and_a_broken_model_is_named(tmp_path: Path):
    door, other = entry(2, more="doorOrWindow#2=true\n"), entry(3, "one/brick.dae")
    path = library(tmp_path / "a.sh3f", entry(1), door, other, entry(4, "broken/brick.obj"))
    found = unpack([path], tmp_path / "out", 1, "", quiet)
    assert found.count == 1 and list(found.missing) == ["a_brick-4"]
    assert "can't be read" in found.missing["a_brick-4"]
    assert [one["id"] for one in json.loads((tmp_path / "out" / "objects.json").read_text())] == ["a_brick"]


def test_what_is_there_stays_and_nothing_is_written_elsewhere(tmp_path: Path):
    path = library(tmp_path / "a.sh3f", entry(1), entry(2, more="model#2=../outside/brick.obj\n"))
    unpack([path], tmp_path / "out", 1, "", quiet)
    kept = tmp_path / "out" / "a_brick.glb"
    before = kept.stat().st_mtime_ns
    assert unpack([path], tmp_path / "out", 1, "", quiet).count == 2
    assert kept.stat().st_mtime_ns == before
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.sh3f", "out"]


def test_what_is_said_of_a_mesh_of_the_user_s_own_stays(tmp_path: Path):
    own = {"id": "mine", "category": "jug", "source": "me", "licence": "CC0-1.0", "attribution": "Bo"}
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.obj").write_text(OBJ)
    (tmp_path / "out" / "objects.json").write_text(json.dumps([own]))
    unpack([library(tmp_path / "a.sh3f", entry(1))], tmp_path / "out", 1, "", quiet)
    listed = {one.id: one.attribution for one in list_meshes(tmp_path / "out")}
    assert listed["mine"] == "Bo" and listed["a_brick"].startswith("Ann")


def test_a_library_unpacked_beside_another_leaves_the_other_s_words(tmp_path: Path):
    first = library(tmp_path / "a.sh3f", entry(1))
    second = library(tmp_path / "b.sh3f", entry(1), head=HEAD.replace("Bricks", "Stones"))
    for path in (first, second, first):
        assert unpack([path], tmp_path / "out", 1, "", quiet).count == 1
    listed = list_meshes(tmp_path / "out")
    assert [(one.id, one.source) for one in listed] == [("a_brick", "Bricks"), ("b_brick", "Stones")]
    (tmp_path / "more").mkdir()
    with pytest.raises(InputFault, match="Two libraries have the same name"):
        unpack([first, library(tmp_path / "more" / "A.sh3f", entry(1))], tmp_path / "out", 1, "", quiet)


@pytest.mark.parametrize("words", ["1 0 0", "a b c d e f g h i", "nan 0 0 0 1 0 0 0 1"])
def test_a_rotation_that_is_none_turns_nothing(tmp_path: Path, words: str):
    path = library(tmp_path / "a.sh3f", entry(1, more=f"modelRotation#1={words}\n"))
    unpack([path], tmp_path / "out", 1, "", quiet)
    vertices = read_mesh(tmp_path / "out" / "a_brick.glb").mesh.vertices
    assert np.ptp(vertices, axis=0) == pytest.approx([1, 2, 3])


def test_a_folder_that_can_t_be_written_is_told_in_a_sentence(tmp_path: Path):
    path = library(tmp_path / "a.sh3f", entry(1))
    with pytest.raises(InputFault, match="can't be written to"):
        unpack([path], path / "out", 1, "", quiet)


@pytest.mark.parametrize("content", [b"", b"no zip at all", None])
def test_what_is_no_library_is_told_in_a_sentence(tmp_path: Path, content: bytes | None):
    path = tmp_path / "a.sh3f"
    if content is None:
        zipfile.ZipFile(path, "w").close()
    else:
        path.write_bytes(content)
    with pytest.raises(InputFault, match=r"“a\.sh3f” is no furniture library"):
        models_of(path)
    with pytest.raises(InputFault, match="no furniture library"):
        models_of(tmp_path / "none.sh3f")


def test_properties_are_read_as_java_writes_them():
    text = "a=1\\u20ac\n  b = two\\\n   lines\n! c=no\n#d=no\nname#1=x=y\nback=c\\\\d\n"
    assert properties(text) == {"a": "1€", "b": "twolines", "name#1": "x=y", "back": "c\\d"}
