"""Made-up cutlery and what cuts: knives, saws, spoons, forks, scissors, pliers."""

from __future__ import annotations

import numpy as np

from deocc.data.solids.carve import less
from deocc.data.solids.curves import Chance, rounded, smooth
from deocc.data.solids.piece import Piece
from deocc.data.solids.shapes import ball, box, cylinder, lathe, limb, plate, tube
from deocc.data.solids.tools import shaft


def knife(chance: Chance) -> list[Piece]:
    """A blade's outline drawn through its belly and its back, a grip, sometimes teeth as of a saw."""
    long, wide = chance.between(0.5, 1.3), chance.between(0.08, 0.3)
    belly = smooth(
        [
            (0, -0.3 * wide),
            (0.4 * long, -wide * chance.between(0.6, 1)),
            (long, chance.between(-0.3, 0.2) * wide),
        ],
        12,
    )
    if chance.happens(0.25):
        belly[1:-1:2, 1] += 0.12 * wide
    back = np.array([(long * chance.between(0.8, 0.99), 0.3 * wide), (0, 0.35 * wide)])
    thin = chance.between(0.012, 0.03)
    blade = plate([np.concatenate([belly, back])], thin, "metal").moved(z=-thin / 2)
    grip = shaft(
        chance,
        chance.between(0.35, 0.6),
        chance.between(0.035, 0.06),
        chance.one_of(("wood", "dark", "grip")),
    )
    pieces = [blade, grip.turned("z", 180).moved(x=0.03)]
    if chance.happens(0.3):
        pieces.append(box(0.05, wide, 0.1, "metal").moved(z=-0.05))
    if chance.happens(0.4):
        return [one.turned("x", 90) for one in pieces]
    return pieces


def spoon(chance: Chance) -> list[Piece]:
    """A spoon, ladle, fork or spatula: a bent stem along x and its head."""
    long, thin, wide = chance.between(0.7, 1.4), chance.between(0.018, 0.035), chance.between(0.09, 0.22)
    lift = chance.between(0, 0.25)
    line = smooth(
        [(0, 0, lift), (0.5 * long, 0, 0.9 * lift + 0.03), (0.9 * long, 0, 0.02), (long, 0, 0.02)], 18
    )
    paint = chance.one_of(("metal", "wood", "body"))
    widths = np.interp(np.linspace(0, 1, 18), [0, 0.15, 0.7, 1], [2.0, 2.4, 1.0, 1.2]) * thin
    pieces = [tube(line, widths, paint, section=rounded(12) * (1.0, 0.6))]
    kind, head = chance.count(0, 2), wide * chance.between(1.2, 1.7)
    if kind == 0:
        depth = wide * chance.between(0.3, 0.9)
        cups = [
            (0.05, -1.0),
            (0.5, -0.85),
            (0.85, -0.5),
            (1.0, 0.0),
            (0.93, 0.0),
            (0.78, -0.4),
            (0.45, -0.72),
            (0.0, -0.85),
        ]
        bowl_ = lathe([(0, -1.0), *cups], paint, 26).scaled(head, wide, depth)
        pieces.append(bowl_.moved(x=long + 0.93 * head, z=0.02))
    elif kind == 1:
        count = chance.count(3, 4)
        pieces.append(ball(0.6 * head, 0.8 * wide, thin, paint, 16, 3).moved(x=long + 0.4 * head, z=0.03))
        for y in np.linspace(-0.6, 0.6, count) * wide:
            points = [(long + 0.7 * head, y, 0.02), (long + 1.3 * head, y, -0.02), (long + 2 * head, y, 0.05)]
            pieces.append(limb(points, [0.7 * thin, 0.6 * thin, 0.3 * thin], paint, 7, 8))
    else:
        slab = box(2.2 * head, 1.8 * wide, 1.2 * thin, paint, 0.2 * thin)
        slots = [box(1.3 * head, 0.15 * wide, 1).moved(y=y * wide, z=-0.5) for y in (-0.5, 0.0, 0.5)]
        slab = less(slab, slots) if chance.happens(0.6) else slab
        pieces.append(slab.turned("y", chance.between(-5, 20)).moved(x=long + head))
    return pieces


def scissors(chance: Chance) -> list[Piece]:
    """Two arms crossed at a pin: scissors, pliers or tongs."""
    long, back = chance.between(0.45, 0.9), chance.between(0.4, 0.9)
    open_deg, wide, thick = chance.between(3, 28), chance.between(0.06, 0.11), chance.between(0.03, 0.09)
    kind = chance.count(0, 1)
    if kind == 0:
        outline = [
            (-0.05, -wide),
            (0.3 * long, -0.8 * wide),
            (long, 0.0),
            (0.1, 0.5 * wide),
            (-0.1, 0.5 * wide),
        ]
        arm = [plate([outline], 0.5 * thick, "metal")]
        ring = rounded(20) * (chance.between(0.16, 0.24), chance.between(0.11, 0.16)) + (-back, 0.14)
        arm.append(tube(np.c_[ring, np.full(20, 0.25 * thick)], 0.045, "grip", 8, is_loop=True))
        arm.append(
            limb(
                [
                    (0, -0.02, 0.25 * thick),
                    (-0.4 * back, 0.03, 0.25 * thick),
                    (-back + 0.1, 0.1, 0.25 * thick),
                ],
                [0.05, 0.04, 0.045],
                "grip",
            )
        )
    else:
        nose, thin = long * chance.between(0.4, 0.8), 0.4 * thick + 0.025
        points = [(nose, -0.01, 0), (0.4 * nose, -0.6 * wide, 0), (0, -0.2 * wide, 0), (-0.2, 0.8 * wide, 0)]
        arm = [limb(points, [0.5 * thin, thin, 1.2 * thin, 0.8 * thin], "metal", 12)]
        points = [(-0.15, 0.6 * wide, 0), (-0.6 * back, 0.15, 0), (-1.4 * back, 0.1, 0)]
        arm.append(limb(points, [0.9 * thin, thin, 0.8 * thin], "grip", 12))
    other = [one.mirrored("y").moved(z=0.4 * thick) for one in arm]
    pieces = [*(one.turned("z", open_deg) for one in arm), *(one.turned("z", -open_deg) for one in other)]
    return [*pieces, cylinder(0.4 * wide, 1.2 * thick, "dark", 12).moved(z=-0.1 * thick)]
