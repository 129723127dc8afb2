"""The texture: a cube photographed by six cameras gets its own colours back, wherever it can be known."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from deocc.geometry.cameras import look_at_origin, pinhole, view_cameras
from deocc.geometry.mesh import Mesh
from deocc.geometry.raycast import Caster, render_views
from deocc.geometry.surface.bake import bake, paint_vertices
from deocc.geometry.surface.simplify import bare, simplify
from deocc.geometry.surface.source import Source
from deocc.geometry.surface.unwrap import Unwrapped, unwrap
from tests.geometry.surface.solids import HALF, coloured, cube, side_colours, together, views_of

SIDE = 256


def grey(points: np.ndarray) -> np.ndarray:
    return np.full((len(points), 3), 128, np.uint8)


@pytest.fixture(scope="module")
def unwrapped() -> Unwrapped:
    return unwrap(*simplify(cube().vertices, cube().faces, 3000), SIDE)


@pytest.fixture(scope="module")
def sources() -> list[Source]:
    views = views_of(coloured(cube()))
    return [
        Source(view[..., :3], view[..., 3] > 250, one)
        for view, one in zip(views, view_cameras(), strict=True)
    ]


def at_points(mesh: Mesh, texture: np.ndarray, inner: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Random places of the surface (K, 3), none nearer to a cube's edge than 1 - inner, and the texture's
    colours there (K, 3)."""
    random = np.random.default_rng(1)
    triangle = random.integers(0, len(mesh.faces), 30_000)
    weights = random.dirichlet([1, 1, 1], len(triangle))[..., None]
    places = (mesh.vertices[mesh.faces[triangle]] * weights).sum(axis=1)
    uv = (mesh.uv[mesh.faces[triangle]] * weights).sum(axis=1)
    side = len(texture)
    column, row = (uv[:, 0] * side).astype(int), ((1 - uv[:, 1]) * side).astype(int)
    kept = np.sort(np.abs(places), axis=1)[:, 1] < inner * HALF
    return places[kept], texture[row.clip(0, side - 1), column.clip(0, side - 1)][kept].astype(int)


def test_every_side_gets_its_own_colour_back(unwrapped, sources):
    texture = bake(unwrapped, sources, None, side_colours)
    places, found = at_points(unwrapped.mesh, texture, inner=0.9)
    off = np.abs(found - side_colours(places)).max(axis=1)
    assert np.quantile(off, 0.99) <= 4  # of 255: blending and 8 bits; no other side's colour, no background
    assert texture.shape == (SIDE, SIDE, 3) and texture.dtype == np.uint8


def test_no_seam_and_no_edge_is_black_or_background(unwrapped, sources):
    texture = bake(unwrapped, sources, None, side_colours)
    _, found = at_points(unwrapped.mesh, texture)
    # mixtures of two sides' colours are right at the cube's edges; nothing darker or brighter than all is
    assert (found.max(axis=1) > 110).mean() > 0.999 and (found.min(axis=1) < 200).all()


def test_views_of_different_brightness_are_blended_without_a_step():
    white = unwrapped_ball()
    cameras = view_cameras()
    shades = (150, 170, 150, 170, 150, 170)
    sources = [
        Source(np.full((320, 320, 3), shade, np.uint8), mask_of(white, one), one)
        for shade, one in zip(shades, cameras, strict=True)
    ]
    texture = bake(white, sources, None, lambda points: np.full((len(points), 3), 160, np.uint8))
    ring = [pinhole(200, 200, 30, look_at_origin(azimuth, 5, 2.0)) for azimuth in range(0, 360, 60)]
    for view in render_views(white.mesh, texture, tuple(ring)):
        row = view[100, view[100, :, 3] == 255, 0].astype(int)
        assert np.abs(np.diff(row)).max() <= 4  # 20 levels apart, given over softly


def unwrapped_ball() -> Unwrapped:
    made = trimesh.creation.icosphere(subdivisions=4, radius=0.45)
    return unwrap(made.vertices.astype(np.float32), made.faces.astype(np.int32), SIDE)


def mask_of(unwrapped: Unwrapped, camera) -> np.ndarray:
    (view,) = render_views(unwrapped.mesh, np.full((4, 4, 3), 255, np.uint8), (camera,))
    return view[..., 3] == 255


