"""Fine search: a pose moved until the surface's silhouette lies on the outline that the photo shows.

Iterated closest points on outlines, Gauss-Newton steps: a point of the surface's silhouette is pulled along
its normal to the nearest point of the photo's outline, and the photo's outline pulls what is nearest to it.
Outlines of the mask that border on what hides the object say nothing and pull nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from deocc.geometry.cameras import Camera
from deocc.geometry.raycast import Caster
from deocc.geometry.surface.photo.outline import Outline
from deocc.geometry.surface.photo.pose import Pose
from deocc.geometry.surface.photo.search import Found
from deocc.geometry.surface.source import rays_through

STEPS = np.array([1e-3, 1e-3, 1e-3, 0.5, 0.5, 1e-3, 1e-3])  # for differences, in a pose's units
OBSERVATIONS = 60.0  # as many independent measurements an outline is worth, however many pixels it has
SPREAD = 0.01  # of the seen object's size: of a measurement
ROBUST = 3.0  # spreads beyond which a point pulls no harder
STEADY_PX = 0.02  # a step that moves no point by more ends the search

Priors = Callable[[Pose, Camera], NDArray[np.float64]]  # how unusual a pose is, in spreads


@dataclass(frozen=True)
class _Pulls:
    """points: (K, 3) on the surface's silhouette.  normals: (K, 2) of it, window pixels.  gaps: (K,) how far
    along them the photo's outline is."""

    points: NDArray[np.float64]
    normals: NDArray[np.float64]
    gaps: NDArray[np.float64]


def refine(
    caster: Caster,
    corners: NDArray,
    outline: Outline,
    start: Pose,
    camera_of: Callable[[Pose], Camera],
    priors: Priors,
    rounds: int,
) -> Found:
    """The best pose of `rounds` steps from `start`. corners: (8, 3) of the surface's bounding box.
    camera_of: the photo's camera in a pose."""
    size = math.sqrt(max(float(outline.seen.sum()), 1.0))
    pose, best = start, Found(start, -1.0)
    for _ in range(rounds + 1):
        camera = camera_of(pose)
        window = outline.camera(camera)
        covered, points_of = _silhouette(caster, corners, window)
        overlap = outline.overlap(covered)
        unusual = float((priors(pose, camera) ** 2).sum())
        if overlap - 1e-4 * unusual > best.overlap:
            best = Found(pose, overlap)
        pulls = _pulls(covered, points_of, outline)
        if len(pulls.gaps) < 8:
            break
        step = _step(pulls, pose, outline, camera_of, priors, SPREAD * size)
        moved = pose.vector() + step
        if np.abs(step * _leverage(outline, pose, size)).max() < STEADY_PX:
            break
        pose = Pose.of(moved)
        if not np.isfinite(moved).all():
            break
    return best


def _leverage(outline: Outline, pose: Pose, size: float) -> NDArray[np.float64]:
    """About how many window pixels each number of a pose moves the outline."""
    return np.array([size, size, size, outline.scale, outline.scale, size, size])


def _silhouette(caster: Caster, corners: NDArray, window: Camera):
    """(h, w) float32 covered pixels; a function from pixels (K, 2: row, column) to surface points (K, 3).
    corners: (8, 3) of the surface's bounding box: rays beside its picture would hit nothing."""
    pixels, depth = window.project(corners)
    low, high = np.zeros(2, np.int64), np.array([window.width, window.height])
    if depth.min() > 1e-3:
        high = np.clip(np.ceil(pixels.max(axis=0)), 1, high).astype(np.int64)
        low = np.clip(np.floor(pixels.min(axis=0)), 0, high - 1).astype(np.int64)
    columns, rows = high - low
    v, u = np.mgrid[low[1] : high[1], low[0] : high[0]]
    origins, directions = rays_through(window, np.stack([u.reshape(-1), v.reshape(-1)], axis=1) + 0.5)
    distance = caster.cast(origins, directions).distance
    covered = np.zeros((window.height, window.width), np.float32)
    covered[low[1] : high[1], low[0] : high[0]] = np.isfinite(distance).reshape(rows, columns)

    def points_of(pixels: NDArray[np.int64]) -> NDArray[np.float64]:
        flat = (pixels[:, 0] - low[1]) * columns + pixels[:, 1] - low[0]
        return (origins[flat] + directions[flat] * distance[flat, None]).astype(np.float64)

    return covered, points_of


