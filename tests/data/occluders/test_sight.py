"""Rays moved into a mesh's own frame see what the moved mesh shows; hidden shares are those of geometry."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from deocc.data.occluders import sight as sights
from deocc.data.occluders.solids import box
from deocc.errors import InputFault
from deocc.geometry.cameras import look_at_origin, pinhole
from deocc.geometry.raycast import Caster
from tests.data.occluders.bodies import GREY, ball, ring

CAMERA = pinhole(256, 256, 40.0, look_at_origin(20, 15, 2.0))


def placed_at(scale: float, turn_deg: float, place: tuple[float, float, float]) -> NDArray[np.float64]:
    cosine, sine = math.cos(math.radians(turn_deg)), math.sin(math.radians(turn_deg))
    pose = np.eye(4)
    pose[:3, :3] = scale * np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])
    pose[:3, 3] = place
    return pose


def test_moved_rays_see_what_the_moved_mesh_shows():
    mesh, pose = ring(), placed_at(0.6, 35, (0.1, -0.4, 0.2))
    moved = mesh.vertices @ pose[:3, :3].T + pose[:3, 3]
    seen = sights.covered(Caster(mesh.vertices, mesh.faces), CAMERA, pose)
    expected = Caster(moved, mesh.faces).covers(CAMERA)
    assert expected.sum() > 2000
    assert (seen != expected).sum() <= 3  # pixels whose centre an edge crosses, in float32


def test_a_wall_that_slides_half_before_a_plate_hides_half_of_it():
    plate = box((0.8, 0.01, 0.6), GREY)
    camera = pinhole(256, 256, 40.0, look_at_origin(0, 0, 2.5))
    sight = sights.look(plate, camera, 0.0)
    wall = box((2.0, 0.01, 3.0), GREY)
    caster = Caster(wall.vertices, wall.faces)
    pose = placed_at(1.0, 0, (0.0, -0.5, -1.0))
    ways = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])  # its edges at ±1: beside, half, wholly before it
    # the wall's edge is on the axis at ±1, so perspective doesn't matter; half a column of 70 for pixels
    assert sights.hidden_shares(caster, pose, sight, ways) == pytest.approx([0, 0.5, 1, 0.5, 0], abs=0.01)
    half = sights.slid(pose, sight, 1.0)
    assert sights.hidden_share(caster, half, sight) == pytest.approx(0.5, abs=0.008)
    hidden = sights.covered(caster, camera, half)
    assert sights.hidden_share(caster, half, sight) == hidden[sight.amodal].mean()  # the very same rays
    # the right half of the picture, top to bottom
    assert sights.picture_share(caster, half, sight) == pytest.approx(0.5, abs=0.5 / 48 + 1e-6)


def test_a_sight_knows_where_the_room_before_the_target_is():
    sight = sights.look(ball(0.5), CAMERA, -0.5)
    assert sight.front == pytest.approx(0.5, abs=0.01)  # facets of the ball
    assert sight.eye == pytest.approx(2.0 * math.cos(math.radians(15)), abs=1e-6)
    assert sight.front < sight.nearest < sight.farthest < sight.eye
    assert sight.diameter == pytest.approx(1.0, abs=1e-3)
    right = CAMERA.object_from_camera[:3, 0]
    assert np.allclose(sight.sideways, right)  # right of the target as the camera sees it
    low, high = sight.crossing(1.0)
    assert low[0] == pytest.approx(-high[0], abs=0.01)  # the camera looks at the ball's middle


@pytest.mark.parametrize(
    "camera",
    [
        pinhole(64, 64, 40.0, look_at_origin(0, 90, 2.0)),  # above
        pinhole(64, 64, 40.0, look_at_origin(0, 0, 0.2)),  # inside
        pinhole(64, 64, 40.0, placed_at(1.0, 0, (5.0, 0.0, 0.0))),  # beside it, looking up
    ],
)
def test_cameras_with_no_room_before_them_are_refused(camera):
    with pytest.raises(InputFault) as fault:
        sights.look(ball(0.5), camera, -0.5)
    assert fault.value.code == "no_room"
