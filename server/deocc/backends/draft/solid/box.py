"""Silhouette -> cuboid: turn, elevation and sides found by fitting the outline of its projected corners."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from deocc.backends.draft.solid.reach import DIRECTIONS, TOLERANCE, reach
from deocc.backends.draft.solid.texture import Chart, Surface, photographed
from deocc.backends.draft.solid.viewpoint import Stand, camera_priors
from deocc.geometry.cameras import Camera

ELEVATION_SPREAD_DEG = 18.0  # of the camera's height, where the photo's camera is not known
RATIO_SPREAD = 0.8  # of the logarithm of one side to another
EXPECTED_ROUNDING, ROUNDING_SPREAD = -3.0, 2.0  # logits: 5 % of the shorter half side, 1 to 27 % not unusual
HALF_SIDES = (math.log(0.5),) * 3  # at the start, in sizes
EDGE_WEIGHT = 0.03  # clear edges inside outweigh this much of IoU
EDGE_REACH_PX = 3
SHARP_ROUNDING = 0.3  # rounder upright edges show no line
GRAZING = 0.15  # cosine: a side seen flatter than this shows a seventh of the pixels that it should
STARTS_DEG = (-40.0, -20.0, 0.0, 20.0, 40.0)  # turning by 90° swaps two sides
_NEAR_CORNER = ((1, 1), (1, 0.93), (0.93, 1), (1, 0.8), (0.8, 1), (1, 0.6), (0.6, 1), (1, 0.3), (0.3, 1))
_RIM = np.array(
    [(x * a, y * b, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1) for a, b in _NEAR_CORNER], float
)


@dataclass(frozen=True)
class Cuboid:
    """half: (3,) half sides in camera distances.  yaw: radians about +Z.  rounding: radius of the upright
    edges as a share of the shorter half side.  fit: IoU with the silhouette.  edges: 0..1, how much the
    picture shows its inner edges."""

    camera: Camera
    half: NDArray[np.float64]
    yaw: float
    rounding: float = 0.0
    fit: float = 0.0
    edges: float = 0.0

    @property
    def evidence(self) -> float:
        """Fit with the outline and, a little, with the edges inside it."""
        return self.fit + (EDGE_WEIGHT * self.edges if self.rounding < SHARP_ROUNDING else 0.0)

    def place(self, unit: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points (N, 3) of the cube [-1, 1]³ in the camera's frame; the same input gives the same bits."""
        x, y, z = (unit * self.half).T
        shrink = self._shrink(np.abs(x), np.abs(y), np.abs(unit[:, :2]).max(axis=1))
        x, y = x * shrink, y * shrink
        cos, sin = math.cos(self.yaw), math.sin(self.yaw)
        return np.stack([cos * x - sin * y, sin * x + cos * y, z], axis=1)

    def _shrink(self, x: NDArray, y: NDArray, ring: NDArray) -> NDArray[np.float64]:
        """Factor that pulls points (x, y >= 0) of the square ring of size `ring` onto the rounded one."""
        radius = self.rounding * float(self.half[:2].min())
        ring = np.maximum(ring, 1e-9)
        dx, dy = x / ring, y / ring  # on the sharp outline
        cx, cy = self.half[0] - radius, self.half[1] - radius
        corner = (dx > 0) & (dy > 0) & (dy * cx < dx * self.half[1]) & (dx * cy < dy * self.half[0])
        # the ray through (dx, dy) leaves the corner's circle at factor t: |t d - c| = radius
        dd, dc, cc = dx * dx + dy * dy, dx * cx + dy * cy, cx * cx + cy * cy - radius * radius
        t = (dc + np.sqrt(np.maximum(dc * dc - dd * cc, 0))) / np.maximum(dd, 1e-12)
        return np.where(corner, np.minimum(t, 1.0), 1.0)


def fit_box(
    whole: NDArray[np.bool_], seen: NDArray[np.bool_], picture: NDArray[np.uint8], stand: Stand
) -> Cuboid:
    """The cuboid whose outline is nearest to the silhouette's convex hull; its `fit` says how near.

    Of several that fit alike, the one whose inner edges lie on edges of the picture where it is `seen`.
    """
    across, wanted = reach(whole)
    size = math.sqrt(float(whole.sum()))

    def misfit(values: NDArray[np.float64]) -> NDArray[np.float64]:
        cuboid = _cuboid(values, stand, size)
        pixels, _ = cuboid.camera.project(cuboid.place(_RIM))
        outline = ((pixels @ across).max(axis=0) - wanted) / (TOLERANCE * size * math.sqrt(DIRECTIONS))
        return np.concatenate([outline, _priors(values, stand)])

    found = []
    for start in STARTS_DEG:
        first = np.array(
            [0, 0, stand.elevation, stand.roll, math.radians(start), *HALF_SIDES, 0, EXPECTED_ROUNDING]
        )
        solved = least_squares(misfit, first, method="lm", ftol=1e-4, xtol=1e-4, max_nfev=300)
        found.append(_cuboid(solved.x, stand, size))
    slopes = _slopes(picture, whole)
    brush = np.ones((2 * EDGE_REACH_PX + 3,) * 2, np.uint8)
    seen = cv2.erode(seen.astype(np.uint8), brush) > 0  # its rim is an edge itself
    judged = [replace(one, fit=_fit(one, whole), edges=_edges(one, slopes, seen)) for one in found]
    return max(judged, key=lambda one: one.evidence)


