"""Made-up bicycles and scooters."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deocc.data.solids.curves import Chance, arc, smooth
from deocc.data.solids.piece import Piece
from deocc.data.solids.shapes import ball, box, cylinder, rod, tube


def bicycle(chance: Chance) -> list[Piece]:
    """Two spoked wheels, a frame, a fork, a bar and a saddle; a scooter has no more than a board."""
    radius, base = chance.between(0.26, 0.36), chance.between(0.95, 1.15)
    thin, pieces = chance.between(0.016, 0.03), []
    if chance.happens(0.3):
        radius = chance.between(0.1, 0.17)
    ring = arc(radius, 0, 360, 27)[:-1]
    for x in (0.0, base):
        pieces.append(
            tube(
                np.c_[ring[:, 0] + x, np.zeros(26), ring[:, 1] + radius], 1.1 * thin, "dark", 6, is_loop=True
            )
        )
        pieces.append(ball(2 * thin, 0.05, 2 * thin, "metal", 8).moved(x, 0, radius))
        spokes = arc(radius, 0, 324, 10)
        pieces += [rod((x, 0, radius), (x + a, 0, radius + b), 0.005, "metal", 4) for a, b in spokes]
    head, bar = np.array([base - 0.22, 0, 0.75]), np.array([base - 0.27, 0, 0.92 if radius > 0.2 else 1.05])
    pieces += [rod((base, side * 0.05, radius), head, thin, "body", 8) for side in (-1, 1)]
    pieces.append(rod(head - (0, 0, 0.05), bar, thin, "metal", 8))
    wide, bend = chance.between(0.2, 0.32), chance.between(-0.15, 0.15)
    grips = [
        np.add(bar, (-bend, -wide, 0)),
        np.add(bar, (0.03, -0.1, 0)),
        np.add(bar, (0.03, 0.1, 0)),
        np.add(bar, (-bend, wide, 0)),
    ]
    pieces.append(tube(smooth(grips, 12), thin, "dark", 8))
    if radius < 0.2:
        pieces.append(box(base - 0.15, 0.15, 0.05, "body", 0.01).moved(base / 2 - 0.05, 0, radius))
        pieces.append(rod((base - 0.14, 0, radius + 0.02), head, 1.2 * thin, "body", 8))
        return pieces
    crank, saddle = np.array([0.42, 0, radius - 0.03]), np.array([0.28, 0, 0.78])
    frame = [
        (crank, saddle),
        (crank, head - (0, 0, 0.08)),
        (saddle - (0, 0, 0.1) if chance.happens(0.7) else np.add(crank, (0, 0, 0.2)), head),
    ]
    pieces += [rod(a, b, thin, "body", 8) for a, b in frame]
    pieces += [
        rod((0, side * 0.05, radius), point, 0.7 * thin, "body", 6)
        for side in (-1, 1)
        for point in (crank, saddle - (0, 0, 0.12))
    ]
    pieces += [
        ball(0.13, 0.07, 0.035, "dark", 12).moved(*(np.add(saddle, (-0.02, 0, 0.04)))),
        cylinder(0.09, 0.02, "metal", 16).turned("x", 90).moved(*crank),
    ]
    return pieces + _pedals(crank)


def _pedals(crank: NDArray) -> list[Piece]:
    pieces = []
    for side in (-1, 1):
        end = np.add(crank, (side * 0.14, side * 0.08, side * 0.08))
        pieces += [
            rod(np.add(crank, (0, side * 0.06, 0)), end, 0.012, "metal", 6),
            box(0.08, 0.1, 0.02, "dark").moved(*(np.add(end, (0, side * 0.04, 0)))),
        ]
    return pieces
