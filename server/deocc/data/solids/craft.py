"""Made-up craft, toys or true: aeroplanes and boats."""

from __future__ import annotations

import math

import numpy as np

from deocc.data.solids.curves import Chance
from deocc.data.solids.piece import Piece
from deocc.data.solids.shapes import ball, box, cylinder, lathe, loft, plate, rod, skinned
from deocc.data.solids.vehicles import wheel


def aeroplane(chance: Chance) -> list[Piece]:
    """A hull, wings, a tail, engines or a propeller, on wheels or on a stand."""
    thick, long = chance.between(0.08, 0.17), 1.0
    x = np.array([-1.0, -0.6, 0.0, 0.6, 0.85, 1.0]) * long
    share = np.array([0.15, 0.6, 1.0, 1.0, 0.75, 0.15])
    pieces = [loft(np.c_[x, thick * share, -thick * share + 0.05 * (1 - share), thick * share], "body", 20)]
    span, chord, sweep = chance.between(0.7, 1.2), chance.between(0.15, 0.3), chance.between(-0.05, 0.5)
    z = chance.one_of((-0.5, 0.0, 0.9)) * thick
    end = chord * chance.between(0.35, 0.95)
    wing = plate(
        [
            [
                (-chord, 0),
                (chord * 0.6, 0),
                (0.6 * chord - sweep, span),
                (0.6 * chord - sweep - 1.3 * end, span),
            ]
        ],
        0.035,
        "wing",
    )
    tail = wing.scaled(0.45, 0.35, 0.7).moved(-0.88, 0, 0.05)
    fin = tail.moved(0.88).scaled(1, 0.9, 1).turned("x", 90).moved(-0.88)
    pieces += [wing.moved(0.1, 0, z), wing.mirrored("y").moved(0.1, 0, z), tail, tail.mirrored("y"), fin]
    kind = chance.count(0, 2)
    if kind == 0:
        pieces.append(ball(0.08, 0.05, 0.05, "metal", 12).moved(1.0))
        blade = ball(0.012, 0.035, 0.28, "metal", 10).moved(z=0.27)
        turn, count = chance.between(0, 90), chance.count(2, 3)
        pieces += [blade.turned("x", turn + 360 * i / count).moved(1.03) for i in range(count)]
    else:
        for y in (0.35, 0.65)[:kind]:
            pod = (
                lathe([(0, 0), (0.5, 0), (1, 0.3), (1, 0.9), (0.85, 1), (0, 0.8)], "metal", 16)
                .scaled(0.06, 0.06, 0.25)
                .turned("y", 90)
            )
            pieces += [pod.moved(0.1 - sweep * y, side * y * span, z - 0.06) for side in (-1, 1)]
    if chance.happens(0.5):
        for x, y in ((0.7, 0.0), (0.0, 0.2), (0.0, -0.2)):
            pieces += [rod((x, y, 0), (x, 1.3 * y, -thick - 0.15), 0.015, "metal", 6)]
            pieces += [one.moved(x, 1.3 * y, -thick - 0.15) for one in wheel(0.06, 0.04, 14)]
    pieces.append(ball(0.25, 0.7 * thick, 0.6 * thick, "window", 14).moved(0.55, 0, 0.6 * thick))
    return pieces


def boat(chance: Chance) -> list[Piece]:
    """A hull with a mast and sails, a cabin and a funnel, or thwarts."""
    half, deep = chance.between(0.2, 0.42), chance.between(0.2, 0.4)
    stern = chance.between(0.3, 0.9)
    x = np.linspace(-1, 1, 10)
    share = np.where(x < 0, stern + (1 - stern) * (1 - x**2), np.sqrt(np.maximum(1 - x**2, 0.004)))
    ring = np.stack(
        [np.cos(np.linspace(math.pi, 2 * math.pi, 12)), np.sin(np.linspace(math.pi, 2 * math.pi, 12))], axis=1
    )
    rise = 0.12 * x**2
    rings = np.stack(
        [
            np.broadcast_to(x[:, None], (10, 12)),
            half * share[:, None] * ring[:, 0],
            deep * (0.4 + 0.6 * share[:, None]) * np.abs(ring[:, 1]) ** 0.7 * -1 + rise[:, None],
        ],
        axis=-1,
    )
    deck = loft(np.c_[0.9 * x, 0.8 * half * share, rise - 0.08, rise - 0.03], "wood", 12, 6)
    pieces = [skinned(rings, "body"), deck]
    kind = chance.count(0, 2)
    if kind == 0:
        mast, foot = chance.between(1.1, 2.0), chance.between(0.05, 0.25)
        pieces.append(rod((0.1, 0, -0.1), (0.1, 0, mast), 0.025, "wood", 8))
        sail = plate([[(0, 0), (-0.02, mast - foot - 0.1), (-0.95, 0)]], 0.015, "cloth").turned("x", 90)
        pieces.append(sail.turned("z", chance.between(-30, 30)).moved(0.08, 0, foot + 0.05))
        jib = plate([[(0, 0), (0.75, 0), (0, 0.75 * mast)]], 0.012, "cloth").turned("x", 90)
        pieces.append(jib.turned("z", chance.between(-15, 15)).moved(0.13, 0, foot + 0.05))
    elif kind == 1:
        tall = chance.between(0.15, 0.35)
        pieces.append(box(chance.between(0.5, 1.0), 1.1 * half, tall, "white", 0.02).moved(-0.15, 0, -0.05))
        pieces.append(
            box(chance.between(0.25, 0.45), 0.9 * half, 0.2, "cab", 0.02).moved(-0.05, 0, tall - 0.07)
        )
        pieces.append(cylinder(0.08, chance.between(0.2, 0.4), "funnel", 16).moved(-0.35, 0, tall - 0.07))
    else:
        pieces += [box(0.12, 1.7 * half, 0.03, "wood").moved(a, 0, 0.01) for a in (-0.5, 0.0, 0.45)]
        oar = [
            rod((0.1, 0.2, 0.1), (-0.3, half + 0.5, -0.15), 0.02, "wood", 8),
            ball(0.15, 0.06, 0.02, "wood", 10).turned("z", 120).moved(-0.34, half + 0.58, -0.18),
        ]
        pieces += [*oar, *(one.mirrored("y") for one in oar)]
    return pieces
