"""The whole way: raw surface and pictures in, an object for Blender out; odd input; the same bytes again."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
import pytest
import trimesh

from deocc.errors import Cancelled, DeoccError
from deocc.geometry.cameras import look_at_origin, pinhole, view_cameras
from deocc.geometry.raycast import render_views
from deocc.geometry.surface.dress import Dressed, DressOptions, dress
from tests.geometry.surface.solids import Shot, coloured, cube, cut, shot_of, side_colours, together, views_of

OPTIONS = DressOptions(triangles=3000, texture_px=256)
PHOTO = pinhole(320, 280, 40.0, look_at_origin(0, 25, 2.0))
HIDDEN = (slice(140, 280), slice(170, 320))


class Ticks:
    def __init__(self, cancel_at: str = ""):
        self.seen: list[tuple[str, float]] = []
        self._cancel_at = cancel_at

    def __call__(self, stage: str, fraction: float) -> None:
        self.seen.append((stage, fraction))
        if stage == self._cancel_at:
            raise Cancelled


@pytest.fixture(scope="module")
def views() -> list[np.ndarray]:
    return views_of(coloured(cube()))


@pytest.fixture(scope="module")
def taken() -> Shot:
    return shot_of(coloured(cube()), PHOTO, HIDDEN)


def dressed(views, taken, options=OPTIONS, solid=None, ticks=None) -> Dressed:
    solid = solid or cube()
    return dress(
        solid.vertices, solid.faces, views, view_cameras(), taken, side_colours, options, ticks or Ticks()
    )


@pytest.fixture(scope="module")
def made(views, taken) -> Dressed:
    return dressed(views, taken)


def test_it_is_closed_textured_and_where_it_was(made):
    assert made.mesh.is_watertight() and made.mesh.volume() == pytest.approx(0.54**3, rel=0.01)
    assert made.texture is not None and made.texture.shape == (256, 256, 3)
    assert np.allclose(made.mesh.bounds(), cube().bounds, atol=1e-3)  # not moved: cameras stay exact
    assert made.normals == () and made.mesh.colours is None


def test_from_a_new_camera_it_looks_like_the_object(made):
    camera = pinhole(200, 200, 30.0, look_at_origin(-40, 35, 2.0))
    (true,) = render_views(coloured(cube()), None, (camera,))
    (ours,) = render_views(made.mesh, made.texture, (camera,))
    both = (true[..., 3] == 255) & (ours[..., 3] == 255)
    assert both.sum() > 0.98 * (true[..., 3] == 255).sum()
    off = np.abs(true[..., :3].astype(int) - ours[..., :3]).max(axis=-1)[both]
    assert np.median(off) <= 2 and np.quantile(off, 0.9) < 10  # but for a strip along the cube's edges


def test_the_photo_is_found_seen_and_completed(made, taken):
    assert made.overlap > 0.97
    assert np.linalg.norm(made.photo_camera.centre / 2 - PHOTO.centre / 2) < 0.15
    front = made.mesh.vertices[:, 1] < -0.25
    assert 0.2 < made.mesh.seen[front].mean() < 0.9 and not made.mesh.seen[made.mesh.vertices[:, 1] > 0].all()
    whole = shot_of(coloured(cube()), PHOTO).object_mask
    assert ((made.completed[..., 3] > 128) != whole).sum() < 0.03 * whole.sum()


def test_stages_are_told_in_order_and_cancel_ends_it(views, taken):
    ticks = Ticks()
    result = dressed(views, taken, replace(OPTIONS, normals=True), ticks=ticks)
    stages = ["triangles", "photo camera", "texture", "whole picture", "normal maps"]
    assert [stage for stage, _ in ticks.seen] == stages == list(result.seconds)
    assert [fraction for _, fraction in ticks.seen] == sorted(fraction for _, fraction in ticks.seen)
    assert len(result.normals) == 6
    with pytest.raises(Cancelled):
        dressed(views, taken, ticks=Ticks("texture"))


def test_the_same_input_gives_the_same_bytes(made, views, taken):
    again = dressed(views, taken)
    for name in ("vertices", "faces", "uv", "seen"):
        assert getattr(made.mesh, name).tobytes() == getattr(again.mesh, name).tobytes()
    assert made.texture is not None and again.texture is not None
    assert np.array_equal(made.texture, again.texture) and np.array_equal(made.completed, again.completed)
    assert np.array_equal(made.photo_camera.object_from_camera, again.photo_camera.object_from_camera)


def test_vertex_colours_take_the_place_of_the_texture(views, taken):
    result = dressed(views, taken, replace(OPTIONS, vertex_colours=True, triangles=12_000))
    mesh = result.mesh
    assert result.texture is None and mesh.colours is not None and mesh.is_watertight()
    assert mesh.colours.dtype == np.uint8 and mesh.colours.shape == mesh.vertices.shape
    inner = np.sort(np.abs(mesh.vertices), axis=1)[:, 1] < 0.2
    assert np.abs(mesh.colours[inner].astype(int) - side_colours(mesh.vertices[inner])).max() <= 8
    assert result.completed[..., 3].any() and mesh.seen.any()


def test_a_photo_of_something_else_gives_no_pixels_but_a_camera(views, caplog):
    flat = np.zeros((200, 300), bool)
    flat[95:105, 20:280] = True
    none = np.zeros_like(flat)
    other = Shot(np.full((200, 300, 3), (255, 0, 255), np.uint8), flat, none, none)
    with caplog.at_level(logging.WARNING):
        result = dressed(views, other)
    assert "too little to take the photo's own pixels" in caplog.text
    assert not result.mesh.seen.any() and result.overlap < 0.85
    assert result.texture is not None
    magenta = (np.abs(result.texture.astype(int) - [255, 0, 255]).max(axis=-1) < 40).sum()
    assert magenta == 0 and np.isfinite(result.photo_camera.object_from_camera).all()


def test_no_surface_is_a_sentence(views, taken):
    with pytest.raises(DeoccError) as fault:
        dress(
            np.zeros((0, 3)),
            np.zeros((0, 3), int),
            views,
            view_cameras(),
            taken,
            side_colours,
            OPTIONS,
            Ticks(),
        )
    assert (fault.value.code, fault.value.message) == ("empty_shape", "The shape came out empty.")


def test_an_open_surface_with_islands_is_dressed_all_the_same(views, taken):
    whole = cube()
    open_box = cut(whole, whole.triangles_center[:, 2] < 0.2)
    speck = trimesh.creation.icosphere(subdivisions=1, radius=0.002)
    speck.apply_translation([0.4, 0.4, 0.4])
    result = dressed(views, taken, solid=together(open_box, speck))
    assert not result.mesh.is_watertight() and result.mesh.bounds()[1].max() < 0.28  # the speck is gone
    assert result.texture is not None and result.texture.std() > 20


def test_a_view_camera_inside_the_surface_does_no_harm(taken):
    cameras = (*view_cameras()[:5], pinhole(320, 320, 30.0, look_at_origin(0, 0, 0.05)))
    views = [*views_of(coloured(cube()))[:5], np.full((320, 320, 4), 255, np.uint8)]
    solid = cube()
    result = dress(solid.vertices, solid.faces, views, cameras, taken, side_colours, OPTIONS, Ticks())
    assert result.texture is not None and (result.texture.min(axis=-1) < 200).all()  # none of its white
