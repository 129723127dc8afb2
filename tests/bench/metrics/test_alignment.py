"""The four alignments: a known similarity is found again, equal surfaces are equal, nothing collapses."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from deocc.bench.metrics.alignment import ALIGNMENTS, align, described
from deocc.bench.metrics.similarity import inverse, moved, scale_of, similarity, unit_sphere
from deocc.bench.metrics.surface import COUNT, Samples, chamfer, distances, f_score, sample_surface
from deocc.bench.metrics.volume import volume_iou
from tests.bench.metrics.solids import Solid, ball, box, chair

QUICK = tuple(name for name in ALIGNMENTS if name != "brute")  # that one has tests of its own


def points(solid: Solid, seed: int, count: int = 20_000) -> np.ndarray:
    return sample_surface(*solid, count, np.random.default_rng(seed)).points


def turn(axis: str, degrees: float, scale: float = 1.0, shift: tuple = (0.0, 0.0, 0.0)) -> np.ndarray:
    return similarity(Rotation.from_euler(axis, degrees, degrees=True).as_matrix(), scale, np.array(shift))


def measured(name: str, guess: np.ndarray, truth: np.ndarray, seed: int = 5) -> float:
    """Chamfer distance after an alignment."""
    found = align(name, guess, truth, np.random.default_rng(seed))
    there = moved(guess, found.measured_from_guess), moved(truth, found.measured_from_truth)
    bare = [np.zeros_like(one) for one in there]
    return chamfer(distances(Samples(there[0], bare[0]), Samples(there[1], bare[1])))


def test_yaw_finds_a_known_similarity_again():
    truth = points(chair(), 1)
    move = turn("z", 100, 1.3, (0.2, -0.1, 0.4)) @ turn("x", 6)
    found = align("yaw", moved(points(chair(), 2), move), truth, np.random.default_rng(0))
    left = inverse(found.measured_from_truth) @ found.measured_from_guess @ move
    assert np.abs(left - np.eye(4)).max() < 2e-3  # the object is 1 long; independent samples 0.01 apart
    assert found.rotation_deg == pytest.approx(described(move, np.eye(4)).rotation_deg, abs=0.1)
    assert found.scale_error == pytest.approx(math.log(1.3), abs=2e-3)


def test_icp_undoes_a_small_turn_and_not_a_large_one():
    truth, guess = points(chair(), 1), points(chair(), 2)
    floor = measured("none", guess, truth)
    assert measured("none", moved(guess, turn("y", 12)), truth) > 3 * floor
    assert measured("icp", moved(guess, turn("y", 12)), truth) < 1.2 * floor
    assert measured("icp", moved(guess, turn("z", 180)), truth) > 3 * floor


def test_icp_is_rigid():
    truth, guess = points(chair(), 1), points(box((1, 0.2, 0.3)), 2)
    found = align("icp", guess, truth, np.random.default_rng(0))
    relative = inverse(unit_sphere(truth)) @ unit_sphere(guess)
    assert found.scale_error == pytest.approx(abs(math.log(scale_of(relative))))
    assert found.rotation_deg > 0.1


def test_none_turns_nothing_and_puts_both_into_unit_spheres():
    truth, guess = points(chair(), 1), moved(points(chair(), 2), turn("z", 40, 2.0, (3, 0, 0)))
    found = align("none", guess, truth, np.random.default_rng(0))
    assert found.rotation_deg == pytest.approx(0, abs=1e-5)
    assert np.linalg.norm(moved(guess, found.measured_from_guess), axis=1).max() == pytest.approx(1)
    assert np.linalg.norm(moved(truth, found.measured_from_truth), axis=1).max() == pytest.approx(1)


@pytest.mark.parametrize("name", QUICK)
def test_how_large_a_result_is_and_where_it_stands_does_not_matter(name):
    truth, guess = points(chair(), 1, 5000), points(box((0.5, 0.6, 0.9)), 2, 5000)
    still = measured(name, guess, truth)
    assert measured(name, moved(guess, turn("z", 0, 7.0, (3, -2, 9))), truth) == pytest.approx(
        still, rel=0.01
    )


@pytest.mark.parametrize("name", QUICK)
def test_moving_result_and_truth_together_does_not_matter(name):
    truth, guess = points(chair(), 1, 5000), points(box((0.5, 0.6, 0.9)), 2, 5000)
    both = turn("z", 45, 0.3, (1, 1, 1))
    still = measured(name, guess, truth)
    assert measured(name, moved(guess, both), moved(truth, both)) == pytest.approx(still, rel=0.02)


def test_other_samples_give_the_same_figure():
    values = [
        measured("yaw", points(box((0.5, 0.6, 0.9)), s, 10_000), points(chair(), s + 9, 10_000), s)
        for s in range(3)
    ]
    assert np.ptp(values) < 0.05 * np.mean(values)  # which of several near-equal poses wins may change


def test_the_truth_beside_itself_stands_still_and_reaches_the_sampling_floor():
    vertices, faces = ball(0.5)
    guess, truth = (sample_surface(vertices, faces, COUNT, np.random.default_rng(seed)) for seed in (1, 2))
    found = align("yaw", guess.points, truth.points, np.random.default_rng(3))
    assert found.rotation_deg == pytest.approx(0, abs=1e-5) and found.scale_error == pytest.approx(
        0, abs=1e-9
    )
    measures = distances(guess.moved(found.measured_from_guess), truth.moved(found.measured_from_truth))
    assert f_score(measures, 0.02) >= 0.99
    assert chamfer(measures) == pytest.approx(0.5 * math.sqrt(4 * math.pi / COUNT), rel=0.01)
    one, other = (moved(vertices, m) for m in (found.measured_from_guess, found.measured_from_truth))
    assert volume_iou(one, faces, other, faces) == 1.0


def test_scale_does_not_collapse_however_unlike_the_shapes_are():
    truth = points(box((1, 0.1, 0.1)), 1)
    for guess in (points(ball(0.5), 2), points(box((0.01, 0.9, 0.9)), 2)):
        found = align("yaw", guess, truth, np.random.default_rng(0))
        size = np.linalg.norm(moved(guess, found.measured_from_guess), axis=1).max()
        assert 0.2 < size < 2  # one-way pairs would end at a point in the truth


@pytest.mark.parametrize("name", QUICK)
@pytest.mark.parametrize(
    "guess",
    [
        np.ones((5000, 3)),
        np.zeros((1, 3)),
        np.eye(3),
        points(box((1, 1, 0)), 3),
        np.outer(np.arange(40), [1, 2, 3]),
    ],
    ids=["one place", "one point", "three points", "flat", "a line"],
)
def test_poor_input_gives_finite_figures(name, guess):
    truth = points(chair(), 1, 3000)
    for a, b in ((guess, truth), (truth, guess)):
        found = align(name, a, b, np.random.default_rng(0))
        for matrix in (found.measured_from_guess, found.measured_from_truth):
            assert np.isfinite(matrix).all() and scale_of(matrix) > 0
        assert math.isfinite(found.rotation_deg) and math.isfinite(found.scale_error)


def test_the_same_generator_gives_the_same_alignment():
    guess, truth = points(box(), 1), points(chair(), 2)
    one, other = (align("yaw", guess, truth, np.random.default_rng(8)) for _ in range(2))
    assert np.array_equal(one.measured_from_guess, other.measured_from_guess)


def test_an_alignment_by_another_name_is_refused():
    with pytest.raises(ValueError, match="yaw, icp, brute, none"):
        align("best", np.eye(3), np.eye(3), np.random.default_rng(0))
