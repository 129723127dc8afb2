"""Views of bodies given by formula: what draws are made of where no renderer has run."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deocc.data.views.record import BODY_PX, SIDE, VIEW

SPHERE, DISC, RING, BAR, BOTTLE = range(5)
BODIES = 5


def view(body: int, radius_px: float = BODY_PX / 2) -> np.void:
    """A VIEW: one of the bodies, parallel light rays, coloured by place so that left differs from right."""
    y, x = (np.mgrid[:SIDE, :SIDE] + 0.5 - SIDE / 2) / radius_px
    r = np.hypot(x, y)
    whole, depth = {
        SPHERE: (r < 1, np.sqrt(np.maximum(1 - r**2, 0))),
        DISC: (r < 1, np.full_like(r, 0.1)),
        RING: (np.abs(r - 0.75) < 0.25, np.sqrt(np.maximum(0.0625 - (r - 0.75) ** 2, 0))),
        BAR: ((np.abs(x) < 0.2) & (np.abs(y) < 1), np.full_like(r, 0.2)),
        BOTTLE: (np.abs(x) < _bottle(y), np.sqrt(np.maximum(_bottle(y) ** 2 - x**2, 0))),
    }[body]
    slant = 0.2 * x * (radius_px / (SIDE / 2)) if body == DISC else 0.0
    out = np.zeros(1, VIEW)[0]
    depth = depth * (radius_px / (SIDE / 2))  # halves of the frame
    out["front"], out["back"] = (depth + slant) * whole, (slant - depth) * whole
    shade = np.clip(0.55 + 0.3 * depth - 0.2 * y, 0, 1)
    colour = np.stack([120 + 90 * x, 128 + 100 * np.sin(7 * y + body), 160 + 60 * np.cos(5 * x * y)], -1)
    out["front_rgb"] = (colour * shade[..., None]).clip(0, 255) * whole[..., None]
    out["back_rgb"] = (colour[:, ::-1] * 0.6).clip(0, 255) * whole[..., None]
    out["whole"] = 255 * whole
    out["contact"] = (1 + 254 * np.clip(np.hypot(x - 0.6, y - 0.3) / 2.2, 0, 1)) * whole
    out["body"], out["elevation_deg"], out["azimuth_deg"], out["span_deg"] = body, 10 * body, 30, 40
    return out


def views() -> NDArray[np.void]:
    """(BODIES,) VIEW."""
    return np.stack([view(body) for body in range(BODIES)])


def backdrops(count: int = 3, side: int = 256) -> NDArray[np.uint8]:
    """(count, side, side, 3) a wall over a floor, each in its own colours."""
    rng = np.random.default_rng(5)
    out = np.empty((count, side, side, 3), np.uint8)
    for picture in out:
        wall, floor = rng.integers(30, 240, (2, 3))
        picture[: side // 2], picture[side // 2 :] = wall, floor
    return out


def _bottle(y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Half the width at each height: a neck over a belly."""
    return np.where(np.abs(y) < 1, 0.15 + 0.3 / (1 + np.exp(-10 * (y + 0.2))), 0)
