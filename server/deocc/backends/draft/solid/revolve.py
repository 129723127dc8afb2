"""Silhouette -> body of revolution: axis, elevation and profile read from the outline.

Every circle about the upright axis that fits inside the silhouette belongs to the largest body that explains
it. How far down the camera looks shows in how round the silhouette ends: the steepest view whose circles
still fill it is taken, then ends as flat as the silhouette allows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from deocc.backends.draft.solid.upright import Upright, best_upright, mirrored, on_upright
from deocc.backends.draft.solid.viewpoint import Stand
from deocc.geometry.cameras import Camera

ELEVATIONS_DEG = (8.0, 12.0, 16.0, 20.0, 24.0, 28.0, 32.0, 37.0, 42.0, 48.0)
LEVELS = 128  # heights at which circles are fitted
LOSS = 0.003  # a steeper view is believed while its circles lose no more of the silhouette than this
TELLING_LOSS = 0.01  # steeper views losing this much more prove that the outline tells the elevation
TRIM = 0.004  # share of the silhouette that flat ends may leave uncovered
DOME_SLOPE_DEG = 45.0  # of the profile against the axis: an end that closes faster, and not at once, is round
DOME_RINGS = 8
WORKING_PX = 180.0  # the silhouette's longer side while searching
CIRCLE_POINTS = 48
_TURN = np.linspace(0, 2 * np.pi, CIRCLE_POINTS, endpoint=False)
_CIRCLE = np.stack([np.cos(_TURN), np.sin(_TURN), 0 * _TURN], axis=1)


@dataclass(frozen=True)
class Turned:
    """A body turned about the +Z axis of its camera's frame.

    z, radius: (K,) its profile upwards.  fit: IoU of what it covers with the silhouette's symmetric part, a
    frustum's with all of it.  share: of the silhouette that is symmetric, a frustum's 1.
    frustum: it is straight from one end's circle to the other's.
    """

    camera: Camera
    z: NDArray[np.float64]
    radius: NDArray[np.float64]
    fit: float
    share: float = 0.0
    frustum: bool = False

    @property
    def evidence(self) -> float:
        """How well it fits the silhouette; a handle takes from the share, and only half counts against it."""
        return self.fit * math.sqrt(self.share)

    def covers(self) -> NDArray[np.bool_]:
        """(h, w) bool, the pixels of its camera that it covers."""
        return _union(self.camera, self.z, self.radius)


def fit_revolution(whole: NDArray[np.bool_], stand: Stand, upright: Upright | None = None) -> Turned | None:
    """The best body of revolution, in the camera of `whole`, about `upright` or the line about which most of
    the silhouette is symmetric; None where no circle fits in."""
    small, reduced = _reduce(whole, stand)
    axis = upright.scaled(reduced.width / stand.width) if upright else best_upright(small, reduced)
    symmetric = small & mirrored(small, axis)
    share = float(symmetric.sum()) / max(float(small.sum()), 1.0)
    elevation = reduced.elevation
    if not stand.known:
        tried = [_fit(symmetric, on_upright(reduced, axis, math.radians(one))) for one in ELEVATIONS_DEG]
        fits = [one.fit if one else 0.0 for one in tried]
        elevation = math.radians(_elevation_deg(fits, math.degrees(elevation)))
    best = _fit(symmetric, on_upright(reduced, axis, elevation))
    if best is None:
        return None
    trimmed = _trim(best)
    camera = _resized(trimmed.camera, stand)
    return replace(trimmed, camera=camera, share=share)


def _reduce(whole: NDArray[np.bool_], stand: Stand) -> tuple[NDArray[np.bool_], Stand]:
    """Silhouette and camera at the working size; the same size along both sides, to a pixel."""
    rows, columns = np.nonzero(whole)
    factor = min(1.0, WORKING_PX / float(max(np.ptp(rows), np.ptp(columns)) + 1))
    height, width = whole.shape
    size = (max(round(width * factor), 1), max(round(height * factor), 1))
    matrix = np.array([[factor, 0, (factor - 1) / 2], [0, factor, (factor - 1) / 2]])
    soft = cv2.GaussianBlur(whole.astype(np.float32), (0, 0), max(0.5 / factor, 0.5))
    small = cv2.warpAffine(soft, matrix, size, flags=cv2.INTER_LINEAR) > 0.5
    reduced = replace(
        stand,
        width=size[0],
        height=size[1],
        focal=stand.focal * factor,
        cx=stand.cx * factor,
        cy=stand.cy * factor,
        x=stand.x * factor,
        y=stand.y * factor,
    )
    return small, reduced


def _resized(camera: Camera, stand: Stand) -> Camera:
    """The same camera with the pixels of `stand`."""
    return Camera(
        stand.width, stand.height, stand.focal, stand.focal, stand.cx, stand.cy, camera.object_from_camera
    )


def _fit(symmetric: NDArray[np.bool_], stand: Stand) -> Turned | None:
    """The largest body of revolution about the stand's upright inside the symmetric silhouette."""
    camera = stand.camera()
    z = _heights(symmetric, camera)
    if z is None:
        return None
    contours, _ = cv2.findContours(symmetric.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    edge = _outer_edge(np.concatenate(contours).reshape(-1, 2).astype(float) + 0.5, symmetric)
    local = np.stack([(edge[:, 0] - camera.cx) / camera.fx, (edge[:, 1] - camera.cy) / camera.fy], axis=1)
    rays = np.concatenate([local, np.ones((len(local), 1))], axis=1) @ camera.object_from_camera[:3, :3].T
    rays[:, 2] = np.where(np.abs(rays[:, 2]) < 1e-6, -1e-6, rays[:, 2])
    reach = (z[:, None] - camera.centre[2]) / rays[None, :, 2]  # (LEVELS, E) along each ray to each height
    x, y = camera.centre[0] + reach * rays[None, :, 0], camera.centre[1] + reach * rays[None, :, 1]
    distance = np.where(reach > 0, np.hypot(x, y), np.inf)
    radius = gaussian_filter1d(distance.min(axis=1), 1.0, mode="nearest")
    covered = _union(camera, z, radius)
    fit = float((covered & symmetric).sum()) / max(float((covered | symmetric).sum()), 1.0)
    return Turned(camera, z, radius, fit)


def _outer_edge(edge: NDArray[np.float64], mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Contour pixels' centres moved half a pixel out, onto the outline itself."""
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1.5)
    gx, gy = cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)
    column, row = edge.astype(int).T
    inward = np.stack([gx[row, column], gy[row, column]], axis=1)
    length = np.linalg.norm(inward, axis=1, keepdims=True)
    return edge - 0.5 * inward / np.maximum(length, 1e-6)


