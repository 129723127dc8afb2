"""The atlas: every place has one colour of its own, seams close again, hardly a texel is stretched."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from deocc.geometry.mesh import Mesh
from deocc.geometry.surface.charts import cut_into_charts
from deocc.geometry.surface.simplify import bare, simplify
from deocc.geometry.surface.texels import texels_of
from deocc.geometry.surface.unwrap import GUTTER_PX, unwrap
from tests.geometry.surface.solids import cube, lamp

SIDE = 512


def knot() -> trimesh.Trimesh:
    """A torus with a wave in it: charts of it would cover themselves if nothing prevented that."""
    made = trimesh.creation.torus(0.3, 0.12, major_sections=96, minor_sections=48)
    points = made.vertices.copy()
    points[:, 2] += 0.05 * np.sin(8 * np.arctan2(points[:, 1], points[:, 0]))
    return trimesh.Trimesh(points, made.faces, process=False)


SOLIDS = {"cube": cube, "lamp": lamp, "knot": knot}


@pytest.fixture(params=list(SOLIDS), scope="module")
def solid(request) -> trimesh.Trimesh:
    return SOLIDS[request.param]()


@pytest.fixture(scope="module")
def surface(solid):
    return simplify(solid.vertices, solid.faces, 4000)  # points, faces


@pytest.fixture(scope="module")
def unwrapped(surface):
    points, faces = surface
    return unwrap(points, faces, SIDE)


def test_split_vertices_stand_where_they_stood_and_the_surface_stays_closed(surface, unwrapped):
    points, faces = surface
    mesh = unwrapped.mesh
    assert np.array_equal(mesh.vertices[mesh.faces], points[faces])
    assert np.array_equal(mesh.vertices, points[unwrapped.place])
    assert mesh.is_watertight() and bare(points, faces).is_watertight()


def test_all_of_the_atlas_is_inside_it_and_enough_of_it_is_used(unwrapped):
    uv = unwrapped.mesh.uv
    assert np.isfinite(uv).all() and uv.min() >= 0 and uv.max() <= 1
    assert len(texels_of(unwrapped.mesh, SIDE).index) > 0.4 * SIDE**2  # xatlas alone fills as much


def off_by(mesh: Mesh) -> np.ndarray:
    """(20000,) how far random places of the surface are from what the atlas shows at their uv; NaN: none."""
    random = np.random.default_rng(0)
    texels = texels_of(mesh, SIDE)
    places = np.full((SIDE**2, 3), np.nan, np.float32)
    places[texels.index] = texels.of_corners(mesh, mesh.vertices)
    corners = mesh.vertices[mesh.faces].astype(float)
    a, b, c = np.moveaxis(corners, 1, 0)
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    triangle = random.choice(len(mesh.faces), 20_000, p=area / area.sum())
    weights = random.dirichlet([1, 1, 1], len(triangle))[..., None]
    uv = (mesh.uv[mesh.faces[triangle]] * weights).sum(axis=1)
    there = (mesh.vertices[mesh.faces[triangle]] * weights).sum(axis=1)
    column, row = (uv[:, 0] * SIDE).astype(int), ((1 - uv[:, 1]) * SIDE).astype(int)
    shown = places[row.clip(0, SIDE - 1) * SIDE + column.clip(0, SIDE - 1)]
    return np.linalg.norm(shown - there, axis=1)


def test_a_texel_shows_the_place_that_its_uv_says(unwrapped):
    """No two charts overlap, and none covers itself."""
    far = off_by(unwrapped.mesh)
    # a texel is 0.004 wide here; faces seen at 0.15 of their size in a chart stretch it seven times
    assert np.nanquantile(far, 0.99) < 0.01 and (np.isnan(far) | (far > 0.03)).mean() < 1e-3


def test_a_spiral_ramp_that_looks_upwards_all_along_does_not_cover_itself():
    turns, steps = 3, 400
    angle = np.linspace(0, 2 * np.pi * turns, steps)
    edges = [np.stack([r * np.cos(angle), r * np.sin(angle), 0.02 * angle - 0.2], 1) for r in (0.2, 0.4)]
    points = np.stack(edges, 1).reshape(-1, 3).astype(np.float32)
    i = 2 * np.arange(steps - 1)
    faces = np.concatenate([np.stack([i, i + 1, i + 3], 1), np.stack([i, i + 3, i + 2], 1)]).astype(np.int32)
    far = off_by(unwrap(points, faces, SIDE).mesh)
    assert (np.isnan(far) | (far > 0.03)).mean() < 1e-3  # a turn above another is 0.13 away


def test_slivers_pull_no_chart_apart():
    """Points moved next to their neighbours leave faces of next to no area, as simplifying does."""
    body = cube()
    points, random = body.vertices.copy(), np.random.default_rng(0)
    for one, other in body.edges_unique[random.choice(len(body.edges_unique), 300, replace=False)]:
        points[one] = points[other] + random.normal(0, 1e-5, 3)
    mesh = unwrap(points.astype(np.float32), body.faces.astype(np.int32), SIDE).mesh
    far = off_by(mesh)
    assert (np.isnan(far) | (far > 0.03)).mean() < 1e-3


def test_charts_are_few_and_turned_towards_their_faces(surface):
    points, faces = surface
    cut = cut_into_charts(points, faces)
    one, other = cut.flat[:, 1] - cut.flat[:, 0], cut.flat[:, 2] - cut.flat[:, 0]
    flat = (one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]) / 2
    corners = points[faces].astype(float)
    true = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2
    assert flat.sum() > 0.8 * true.sum()
    assert -np.minimum(flat, 0).sum() < 1e-3 * true.sum()  # only slivers may lie on their backs
    assert int(cut.chart.max()) + 1 < 60


def test_charts_keep_their_distance(unwrapped):
    """The texels between two charts are at least two: one of each may be mixed by a renderer."""
    mesh = unwrapped.mesh
    texels = texels_of(mesh, SIDE)
    owner = np.zeros(SIDE**2, np.int64)
    parts = trimesh.graph.connected_component_labels(
        np.concatenate([mesh.faces[:, :2], mesh.faces[:, 1:]]), node_count=len(mesh.vertices)
    )
    owner[texels.index] = parts[mesh.faces[texels.triangle, 0]] + 1
    owner = owner.reshape(SIDE, SIDE)
    for axis in (0, 1):
        beside = np.moveaxis(owner, axis, 0)
        touching = (beside[1:] != beside[:-1]) & (beside[1:] > 0) & (beside[:-1] > 0)
        assert touching.sum() < 1e-4 * len(texels.index)
    assert GUTTER_PX >= 2


def test_a_cube_has_a_chart_for_each_side():
    points, faces = simplify(cube().vertices, cube().faces, 2000)
    chart = cut_into_charts(points, faces).chart
    large = np.bincount(chart) > 0.05 * len(faces)
    assert large.sum() == 6


def test_faces_without_area_cost_nothing():
    points = np.array([[0, 0, 0], [0.4, 0, 0], [0, 0.4, 0], [0.2, 0, 0], [0, 0, 0.4]], np.float32)
    faces = np.array(
        [[0, 2, 1], [0, 1, 3], [0, 1, 4], [0, 4, 2], [1, 2, 4]], np.int32
    )  # 0, 1, 3: on one line
    made = unwrap(points, faces, 64)
    assert np.isfinite(made.mesh.uv).all() and np.array_equal(
        made.mesh.vertices[made.mesh.faces], points[faces]
    )


def test_the_same_surface_gives_the_same_atlas(surface, unwrapped):
    points, faces = surface
    again = unwrap(points, faces, SIDE)
    assert np.array_equal(again.mesh.uv, unwrapped.mesh.uv)
    assert np.array_equal(again.mesh.faces, unwrapped.mesh.faces)
