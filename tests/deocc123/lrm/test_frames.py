"""The LRM's frame and ours: points there and back, and the cameras of both view sets."""

from __future__ import annotations

import math

import numpy as np
import pytest

from deocc.backends.deocc123.lrm.frames import (
    OBJECT_FROM_LRM,
    OBJECT_PER_LRM,
    camera_vectors,
    lrm_from_object,
    object_from_lrm,
)
from deocc.geometry.cameras import VIEW_AZIMUTHS_DEG, VIEW_ELEVATIONS_DEG, pinhole, view_cameras


def test_the_input_view_stands_on_plus_x_there_and_in_front_here():
    there = np.array([[4.0, 0, 0], [0, 4, 0], [0, 0, 4]])
    assert object_from_lrm(there).tolist() == [[0, -2, 0], [2, 0, 0], [0, 0, 2]]


def test_points_there_and_back_keep_their_format():
    points = np.random.default_rng(0).uniform(-1, 1, (20, 3)).astype(np.float32)
    back = lrm_from_object(object_from_lrm(points))
    assert back.dtype == np.float32 and np.array_equal(back, points)  # halves and doubles lose nothing
    assert np.allclose(object_from_lrm(points), points @ OBJECT_FROM_LRM.T * OBJECT_PER_LRM)


def test_it_is_a_rotation_and_no_mirror():
    assert np.linalg.det(OBJECT_FROM_LRM) == pytest.approx(1)
    assert np.allclose(OBJECT_FROM_LRM @ OBJECT_FROM_LRM.T, np.eye(3))


@pytest.mark.parametrize("name", ["v1.1", "v1.2"])
def test_views_stand_at_radius_four_at_their_absolute_azimuths(name: str):
    for i, row in enumerate(camera_vectors(view_cameras(name))):
        world_from_camera = row[:12].reshape(3, 4).astype(np.float64)
        azimuth, elevation = (
            math.radians(VIEW_AZIMUTHS_DEG[i]),
            math.radians(VIEW_ELEVATIONS_DEG[name][i % 2]),
        )
        flat = math.cos(elevation)
        out = np.array([flat * math.cos(azimuth), flat * math.sin(azimuth), math.sin(elevation)])
        assert np.allclose(world_from_camera[:, 3], 4 * out, atol=1e-6)
        assert np.allclose(world_from_camera[:, 2], out, atol=1e-6)  # OpenGL's z points backwards
        assert world_from_camera[2, 1] > 0 and abs(world_from_camera[2, 0]) < 1e-6  # y up, x level
        assert np.linalg.det(world_from_camera[:, :3]) == pytest.approx(1, abs=1e-6)
        focal = 0.5 / math.tan(math.radians(15))
        assert row[12:].tolist() == pytest.approx([focal, focal, 0.5, 0.5])


def test_the_two_sets_differ_by_ten_degrees():
    first, second = (camera_vectors(view_cameras(name)) for name in ("v1.1", "v1.2"))
    backwards = [rows[:, [2, 6, 10]].astype(np.float64) for rows in (first, second)]
    apart = np.degrees(np.arccos((backwards[0] * backwards[1]).sum(1)))
    assert apart == pytest.approx([10] * 6, abs=1e-3)


def test_the_lens_is_told_over_the_pictures_size():
    small, large = (pinhole(size, size, 30, np.eye(4)) for size in (80, 320))
    assert np.array_equal(camera_vectors((small,)), camera_vectors((large,)))
