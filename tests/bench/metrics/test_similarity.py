"""Similarities: found again from paired points, undone, and not led astray by points without spread."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from deocc.bench.metrics.similarity import (
    inverse,
    moved,
    rotation_of,
    scale_of,
    similarity,
    some,
    toward_planes,
    umeyama,
    unit_sphere,
)

MOVE = similarity(Rotation.from_euler("zyx", [2.0, -0.7, 0.3]).as_matrix(), 1.7, np.array([0.3, -2, 1]))
POINTS = np.random.default_rng(0).normal(size=(50, 3))


def test_umeyama_finds_a_similarity_from_the_points_it_moved():
    assert np.allclose(umeyama(POINTS, moved(POINTS, MOVE), with_scale=True), MOVE)


def test_without_scale_it_keeps_lengths():
    assert scale_of(umeyama(POINTS, moved(POINTS, MOVE), with_scale=False)) == pytest.approx(1)


def test_it_never_answers_with_a_mirror_image():
    found = umeyama(POINTS, POINTS * (-1, 1, 1), with_scale=True)
    assert np.linalg.det(found[:3, :3]) > 0


def test_points_that_are_all_one_are_shifted_and_not_scaled_to_nothing():
    one = np.ones((5, 3))
    for source, target in ((one, POINTS[:5]), (POINTS[:5], one), (one, one)):
        found = umeyama(source, target, with_scale=True)
        assert scale_of(found) == pytest.approx(1)
        assert np.allclose(moved(source, found).mean(axis=0), target.mean(axis=0))


def test_the_inverse_undoes():
    assert np.allclose(inverse(MOVE) @ MOVE, np.eye(4))
    assert scale_of(MOVE) == pytest.approx(1.7)
    assert np.allclose(rotation_of(MOVE) @ rotation_of(MOVE).T, np.eye(3))


def test_a_unit_sphere_has_its_centroid_at_the_origin_and_reaches_to_one():
    found = moved(POINTS + 7, unit_sphere(POINTS + 7))
    assert np.allclose(found.mean(axis=0), 0)
    assert np.linalg.norm(found, axis=1).max() == pytest.approx(1)
    assert scale_of(unit_sphere(np.ones((4, 3)))) == 1


def test_a_step_toward_planes_undoes_a_small_similarity_of_a_ball_with_bumps():
    directions = POINTS / np.linalg.norm(POINTS, axis=1)[:, None]
    normals = np.random.default_rng(1).normal(size=POINTS.shape)
    normals /= np.linalg.norm(normals, axis=1)[:, None]
    small = similarity(
        Rotation.from_rotvec([0.01, -0.02, 0.01]).as_matrix(), 1.01, np.array([0.01, 0, -0.02])
    )
    found = toward_planes(moved(directions, small), directions, normals)
    # first order: what is left is the square of 0.03
    assert np.abs(found @ small - np.eye(4)).max() < 2e-3


def test_along_one_plane_a_step_leaves_alone_what_the_plane_does_not_hold():
    flat = POINTS * (1, 1, 0)
    found = toward_planes(flat + np.array([0, 0, 0.1]), flat, np.tile([0.0, 0, 1], (50, 1)))
    assert np.allclose(found[:2, 3], 0) and found[2, 3] == pytest.approx(-0.1, abs=0.02)
    assert np.array_equal(toward_planes(flat, flat, np.zeros((50, 3))), np.eye(4))


def test_some_points_are_drawn_without_putting_back_from_the_given_generator():
    a, b = (some(POINTS, 20, np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(a, b) and len(np.unique(a, axis=0)) == 20
    assert some(POINTS, 60, np.random.default_rng(3)) is POINTS
