"""COV, MMD, Fréchet, kernel and cosine of sets with known answers; farthest points and clouds from depth."""

from __future__ import annotations

import numpy as np
import pytest

from deocc.bench.metrics.sets import (
    coverage,
    depth_cameras,
    depth_cloud,
    farthest_points,
    frechet_distance,
    kernel_distance,
    mean_cosine,
    minimum_matching_distance,
    pairwise_chamfer,
)
from deocc.bench.metrics.surface import sample_surface
from tests.bench.metrics.solids import ball, box


def gaussian(count: int, size: int = 4, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, size))


def test_coverage_and_matching_of_a_hand_made_matrix():
    # three made ones by three true ones: all made choose the first; of true ones, the last two the third
    matrix = np.array([[0.1, 0.5, 0.9], [0.2, 0.6, 0.8], [0.3, 0.4, 0.7]])
    assert coverage(matrix) == pytest.approx(1 / 3)
    assert minimum_matching_distance(matrix) == pytest.approx((0.1 + 0.4 + 0.7) / 3)


def test_a_set_covers_itself_and_a_set_of_copies_covers_one():
    clouds = [gaussian(100, 3, seed) + 3 * seed for seed in range(5)]
    assert coverage(pairwise_chamfer(clouds, clouds)) == 1
    assert minimum_matching_distance(pairwise_chamfer(clouds, clouds)) == 0
    assert coverage(pairwise_chamfer([clouds[2]] * 5, clouds)) == pytest.approx(1 / 5)


def test_chamfer_of_clouds_is_the_mean_of_both_directions_squared():
    made, true = np.array([[0.0, 0, 0]]), np.array([[0.0, 0, 2], [0, 0, 4]])
    assert pairwise_chamfer([made], [true])[0, 0] == pytest.approx((4 + (4 + 16) / 2) / 2)
    assert pairwise_chamfer([made * 3], [true * 3])[0, 0] == pytest.approx(9 * 7)


def test_farthest_points_of_a_line():
    line = np.column_stack([np.arange(101), np.zeros(101), np.zeros(101)])
    assert farthest_points(line, 5).tolist()[:3] == [0, 100, 50]
    assert sorted(farthest_points(line, 5).tolist()) == [0, 25, 50, 75, 100]
    assert farthest_points(line, 500).tolist() == list(range(101))


def test_farthest_points_are_those_of_the_plain_algorithm():
    points = np.random.default_rng(2).random((3000, 3)) ** 2
    distance, plain = np.full(3000, np.inf), [17]
    for _ in range(399):
        distance = np.minimum(distance, np.square(points - points[plain[-1]]).sum(axis=1))
        plain.append(int(distance.argmax()))
    assert farthest_points(points, 400, start=17).tolist() == plain


def test_farthest_points_of_one_place_many_times():
    assert farthest_points(np.ones((50, 3)), 10).shape == (10,)


def test_a_cloud_from_depth_lies_on_what_the_cameras_see():
    cloud = depth_cloud(*ball(0.5), depth_cameras())
    assert cloud.shape == (4096, 3)
    assert np.linalg.norm(cloud, axis=1) == pytest.approx(0.5, abs=1e-3)  # a ball of flat faces
    assert cloud[:, 2].max() > 0.499 and -0.45 < cloud[:, 2].min() < -0.2  # all four look from above


def test_the_inside_of_a_mesh_has_no_part_in_its_cloud():
    inner = box((0.2, 0.2, 0.2))
    vertices, faces = box((0.6, 0.6, 0.6))
    both = np.concatenate([vertices, inner[0]]), np.concatenate([faces, inner[1] + len(vertices)])
    alone, filled = (depth_cloud(*solid, depth_cameras(64), 500) for solid in ((vertices, faces), both))
    assert np.allclose(alone, filled)


def test_frechet_distance_of_gaussians_with_a_closed_form():
    count = 20_000
    made, true = 2 * gaussian(count, seed=1) + 3, gaussian(count, seed=2)
    # |3,3,3,3|² + Σ (2 - 1)²; the sample's own covariances are off by 1 %
    assert frechet_distance(made, true) == pytest.approx(36 + 4, rel=0.02)
    assert frechet_distance(made + 7, true + 7) == pytest.approx(frechet_distance(made, true) or 0)


