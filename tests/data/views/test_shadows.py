"""Shadows on bodies: cast by their own parts, in corners, near the ground, without grain."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from deocc.data.occluders.solids import box
from deocc.data.textured import Textured
from deocc.data.views.cameras import Pose, framed
from deocc.data.views.shading import Light
from deocc.data.views.shadows import shadows
from deocc.data.views.sight import front_of
from deocc.data.views.surface import Surface
from deocc.geometry.mesh import Mesh
from tests.data.simple_bodies import ball
from tests.data.views.test_shading import DARK, WHITE

GREY = np.array([128, 128, 128], np.uint8)
SUNNY = replace(DARK, sun=WHITE, to_sun=np.array([-0.6, 0, 0.8], np.float32))
ABOVE = Pose(0, 55, 0, 0.2)


def post_on_a_plate() -> Textured:
    """A post 0.1 wide and 0.5 high in the middle of a plate 1 wide."""
    plate, post = box((1.0, 1.0, 0.05), GREY), box((0.1, 0.1, 0.5), GREY)  # each stands on z = 0
    faces = np.concatenate([plate.faces, post.faces + len(plate.vertices)])
    vertices = np.concatenate([plate.vertices, post.vertices + np.array([0, 0, 0.05])]).astype(np.float32)
    count = len(vertices)
    uv, seen = np.zeros((count, 2), np.float32), np.ones(count, np.float32)
    mesh = Mesh(vertices, faces, uv, seen, np.tile(GREY, (count, 1)))
    return Textured(mesh, None)


def shaded(textured: Textured, light: Light, pose: Pose = ABOVE):
    """Places (K, 3) that the camera sees, sunlit (K,) and open_share (K,)."""
    surface = Surface(textured)
    front = front_of(surface, framed(surface.outer, pose))
    return front.points, *shadows(surface, front, light, np.random.default_rng(0))


def test_a_post_throws_its_shadow_away_from_the_sun():
    points, sunlit, _ = shaded(post_on_a_plate(), SUNNY)
    x, y, z = points.T
    on_plate = (np.abs(z - 0.05) < 1e-3) & (np.abs(y) < 0.02)
    # a sun to the left, 53 degrees high: the post's top, 0.5 up, falls 0.375 to the right
    assert sunlit[on_plate & (x > 0.12) & (x < 0.3)].max() < 0.1
    assert sunlit[on_plate & (x > 0.43)].min() > 0.95
    assert sunlit[on_plate & (x < -0.1)].min() > 0.95


def test_a_wide_light_s_shadow_is_dark_at_the_foot_and_soft_far_from_it():
    foot, far = {}, {}
    for blur in (0.0, 0.2):
        points, sunlit, _ = shaded(post_on_a_plate(), replace(SUNNY, sun_blur=blur))
        x, y, z = points.T
        within = (np.abs(z - 0.05) < 1e-3) & (np.abs(y) < 0.02)
        foot[blur] = sunlit[within & (x > 0.06) & (x < 0.1)].mean()
        far[blur] = sunlit[within & (x > 0.2) & (x < 0.25)].mean()
    assert max(*foot.values(), far[0.0]) < 0.1
    assert far[0.2] > 0.2  # smoothing alone would leave 0.05


def test_a_corner_is_darker_than_an_open_place():
    points, _, open_share = shaded(post_on_a_plate(), DARK)
    x, y, z = points.T
    on_plate = np.abs(z - 0.05) < 1e-3
    corner = on_plate & (np.abs(x) < 0.08) & (y < -0.05) & (y > -0.08)
    far = on_plate & (np.abs(x) > 0.35)
    assert open_share[corner].mean() < open_share[far].mean() - 0.15
    assert open_share[far].mean() > 0.95


def test_what_stands_on_the_ground_is_darker_at_its_foot():
    level = Pose(0, 0, 0, 0.2)
    feet = {}
    for grounded in (False, True):
        points, _, open_share = shaded(ball(), replace(DARK, grounded=grounded), level)
        foot, middle = points[:, 2] < -0.42, np.abs(points[:, 2]) < 0.1
        feet[grounded] = open_share[middle].mean() - open_share[foot].mean()
    assert feet[True] > 0.2
    assert abs(feet[False]) < 0.01


def test_a_ball_throws_no_shadow_on_itself_and_shows_no_grain():
    points, sunlit, open_share = shaded(ball(rings=48), replace(SUNNY, sun_blur=0.05))
    outward = points / np.linalg.norm(points, axis=1, keepdims=True)
    assert sunlit[outward @ SUNNY.to_sun > 0.2].min() > 0.99
    assert open_share.min() > 0.99
