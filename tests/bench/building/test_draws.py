"""What is drawn for an object depends on the seed, its id and the purpose, and keeps within its limits."""

from __future__ import annotations

import numpy as np
import pytest

from deocc.bench.building import draws
from deocc.bench.building.settings import BuildSettings

MANY = [f"object {i}" for i in range(400)]
SETTINGS = BuildSettings()


@pytest.mark.parametrize(
    "changed", [(1, "mug", "photo"), (0, "mugs", "photo"), (0, "mug", "scene"), (0, "mu", "gphoto")]
)
def test_seed_id_and_purpose_each_change_the_generator(changed: tuple[int, str, str]):
    same = [draws.generator(0, "mug", "photo").integers(2**63) for _ in range(2)]
    assert same[0] == same[1] != draws.generator(*changed).integers(2**63)


def test_a_photos_draw_is_uniform_within_its_limits():
    drawn = [draws.draw_photo(0, name, SETTINGS) for name in MANY]
    for name, (low, high) in {
        "azimuth_deg": SETTINGS.azimuth_deg,
        "elevation_deg": SETTINGS.elevation_deg,
        "focal_mm": SETTINGS.focal_mm,
        "extent": SETTINGS.extent,
    }.items():
        values = np.array([getattr(one, name) for one in drawn])
        assert low <= values.min() and values.max() < high
        # 400 uniform draws: their mean leaves the middle by 3 / sqrt(12 * 400) of the span in 1 of 400 tests
        assert abs(values.mean() - (low + high) / 2) < 0.044 * (high - low), name


def test_the_sun_never_stands_behind_the_object_and_little_burns_out():
    for name in MANY:
        scene = draws.draw_scene(3, name, -0.25)
        x, y, z = scene.light.sun_direction
        assert np.hypot(np.hypot(x, y), z) == pytest.approx(1)
        assert y < 0 < z, "the camera is at −Y: a sun there lights what it sees"
        assert scene.light.sun_strength + scene.light.sky_strength < 1.2
        assert scene.ground.height == -0.25
        colours = np.array([scene.light.sky_rgb, scene.ground.rgb])
        assert (colours > 50).all() and (colours < 245).all()


def test_occluders_are_drawn_from_all_others_in_any_order_of_the_list():
    ids = MANY[:20]
    drawn = draws.draw_candidates(0, ids[3], ids, 12)
    assert len(set(drawn)) == 12 and ids[3] not in drawn
    assert drawn == draws.draw_candidates(0, ids[3], ids[::-1], 12)
    assert drawn != draws.draw_candidates(1, ids[3], ids, 12)
    assert draws.draw_candidates(0, "alone", ["alone"], 12) == ()


def test_random_views_go_all_round():
    views = np.array([one for name in MANY for one in draws.draw_random_views(0, name, SETTINGS)])
    assert views.shape == (400 * SETTINGS.random_views, 2)
    quarters = np.bincount((views[:, 0] // 90).astype(int), minlength=4)
    assert quarters.min() > 330  # of 1600; 4 standard deviations below 400
    assert views[:, 1].min() >= -20 and views[:, 1].max() < 60


def test_noise_seeds_fit_blenders_integers_and_differ_by_picture():
    seeds = {draws.draw_noise_seed(0, "mug", f"picture {i}") for i in range(100)}
    assert len(seeds) == 100 and 0 <= min(seeds) and max(seeds) < 2**31
