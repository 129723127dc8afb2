"""Another object in front: it hides what was asked for, stands on the ground and touches nothing."""

from __future__ import annotations

import math

import numpy as np
import pytest

from deocc.data.occluders.placed import MOST_PICTURE, SIZES, Standing, masks, stand_before
from deocc.data.occluders.solids import box
from deocc.geometry.cameras import Camera, look_at_origin, pinhole
from deocc.geometry.mesh import Mesh
from tests.data.occluders.bodies import GREY, ball, joined, normalised, ring

LEVELS = ((0.02, 0.10), (0.10, 0.20), (0.20, 0.30), (0.30, 0.40), (0.40, 0.60))
TARGETS = {
    "ball": ball(),
    "plate": normalised(box((1.0, 1.0, 0.02), GREY)),
    "pole": normalised(box((0.02, 0.02, 1.0), GREY)),
    "needle": normalised(box((1.0, 0.015, 0.015), GREY)),
    "table": normalised(joined(((1, 1, 0.05), (0, 0, 0.8)), ((0.1, 0.1, 0.8), (0, 0, 0)))),
    "gate": normalised(
        joined(((0.1, 0.1, 1), (-0.5, 0, 0)), ((0.1, 0.1, 1), (0.5, 0, 0)), ((1.1, 0.1, 0.1), (0, 0, 1)))
    ),
    "bowl": normalised(
        joined(((1.1, 0.1, 0.1), (0, 0, 0)), ((0.1, 0.1, 1), (-0.5, 0, 0.1)), ((0.1, 0.1, 1), (0.5, 0, 0.1)))
    ),
}
OTHERS = [ball(3.0), ring(), box((0.2, 0.3, 1.0), GREY), box((1.0, 0.6, 0.3), GREY)]  # of any size


def camera_at(elevation_deg: float, distance: float, fov_deg: float) -> Camera:
    return pinhole(256, 256, fov_deg, look_at_origin(0, elevation_deg, distance))


CAMERAS = [camera_at(4, 2.0, 48.0), camera_at(28, 3.6, 24.0)]  # 40 and 85 mm lenses, near and far


def placed(
    target: Mesh,
    others: list[Mesh],
    camera: Camera,
    span: tuple[float, float],
    seed: int = 0,
) -> Standing:
    ground = float(target.vertices[:, 2].min())
    return stand_before(target, others, camera, ground, *span, np.random.default_rng(seed))


def vertices(standing: Standing) -> np.ndarray:
    pose = standing.object_from_other
    return standing.mesh.vertices @ pose[:3, :3].T + pose[:3, 3]


@pytest.mark.parametrize("others", [OTHERS, []], ids=["others", "box"])
@pytest.mark.parametrize("name", TARGETS)
def test_every_level_can_be_made_of_every_target_as_it_was_asked_for(name, others):
    target, by_others = TARGETS[name], 0
    for i, camera in enumerate(CAMERAS):
        for level, (low, high) in enumerate(LEVELS):
            standing = placed(target, others, camera, (low, high), seed=10 * i + level)
            assert low <= standing.hidden_share < high
            seen = masks(target, standing, camera)
            assert 1 - seen.object_mask.sum() / seen.amodal.sum() == pytest.approx(standing.hidden_share)
            assert not (seen.object_mask & seen.occluder_mask).any()
            # the limit is checked on 48² pixels, an edge of the occluder lies half a step of them off
            assert seen.occluder_mask.mean() <= MOST_PICTURE + 0.02
            stands_free(standing, target, camera)
            by_others += standing.other >= 0
    assert by_others >= 8 if others else by_others == 0  # of 10: the box is a last resort


def stands_free(standing: Standing, target: Mesh, camera: Camera) -> None:
    """On the ground, and an upright plane parts it from the target, another from the camera."""
    points = vertices(standing)
    assert points[:, 2].min() == pytest.approx(target.vertices[:, 2].min(), abs=1e-6)
    towards = camera.centre * (1, 1, 0) / np.linalg.norm(camera.centre[:2])
    assert (points @ towards).min() > (target.vertices @ towards).max() + 1e-3
    assert (points @ towards).max() < camera.centre @ towards - 0.1


def test_occluders_are_turned_upright_and_sized_within_the_stated_limits():
    turns, sizes = [], []
    for seed in range(30):
        standing = placed(TARGETS["ball"], OTHERS, CAMERAS[0], LEVELS[1], seed)
        matrix = standing.object_from_other[:3, :3]
        scale = np.cbrt(np.linalg.det(matrix))
        assert np.allclose(matrix @ matrix.T, scale**2 * np.eye(3))  # a similarity, nothing sheared
        assert np.allclose(matrix[:, 2], (0, 0, scale))  # +Z stays up
        low, high = OTHERS[standing.other].bounds()
        assert standing.mesh is OTHERS[standing.other]
        sizes.append(scale * float((high - low).max()))  # the target's diameter is 1
        turns.append(math.degrees(math.atan2(matrix[1, 0], matrix[0, 0])) % 360)
    assert SIZES[0] - 1e-6 <= min(sizes) and max(sizes) <= SIZES[1] + 1e-6
    assert max(sizes) - min(sizes) > 0.4
    assert {int(turn // 90) for turn in turns} == {0, 1, 2, 3}


def test_hidden_shares_are_spread_over_the_span_and_both_sides_are_hidden():
    shares, sides = [], []
    for seed in range(40):
        standing = placed(TARGETS["ball"], OTHERS, CAMERAS[1], (0.1, 0.2), seed)
        shares.append(standing.hidden_share)
        sides.append(float(vertices(standing)[:, 0].mean()) > 0)
    # uniform in [0.1, 0.2): the mean of 40 has a sigma of 0.0046, and the sample misses single shares by 0.01
    assert np.mean(shares) == pytest.approx(0.15, abs=0.016)
    assert np.std(shares) == pytest.approx(0.0289, abs=0.009)
    assert 8 <= sum(sides) <= 32  # 20 ± 12, under four sigmas


def test_where_no_other_can_hide_enough_a_box_does():
    coin = box((1.0, 1.0, 0.01), GREY)
    standing = placed(TARGETS["pole"], [coin, coin], camera_at(0, 2.5, 35.0), (0.4, 0.6))
    assert standing.other == -1 and 0.4 <= standing.hidden_share < 0.6
    assert standing.mesh.colours is not None  # it has no texture


def test_only_the_others_that_are_tried_are_read():
    read: list[int] = []

    class Lazily(list):
        def __getitem__(self, index):
            read.append(index)
            return super().__getitem__(index)

    many = Lazily(OTHERS * 25)
    standing = placed(TARGETS["ball"], many, CAMERAS[0], LEVELS[2])
    assert standing.other == read[-1] and len(read) <= 4


def test_one_seed_gives_one_placement_to_the_last_bit():
    first, again, other = (
        placed(TARGETS["table"], OTHERS, CAMERAS[0], LEVELS[2], seed) for seed in (3, 3, 4)
    )
    assert first.object_from_other.tobytes() == again.object_from_other.tobytes()
    assert first.hidden_share == again.hidden_share
    assert first.object_from_other.tobytes() != other.object_from_other.tobytes()
