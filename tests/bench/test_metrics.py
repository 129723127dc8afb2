"""The Chamfer distance forgives place, size and turn, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from deocc.bench.metrics import ROTATIONS, chamfer, iou, sample_surface

POINTS = 6000


def sampled(solid: trimesh.Trimesh, seed: int = 0) -> np.ndarray:
    return sample_surface(solid.vertices, solid.faces, POINTS, np.random.default_rng(seed))


def turned(degrees: float, axis: tuple[float, float, float]) -> np.ndarray:
    return np.asarray(trimesh.transformations.rotation_matrix(np.radians(degrees), axis))[:3, :3]


def test_iou_of_half_overlapping_bars():
    a, b = np.zeros(12, bool), np.zeros(12, bool)
    a[0:8], b[4:12] = True, True
    assert iou(a, b) == pytest.approx(4 / 12)
    assert iou(a, a) == 1.0
    assert iou(np.zeros(3, bool), np.zeros(3, bool)) == 1.0


def test_samples_spread_by_area():
    points = sampled(trimesh.creation.box(extents=(3, 1, 1)))
    on_ends = np.isclose(np.abs(points[:, 0]), 1.5).mean()
    assert on_ends == pytest.approx(2 / 14, abs=0.005)  # two of fourteen unit squares; stratified draws


def test_the_24_rotations_are_rotations_and_distinct():
    assert len(ROTATIONS) == 24
    assert len({turn.tobytes() for turn in ROTATIONS}) == 24
    assert all(np.linalg.det(turn) == pytest.approx(1) for turn in ROTATIONS)


def test_place_size_and_turn_do_not_count():
    brick = trimesh.creation.box(extents=(1.0, 0.6, 0.25))
    moved = 3.7 * sampled(brick, seed=1) @ (turned(20, (1, 2, 3)) @ ROTATIONS[7]).T + (5, -1, 2)
    same = chamfer(sampled(brick, seed=1), sampled(brick, seed=2))  # what sampling alone leaves
    assert chamfer(moved, sampled(brick, seed=2)) == pytest.approx(same, rel=0.15)


def test_another_shape_counts():
    brick, ball = trimesh.creation.box(extents=(1.0, 0.6, 0.25)), trimesh.creation.icosphere(subdivisions=3)
    assert chamfer(sampled(ball), sampled(brick)) > 0.1
    thicker = trimesh.creation.box(extents=(1.0, 0.6, 0.45))
    thin = chamfer(sampled(brick, 1), sampled(brick))
    assert chamfer(sampled(thicker), sampled(brick)) > 2 * thin
