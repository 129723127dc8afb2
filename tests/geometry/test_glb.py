"""The mesh as a file: laid out as glTF 2.0 asks, with normals that stand on the surface."""

from __future__ import annotations

import json
import struct
from dataclasses import replace

import numpy as np
import pytest
import trimesh

from deocc.geometry.glb import linear, vertex_normals, write_glb
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


def test_colours_of_vertices_are_linear_light_and_no_texture_is_there():
    colours = np.random.default_rng(0).integers(0, 256, (642, 3)).astype(np.uint8)
    data = write_glb(replace(sphere(), colours=colours), None)
    size = struct.unpack_from("<I", data, 12)[0]
    about = json.loads(data[20 : 20 + size])
    attributes = about["meshes"][0]["primitives"][0]["attributes"]
    assert list(attributes) == ["POSITION", "NORMAL", "COLOR_0", "_SEEN"]
    assert not {"images", "textures", "samplers"} & set(about)
    assert "baseColorTexture" not in about["materials"][0]["pbrMetallicRoughness"]
    view = about["bufferViews"][about["accessors"][attributes["COLOR_0"]]["bufferView"]]
    start = 28 + size + view["byteOffset"]
    written = np.frombuffer(data[start : start + view["byteLength"]], "<f4").reshape(-1, 3)
    assert np.array_equal(written, linear(colours))
    # what other programs read: trimesh takes the numbers as they are
    read = trimesh.load_mesh(trimesh.util.wrap_as_stream(data), file_type="glb")
    assert len(read.faces) == 1280


def test_srgb_becomes_linear_light_by_the_standards_curve():
    found = linear(np.array([0, 10, 128, 188, 255], np.uint8))
    assert np.allclose(found, [0, 0.00303527, 0.21586, 0.50289, 1], atol=1e-5)  # IEC 61966-2-1's table
