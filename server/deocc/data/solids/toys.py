"""Made-up toys: rings on a post, blocks, chess pieces, spinning tops, robots, balls."""

from __future__ import annotations

import math

import numpy as np

from deocc.data.solids.curves import Chance, arc, smooth
from deocc.data.solids.piece import Piece
from deocc.data.solids.shapes import ball, box, cylinder, lathe, rod, tube


def toy(chance: Chance) -> list[Piece]:
    """Rings on a post, a pile of blocks, a chess piece, a spinning top, a robot."""
    kind = chance.count(0, 4)
    if kind == 0:
        return _rings(chance)
    if kind == 1:
        return _blocks(chance)
    if kind == 2:
        return _chess_piece(chance)
    if kind == 3:
        wide = chance.between(0.3, 0.55)
        line = [
            (0, 0),
            (0.04, 0.05),
            *smooth([(0.06, 0.15), (wide, 0.45), (0.3 * wide, 0.65), (0.06, 0.7)], 14),
            (0.05, 1.0),
            (0, 1.0),
        ]
        return [lathe(line, "label", 28).turned("y", chance.between(0, 35))]
    return _robot(chance)


def _robot(chance: Chance) -> list[Piece]:
    wide, deep, high = chance.between(0.35, 0.6), chance.between(0.25, 0.4), chance.between(0.4, 0.6)
    leg, head = chance.between(0.2, 0.4), chance.between(0.2, 0.35)
    pieces = [
        box(wide, deep, high, "body", 0.03).moved(z=leg),
        box(0.6 * wide, 0.03, 0.4 * high, "label").moved(y=-deep / 2, z=leg + 0.3 * high),
        cylinder(0.07, 0.1, "metal", 12).moved(z=leg + high - 0.02),
        box(1.2 * head, head, head, "head", 0.03).moved(z=leg + high + 0.06),
    ]
    for side in (-1, 1):
        pieces += [
            box(0.3 * wide, 0.8 * deep, leg + 0.02, "metal").moved(x=side * 0.27 * wide),
            box(0.36 * wide, 1.1 * deep, 0.07, "body").moved(x=side * 0.27 * wide, y=-0.05),
        ]
        swing = math.radians(chance.between(-70, 120))
        start = np.array([side * (0.5 * wide + 0.06), 0, leg + 0.85 * high])
        end = start + 0.75 * high * np.array([0, -math.sin(swing), -math.cos(swing)])
        pieces += [
            rod(start, end, 0.06, "metal"),
            ball(0.08, 0.08, 0.08, "body", 12).moved(*end),
            ball(0.09, 0.09, 0.09, "body", 12).moved(*start),
        ]
        pieces.append(
            ball(0.05, 0.04, 0.05, "white", 10).moved(
                side * 0.28 * head, -0.5 * head, leg + high + 0.06 + 0.6 * head
            )
        )
    if chance.happens(0.5):
        pieces += [
            rod((0, 0, leg + high + head), (0, 0, leg + high + head + 0.2), 0.015, "metal", 6),
            ball(0.04, 0.04, 0.04, "body", 10).moved(z=leg + high + head + 0.25),
        ]
    return pieces


def _chess_piece(chance: Chance) -> list[Piece]:
    radii = [
        0.34,
        0.36,
        0.2,
        chance.between(0.1, 0.2),
        chance.between(0.1, 0.16),
        0.24,
        0.13,
        chance.between(0.15, 0.28),
        0.05,
    ]
    heights = np.cumsum(
        [0, 0.1, 0.12, 0.25, chance.between(0.1, 0.5), 0.06, 0.06, 0.2, chance.between(0.1, 0.25)]
    )
    line = smooth(np.c_[radii, heights], 26)
    top = float(heights[-1])
    return [
        lathe([(0, 0), *np.maximum(line, (0.03, 0)), (0, top)], "body", 24),
        ball(0.09, 0.09, 0.09, "body", 12).moved(z=top + 0.04),
    ]


def _blocks(chance: Chance) -> list[Piece]:
    pieces, z = [], 0.0
    for i in range(chance.count(2, 6)):
        x, y, tall = chance.between(0.25, 0.6), chance.between(0.25, 0.5), chance.between(0.15, 0.4)
        block = (
            cylinder(x / 2, tall, f"block{i % 4}", 24, chance.one_of((1.0, 1.0, 0.3)))
            if chance.happens(0.3)
            else box(x, y, tall, f"block{i % 4}", 0.015)
        )
        pieces.append(
            block.turned("z", chance.between(0, 90)).moved(
                chance.between(-0.08, 0.08), chance.between(-0.08, 0.08), z
            )
        )
        z += tall
    return pieces


def _rings(chance: Chance) -> list[Piece]:
    z = 0.0
    size = 0.5
    pieces = [cylinder(0.55, 0.08, "base", 26), cylinder(0.08, 1.0, "base", 14)]
    for i in range(chance.count(3, 6)):
        thick = chance.between(0.07, 0.11)
        ring = np.add(arc(thick, 0, 360, 11)[:-1], (size - thick, z + 0.08 + thick))
        pieces.append(lathe(ring, f"ring{i}", 24, is_loop=True))
        z, size = z + 1.9 * thick, size * chance.between(0.75, 0.92)
    return [*pieces, ball(0.13, 0.13, 0.13, "top", 14).moved(z=max(z + 0.1, 1.0))]


def sphere(chance: Chance) -> list[Piece]:
    """A ball, an egg, a globe on its stand, a balloon."""
    size = 0.5
    pieces = [ball(size, size, size * chance.between(0.97, 1.4 if chance.happens(0.3) else 1.0), "label", 30)]
    if chance.happens(0.3):
        ring = arc(1.1 * size, -90, 90, 18)
        pieces = [
            pieces[0].turned("y", 23),
            tube(np.c_[ring[:, 0], np.zeros(18), ring[:, 1]], 0.025, "metal", 8).turned("y", 23),
        ]
        foot = lathe(
            [(0, 0), (0.35, 0), (0.35, 0.04), (0.06, 0.1), (0.04, 0.25), (0, 0.25)], "wood", 24
        ).moved(x=-0.1, z=-1.1 * size - 0.2)
        pieces.append(foot)
    elif chance.happens(0.2):
        thread = smooth([(0, 0, -0.5), (0.03, 0.02, -0.8), (-0.04, 0, -1.1), (0.03, -0.03, -1.5)], 16)
        pieces += [tube(thread, 0.01, "white", 6), cylinder(0.06, 0.08, "label", 10, 0.3).moved(z=-0.57)]
    return pieces
