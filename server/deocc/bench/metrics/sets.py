"""A set of results beside the set of truths: coverage, matching, Fréchet and kernel distances of features.

Feature arrays come from elsewhere (reporting/networks.py); nothing here knows a network.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from deocc.bench.metrics.neighbours import Nearest
from deocc.geometry.cameras import Camera, look_at_origin, pinhole
from deocc.geometry.raycast import Caster

CLOUD_POINTS = 4096  # Amodal3R B.1b
CLOUD_AZIMUTHS_DEG = (0.0, 90.0, 180.0, 270.0)  # Amodal3R B.1a
CLOUD_ELEVATION_DEG, CLOUD_RADIUS, CLOUD_FOV_DEG = 30.0, 2.0, 40.0
CLOUD_SIZE_PX = 256  # the paper gives none; some 50,000 points of an object
KERNEL_SUBSETS, KERNEL_SUBSET_SIZE = 100, 1000  # Binkowski et al. 2018, KID


def pairwise_chamfer(made: Sequence[NDArray], true: Sequence[NDArray]) -> NDArray[np.float64]:
    """(G, R): squared Chamfer distance, mean of both directions, of each made cloud (N, 3) to each true one.

    Squared because the papers' values could not be anything else: Amodal3R's MMD of 3.6 per mille is below
    what two samples of 4096 points of one surface keep apart unsquared. Those who sum both directions get
    twice this.
    """
    of_made, of_true = [Nearest(one) for one in made], [Nearest(one) for one in true]
    matrix = np.empty((len(made), len(true)))
    for row, (cloud, tree) in enumerate(zip(made, of_made, strict=True)):
        for column, (other, its_tree) in enumerate(zip(true, of_true, strict=True)):
            there, back = its_tree.query(cloud)[0], tree.query(other)[0]
            matrix[row, column] = (np.square(there).mean() + np.square(back).mean()) / 2
    return matrix


def coverage(matrix: NDArray[np.float64]) -> float:
    """COV, 0..1 (Amodal3R §4.1, Achlioptas et al. 2018): the share of true clouds that are the nearest one of
    at least one made cloud. matrix: (G, R) distances, made x true."""
    return len(np.unique(matrix.argmin(axis=1))) / matrix.shape[1]


def minimum_matching_distance(matrix: NDArray[np.float64]) -> float:
    """MMD, ≥ 0 (Amodal3R §4.1, Achlioptas et al. 2018): the mean over true clouds of the distance to the
    nearest made one. matrix: (G, R) distances, made x true."""
    return float(matrix.min(axis=0).mean())


def depth_cameras(size_px: int = CLOUD_SIZE_PX) -> tuple[Camera, ...]:
    """Amodal3R's four (B.1a): yaw 0, 90, 180, 270, pitch 30, radius 2, field of view 40 degrees."""
    return tuple(
        pinhole(size_px, size_px, CLOUD_FOV_DEG, look_at_origin(azimuth, CLOUD_ELEVATION_DEG, CLOUD_RADIUS))
        for azimuth in CLOUD_AZIMUTHS_DEG
    )


def depth_cloud(
    vertices: NDArray, faces: NDArray, cameras: Sequence[Camera], count: int = CLOUD_POINTS
) -> NDArray[np.float64]:
    """(count, 3), object frame: what cameras' pixels see of a mesh, unprojected, thinned by farthest points
    (Amodal3R B.1b). Fewer where fewer pixels see it."""
    caster, seen = Caster(vertices, faces), []
    for camera in cameras:
        origins, directions = camera.rays()
        hits = caster.cast(origins, directions)
        hit = hits.triangle >= 0
        seen.append(origins[hit] + hits.distance[hit, None].astype(np.float64) * directions[hit])
    points = np.concatenate(seen)
    return points[farthest_points(points, count)]


