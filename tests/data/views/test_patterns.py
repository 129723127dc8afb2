"""Backdrops and skins: of any size, the same from a seed, and as different as things are."""

from __future__ import annotations

import numpy as np
import pytest

from deocc.data.views import materials, patterns
from deocc.data.views.patterns import backdrop, skin


@pytest.mark.parametrize("make", [backdrop, skin])
@pytest.mark.parametrize("side_px", [8, 33, 192])
def test_a_picture_of_any_size_and_the_same_from_the_same_seed(make, side_px):
    for seed in range(20):
        one, again = (make(np.random.default_rng(seed), side_px) for _ in range(2))
        assert one.shape == (side_px, side_px, 3) and one.dtype == np.uint8
        np.testing.assert_array_equal(one, again)


@pytest.mark.parametrize("make", [backdrop, skin])
def test_sixty_pictures_differ_in_brightness_colour_and_detail(make):
    pictures = np.stack([make(np.random.default_rng(100 + seed), 96) for seed in range(60)]).astype(float)
    means = pictures.mean(axis=(1, 2))
    assert means.mean(axis=1).std() > 25  # dark and bright rooms and things
    assert np.ptp(means, axis=1).max() > 50  # some have a strong hue
    assert np.median(np.ptp(means, axis=1)) < 60  # most don't, as in photos
    within = pictures.std(axis=(1, 2)).mean(axis=1)
    assert within.max() > 40 and np.median(within) > 8  # few are blank


def test_most_backdrops_have_something_above_and_something_else_below():
    differing = 0
    for seed in range(60):
        picture = backdrop(np.random.default_rng(seed), 64).astype(float)
        differing += np.abs(picture[:8].mean(axis=(0, 1)) - picture[-8:].mean(axis=(0, 1))).max() > 30
    assert differing > 32  # of uneven light and clutter alone it would be 20


@pytest.mark.parametrize(
    "name", ["plain", "gradient", "speckled", "wood", "tiles", "woven", "stripes", "metal"]
)
def test_every_material_has_pixels_of_a_picture(name):
    make = getattr(materials, name)
    for seed in range(10):
        picture = make(np.random.default_rng(seed), 48)
        assert picture.shape == (48, 48, 3) and np.isfinite(picture).all()
        assert -20 < picture.min() and picture.max() < 330  # clipped by whoever keeps it
        assert 5 < picture.mean() < 250


def test_every_kind_of_skin_is_drawn():
    assert len(patterns._SKINS) == len(patterns._SKIN_SHARES)
    assert sum(patterns._SKIN_SHARES) == pytest.approx(1)


def test_clouds_have_their_mean_in_the_middle():
    for stretch in (1.0, 20.0):
        cloud = materials.clouds(np.random.default_rng(0), 128, 6.0, 5, stretch)
        assert cloud.min() >= 0 and cloud.max() <= 1
        assert cloud.mean() == pytest.approx(0.5, abs=0.06)
    smooth = np.abs(np.diff(cloud, axis=1)).mean() / np.abs(np.diff(cloud, axis=0)).mean()
    assert smooth < 0.4  # stretched along x: calmer that way
