"""Shadows on a body: of itself in the sun, and in corners and near the ground in light from all around."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from deocc.data.views.record import SIDE
from deocc.data.views.shading import Light
from deocc.data.views.sight import Sight
from deocc.data.views.surface import Surface

OFF = 1.5e-3  # of the diameter: how far from the surface shadow rays begin
NEARBY = 0.2  # of the diameter: what stands farther away doesn't darken a place
DARKEST = 0.2  # share of the ambient light that reaches the narrowest corner


def shadows(
    surface: Surface, front: Sight, light: Light, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(K,) share of the sun and (K,) of the surroundings that reach the front: a ray each, then smoothed."""
    begin = front.points + front.normals * (OFF * surface.diameter)
    strewn = _strewn(front.pixel, rng)
    sunlit = np.zeros(len(begin), np.float32)
    turned = np.einsum("kx,x->k", front.normals, light.to_sun) > 0  # the others get no sun anyway
    to_sun = _unit(light.to_sun + light.sun_blur * strewn[turned])
    sunlit[turned] = surface.caster.cast(begin[turned], to_sun).triangle < 0
    around = _unit(front.normals + 0.99 * strewn[:, ::-1])  # as Lambert's cosine weighs them
    reach = surface.caster.cast(begin, around).distance
    if light.grounded:
        height = begin[:, 2] - surface.outer[:, 2].min()
        falling = np.maximum(-around[:, 2], 1e-6)
        reach = np.where(around[:, 2] < 0, np.minimum(reach, np.maximum(height, 0) / falling), reach)
    clear = np.clip(reach / (NEARBY * surface.diameter), 0, 1)
    open_share = _smooth(front, clear, np.ones(len(begin), bool), 2.2)
    return _smooth(front, sunlit, turned, 0.8 + 6 * light.sun_blur), DARKEST + (1 - DARKEST) * open_share


def _strewn(pixel: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.float32]:
    """(K, 3) unit vectors, evenly over the sphere within each 4 x 4 pixels, so that smoothing leaves little
    of the noise."""
    y, x = np.divmod(pixel, SIDE)
    index = rng.permutation(16)[(y % 4) * 4 + x % 4]
    # the two-dimensional golden ratio's steps fill a square evenly
    one, other = (np.outer(index, (0.7548777, 0.5698403)) + rng.random(2)).T % 1
    z, turn = 2 * one - 1, 2 * np.pi * other
    level = np.sqrt(np.maximum(1 - z**2, 0))
    return np.stack([level * np.cos(turn), level * np.sin(turn), z], axis=1).astype(np.float32)


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    return vectors / np.sqrt(np.einsum("kx,kx->k", vectors, vectors))[:, None]


def _smooth(
    front: Sight, values: NDArray[np.float32], within: NDArray[np.bool_], blur_px: float
) -> NDArray[np.float32]:
    """(K,) values blurred over the picture; only those of pixels within count."""
    field = np.zeros((SIDE * SIDE, 2), np.float32)
    field[front.pixel] = np.stack([values * within, within], axis=1)
    field = cv2.GaussianBlur(field.reshape(SIDE, SIDE, 2), (0, 0), blur_px).reshape(-1, 2)[front.pixel]
    return field[:, 0] / np.maximum(field[:, 1], 1e-6)