def farthest_points(points: NDArray, count: int, start: int = 0) -> NDArray[np.int64]:
    """(count,) indices: from `start` on, always the point (N, 3) farthest from those already taken.

    All N where there are no more. A new point changes only those nearer to it than the last farthest
    distance, which the tree finds: N log(count) steps rather than N * count.
    """
    points = np.asarray(points, np.float64)
    if len(points) <= count:
        return np.arange(len(points))
    tree, taken = KDTree(points), np.empty(count, np.int64)
    distance = np.square(points - points[start]).sum(axis=1)
    taken[0] = start
    for k in range(1, count):
        chosen = int(distance.argmax())
        taken[k] = chosen
        radius = float(np.sqrt(distance[chosen])) * (1 + 1e-9)
        near = np.array(tree.query_ball_point(points[chosen], radius, return_sorted=False))
        distance[near] = np.minimum(distance[near], np.square(points[near] - points[chosen]).sum(axis=1))
    return taken


def frechet_distance(made: NDArray, true: NDArray) -> float | None:
    """Squared Fréchet distance, ≥ 0, of the Gaussians of two sets of features (N, D), (M, D): FID and P-FID
    (DeOcc-1-to-3 §4.1, Amodal3R B.1). None below two of either.

    |difference of means|² + trace(A + B - 2 (A B)^½), covariances with N - 1. The last trace is the sum
    of the singular values of the product of both centred sets: no root of a matrix that rounding spoils.
    """
    if min(len(made), len(true)) < 2:
        return None
    made, true = np.asarray(made, np.float64), np.asarray(true, np.float64)
    shift = made.mean(axis=0) - true.mean(axis=0)
    a, b = _root_of_covariance(made), _root_of_covariance(true)
    shared = float(np.linalg.svd(a @ b.T, compute_uv=False).sum())
    return max(float(shift @ shift + np.square(a).sum() + np.square(b).sum() - 2 * shared), 0.0)


def kernel_distance(
    made: NDArray,
    true: NDArray,
    generator: np.random.Generator,
    subsets: int = KERNEL_SUBSETS,
    size: int = KERNEL_SUBSET_SIZE,
) -> float | None:
    """KID (DeOcc-1-to-3 §4.1, Binkowski et al. 2018): unbiased squared MMD of two sets of features (N, D),
    (M, D) with the kernel (x·y / D + 1)³; may be a little below 0. None below two of either.

    The mean over `subsets` draws of `size` of each; one estimate over all where neither set is larger.
    """
    if min(len(made), len(true)) < 2:
        return None
    made, true = np.asarray(made, np.float64), np.asarray(true, np.float64)
    if max(len(made), len(true)) <= size:
        return _unbiased_mmd(made, true)
    drawn = [
        _unbiased_mmd(_draw(made, size, generator), _draw(true, size, generator)) for _ in range(subsets)
    ]
    return float(np.mean(drawn))


def mean_cosine(made: NDArray, true: NDArray) -> float | None:
    """CLIP score, -1..1 (DeOcc-1-to-3 §4.1, Amodal3R B.1a): mean cosine of paired features (N, D), (N, D).
    None without any."""
    if len(made) == 0:
        return None
    made, true = np.asarray(made, np.float64), np.asarray(true, np.float64)
    lengths = np.linalg.norm(made, axis=1) * np.linalg.norm(true, axis=1)
    return float(((made * true).sum(axis=1) / np.where(lengths > 0, lengths, 1)).mean())


def _root_of_covariance(features: NDArray[np.float64]) -> NDArray[np.float64]:
    """(min(N, D), D) whose product with itself transposed is the covariance."""
    centred = (features - features.mean(axis=0)) / np.sqrt(len(features) - 1)
    return np.asarray(np.linalg.qr(centred, mode="r")) if len(centred) > centred.shape[1] else centred


def _unbiased_mmd(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    within_x, within_y, across = _kernel(x, x), _kernel(y, y), _kernel(x, y)
    n, m = len(x), len(y)
    of_x = (within_x.sum() - np.trace(within_x)) / (n * (n - 1))  # nothing is paired with itself
    of_y = (within_y.sum() - np.trace(within_y)) / (m * (m - 1))
    return float(of_x + of_y - 2 * across.mean())


def _kernel(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    return (x @ y.T / x.shape[1] + 1) ** 3


def _draw(features: NDArray, size: int, generator: np.random.Generator) -> NDArray[np.float64]:
    return features[generator.choice(len(features), min(size, len(features)), replace=False)]