def box_surface(cuboid: Cuboid, triangles: int) -> Surface:
    """The cuboid's six sides, each a chart but where the photo shows it; sides that it does not show take the
    opposite side's colours, or fold their neighbour's over the edge."""
    steps = max(round(math.sqrt(triangles / 12)), 1)
    ramp = np.linspace(-1, 1, steps + 1)
    across, down = np.meshgrid(ramp, ramp)
    units, faces, charts, places = [], [], [], []
    row, column = np.mgrid[0:steps, 0:steps]
    first = (row * (steps + 1) + column).reshape(-1)
    quads = np.stack([first, first + steps + 1, first + steps + 2, first + 1], axis=1)
    for side, (axis, sign) in enumerate(_SIDES):
        unit = _side(axis, sign, across, down).reshape(-1, 3)
        units.append(unit)
        faces.append(np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]) + side * len(unit))
        places.append(np.stack([across.reshape(-1) + 1, down.reshape(-1) + 1], axis=1) / 2)
        charts.append(_chart(cuboid, axis, sign, across, down))
    unit, point = np.unique(np.concatenate(units), axis=0, return_inverse=True)
    surface = Surface(
        points=cuboid.place(unit),
        point=point.reshape(-1),
        chart=np.repeat(np.arange(6), (steps + 1) ** 2),
        place=np.concatenate(places),
        faces=np.concatenate(faces),
        charts=tuple(charts),
    )
    return photographed(surface, cuboid.camera, GRAZING)


_SIDES = ((0, -1), (0, 1), (1, -1), (1, 1), (2, -1), (2, 1))


