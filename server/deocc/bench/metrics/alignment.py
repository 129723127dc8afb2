"""Which rotation, scale and shift a result is allowed before it is measured: four alignments by name.

    yaw    the main table: unit spheres, 24 yaws, ICP with scale from the best few, then the best by Chamfer
    icp    unit spheres, then rigid ICP alone (ZeroShape's flag, ZeroShape-W §5.1)
    brute  ZeroShape's 6,912 rotations (brute.py), in its own normalisation
    none   unit spheres (DeOcc-1-to-3 §4.1), nothing turned

A unit sphere here is about the samples' centroid, through the farthest sample. The measuring frame of yaw,
icp and none is the object frame in the truth's unit sphere, so lengths are in radii of it; the guess starts
in its own unit sphere. Only yaw changes its scale afterwards. brute measures in ZeroShape's frame.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from deocc.bench.metrics.brute import brute_force
from deocc.bench.metrics.neighbours import Nearest
from deocc.bench.metrics.similarity import (
    inverse,
    moved,
    rotation_of,
    scale_of,
    similarity,
    some,
    toward_planes,
    turned,
    umeyama,
    unit_sphere,
)

ALIGNMENTS = ("yaw", "icp", "brute", "none")

YAWS = 24  # 15 degrees apart, as ZeroShape's brute force
SWEEP_POINTS, SWEEP_ROUNDS = (
    200,
    5,
)  # on which all yaws are tried: by then a good start is told from a bad one
MIDDLE_POINTS, MIDDLE_ROUNDS, MIDDLE_STARTS = 500, 10, 8  # for the best of those
LAST_POINTS, LAST_ROUNDS, LAST_STARTS = 1_000, 6, 4  # against all points of the other surface
POLISHED = 2  # of those, the best along the normals too
NORMAL_POINTS = 12  # neighbours a tangent plane is laid through
STANDS_BETTER = 1.01  # a pose must beat “as it stands” by more than two samples of one surface can tell
ICP_POINTS, ICP_TRUTH_POINTS, ICP_ROUNDS = 2_000, 10_000, 50  # the last from ZeroShape's code
STILL = 1e-5  # largest change of a matrix entry, in radii, at which ICP stops
SETTLED, ASTRAY = 0.9999, 1.05  # of the distance of the round before, above which it stops too


@dataclass(frozen=True)
class Alignment:
    """What an alignment found. measured_from_guess, measured_from_truth: (4, 4) similarities from the object
    frame into the measuring frame.  rotation_deg: 0..180, by how much the guess was turned against the truth,
    in the object frame.  scale_error: |ln| of how much it was scaled against the truth, ≥ 0."""

    measured_from_guess: NDArray[np.float64]
    measured_from_truth: NDArray[np.float64]
    rotation_deg: float
    scale_error: float


def align(name: str, guess: NDArray, truth: NDArray, generator: np.random.Generator) -> Alignment:
    """Points (N, 3) and (M, 3) drawn evenly from both surfaces, object frame -> an alignment by its name.

    generator: draws the few points that ICP looks at. ValueError for a name that is not in ALIGNMENTS.
    """
    guess, truth = np.asarray(guess, np.float64), np.asarray(truth, np.float64)
    if name == "brute":
        return described(*brute_force(guess, truth, generator))
    if name not in ALIGNMENTS:
        raise ValueError(f"no alignment is called {name}: {', '.join(ALIGNMENTS)}")
    measured_from_guess, measured_from_truth = unit_sphere(guess), unit_sphere(truth)
    guess, truth = moved(guess, measured_from_guess), moved(truth, measured_from_truth)
    if name == "yaw":
        stands = measured_from_truth @ inverse(measured_from_guess)
        measured_from_guess = _yaw(guess, truth, stands, generator) @ measured_from_guess
    elif name == "icp":
        measured_from_guess = _rigid_icp(guess, truth, generator) @ measured_from_guess
    return described(measured_from_guess, measured_from_truth)


def described(measured_from_guess: NDArray, measured_from_truth: NDArray) -> Alignment:
    """An alignment with its rotation and scale error, from its two matrices."""
    truth_from_guess = inverse(measured_from_truth) @ measured_from_guess
    cosine = (np.trace(rotation_of(truth_from_guess)) - 1) / 2
    angle = math.degrees(math.acos(min(max(float(cosine), -1.0), 1.0)))
    return Alignment(
        measured_from_guess, measured_from_truth, angle, abs(math.log(scale_of(truth_from_guess)))
    )


class _Pair:
    """Some points of both surfaces, and all those their neighbours are sought among, in unit spheres."""

    def __init__(self, guess: NDArray, truth: NDArray, all_guess: Nearest, all_truth: Nearest):
        self.guess, self.truth = guess, truth
        self._all_guess, self._all_truth = all_guess, all_truth

    @cached_property
    def _normals(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return normals(self.guess, self._all_guess), normals(self.truth, self._all_truth)

    def pairs(self, matrix: NDArray) -> tuple[NDArray, NDArray, float]:
        """Pairs (K, 3), (K, 3), guess unmoved and truth, and the Chamfer distance, under a similarity.

        Both ways, each surface's points with their nearest on the other: one way alone, the guess would
        shrink into any one point of the truth without cost. The truth is taken back into the guess's frame,
        so that both trees stay as they are.
        """
        there, at_truth = self._all_truth.query(moved(self.guess, matrix))
        back, at_guess = self._all_guess.query(moved(self.truth, inverse(matrix)))
        source = np.concatenate([self.guess, self._all_guess.points[at_guess]])
        target = np.concatenate([self._all_truth.points[at_truth], self.truth])
        return source, target, (float(there.mean()) + scale_of(matrix) * float(back.mean())) / 2

    def distance(self, matrix: NDArray) -> float:
        return self.pairs(matrix)[2]

    def to_points(self, matrix: NDArray, rounds: int) -> NDArray[np.float64]:
        """A similarity after ICP: the squared Chamfer distance falls with every round."""
        last = math.inf
        for _ in range(rounds):
            source, target, distance = self.pairs(matrix)
            if distance > SETTLED * last:
                break
            matrix, last = umeyama(source, target, with_scale=True), distance
        return matrix

    def to_planes(self, matrix: NDArray, rounds: int) -> NDArray[np.float64]:
        """A similarity after ICP along the normals: where the surfaces are equal, their samples' differences
        along the surface stop mattering, and it is found a hundred times as exactly as the points lie.
        Where they are not, it may lead away; then it ends."""
        of_guess, of_truth = self._normals
        before, last = matrix, math.inf
        for _ in range(rounds):
            source, target, distance = self.pairs(matrix)
            if distance > ASTRAY * last:
                return before
            planes = np.concatenate([turned(of_guess, rotation_of(matrix)), of_truth])
            step = toward_planes(moved(source, matrix), target, planes)
            before, matrix, last = matrix, step @ matrix, distance
            if np.abs(step - np.eye(4)).max() < STILL:
                break
        return matrix


def _yaw(
    guess: NDArray, truth: NDArray, stands: NDArray, generator: np.random.Generator
) -> NDArray[np.float64]:
    """(4, 4) that moves the guess, both in unit spheres: the main table's alignment.

    stands: (4, 4), the pose in which both keep the frame they came in.
    """
    few = [_pair(guess, truth, count, generator) for count in (SWEEP_POINTS, MIDDLE_POINTS)]
    turns = [similarity(about_up(turn), 1.0, np.zeros(3)) for turn in np.arange(YAWS) * math.tau / YAWS]
    found = [few[0].to_points(turn, SWEEP_ROUNDS) for turn in turns]
    found = sorted(found, key=few[0].distance)[:MIDDLE_STARTS]
    found = [few[1].to_points(matrix, MIDDLE_ROUNDS) for matrix in found]
    last = _Pair(
        some(guess, LAST_POINTS, generator),
        some(truth, LAST_POINTS, generator),
        Nearest(guess),
        Nearest(truth),
    )
    found = sorted(found, key=last.distance)[:LAST_STARTS]
    found = sorted([last.to_points(matrix, LAST_ROUNDS) for matrix in found], key=last.distance)
    found += [last.to_planes(matrix, LAST_ROUNDS) for matrix in (*found[:POLISHED], stands)]
    best = min(found, key=last.distance)
    return stands if last.distance(stands) <= STANDS_BETTER * last.distance(best) else best


def _pair(guess: NDArray, truth: NDArray, count: int, generator: np.random.Generator) -> _Pair:
    guess, truth = some(guess, count, generator), some(truth, count, generator)
    return _Pair(guess, truth, Nearest(guess), Nearest(truth))


def normals(points: NDArray[np.float64], cloud: Nearest) -> NDArray[np.float64]:
    """(N, 3) unit normals, of either sign, of the planes nearest to the cloud around points (N, 3)."""
    around = cloud.points[cloud.several(points, NORMAL_POINTS)]  # (N, K, 3)
    around = around - around.mean(axis=1, keepdims=True)
    _, vectors = np.linalg.eigh(np.einsum("nki,nkj->nij", around, around))
    return vectors[:, :, 0]


def _rigid_icp(guess: NDArray, truth: NDArray, generator: np.random.Generator) -> NDArray[np.float64]:
    """(4, 4): ICP as ZeroShape's code has it: rigid, from the guess to the truth alone."""
    few, tree = some(guess, ICP_POINTS, generator), Nearest(some(truth, ICP_TRUTH_POINTS, generator))
    matrix = np.eye(4)
    for _ in range(ICP_ROUNDS):
        _, nearest = tree.query(moved(few, matrix))
        before, matrix = matrix, umeyama(few, tree.points[nearest], with_scale=False)
        if np.abs(matrix - before).max() < STILL:
            break
    return matrix


def about_up(angle: float) -> NDArray[np.float64]:
    """(3, 3): a turn about +Z by radians."""
    cosine, sine = math.cos(angle), math.sin(angle)
    return np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]])
