"""Bodies of revolution read from an outline: profile, elevation, flat and round ends."""

from __future__ import annotations

import math

import numpy as np
import pytest

from deocc.backends.draft.solid.revolve import fit_revolution
from deocc.backends.draft.solid.upright import Upright
from deocc.backends.draft.solid.viewpoint import elevation_of
from tests.draft.solids import ball, camera, known_camera, mug, outline, stand, vase

PROFILE = [(0.3, -0.5), (0.3, 0.1), (0.1, 0.25), (0.1, 0.5)]


@pytest.mark.parametrize("elevation_deg", [10.0, 25.0])
def test_a_bottles_profile_is_found(elevation_deg: float):
    mask = outline(vase(PROFILE), camera(elevation_deg))
    turned = fit_revolution(mask, stand(mask, known=known_camera(elevation_deg)))
    assert turned is not None
    assert turned.fit > 0.95 and turned.share > 0.97
    along = (turned.z - turned.z[0]) / np.ptp(turned.z)
    wide = turned.radius / turned.radius.max()
    assert np.interp(0.3, along, wide) == pytest.approx(1, abs=0.03)
    assert np.interp(0.9, along, wide) == pytest.approx(1 / 3, abs=0.06)  # half a pixel of six
    assert np.ptp(turned.z) / turned.radius.max() == pytest.approx(1 / 0.3, rel=0.08)


def test_the_round_ends_tell_the_elevation_where_no_camera_is_known():
    for elevation_deg in (16.0, 28.0, 42.0):
        mask = outline(vase(PROFILE), camera(elevation_deg))
        turned = fit_revolution(mask, stand(mask))
        assert turned is not None
        assert math.degrees(elevation_of(turned.camera)) == pytest.approx(elevation_deg, abs=10)


def test_a_known_elevation_is_kept():
    mask = outline(vase(PROFILE), camera(30.0))
    turned = fit_revolution(mask, stand(mask, known=known_camera(30.0)))
    assert turned is not None
    assert math.degrees(elevation_of(turned.camera)) == pytest.approx(30, abs=1)


def test_a_ball_closes_with_domes_and_a_can_does_not():
    round_end = fit_revolution(mask := outline(ball(), camera(20.0)), stand(mask))
    flat_end = fit_revolution(mask := outline(vase([(0.3, -0.4), (0.3, 0.4)]), camera(20.0)), stand(mask))
    assert round_end is not None and flat_end is not None
    assert round_end.radius[-1] < 0.1 * round_end.radius.max()
    # its poles are never on the outline of a ball seen from above: they are carried on, a little flat
    assert np.ptp(round_end.z) / (2 * round_end.radius.max()) == pytest.approx(1, abs=0.15)
    assert flat_end.radius[-1] > 0.85 * flat_end.radius.max()


def test_about_a_given_line_a_mugs_body_is_told_from_its_handle():
    view = camera(20.0)
    mask = outline(mug(), view)
    turned = fit_revolution(mask, stand(mask), Upright.of(view))
    assert turned is not None
    body = outline(vase([(0.4, -0.5), (0.4, 0.5)]), view)
    covered = turned.covers()
    assert (covered & body).sum() / (covered | body).sum() > 0.95
    assert turned.share < 0.95  # the handle has no partner


def test_where_no_circle_fits_there_is_none():
    mask = np.zeros((240, 320), bool)
    mask[100:140, 40:60] = mask[100:140, 260:280] = True  # nothing on the line between them
    assert fit_revolution(mask, stand(mask)) is None