def test_frechet_distance_is_the_textbook_s_and_needs_no_full_rank():
    from scipy.linalg import sqrtm

    for count in (40, 7):
        made, true = gaussian(count, 10, 1) @ gaussian(10, 10, 3), gaussian(count + 2, 10, 2)
        a, b = np.cov(made.T), np.cov(true.T)
        shift = made.mean(axis=0) - true.mean(axis=0)
        textbook = shift @ shift + np.trace(a + b - 2 * np.real(sqrtm(a @ b)))
        assert frechet_distance(made, true) == pytest.approx(textbook, rel=1e-5)  # sqrtm's own rounding
    assert frechet_distance(gaussian(30), gaussian(30)) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(gaussian(1), gaussian(30)) is None


def test_turning_all_features_changes_neither_distance_and_scaling_one_set_both():
    turn = np.linalg.qr(gaussian(4))[0]
    made, true, draw = gaussian(200, seed=1) + 0.3, gaussian(200, seed=2), np.random.default_rng
    for metric in (frechet_distance, lambda a, b: kernel_distance(a, b, draw(0))):
        assert metric(made @ turn, true @ turn) == pytest.approx(metric(made, true))
        assert metric(made[::-1], true) == pytest.approx(metric(made, true))
        assert (metric(2 * made, true) or 0) > (metric(made, true) or 0) + 0.5


def test_kernel_distance_is_unbiased():
    random = np.random.default_rng(0)
    pairs = random.normal(size=(1000, 2, 50, 4))
    values = np.array([kernel_distance(made, true, random) for made, true in pairs], float)
    assert abs(values.mean()) < 3 * values.std() / np.sqrt(1000)  # 0.014; a biased estimate: 0.3 above 0
    assert (kernel_distance(gaussian(50) + 1, gaussian(50, seed=1), np.random.default_rng(0)) or 0) > 1


def test_kernel_distance_by_hand():
    made, true = np.array([[1.0, 0], [0, 1]]), np.array([[1.0, 1], [0, 0]])
    # (x·y / 2 + 1)³: within made 1, within true 1, across 1.5³, 1, 1.5³, 1
    assert kernel_distance(made, true, np.random.default_rng(0)) == pytest.approx(
        2 - 2 * (2 * 1.5**3 + 2) / 4
    )
    assert kernel_distance(made[:1], true, np.random.default_rng(0)) is None


def test_of_large_sets_kernel_distance_takes_subsets_from_the_generator():
    made, true = gaussian(300, seed=1) + 0.2, gaussian(300, seed=2)
    whole = kernel_distance(made, true, np.random.default_rng(0)) or 0
    one, again = (kernel_distance(made, true, np.random.default_rng(5), 50, 100) for _ in range(2))
    assert one == again == pytest.approx(whole, rel=0.2)


def test_mean_cosine_of_pairs():
    made, true = np.array([[1.0, 0], [3, 3], [0, 0]]), np.array([[2.0, 0], [0, 5], [1, 1]])
    assert mean_cosine(made, true) == pytest.approx((1 + np.sqrt(0.5) + 0) / 3)
    assert mean_cosine(7 * made, true) == pytest.approx(mean_cosine(made, true))
    assert mean_cosine(made[:0], true[:0]) is None


def test_moving_and_scaling_all_clouds_keeps_coverage_and_squares_the_scale_in_mmd():
    turn, _ = np.linalg.qr(gaussian(3, 3, 9))
    made = [gaussian(200, 3, seed) + 2 * seed for seed in range(4)]
    true = [gaussian(200, 3, seed + 50) + 2 * seed for seed in (0, 0, 2, 3)]
    before = pairwise_chamfer(made, true)
    after = pairwise_chamfer([3 * one @ turn.T + 7 for one in made], [3 * one @ turn.T + 7 for one in true])
    assert coverage(before) == coverage(after)
    assert minimum_matching_distance(after) == pytest.approx(9 * minimum_matching_distance(before), rel=1e-4)


def test_other_samples_of_the_same_shapes_keep_coverage_and_mmd():
    """Nearest shapes stay nearest; MMD differs by what 400 points of a surface leave open, a few percent."""
    solids = [ball(0.3), ball(0.5), box((1.0, 0.4, 0.4)), box((0.2, 0.2, 1.4))]

    def clouds(seed: int) -> list[np.ndarray]:
        generator = np.random.default_rng(seed)
        return [sample_surface(*solid, 400, generator).points for solid in solids]

    first, second = (pairwise_chamfer(clouds(seed), clouds(seed + 10)) for seed in (1, 2))
    assert coverage(first) == coverage(second) == 1
    assert minimum_matching_distance(first) == pytest.approx(minimum_matching_distance(second), rel=0.15)
