"""Ray casting against shapes whose pictures are known."""

from __future__ import annotations

import math

import numpy as np
import pytest
import trimesh

from deocc.geometry.cameras import look_at_origin, pinhole, view_cameras
from deocc.geometry.mesh import Mesh
from deocc.geometry.raycast import Caster, render_views, visible_vertices

RADIUS, DISTANCE = 0.4, 2.0


def ball(uv: tuple[float, float] = (0.5, 0.5)) -> Mesh:
    solid = trimesh.creation.icosphere(subdivisions=4, radius=RADIUS)
    count = len(solid.vertices)
    return Mesh(
        solid.vertices.astype(np.float32),
        solid.faces.astype(np.int32),
        np.tile(np.array(uv, np.float32), (count, 1)),
        np.zeros(count, np.float32),
    )


def disc_area_px(focal: float) -> float:
    """Of a ball's outline in a camera that looks at its middle: half angle asin(r / d)."""
    return math.pi * (focal * math.tan(math.asin(RADIUS / DISTANCE))) ** 2


@pytest.mark.parametrize("camera", view_cameras("v1.2"))
def test_a_ball_covers_the_disc_that_geometry_says(camera):
    covered = Caster(ball().vertices, ball().faces).covers(camera)
    # 0.5 %: the facets of the ball lie inside it by 0.2 % of its area, and pixels count by their centres
    assert covered.sum() == pytest.approx(disc_area_px(camera.fx), rel=0.005)


def test_soft_outlines_measure_areas_tenfold_better_than_pixels():
    camera = pinhole(40, 40, 30.0, look_at_origin(0, 20, DISTANCE))
    (view,) = render_views(ball(), np.full((8, 8, 3), 200, np.uint8), (camera,))
    assert view.shape == (40, 40, 4)
    assert view[..., 3].sum() / 255 == pytest.approx(disc_area_px(camera.fx), rel=0.01)
    ring = (view[..., 3] > 0) & (view[..., 3] < 255)
    assert ring.any() and (view[ring][:, :3] == 200).all()  # no background in the colours


def test_uv_runs_upwards_and_texels_land_where_they_belong():
    corners = np.array([[-0.5, 0, -0.5], [0.5, 0, -0.5], [0.5, 0, 0.5], [-0.5, 0, 0.5]], np.float32)
    uv = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    square = Mesh(corners, np.array([[0, 1, 2], [0, 2, 3]], np.int32), uv, np.zeros(4, np.float32))
    texture = np.zeros((64, 64, 3), np.uint8)
    texture[:32, :32] = (255, 0, 0)  # top left
    camera = pinhole(80, 80, 40.0, look_at_origin(0, 0, 2.0))
    (view,) = render_views(square, texture, (camera,))
    red = view[..., 0] > 128
    v, u = np.nonzero(red)
    assert u.max() < 41 and v.max() < 41  # the picture's top left quarter
    assert red.sum() == pytest.approx((view[..., 3] > 0).sum() / 4, rel=0.1)


def test_a_camera_sees_the_cap_of_a_ball_and_nothing_behind_another():
    front, camera = ball(), pinhole(64, 64, 40.0, look_at_origin(0, 0, DISTANCE))
    seen = visible_vertices(front, camera)
    # the visible cap of a ball has the share (1 - r / d) / 2; 2 % for vertices on its rim
    assert seen.mean() == pytest.approx((1 - RADIUS / DISTANCE) / 2, abs=0.02)
    assert (front.vertices[seen][:, 1] < 0).all()
    small = front.vertices * 0.5 + np.array([0, 1.2, 0], np.float32)  # wholly in its shadow
    pair = Mesh(
        np.concatenate([front.vertices, small]),
        np.concatenate([front.faces, front.faces + len(small)]),
        np.concatenate([front.uv, front.uv]),
        np.concatenate([front.seen, front.seen]),
    )
    assert not visible_vertices(pair, camera)[len(small) :].any()
