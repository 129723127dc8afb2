"""Chamfer distance, F-score and normals: closed forms; what turning, scaling and resampling may change."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from deocc.bench.metrics.similarity import moved, similarity
from deocc.bench.metrics.surface import (
    COUNT,
    Distances,
    Samples,
    chamfer,
    chamfer_squared,
    distances,
    f_score,
    normal_consistency,
    sample_surface,
    sampling_floor,
)
from tests.bench.metrics.solids import Solid, ball, box, chair, joined, square


def sampled(solid: Solid, count: int = 20_000, seed: int = 0) -> Samples:
    return sample_surface(*solid, count, np.random.default_rng(seed))


def compared(guess: Solid, truth: Solid, count: int = 20_000) -> Distances:
    return distances(sampled(guess, count, 1), sampled(truth, count, 2))


def test_two_unit_squares_half_a_unit_apart():
    found = compared(square(0.5), square())
    # the nearest sample is up to 0.02 aside of the nearest point: √(0.5² + 0.02²) is 4e-4 more than 0.5
    assert chamfer(found) == pytest.approx(0.5, abs=5e-4)
    assert chamfer_squared(found) == pytest.approx(0.25, abs=5e-4)
    assert f_score(found, 0.5) == 0 and f_score(found, 0.51) == 1
    assert normal_consistency(found) == pytest.approx(1)


def test_two_balls_about_one_centre_are_as_far_apart_as_their_radii_differ():
    found = compared(ball(1.1), ball(1.0))
    # up to 2e-3: samples are 0.025 apart (√(4π / 20,000)), and √(0.1² + 0.018²) - 0.1 is 1.6e-3
    assert chamfer(found) == pytest.approx(0.1, abs=2e-3)
    assert chamfer_squared(found) == pytest.approx(0.01, abs=4e-4)
    assert normal_consistency(found) > 0.99


def test_a_guess_of_which_half_is_wrong_has_precision_a_half_and_recall_one():
    found = compared(joined(square(), square(9)), square())
    assert f_score(found, 0.1) == pytest.approx(2 * 0.5 / 1.5, abs=0.01)  # 20,000 draws: half ± 0.0035
    assert chamfer(found) == pytest.approx((9 / 2 + 0) / 2, abs=0.05)


def test_a_distance_equal_to_the_threshold_is_not_below_it():
    one, less = np.array([0.05]), np.array([0.01])
    assert f_score(Distances(one, less, one, one), 0.05) == f_score(Distances(less, one, one, one), 0.05) == 0
    assert f_score(Distances(one, one, one, one), 0.0500001) == 1


def test_squares_at_right_angles_have_no_normals_in_common():
    vertices, faces = square()
    upright = (vertices[:, [0, 2, 1]], faces)
    assert normal_consistency(compared(upright, square())) == pytest.approx(0, abs=1e-9)


def test_turning_the_faces_of_a_mesh_inside_out_changes_nothing():
    vertices, faces = chair()
    one, other = (compared((vertices, given), ball(0.5)) for given in (faces, faces[:, ::-1]))
    assert normal_consistency(other) == pytest.approx(normal_consistency(one), abs=0.01)  # another draw
    assert chamfer(other) == pytest.approx(chamfer(one), rel=0.01)


def test_moving_both_surfaces_together_scales_distances_and_leaves_shares_alone():
    guess, truth = sampled(chair()), sampled(ball(0.5))
    move = similarity(Rotation.from_euler("xyz", [1.0, 0.4, -2.0]).as_matrix(), 3.0, np.array([5.0, -1, 2]))
    still, after = distances(guess, truth), distances(guess.moved(move), truth.moved(move))
    assert chamfer(after) == pytest.approx(3 * chamfer(still))
    assert chamfer_squared(after) == pytest.approx(9 * chamfer_squared(still))
    assert f_score(after, 0.3) == pytest.approx(f_score(still, 0.1), abs=1e-4)  # rounding at the threshold
    assert normal_consistency(after) == pytest.approx(normal_consistency(still))


@pytest.mark.parametrize(
    "move",
    [
        similarity(Rotation.from_euler("z", 30, degrees=True).as_matrix(), 1.0, np.zeros(3)),
        similarity(np.eye(3), 1.1, np.zeros(3)),
        similarity(np.eye(3), 1.0, np.array([0.1, 0, 0])),
    ],
    ids=["turned", "scaled", "shifted"],
)
def test_moving_the_guess_alone_is_noticed(move):
    truth, again = sampled(chair(), seed=1), sampled(chair(), seed=2)
    still, after = distances(again, truth), distances(again.moved(move), truth)
    assert chamfer(after) > 2 * chamfer(still)
    assert f_score(after, 0.02) < f_score(still, 0.02) - 0.2
    assert normal_consistency(after) < normal_consistency(still) - 0.01


def test_moved_samples_are_samples_of_the_moved_mesh():
    vertices, faces = chair()
    move = similarity(Rotation.from_euler("xyz", [1.0, 0.4, -2.0]).as_matrix(), 3.0, np.array([5.0, -1, 2]))
    one, other = sampled((vertices, faces)).moved(move), sampled((moved(vertices, move), faces))
    assert np.allclose(one.points, other.points) and np.allclose(one.normals, other.normals)


def test_other_samples_of_the_same_surfaces_give_the_same_figures():
    found = [
        distances(sampled(chair(), 50_000, seed), sampled(box(), 50_000, 50 + seed)) for seed in range(3)
    ]
    for metric, spread in ((chamfer, 0.01), (normal_consistency, 0.02)):
        values = [metric(one) for one in found]
        assert np.ptp(values) < spread * np.mean(values)  # 50,000 draws, of which edges hold many at once
    values = [f_score(one, 0.05) for one in found]
    assert np.ptp(values) < 0.01


def test_the_sampling_floor_of_a_ball_is_what_scattered_points_keep_apart():
    found = sampling_floor(*ball(0.5), np.random.default_rng(0))
    # nearest neighbours of a Poisson process of density ρ are 1 / (2 √ρ) away; here ρ = N / 4π in unit radii
    assert chamfer(found) == pytest.approx(0.5 * math.sqrt(4 * math.pi / COUNT), rel=0.01)
    assert f_score(found, 0.02) >= 0.99


def test_samples_lie_on_the_faces_as_densely_everywhere_and_know_their_normals():
    found = sampled(joined(box((1, 1, 1)), box((2, 2, 2), (9, 0, 0))), 50_000)
    on_large = found.points[:, 0] > 5
    assert on_large.mean() == pytest.approx(24 / 30, abs=0.01)  # by area; 50,000 draws: ± 0.002
    assert np.allclose(np.abs(found.points[~on_large]).max(axis=1), 0.5)
    assert np.allclose((found.normals * found.points)[~on_large].sum(axis=1), 0.5)  # outwards
    assert np.allclose(np.linalg.norm(found.normals, axis=1), 1)


def test_samples_are_independent_draws_not_a_pattern():
    top = sampled(square(), 10_000).points[:, 0]
    counts = np.histogram(top, 100, (0, 1))[0]
    assert 5 < counts.std() < 15  # binomial: √100 = 10; stratified draws would give less than 2


def test_a_surface_without_area_has_points_and_one_without_faces_has_none():
    line = np.array([[0.0, 0, 0], [1, 0, 0], [2, 0, 0]])
    found = sampled((line, np.array([[0, 1, 2]])), 100)
    assert np.isfinite(found.points).all() and not found.normals.any()
    with pytest.raises(ValueError, match="without faces"):
        sampled((line, np.zeros((0, 3), int)), 100)
