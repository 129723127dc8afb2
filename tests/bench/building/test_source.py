"""Mesh files as they travel: read where they lie, or from their bytes where the folder is not seen."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import trimesh
from trimesh.exchange.gltf import export_gltf

from deocc.bench.building.settings import DEFAULTS
from deocc.bench.building.source import ObjectTask, readable
from deocc.data.meshes import list_meshes
from deocc.data.recipe import sha256_of
from deocc.data.source import source_of
from deocc.errors import InputFault
from tests.bench.building.meshes_folder import meshes_folder


def sources(folder: Path, *names: str):
    return {one.id: source_of(one) for one in list_meshes(meshes_folder(folder, *names))}


def test_a_carried_mesh_is_read_without_its_folder(tmp_path: Path):
    ball = sources(tmp_path, "ball")["ball"]
    assert ball.sha256 == hashlib.sha256(ball.path.read_bytes()).hexdigest()
    carried, here = ball.carried(), ball.read()
    ball.path.unlink()
    assert np.array_equal(carried.read().mesh.vertices, here.mesh.vertices)
    with pytest.raises(InputFault) as caught:
        ball.read()
    assert str(tmp_path) not in str(caught.value)
    assert ball.carried() == ball and sha256_of(ball.path) == "", "a lost file is told when it is read"


def test_a_carried_mesh_brings_what_it_names_and_changes_with_it(tmp_path: Path):
    for name, data in export_gltf(trimesh.creation.box().scene()).items():
        (tmp_path / name).write_bytes(data)
    [file] = list_meshes(tmp_path)
    one = source_of(file)
    carried, here = one.carried(), one.read()
    [buffer, *_] = sorted(tmp_path.glob("*.bin"))
    buffer.write_bytes(buffer.read_bytes()[::-1])
    assert source_of(file).sha256 != one.sha256, "the file itself is the same"
    buffer.unlink()
    assert np.array_equal(carried.read().mesh.vertices, here.mesh.vertices)


def test_a_task_carries_its_occluders_too(tmp_path: Path):
    known = sources(tmp_path, "ball", "box", "open")
    task = ObjectTask(0, DEFAULTS, known["ball"], (known["box"], known["open"])).carried()
    assert all(one.files for one in (task.source, *task.candidates))


def test_occluders_that_cant_be_read_are_passed_over(tmp_path: Path):
    known = sources(tmp_path, "ball", "box", "broken", "open")
    drawn = (known["broken"], known["open"], known["box"], known["ball"])
    assert [name for name, _ in readable(drawn, 2)] == ["open", "box"]
    assert readable((known["broken"],), 2) == []
