"""ZeroShape's brute force: its rotations, its frame, and that the bound leaves out none of the best."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from deocc.bench.metrics.alignment import align
from deocc.bench.metrics.bound import LowerBound
from deocc.bench.metrics.brute import Sets, best_rotations, extent, rotations
from deocc.bench.metrics.neighbours import Nearest
from deocc.bench.metrics.similarity import moved
from deocc.bench.metrics.surface import sample_surface
from tests.bench.metrics.solids import Solid, ball, box, chair


def points(solid: Solid, seed: int, count: int = 300) -> np.ndarray:
    return sample_surface(*solid, count, np.random.default_rng(seed)).points


def test_half_of_the_6912_rotations_are_the_other_half():
    found = rotations()
    assert found.shape == (3456, 3, 3) == (24 * 24 * 12 // 2, 3, 3)
    assert len(np.unique(found.round(6).reshape(-1, 9) + 0.0, axis=0)) > 3200  # some more at the poles
    assert np.allclose(found @ found.swapaxes(1, 2), np.eye(3)) and np.allclose(np.linalg.det(found), 1)
    rows = np.array([[-1, 0, 0], [0, 0, -1], [0, -1, 0]])
    assert np.allclose(found[0], rows)  # all angles 0: its permutation alone


def test_the_best_are_those_of_trying_all():
    candidates = rotations()[::7]
    for guess in (points(chair(), 2), points(box((1, 0.2, 0.1)), 2), points(ball(0.3), 2)):
        sets = Sets(guess + 4, points(chair(), 1))
        every = np.array([sets.distance(one) for one in candidates])
        assert (sets.bounds(candidates) <= every + 1e-9).all()
        found = best_rotations(sets, candidates, 20)
        assert np.allclose(every[found], np.sort(every)[:20])


def test_the_bound_is_near_and_never_above():
    there = points(chair(), 1, 500)
    bound, nearest = LowerBound(Nearest(there)), Nearest(there)
    for size, share in ((0.3, 0.8), (1.0, 0.8), (5.0, 0.5)):  # within the grid, about it, far outside
        asked = np.random.default_rng(3).uniform(-size, size, (400, 3))
        true = nearest.query(asked)[0].mean()
        assert share * true < bound.mean(asked) <= true


def test_how_large_the_sets_are_and_where_they_stand_does_not_matter():
    guess, truth, one = points(chair(), 2), points(box((0.5, 0.6, 0.9)), 1), rotations()[100]
    assert Sets(5 * guess + 3, truth / 7 - 1).distance(one) == pytest.approx(
        Sets(guess, truth).distance(one), rel=1e-5
    )


def test_the_measuring_frame_is_the_view_s_over_the_larger_of_two_extents():
    truth = points(box((1.0, 3.0, 2.0)), 1, 5000)
    _, measured_from_truth = Sets(truth, truth).matrices(np.eye(3))
    there = moved(truth, measured_from_truth)
    assert extent(there) == pytest.approx(1, abs=1e-6)
    # x stays, up becomes −y, and what lies behind z: depth doesn't count
    assert np.ptp(there, axis=0) == pytest.approx([0.5, 1, 1.5], rel=0.01)


def test_it_undoes_lying_on_the_back_which_yaw_can_not():
    on_back = Rotation.from_euler("x", 90, degrees=True).as_matrix()
    guess, truth = points(chair(), 2, 3000) @ on_back.T, points(chair(), 1, 3000)
    found = align("brute", guess, truth, np.random.default_rng(0))
    assert found.rotation_deg == pytest.approx(90, abs=1e-4)  # on its grid
    assert found.scale_error < 0.02  # extents of two samples
    upright = align("yaw", guess, truth, np.random.default_rng(0)).rotation_deg
    assert abs(upright - 90) > 45  # it ends in another valley than the one it stood up from


def test_points_that_are_all_one_give_finite_figures():
    found = align("brute", np.ones((30, 3)), points(chair(), 1), np.random.default_rng(0))
    assert np.isfinite(found.measured_from_guess).all() and np.isfinite(found.scale_error)