def _pulls(covered: NDArray[np.float32], points_of, outline: Outline) -> _Pulls:
    """Pairs of points of the surface's silhouette and of the photo's outline, made from both sides."""
    rim = _rim(covered > 0.5)
    shown = _rim(outline.seen > 0.5) & ~_near(outline.hides > 0.5, 2)
    shown[0, :] = shown[-1, :] = shown[:, 0] = shown[:, -1] = False
    if not rim.any() or not shown.any():
        return _Pulls(np.zeros((0, 3)), np.zeros((0, 2)), np.zeros(0))
    to_rim, to_shown = _nearest(rim), _nearest(shown)
    outer = np.argwhere(shown)
    free = np.argwhere(rim & (outline.hides < 0.5))
    ours = np.concatenate([to_rim[outer[:, 0], outer[:, 1]], free])  # (K, 2) row, column
    theirs = np.concatenate([outer, to_shown[free[:, 0], free[:, 1]]])
    smooth = cv2.GaussianBlur(covered, (0, 0), 2.0)
    slope = np.stack([cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)], axis=-1)
    normals = -slope[ours[:, 0], ours[:, 1]].astype(np.float64)  # outwards: x, y
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
    gaps = ((theirs - ours)[:, ::-1] * normals).sum(axis=1)
    return _Pulls(points_of(ours), normals, gaps)


def _step(pulls: _Pulls, pose: Pose, outline: Outline, camera_of, priors: Priors, spread: float):
    """The change of a pose's numbers that closes the gaps, as far as the priors like it."""
    base = pose.vector()
    camera = camera_of(pose)
    here, unusual = outline.camera(camera).project(pulls.points)[0], priors(pose, camera)
    columns, prior_columns = [], []
    for i, step in enumerate(STEPS):
        shifted = base.copy()
        shifted[i] += step
        there = camera_of(Pose.of(shifted))
        moved = outline.camera(there).project(pulls.points)[0]
        columns.append(((moved - here) * pulls.normals).sum(axis=1) / step)
        prior_columns.append((priors(Pose.of(shifted), there) - unusual) / step)
    slopes, prior_slopes = np.stack(columns, axis=1), np.stack(prior_columns, axis=1)
    far = np.abs(pulls.gaps) / spread
    weight = OBSERVATIONS / len(far) / spread**2 * np.where(far > ROBUST, ROBUST / np.maximum(far, 1e-9), 1.0)
    normal = (slopes * weight[:, None]).T @ slopes + prior_slopes.T @ prior_slopes
    right = slopes.T @ (weight * pulls.gaps) - prior_slopes.T @ unusual
    return np.linalg.solve(normal + 1e-9 * np.diag(np.diag(normal)) + 1e-12 * np.eye(7), right)


def _rim(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The mask's outermost pixels."""
    outside = np.pad(~mask, 1).astype(np.uint8)  # the window's border ends nothing
    return mask & (cv2.dilate(outside, np.ones((3, 3), np.uint8))[1:-1, 1:-1] > 0)


def _near(mask: NDArray[np.bool_], by: int) -> NDArray[np.bool_]:
    return np.asarray(cv2.dilate(mask.astype(np.uint8), np.ones((2 * by + 1, 2 * by + 1), np.uint8)), bool)


def _nearest(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(h, w, 2) row and column of the mask's pixel nearest to each. The mask must not be empty."""
    _, label = cv2.distanceTransformWithLabels(
        (~mask).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    label = np.asarray(label, np.int64)
    place = np.zeros((int(label.max()) + 1, 2), np.int64)
    place[label[mask]] = np.argwhere(mask)
    return place[label]
