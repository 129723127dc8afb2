"""What a mesh file names beside it: of each format that can, inside its folder alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from deocc.data.companions import companions


def test_a_gltf_names_buffers_and_pictures_but_not_what_it_holds_itself(tmp_path: Path):
    about = {
        "buffers": [{"uri": "a%20b.bin", "byteLength": 1}, {"uri": "data:;base64,AA==", "byteLength": 1}],
        "images": [{"uri": "pictures/wood.png"}, {"bufferView": 0}, {"uri": "gone.png"}],
    }
    (tmp_path / "box.gltf").write_text(json.dumps(about))
    (tmp_path / "pictures").mkdir()
    for name in ("a b.bin", "pictures/wood.png", "other.bin"):
        (tmp_path / name).write_bytes(b"1")
    assert companions(tmp_path / "box.gltf") == ["a b.bin", "pictures/wood.png"]


def test_an_obj_names_its_materials_and_they_their_pictures(tmp_path: Path):
    (tmp_path / "box.obj").write_text("mtllib paints/all of them.mtl\nv 0 0 0\n# mtllib no.mtl\n")
    (tmp_path / "paints").mkdir()
    (tmp_path / "paints/all of them.mtl").write_text(
        "newmtl a\nmap_Kd -s 2 2 2 red.png\nmap_Kd dark blue.png"
    )
    for name in ("red.png", "dark blue.png"):
        (tmp_path / "paints" / name).write_bytes(b"1")
    assert companions(tmp_path / "box.obj") == [
        "paints/all of them.mtl", "paints/dark blue.png", "paints/red.png"
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["../secret.bin", "/etc/hostname"])
def test_nothing_outside_the_folder_is_taken(tmp_path: Path, name: str):
    (tmp_path / "secret.bin").write_bytes(b"1")
    (tmp_path / "meshes").mkdir()
    (tmp_path / "meshes/a.gltf").write_text(json.dumps({"buffers": [{"uri": name}]}))
    assert companions(tmp_path / "meshes/a.gltf") == []


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"buffers": 3}', '{"images": [null]}'])
def test_a_broken_file_names_nothing(tmp_path: Path, content: str):
    (tmp_path / "a.gltf").write_text(content)
    assert companions(tmp_path / "a.gltf") == []
    assert companions(tmp_path / "none.obj") == companions(tmp_path / "none.ply") == []