def test_what_nobody_sees_has_the_fields_colour_at_the_views_level(unwrapped, sources):
    """Only one view: the far sides are the field's, which is darker by a fifth than the view, and lifted."""
    field = lambda points: np.round(side_colours(points) * 0.8).astype(np.uint8)  # noqa: E731
    texture = bake(unwrapped, sources[:1], None, field)
    places, found = at_points(unwrapped.mesh, texture, inner=0.8)
    behind = places @ view_cameras()[0].centre < -0.3
    expected = side_colours(places[behind])
    # ratios with DARK added to both are not quite a factor: 0.8 comes back as 0.97 to 1.06
    assert behind.sum() > 1000 and np.abs(found[behind] / expected - 1).max() < 0.12


def test_what_is_hidden_behind_something_gets_nothing_of_its_colour():
    """A red plate before a larger green one, one view from the front; the field says blue."""
    front, back = (trimesh.creation.box(extents=size).subdivide().subdivide() for size in
                   ((0.2, 0.02, 0.2), (0.6, 0.02, 0.6)))  # fmt: skip
    front.apply_translation([0, -0.2, 0])
    back.apply_translation([0, 0.1, 0])
    solid = together(front, back)
    camera = pinhole(320, 320, 30.0, look_at_origin(0, 0, 2.0))
    red = Caster(front.vertices, front.faces).covers(camera)
    picture = np.where(red[..., None], [220, 30, 30], [30, 200, 30]).astype(np.uint8)
    source = Source(picture, Caster(solid.vertices, solid.faces).covers(camera), camera)
    wrapped = unwrap(solid.vertices.astype(np.float32), solid.faces.astype(np.int32), SIDE)
    texture = bake(
        wrapped, [source], None, lambda points: np.tile(np.array([30, 30, 200], np.uint8), (len(points), 1))
    )
    mesh = wrapped.mesh
    at = mesh.vertices[mesh.faces].mean(axis=1)
    found = np.array([colour_at(texture, uv) for uv in mesh.uv[mesh.faces].mean(axis=1)])
    behind = (np.abs(at[:, 1] - 0.09) < 1e-3) & (np.abs(at[:, [0, 2]]).max(axis=1) < 0.08)
    beside = (np.abs(at[:, 1] - 0.09) < 1e-3) & (np.abs(at[:, [0, 2]]).max(axis=1) > 0.18)
    assert behind.any() and beside.any()
    assert (found[behind, 0] < 60).all()  # no red got through
    assert (found[beside] == [30, 200, 30]).all()


def colour_at(texture: np.ndarray, uv: np.ndarray) -> np.ndarray:
    side = len(texture)
    return texture[int((1 - uv[1]) * side), int(uv[0] * side)].astype(int)


def test_the_photo_wins_where_it_is_face_on_and_the_rest_follows_its_light(unwrapped, sources):
    camera = pinhole(400, 400, 30.0, look_at_origin(0, 0, 2.0))
    (view,) = render_views(coloured(cube()), None, (camera,))
    warm = np.clip(view[..., :3] * [1.2, 1.0, 0.9], 0, 255).astype(np.uint8)
    texture = bake(unwrapped, sources, Source(warm, view[..., 3] > 250, camera), side_colours)
    places, found = at_points(unwrapped.mesh, texture, inner=0.7)
    front = places[:, 1] < -HALF + 1e-4
    expected = np.clip(side_colours(places) * [1.2, 1.0, 0.9], 0, 255)
    assert np.abs(found[front] - expected[front]).max() <= 3
    assert np.abs(found[~front] - expected[~front]).mean() < 12  # 20 % of red 200 is 40: most of it followed


def test_vertices_get_the_colours_that_a_texture_would(unwrapped, sources):
    points, faces = simplify(cube().vertices, cube().faces, 12_000)
    plain = Unwrapped(bare(points, faces), np.arange(len(points)), SIDE)
    found = paint_vertices(plain, sources, None, side_colours)
    inner = np.sort(np.abs(points), axis=1)[:, 1] < 0.8 * HALF
    # near the edges two views' levels are mixed that saw different amounts of the next side
    assert np.abs(found[inner].astype(int) - side_colours(points[inner])).max() <= 6


def test_no_view_at_all_leaves_the_field(unwrapped):
    assert (bake(unwrapped, [], None, grey) == 128).all()
