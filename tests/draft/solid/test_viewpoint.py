"""Where the photo's camera stands: the given elevation, the given pixel, and the object frame."""

from __future__ import annotations

import math

import numpy as np
import pytest

from deocc.backends.draft.solid.viewpoint import elevation_of, into_object_frame, stand_before
from deocc.contract import PhotoCamera
from tests.draft.solids import canvas


def mask(rows: slice, columns: slice) -> np.ndarray:
    drawn = np.zeros((240, 320), bool)
    drawn[rows, columns] = True
    return drawn


@pytest.mark.parametrize("elevation_deg", [-20.0, 0.0, 35.0])
@pytest.mark.parametrize("roll_deg", [0.0, -12.0])
def test_the_middle_is_seen_where_the_object_is_and_from_the_elevation(elevation_deg, roll_deg):
    whole = mask(np.s_[20:80], np.s_[200:300])  # far off the photo's middle
    stand = stand_before(canvas(whole), whole, None, elevation_deg)
    camera = stand.moved(0, 0, stand.elevation, math.radians(roll_deg)).camera()
    pixel, depth = camera.project(np.zeros((1, 3)))
    assert pixel[0] == pytest.approx([250, 50])
    assert depth[0] > 0
    assert math.degrees(elevation_of(camera)) == pytest.approx(elevation_deg)
    assert np.linalg.norm(camera.centre) == pytest.approx(1)
    assert camera.centre[0] == pytest.approx(0) and camera.centre[1] < 0  # azimuth 0
    rotation = camera.object_from_camera[:3, :3]
    assert rotation @ rotation.T == pytest.approx(np.eye(3))
    assert np.linalg.det(rotation) == pytest.approx(1)


def test_up_is_up_and_right_is_right_in_the_photo():
    whole = mask(np.s_[90:150], np.s_[130:190])
    camera = stand_before(canvas(whole), whole, None, 20.0).camera()
    origin, above, aside = camera.project(np.array([[0, 0, 0], [0, 0, 0.1], [0.1, 0, 0]]))[0]
    assert above[1] < origin[1] - 5 and above[0] == pytest.approx(origin[0])
    assert aside[0] > origin[0] + 5


def test_a_known_camera_gives_elevation_and_lean_off_its_axis():
    """A camera that looks down by 30° sees things in the photo's upper half from less than 30°."""
    known = PhotoCamera(fov_deg=60.0, elevation_deg=30.0)
    high, low = mask(np.s_[10:60], np.s_[140:180]), mask(np.s_[180:230], np.s_[140:180])
    above, below = (stand_before(canvas(one), one, known, 0.0) for one in (high, low))
    focal = 160 / math.tan(math.radians(30))
    assert above.elevation == pytest.approx(math.radians(30) - math.atan(85 / focal))
    assert below.elevation == pytest.approx(math.radians(30) + math.atan(85 / focal))
    right = mask(np.s_[100:140], np.s_[280:318])
    assert stand_before(canvas(right), right, known, 0.0).roll != pytest.approx(0, abs=0.01)


def test_the_object_frame_keeps_the_picture_and_puts_the_camera_at_azimuth_0():
    whole = mask(np.s_[20:80], np.s_[200:300])
    camera = stand_before(canvas(whole), whole, None, 25.0).camera()
    points = np.random.default_rng(2).uniform(-0.1, 0.1, (200, 3)) + np.array([0.03, 0.05, -0.02])
    moved, scaled = into_object_frame(points, camera)
    low, high = moved.min(axis=0), moved.max(axis=0)
    assert (low + high) / 2 == pytest.approx(np.zeros(3), abs=1e-9)
    assert np.linalg.norm(moved, axis=1).max() == pytest.approx(0.5)
    assert scaled.project(moved)[0] == pytest.approx(camera.project(points)[0], abs=1e-6)
    azimuth = math.degrees(math.atan2(scaled.centre[0], -scaled.centre[1]))
    assert azimuth == pytest.approx(0, abs=0.01)
