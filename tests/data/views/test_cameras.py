"""Drawn cameras: the signs of their angles, how they frame a body, and that they spread as real photos do."""

from __future__ import annotations

import math

import numpy as np
import pytest

from deocc.data.views.cameras import Pose, drawn_camera, drawn_pose, framed, span_deg

CLOUD = np.random.default_rng(0).normal(size=(200, 3)) * (1.0, 0.4, 0.7)
COLUMN = np.array([[0, 0, -0.5], [0, 0, 0.5], [0.1, 0, 0], [-0.1, 0, 0], [0, 0.1, 0], [0, -0.1, 0]])


def diameter(points: np.ndarray) -> float:
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    return 2 * float(np.linalg.norm(points - middle, axis=1).max())


@pytest.mark.parametrize(("scale", "shift"), [(1, 0), (1000, 0), (0.01, 5), (1, -30)])
def test_the_picture_is_centred_and_its_longer_side_measures_120_pixels(scale, shift):
    points = CLOUD * scale + shift
    rng = np.random.default_rng(1)
    for _ in range(50):
        _, camera = drawn_camera(points, rng)
        pixels, depth = camera.project(points)
        assert depth.min() > 0
        low, high = pixels.min(axis=0), pixels.max(axis=0)
        # thirty halvings of an offset leave less than a thousandth of a pixel
        np.testing.assert_allclose((low + high) / 2, (64, 64), atol=1e-3)
        assert (high - low).max() == pytest.approx(120, abs=1e-3)


def test_azimuth_90_stands_at_plus_x_and_elevation_is_above():
    camera = framed(COLUMN, Pose(90, 30, 0, 0.5))
    x, y, z = camera.centre
    distance = diameter(COLUMN) / 0.5
    assert x == pytest.approx(distance * math.cos(math.radians(30)), rel=0.1)  # but for centring
    assert y == pytest.approx(0, abs=1e-9)
    assert z > 0.4 * distance
    forward = camera.object_from_camera[:3, 2]
    assert math.degrees(math.asin(-forward[2])) == pytest.approx(30)  # the axis looks down by exactly that


def test_a_camera_rolled_clockwise_turns_the_picture_counter_clockwise():
    camera = framed(COLUMN, Pose(0, 0, 4, 0.2))
    (bottom, top), _ = camera.project(COLUMN[:2])
    assert top[1] < bottom[1]
    lean = math.degrees(math.atan2(bottom[0] - top[0], bottom[1] - top[1]))
    assert lean == pytest.approx(4, abs=1e-6)  # the top is to the left of the bottom


@pytest.mark.parametrize("strength", [0.08, 0.3, 0.9])
def test_strength_is_the_diameter_over_the_distance(strength):
    camera = framed(CLOUD, Pose(40, 20, 1, strength))
    middle = (CLOUD.min(axis=0) + CLOUD.max(axis=0)) / 2
    distance = (middle - camera.centre) @ camera.object_from_camera[:3, 2]
    assert diameter(CLOUD) / distance == pytest.approx(strength)


def test_the_span_is_what_the_frame_s_width_takes():
    camera = framed(CLOUD, Pose(40, 20, 1, 0.5))
    _, directions = camera.rays()
    rows = directions.reshape(128, 128, 3)
    left, right = rows[64, 0], rows[64, 127]
    between = math.degrees(math.acos(left @ right))
    assert between == pytest.approx(span_deg(camera) * 127 / 128, rel=0.01)  # from first to last centre


def test_four_thousand_poses_spread_as_photos_do():
    rng = np.random.default_rng(2)
    poses = [drawn_pose(rng) for _ in range(4000)]
    quarters = np.bincount([int(pose.azimuth_deg // 90) for pose in poses])
    assert quarters.min() > 900  # 1,000 each, deviation 27
    elevations = np.array([pose.elevation_deg for pose in poses])
    assert -20 <= elevations.min() < -18 and 58 < elevations.max() <= 60
    usual = ((elevations >= 0) & (elevations <= 35)).mean()
    assert usual == pytest.approx(0.7 + 0.3 * 35 / 80, abs=0.03)
    rolls = np.array([pose.roll_deg for pose in poses])
    assert np.abs(rolls).max() <= 4 and rolls.std() > 1 and abs(rolls.mean()) < 0.1
    strengths = np.array([pose.strength for pose in poses])
    assert strengths.min() >= 0.08 and strengths.max() <= 0.9
    assert np.median(strengths) == pytest.approx(math.sqrt(0.08 * 0.9), rel=0.08)
