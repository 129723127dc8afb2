"""Fewer triangles: closed stays closed, the form stays, specks go."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from deocc.errors import DeoccError
from deocc.geometry.surface.simplify import bare, closed_again, simplify, without_specks
from tests.geometry.surface.solids import HALF, cube, cut, together


def ball(radius: float = 0.4, subdivisions: int = 5) -> trimesh.Trimesh:
    return trimesh.creation.icosphere(subdivisions=subdivisions, radius=radius)


@pytest.mark.parametrize("triangles", [500, 3000])
def test_a_ball_keeps_its_volume_and_stays_closed(triangles: int):
    points, faces = simplify(ball().vertices, ball().faces, triangles)
    mesh = bare(points, faces)
    assert mesh.is_watertight() and 0.9 * triangles < len(faces) <= triangles
    # a polyhedron of 500 triangles inscribed in a sphere misses 1.5 % of it
    assert mesh.volume() == pytest.approx(4 / 3 * np.pi * 0.4**3, rel=0.015)


def test_a_surface_below_the_budget_is_only_welded():
    soup = ball(subdivisions=2)
    corners = soup.vertices[soup.faces].reshape(-1, 3)
    points, faces = simplify(corners, np.arange(len(corners)).reshape(-1, 3), 10_000)
    assert len(points) == len(soup.vertices) and len(faces) == len(soup.faces)
    assert bare(points, faces).is_watertight()


@pytest.mark.parametrize("thickness", [0.003, 0.001])
def test_thin_walls_that_collapse_into_each_other_are_taken_apart(thickness: float):
    outer, inner = ball(0.4), ball(0.4 - thickness)
    inner.invert()
    wall = together(outer, inner)
    noisy = wall.vertices + np.random.default_rng(0).normal(0, 5e-4, wall.vertices.shape)
    points, faces = simplify(noisy, wall.faces, 800)
    assert bare(points, faces).is_watertight() and len(faces) < 1.1 * 800


def test_sheets_that_a_collapse_has_brought_together_are_taken_apart():
    """As the library does with a mug's wall: two places of two sheets become one, twice on one edge."""
    boxes = [ball(0.2, 2), ball(0.2, 2)]
    boxes[1].apply_translation([0.5, 0, 0])
    both = together(*boxes)
    points, faces = both.vertices.astype(np.float32), both.faces.astype(np.int32)
    edge, other = boxes[0].edges_unique[7], boxes[1].edges_unique[11] + len(boxes[0].vertices)
    joined = np.arange(len(points), dtype=np.int32)
    joined[other] = edge
    crowded = joined[faces]
    assert not bare(points, crowded).is_watertight()
    mended = bare(*closed_again(points, crowded))
    assert mended.is_watertight() and len(mended.faces) == len(faces) + 4


def test_two_closed_parts_that_share_an_edge_become_closed():
    boxes = [trimesh.creation.box(extents=[0.2, 0.2, 0.2]) for _ in range(2)]
    boxes[1].apply_translation([0.2, 0.2, 0])
    both = together(*boxes)
    places, place = bare(both.vertices, both.faces).weld()
    faces = place[both.faces].astype(np.int32)
    assert not bare(places, faces).is_watertight()  # four triangles at the common edge
    mended = bare(*closed_again(places, faces))
    assert mended.is_watertight() and mended.volume() == pytest.approx(2 * 0.2**3, rel=1e-2)


def test_opposite_triangles_on_the_same_corners_cancel():
    box = trimesh.creation.box()
    fin = np.array([[0, 1, 2], [0, 2, 1]], np.int32)
    faces = np.concatenate([box.faces.astype(np.int32), fin])
    _, left = closed_again(box.vertices.astype(np.float32), faces)
    assert len(left) == len(box.faces)


def test_an_open_surface_gets_fewer_triangles_and_stays_open():
    whole = cube()
    half = cut(whole, whole.triangles_center[:, 2] > 0)
    points, faces = simplify(half.vertices, half.faces, 1000)
    mesh = bare(points, faces)
    assert len(faces) <= 1000 and not mesh.is_watertight()
    assert np.allclose(mesh.bounds(), [[-HALF, -HALF, 0], [HALF] * 3], atol=0.01)


def test_specks_go_and_parts_of_the_object_stay():
    parts = [ball(0.4, 3), ball(0.05, 2), ball(0.001, 1)]
    for i, part in enumerate(parts):
        part.apply_translation([0.5 * i, 0, 0])
    scene = together(*parts)
    _, faces = without_specks(scene.vertices.astype(np.float32), scene.faces.astype(np.int32), 0.02)
    assert len(faces) == len(parts[0].faces) + len(parts[1].faces)


@pytest.mark.parametrize("vertices", [np.zeros((0, 3)), np.zeros((3, 3))])
def test_nothing_or_only_flat_triangles_is_an_empty_shape(vertices: np.ndarray):
    faces = np.arange(len(vertices)).reshape(-1, 3)
    with pytest.raises(DeoccError, match=r"The shape came out empty\.") as fault:
        simplify(vertices, faces, 1000)
    assert fault.value.code == "empty_shape" and fault.value.hint == "Try another seed."
