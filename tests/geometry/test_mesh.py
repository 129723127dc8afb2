"""Topology of the mesh type: closed or not, right way round or not, seams or not."""

from __future__ import annotations

import numpy as np
import pytest

from deocc.geometry.mesh import Mesh

CORNERS = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)
OUTWARD = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [0, 3, 2]], np.int32)


def mesh(vertices: np.ndarray, faces: np.ndarray) -> Mesh:
    count = len(vertices)
    return Mesh(vertices, faces, np.zeros((count, 2), np.float32), np.zeros(count, np.float32))


def split(vertices: np.ndarray, faces: np.ndarray) -> Mesh:
    """Every face with corners of its own, as UV seams everywhere would leave it."""
    return mesh(vertices[faces.reshape(-1)], np.arange(faces.size, dtype=np.int32).reshape(-1, 3))


def test_a_tetrahedron_is_watertight_and_holds_a_sixth():
    solid = mesh(CORNERS, OUTWARD)
    assert solid.is_watertight()
    assert solid.volume() == pytest.approx(1 / 6)


def test_seams_do_not_open_it():
    solid = split(CORNERS, OUTWARD)
    assert len(solid.vertices) == 12 and len(solid.weld()[0]) == 4
    assert solid.is_watertight()


def test_welding_tells_where_each_vertex_stands():
    solid = split(CORNERS, OUTWARD)
    places, place = solid.weld()
    assert np.array_equal(places[place], solid.vertices)


def test_inside_out_has_negative_volume():
    assert mesh(CORNERS, OUTWARD[:, ::-1].copy()).volume() == pytest.approx(-1 / 6)


@pytest.mark.parametrize(
    "faces",
    [
        OUTWARD[:3],  # a hole
        np.concatenate([OUTWARD[:3], OUTWARD[3:, ::-1]]),  # one face the other way round
        np.concatenate([OUTWARD, OUTWARD[:1]]),  # one face twice
        np.concatenate([OUTWARD, [[1, 1, 2]]]),  # a face without area
        np.zeros((0, 3), np.int32),
    ],
    ids=["hole", "flipped", "twice", "degenerate", "empty"],
)
def test_anything_else_is_not_watertight(faces: np.ndarray):
    assert not mesh(CORNERS, faces.astype(np.int32)).is_watertight()
