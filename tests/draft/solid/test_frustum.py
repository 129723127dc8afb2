"""Frusta by their outline: elevation and taper, whether or not a handle is in the way."""

from __future__ import annotations

import math

import numpy as np
import pytest

from deocc.backends.draft.solid.frustum import fit_frustum
from deocc.backends.draft.solid.viewpoint import elevation_of
from tests.draft.solids import ball, camera, known_camera, mug, outline, stand, vase


@pytest.mark.parametrize("elevation_deg", [8.0, 20.0, 40.0])
def test_a_cans_outline_tells_the_elevation_and_its_sides(elevation_deg: float):
    mask = outline(vase([(0.3, -0.4), (0.3, 0.4)]), camera(elevation_deg))
    can = fit_frustum(mask, stand(mask))
    assert can.fit > 0.95  # of 7000 pixels the outermost row is 5 %
    # the expected 20 degrees pull: the rims' ellipses are a few pixels high
    assert math.degrees(elevation_of(can.camera)) == pytest.approx(elevation_deg, abs=10)
    assert can.radius[-1] / can.radius[0] == pytest.approx(1, abs=0.08)
    assert (can.z[-1] - can.z[0]) / can.radius.max() == pytest.approx(0.8 / 0.3, rel=0.15)


@pytest.mark.parametrize(("lower", "upper"), [(0.3, 0.45), (0.45, 0.3)])
def test_a_buckets_taper_is_found_with_the_camera_known(lower: float, upper: float):
    mask = outline(vase([(lower, -0.4), (upper, 0.4)]), camera(25.0))
    bucket = fit_frustum(mask, stand(mask, known=known_camera(25.0)))
    assert bucket.fit > 0.95
    # straight walls are expected, and one pixel of a radius is 3 %
    assert bucket.radius[-1] / bucket.radius[0] == pytest.approx(upper / lower, rel=0.1)


def test_a_handle_does_not_move_the_body():
    view = camera(20.0)
    whole = outline(mug(), view)
    beside = fit_frustum(whole, stand(whole))
    body = outline(vase([(0.4, -0.5), (0.4, 0.5)]), view)
    covered = beside.covers()
    assert (covered & body).sum() / (covered | body).sum() > 0.93  # the mirror's best line gives 0.85


def test_a_ball_is_a_poor_frustum():
    mask = outline(ball(), camera(20.0))
    assert fit_frustum(mask, stand(mask)).fit < 0.96


def test_a_single_pixel_does_no_harm():
    mask = np.zeros((240, 320), bool)
    mask[0, 0] = True
    found = fit_frustum(mask, stand(mask))
    assert np.isfinite(found.radius).all() and (found.radius > 0).all()
