"""The mesh as a file: laid out as glTF 2.0 asks, with normals that stand on the surface."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest
import trimesh

from deocc.geometry.glb import vertex_normals, write_glb
from deocc.geometry.mesh import Mesh


def sphere() -> Mesh:
    made = trimesh.creation.icosphere(subdivisions=3, radius=0.5)
    vertices = np.asarray(made.vertices, np.float32)
    return Mesh(
        vertices, np.asarray(made.faces, np.int32), vertices[:, :2] + 0.5, np.ones(len(vertices), np.float32)
    )


def test_normals_of_a_sphere_point_away_from_its_centre():
    mesh = sphere()
    normals = vertex_normals(mesh.vertices, mesh.faces)
    assert np.allclose(np.linalg.norm(normals, axis=1), 1)
    # an icosphere of 1280 faces bends by 0.1 rad from face to face; the mean over five or six lies far closer
    assert (np.sum(normals * mesh.vertices / 0.5, axis=1) > 0.999).all()


def test_a_vertex_without_a_face_or_on_a_flat_one_has_some_unit_normal():
    points = np.zeros((4, 3))
    normals = vertex_normals(points, np.array([[0, 1, 2]]))
    assert np.allclose(np.linalg.norm(normals, axis=1), 1)


@pytest.mark.parametrize("texture_bytes", [8, 9, 10, 11])
def test_every_chunk_and_view_begins_at_a_multiple_of_four(texture_bytes: int):
    data = write_glb(sphere(), bytes(texture_bytes))
    magic, version, length = struct.unpack_from("<4sII", data)
    assert (magic, version, length) == (b"glTF", 2, len(data))
    size, kind = struct.unpack_from("<I4s", data, 12)
    about = json.loads(data[20 : 20 + size])
    binary_size, binary_kind = struct.unpack_from("<I4s", data, 20 + size)
    assert (kind, binary_kind) == (b"JSON", b"BIN\0") and size % 4 == binary_size % 4 == 0
    assert all(view["byteOffset"] % 4 == 0 for view in about["bufferViews"])
    last = about["bufferViews"][-1]
    assert last["byteLength"] == texture_bytes and last["byteOffset"] + last["byteLength"] <= binary_size
    assert np.allclose(about["accessors"][0]["min"], -0.5, atol=1e-6)  # viewers need the bounds