def _side(
    axis: int, sign: int, across: NDArray[np.float64], down: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Points of one side seen from outside: `across` grows to the right, `down` downwards."""
    flat = np.full(across.shape, float(sign))
    if axis == 0:
        return np.stack([flat, sign * across, -down], axis=-1)
    if axis == 1:
        return np.stack([-sign * across, flat, -down], axis=-1)
    return np.stack([across, -sign * down, flat], axis=-1)


def _chart(cuboid: Cuboid, axis: int, sign: int, across: NDArray, down: NDArray) -> Chart:
    """Where a side's colours come from: itself if the camera sees it, else the opposite side turned about the
    vertical (so that lettering can be read) or, for top and bottom, mirrored; else a visible neighbour."""
    shown = {one: _faces_camera(cuboid, *one) for one in _SIDES}
    unit = _side(axis, sign, across, down)
    if shown[axis, sign] <= GRAZING:
        if shown[axis, -sign] > GRAZING:
            unit = unit * ((1, 1, -1) if axis == 2 else (-1, -1, 1))
        else:
            unit = _folded(cuboid, axis, sign, unit, shown)
    pixels, _ = cuboid.camera.project(cuboid.place(unit.reshape(-1, 3)))
    source = pixels.reshape(*unit.shape[:2], 2).astype(np.float32)
    return Chart(_size_px(cuboid, axis), source)


def _folded(
    cuboid: Cuboid, axis: int, sign: int, unit: NDArray[np.float64], shown: dict[tuple[int, int], float]
) -> NDArray[np.float64]:
    """Points of the best seen neighbour as far from the common edge as `unit`, to and fro where the neighbour
    is shorter; upright sides rather from an upright one, whose print stands as theirs would."""
    upright = {one: shown[one] * (1 if axis == 2 or one[0] != 2 else 0.3) for one in _SIDES if one[0] != axis}
    other, other_sign = max(upright, key=lambda one: upright[one])
    away = (1 - other_sign * unit[..., other]) * cuboid.half[other] / (2 * cuboid.half[axis])
    folded = unit.copy()
    folded[..., axis] = sign * (1 - 2 * (1 - np.abs(1 - away % 2)))
    folded[..., other] = other_sign
    return folded


def _faces_camera(cuboid: Cuboid, axis: int, sign: int) -> float:
    """Cosine between a side's outward normal and the way to the camera, or 0 where it looks away."""
    normal = cuboid.place(np.eye(3)[axis][None] * sign)[0]
    to_camera = cuboid.camera.centre - normal
    return max(float(normal @ to_camera) / float(np.linalg.norm(normal) * np.linalg.norm(to_camera)), 0.0)


def _size_px(cuboid: Cuboid, axis: int) -> tuple[float, float]:
    """Width and height of a side in the photo's pixels, as if it stood square to the camera."""
    across, down = {0: (1, 2), 1: (0, 2), 2: (0, 1)}[axis]
    return 2 * cuboid.half[across] * cuboid.camera.fx, 2 * cuboid.half[down] * cuboid.camera.fx


def _cuboid(values: NDArray[np.float64], stand: Stand, size: float) -> Cuboid:
    """values: middle's shift (2) in sizes, elevation, roll, yaw, log half sides (3) in sizes, log focal
    ratio, logit of the rounding."""
    dx, dy, elevation, roll, yaw = values[:5]
    focal = stand.focal * math.exp(float(np.clip(values[8], -1, 1)))
    camera = replace(stand.moved(dx * size, dy * size, elevation, roll), focal=focal).camera()
    half = np.exp(np.clip(values[5:8], -4, 2)) * size / focal
    rounding = 1 / (1 + math.exp(-float(np.clip(values[9], -6, 6))))
    return Cuboid(camera, half, float(yaw), rounding)


def _priors(values: NDArray[np.float64], stand: Stand) -> NDArray[np.float64]:
    """How unusual a camera and sides are, in spreads."""
    elevation, roll, focal = camera_priors(stand, values[2], values[3], values[8], ELEVATION_SPREAD_DEG)
    a, b, c = values[5:8]
    return np.array(
        [
            elevation,
            roll,
            (a - b) / RATIO_SPREAD,
            (b - c) / RATIO_SPREAD,
            (c - a) / RATIO_SPREAD,
            focal,
            (values[9] - EXPECTED_ROUNDING) / ROUNDING_SPREAD,
        ]
    )


def _fit(cuboid: Cuboid, whole: NDArray[np.bool_]) -> float:
    pixels, _ = cuboid.camera.project(cuboid.place(_RIM))
    hull = cv2.convexHull(pixels.astype(np.float32)).reshape(-1, 2)
    drawn = np.zeros(whole.shape, np.uint8)
    cv2.fillConvexPoly(drawn, np.round((hull - 0.5) * 16).astype(np.int32), (1,), shift=4)
    return float((whole & (drawn > 0)).sum() / (whole | (drawn > 0)).sum())


def _slopes(picture: NDArray[np.uint8], whole: NDArray[np.bool_]) -> NDArray[np.float32]:
    """(h, w, 2) brightness slopes along x and y; 1 is a strong one for this object."""
    grey = cv2.GaussianBlur(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32), (0, 0), 1.0)
    slopes = np.stack([cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)], axis=-1)
    strong = float(np.percentile(np.abs(slopes[whole]).sum(axis=-1), 90))
    return slopes / max(strong, 1.0)


def _edges(cuboid: Cuboid, slopes: NDArray[np.float32], seen: NDArray[np.bool_]) -> float:
    """0..1: the picture's slope across the inner edges: between two sides that face the camera."""
    shown = [one for one in _SIDES if _faces_camera(cuboid, *one) > 0]
    strengths = []
    for i, (axis, sign) in enumerate(shown):
        for other, other_sign in shown[:i]:
            ends = np.zeros((2, 3))
            ends[:, axis], ends[:, other], ends[:, 3 - axis - other] = sign, other_sign, (-0.9, 0.9)
            pixels, _ = cuboid.camera.project(cuboid.place(ends))
            strengths.append(_slope_across(pixels[0], pixels[1], slopes, seen))
    known = [one for one in strengths if one is not None]
    return float(np.mean(known)) if known else 0.0


def _slope_across(
    start: NDArray, end: NDArray, slopes: NDArray[np.float32], seen: NDArray[np.bool_]
) -> float | None:
    """Mean slope across the line from start to end at its seen pixels, at the best of a few parallels; None
    where too little of it is seen."""
    along = end - start
    length = float(np.linalg.norm(along))
    if length < 2 * EDGE_REACH_PX:
        return None
    across = np.array([-along[1], along[0]]) / length
    steps = start + along * np.linspace(0, 1, max(int(length), 2))[:, None]
    best = 0.0
    for offset in range(-EDGE_REACH_PX, EDGE_REACH_PX + 1):
        x, y = np.floor(steps + offset * across).astype(int).T
        within = (x >= 0) & (y >= 0) & (x < seen.shape[1]) & (y < seen.shape[0])
        x, y = x[within], y[within]
        x, y = x[seen[y, x]], y[seen[y, x]]
        if len(x) < 0.25 * len(steps):
            return None
        best = max(best, abs(float((slopes[y, x] @ across).mean())))
    return min(best, 1.0)
