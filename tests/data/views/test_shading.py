"""Light on surfaces: which side is bright, where highlights lie, how cameras keep brightness."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from deocc.data.views.shading import (
    Light,
    as_srgb,
    drawn_light,
    highlights,
    received,
    scaled,
    seen_from_behind,
)

NONE = np.zeros(3, np.float32)
WHITE = np.ones(3, np.float32)
UP = np.array([0, 0, 1], np.float32)
SIDES = np.array([[0, 0, 1], [0, 0, -1], [1, 0, 0], [-1, 0, 0], [0, -1, 0], [0, 1, 0]], np.float32)
FULL = np.ones(6, np.float32)
DARK = Light(
    sky=NONE, ground=NONE, to_sun=UP, sun=NONE, sun_blur=0.0, to_soft=UP, soft=NONE, sheen=0.0, gloss=30.0,
    mirror=0.0, level=1.0, grounded=False, gain=WHITE,
)  # fmt: skip


def test_the_sky_lights_what_looks_up_and_the_ground_what_looks_down():
    light = replace(DARK, sky=WHITE, ground=0.25 * WHITE)
    arriving = received(light, SIDES, FULL, FULL)[:, 0]
    np.testing.assert_allclose(arriving, [1, 0.25, 0.625, 0.625, 0.625, 0.625])
    np.testing.assert_allclose(received(light, SIDES, FULL, 0.5 * FULL)[:, 0], arriving / 2)


def test_the_sun_lights_one_side_by_lambert_s_cosine_and_shadow_takes_it_away():
    slanted = np.array([0.6, 0, 0.8], np.float32)
    light = replace(DARK, sun=WHITE, to_sun=slanted)
    np.testing.assert_allclose(received(light, SIDES, FULL, FULL)[:, 0], [0.8, 0, 0.6, 0, 0, 0], atol=1e-6)
    assert received(light, SIDES, 0 * FULL, FULL).max() == 0


def test_the_soft_light_reaches_round_the_edge():
    light = replace(DARK, soft=WHITE)
    arriving = received(light, SIDES, FULL, FULL)[:, 0]
    assert arriving[0] == pytest.approx(1)
    assert 0 < arriving[2] < 0.5
    assert arriving[1] == 0


def test_a_highlight_lies_where_the_surface_mirrors_the_light():
    light = replace(DARK, sun=WHITE, to_sun=np.array([0.6, 0, 0.8], np.float32), sheen=0.5)
    tilt = np.radians(np.arange(-80, 81, 1.0))
    normals = np.stack([np.sin(tilt), 0 * tilt, np.cos(tilt)], axis=1).astype(np.float32)
    sight = np.tile(np.array([0, 0, -1], np.float32), (161, 1))  # from above, straight down
    ones = np.ones(161, np.float32)
    shine = highlights(light, normals, sight, ones, ones)[:, 0]
    # the sun stands 36.9 degrees from above: half of that lies between the two
    assert np.degrees(tilt[shine.argmax()]) == pytest.approx(18.4, abs=0.5)
    assert shine.max() == pytest.approx(0.5, rel=0.01)


def test_a_mirroring_surface_shows_the_sky_most_at_grazing_sight():
    light = replace(DARK, sky=WHITE, mirror=0.05)
    normals = np.tile(UP, (2, 1))
    sight = np.array([[0, 0, -1], [0.995, 0, -0.0998749]], np.float32)
    straight, grazing = highlights(light, normals, sight, FULL[:2], FULL[:2])[:, 0]
    assert straight == pytest.approx(0.05, abs=1e-6)
    assert grazing > 4 * straight


def test_seen_from_behind_the_light_comes_from_the_far_side():
    forward = np.array([0, 1, 0])
    light = replace(DARK, sun=WHITE, to_sun=np.array([0.48, -0.6, 0.64], np.float32))
    mirrored = seen_from_behind(light, forward)
    np.testing.assert_allclose(mirrored.to_sun, [0.48, 0.6, 0.64], atol=1e-6)
    near = received(light, SIDES[4:5], FULL[:1], FULL[:1])
    np.testing.assert_allclose(received(mirrored, SIDES[5:6], FULL[:1], FULL[:1]), near, atol=1e-6)


def test_twice_the_light_is_twice_as_bright():
    light = drawn_light(np.random.default_rng(0), 30)
    once, twice = (received(one, SIDES, FULL, FULL) for one in (light, scaled(light, 2)))
    np.testing.assert_allclose(twice, 2 * once, rtol=1e-5)


def test_middle_grey_is_118_and_white_is_approached_without_a_step():
    assert as_srgb(np.array([0.18]))[0] == pytest.approx(118, abs=1)  # the sRGB standard's curve
    assert as_srgb(np.array([0.0]))[0] == 0
    rising = as_srgb(np.linspace(0, 8, 5000)).astype(int)
    assert (np.diff(rising) >= 0).all() and np.diff(rising).max() <= 6 and rising[-1] == 255
    assert as_srgb(np.array([1.0]))[0] < 250  # twice as bright is still told apart


def test_drawn_lights_differ_and_the_sun_is_mostly_behind_the_camera():
    rng = np.random.default_rng(1)
    lights = [drawn_light(rng, 90) for _ in range(600)]  # the camera stands at +X
    assert all(light.to_sun[2] > 0 for light in lights)
    assert 0.65 < np.mean([light.to_sun[0] > 0 for light in lights]) < 0.9
    contrast = [light.sun.mean() / (light.sky.mean() + 1e-6) for light in lights]
    assert np.percentile(contrast, 10) < 0.6 and np.percentile(contrast, 90) > 3  # overcast .. a spotlight
    warmth = [light.sun[0] / max(light.sun[2], 1e-6) for light in lights if light.sun.max() > 0.1]
    assert min(warmth) < 0.8 and max(warmth) > 1.4  # shade .. a lamp