def _heights(symmetric: NDArray[np.bool_], camera: Camera) -> NDArray[np.float64] | None:
    """Heights of the axis between its first and last pixel inside the silhouette."""
    z = np.linspace(-0.6, 0.6, 2400)
    pixels, depth = camera.project(np.stack([0 * z, 0 * z, z], axis=1))
    column, row = np.floor(pixels).astype(int).T
    height, width = symmetric.shape
    within = (depth > 0.05) & (column >= 0) & (row >= 0) & (column < width) & (row < height)
    inside = np.zeros(len(z), bool)
    inside[within] = symmetric[row[within], column[within]]
    found = z[inside]
    if len(found) < 4:
        return None
    return np.linspace(found[0], found[-1], LEVELS)


def _union(camera: Camera, z: NDArray[np.float64], radius: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(h, w) bool: what the circles, and the body between them, cover."""
    covered = np.zeros((camera.height, camera.width), np.uint8)
    points = _CIRCLE[None] * radius[:, None, None]
    points[..., 2] = z[:, None]
    pixels, _ = camera.project(points.reshape(-1, 3))
    rings = np.round((pixels.reshape(len(z), -1, 2) - 0.5) * 16).astype(np.int32)
    pairs = list(zip(rings[:-1:2], rings[2::2], strict=False))  # circles apart leave no stripes between
    hulls = [cv2.convexHull(np.concatenate(pair)) for pair in pairs]
    left = [*rings[1::2], *rings[-1:]] if pairs else rings  # the hulls cover the others
    for polygon in (*hulls, *left):
        cv2.fillConvexPoly(covered, polygon, (1,), shift=4)
    return covered > 0


def _elevation_deg(fits: list[float], expected_deg: float) -> float:
    """Degrees: the steepest view that loses nearly nothing, so far as steeper ones then lose much.

    An outline that is round all over fits from anywhere and says nothing; the expected elevation stays.
    """
    best = max(fits)
    knee = max(i for i, one in enumerate(fits) if one >= best - LOSS)
    beyond = fits[knee] - fits[min(knee + 2, len(fits) - 1)]
    trust = min(beyond / TELLING_LOSS, 1.0)
    return expected_deg + trust * (ELEVATIONS_DEG[knee] - expected_deg)


def _trim(turned: Turned) -> Turned:
    """Without the ends that only pile up hidden cones on flat rims."""
    area = float(turned.covers().sum())

    def enough(low: int, high: int) -> bool:
        covered = _union(turned.camera, turned.z[low:high], turned.radius[low:high])
        return float(covered.sum()) >= (1 - TRIM) * area

    low, high = 0, len(turned.z)
    step = high // 4
    while step:
        if high - step - low >= 8 and enough(low, high - step):
            high -= step
        else:
            step //= 2
    area = float(_union(turned.camera, turned.z[low:high], turned.radius[low:high]).sum())
    step = high // 4
    while step:
        if high - low - step >= 8 and enough(low + step, high):
            low += step
        else:
            step //= 2
    below, above = _dome(turned, low, -1), _dome(turned, high - 1, 1)
    z = np.concatenate([below[0][::-1], turned.z[low:high], above[0]])
    return replace(turned, z=z, radius=np.concatenate([below[1][::-1], turned.radius[low:high], above[1]]))


def _dome(turned: Turned, end: int, way: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Profile beyond a trimmed end: a spherical cap going on where the body closes already, else nothing.

    The silhouette never shows the pole of a ball from above; a can's rim does not close, and stays flat.
    """
    nothing = np.zeros(0), np.zeros(0)
    step = len(turned.z) // 8
    places = [end - way * step * k for k in (0, 1, 2)]
    if min(places) < 0 or max(places) >= len(turned.z):
        return nothing
    z, radius = turned.z[places], turned.radius[places]
    before, slope = (math.atan2(radius[k + 1] - radius[k], abs(z[k + 1] - z[k])) for k in (1, 0))
    if slope < math.radians(DOME_SLOPE_DEG) or before < math.radians(DOME_SLOPE_DEG) / 2:
        return nothing
    last = end - way * 2
    slope = math.atan2(turned.radius[last] - turned.radius[end], abs(turned.z[last] - turned.z[end]))
    slope = min(max(slope, math.radians(DOME_SLOPE_DEG)), math.radians(80))
    ball = turned.radius[end] / math.cos(slope)
    polar = np.linspace(math.pi / 2 - slope, 0, DOME_RINGS + 1)[1:]
    rise = ball * (np.cos(polar) - math.sin(slope))
    z = turned.z[end] + way * rise
    hull = np.interp(z, turned.z, turned.radius, left=0, right=0)
    return z, np.minimum(ball * np.sin(polar), np.maximum(hull, 0.02 * turned.radius[end]))
