"""Silhouette -> upright frustum: cans, cups, buckets and bins, fitted as a whole by their outline."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from deocc.backends.draft.solid.reach import DIRECTIONS, TOLERANCE, reach
from deocc.backends.draft.solid.revolve import Turned
from deocc.backends.draft.solid.viewpoint import Stand, camera_priors
from deocc.geometry.cameras import Camera

ELEVATION_SPREAD_DEG = 15.0  # of the camera's height, where the photo's camera is not known
STARTS_DEG = (-10.0, 0.0, 10.0)  # of leaning
ASIDE = 3.0  # tolerances from which an outline counts as another part's
HALF_SIDES = (math.log(0.5),) * 3  # radii and half height at the start, in sizes
LEVELS = 32
TAPER_SPREAD = 0.25  # of the logarithm of one end's radius to the other's
SLENDER_SPREAD = 1.0  # of the logarithm of height to width
_TURN = np.linspace(0, 2 * np.pi, 64, endpoint=False)
_CIRCLE = np.stack([np.cos(_TURN), np.sin(_TURN)], axis=1)


def fit_frustum(whole: NDArray[np.bool_], stand: Stand) -> Turned:
    """The upright frustum whose outline is nearest to the silhouette's convex hull.

    Directions in which the hull is far off count little more than those in which it is a little off: what
    sticks out is a handle or a spout, and the body beside it is to be found all the same.
    """
    across, wanted = reach(whole)
    size = math.sqrt(float(whole.sum()))

    def misfit(values: NDArray[np.float64]) -> NDArray[np.float64]:
        camera, z, radius = _frustum(values, stand, size)
        away = ((_rims(camera, z, radius) @ across).max(axis=0) - wanted) / (TOLERANCE * size * ASIDE)
        tamed = np.sign(away) * ASIDE * np.sqrt(np.log1p(away**2))  # squared, Cauchy's loss
        return np.concatenate([tamed / math.sqrt(DIRECTIONS), _priors(values, stand)])

    solved = []
    for lean in STARTS_DEG:
        roll = stand.roll + math.radians(lean)
        first = np.array([0, 0, stand.elevation, roll, *HALF_SIDES, 0])
        solved.append(least_squares(misfit, first, method="lm", ftol=1e-4, xtol=1e-4, max_nfev=300))
    best = min(solved, key=lambda one: float(one.cost))
    camera, ends, radii = _frustum(best.x, stand, size)
    z = np.linspace(ends[0], ends[1], LEVELS)
    turned = Turned(camera, z, np.interp(z, ends, radii), 0.0, 1.0, frustum=True)
    covered = turned.covers()
    return replace(turned, fit=float((covered & whole).sum() / (covered | whole).sum()))


def _frustum(
    values: NDArray[np.float64], stand: Stand, size: float
) -> tuple[Camera, NDArray[np.float64], NDArray[np.float64]]:
    """values: middle's shift (2) in sizes, elevation, roll, log radii (2) and log half height in sizes, and
    the logarithm of the focal length's ratio to the stand's."""
    dx, dy, elevation, roll = values[:4]
    focal = stand.focal * math.exp(float(np.clip(values[7], -1, 1)))
    camera = replace(stand.moved(dx * size, dy * size, elevation, roll), focal=focal).camera()
    lower, upper, half = np.exp(np.clip(values[4:7], -5, 2)) * size / focal
    return camera, np.array([-half, half]), np.array([lower, upper])


def _rims(camera: Camera, z: NDArray[np.float64], radius: NDArray[np.float64]) -> NDArray[np.float64]:
    """(2 * 64, 2) pixels of both ends' rims."""
    flat = (_CIRCLE[None] * radius[:, None, None]).reshape(-1, 2)
    pixels, _ = camera.project(np.concatenate([flat, np.repeat(z, len(_CIRCLE))[:, None]], axis=1))
    return pixels


def _priors(values: NDArray[np.float64], stand: Stand) -> NDArray[np.float64]:
    """How unusual a camera and a frustum are, in spreads."""
    elevation, roll, focal = camera_priors(stand, values[2], values[3], values[7], ELEVATION_SPREAD_DEG)
    lower, upper, half = values[4:7]
    taper, slender = (lower - upper) / TAPER_SPREAD, (half - (lower + upper) / 2) / SLENDER_SPREAD
    return np.array([elevation, roll, taper, slender, focal])
