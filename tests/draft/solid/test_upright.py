"""The upright line of a silhouette: where it stands and how it leans."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from deocc.backends.draft.solid.upright import Upright, best_upright, mirrored, on_upright
from tests.draft.solids import camera, outline, stand, vase

BOTTLE = vase([(0.3, -0.5), (0.3, 0.1), (0.1, 0.25), (0.1, 0.5)])


@pytest.mark.parametrize("lean_deg", [0.0, 8.0, -14.0])
def test_a_leaning_bottles_axis_is_found(lean_deg: float):
    view = camera(20.0)
    cos, sin = math.cos(math.radians(lean_deg)), math.sin(math.radians(lean_deg))
    roll = np.array([[cos, sin, 0, 0], [-sin, cos, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
    mask = outline(BOTTLE, replace(view, object_from_camera=view.object_from_camera @ roll))
    found = best_upright(mask, stand(mask))
    assert math.degrees(found.roll) == pytest.approx(lean_deg, abs=2)  # searched in steps of two
    middle = found.x + (120 - found.y) * math.tan(found.roll)
    assert middle == pytest.approx(160, abs=3.5)  # the photo's; a step of lean moves the ends by five pixels
    overlap = (mask & mirrored(mask, found)).sum() / mask.sum()
    assert overlap > 0.95  # a step of the search leaves a pixel along each edge


def test_a_stand_on_a_line_sees_its_upright_along_it():
    mask = outline(BOTTLE, camera(20.0))
    line = Upright(70.0, 150.0, math.radians(12))
    placed = on_upright(stand(mask), line, math.radians(30))
    seen = Upright.of(placed.camera())
    assert (seen.x, seen.y) == pytest.approx((70, 150), abs=0.5)
    assert seen.roll == pytest.approx(line.roll, abs=math.radians(0.2))


def test_a_level_camera_is_lifted_a_little_so_that_circles_are_seen_as_such():
    mask = outline(BOTTLE, camera(20.0))
    placed = on_upright(stand(mask), Upright(160.0, 120.0, 0.0), 0.0)
    assert math.degrees(placed.elevation) == pytest.approx(4.0)
