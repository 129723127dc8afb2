"""The figures by which silhouettes and shapes are compared with the truth.

Chamfer distance here: both surfaces sampled evenly by area, each set's mean moved to the origin and its
farthest point to distance 1 (unit sphere); the guess turned by the best of the cube's 24 rotations, then ICP
(rigid); the mean of the two mean nearest-neighbour distances. So 0.05 is a twentieth of the object's radius.
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

COARSE_POINTS = 800  # enough to tell 24 rotations apart
CANDIDATES = 4  # rotations that go on to ICP: the coarse best is now and then a near miss
ICP_ROUNDS = 40


def iou(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    """Intersection over union of two masks; 1 where both are empty."""
    union = int((a | b).sum())
    return int((a & b).sum()) / union if union else 1.0


def sample_surface(
    vertices: NDArray, faces: NDArray, count: int, generator: np.random.Generator
) -> NDArray[np.float64]:
    """(count, 3) points spread evenly by area over a triangle mesh."""
    a, b, c = (np.asarray(vertices, np.float64)[faces[:, i]] for i in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    steps = (np.arange(count) + generator.random(count)) / count  # stratified: less noise than free draws
    triangle = np.minimum(np.searchsorted(np.cumsum(area) / area.sum(), steps), len(faces) - 1)
    u, v = generator.random((2, count))
    over = u + v > 1
    u, v = np.where(over, 1 - u, u)[:, None], np.where(over, 1 - v, v)[:, None]
    return a[triangle] + u * (b - a)[triangle] + v * (c - a)[triangle]


def chamfer(guess: NDArray[np.float64], truth: NDArray[np.float64]) -> float:
    """Chamfer distance of two point sets (N, 3) and (M, 3), in unit-sphere radii."""
    guess, truth = _unit_sphere(guess), _unit_sphere(truth)
    few_guess, few_truth = (one[:: len(one) // COARSE_POINTS + 1] for one in (guess, truth))
    tree = KDTree(few_truth)
    coarse = [(_distance(few_guess @ turn.T, few_truth, tree), i) for i, turn in enumerate(ROTATIONS)]
    tree = KDTree(truth)
    aligned = (_icp(few_guess, guess, ROTATIONS[i], truth, tree) for _, i in sorted(coarse)[:CANDIDATES])
    return min(_distance(moved, truth, tree) for moved in aligned)


def _cube_rotations() -> list[NDArray[np.float64]]:
    """The 24 rotations that map the axes onto the axes."""
    turns = []
    for order in itertools.permutations(range(3)):
        for signs in itertools.product((1.0, -1.0), repeat=3):
            turn = np.zeros((3, 3))
            turn[range(3), order] = signs
            if np.linalg.det(turn) > 0:
                turns.append(turn)
    return turns


ROTATIONS = _cube_rotations()


def _unit_sphere(points: NDArray[np.float64]) -> NDArray[np.float64]:
    centred = points - points.mean(axis=0)
    return centred / np.linalg.norm(centred, axis=1).max()


def _distance(guess: NDArray, truth: NDArray, tree: KDTree) -> float:
    there, _ = tree.query(guess)
    back, _ = KDTree(guess).query(truth)
    return (float(there.mean()) + float(back.mean())) / 2


def _icp(few: NDArray, guess: NDArray, start: NDArray, truth: NDArray, tree: KDTree) -> NDArray[np.float64]:
    """All points of the guess moved by what rigid ICP of a few of them found."""
    rotation, shift = start, np.zeros(3)
    for _ in range(ICP_ROUNDS):
        moved = few @ rotation.T + shift
        _, nearest = tree.query(moved)
        new_rotation, new_shift = _rigid(few, truth[nearest])
        settled = np.abs(new_rotation - rotation).max() < 1e-5 and np.abs(new_shift - shift).max() < 1e-5
        rotation, shift = new_rotation, new_shift
        if settled:
            break
    return guess @ rotation.T + shift


def _rigid(source: NDArray, target: NDArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The rotation and shift that bring paired points closest (Kabsch)."""
    middle_source, middle_target = source.mean(axis=0), target.mean(axis=0)
    u, _, vt = np.linalg.svd((source - middle_source).T @ (target - middle_target))
    flip = np.diag([1.0, 1.0, np.sign(np.linalg.det(vt.T @ u.T))])
    rotation = vt.T @ flip @ u.T
    return rotation, middle_target - rotation @ middle_source
