"""Made-up plants: in pots, cactuses, trees, flowers, mushrooms."""

from __future__ import annotations

import math

import numpy as np

from deocc.data.solids.curves import Chance, smooth
from deocc.data.solids.piece import Piece
from deocc.data.solids.shapes import ball, cylinder, lathe, limb, loft, rod

GOLDEN_DEG = 137.5  # between a leaf and the next one


def pot(chance: Chance) -> list[Piece]:
    """Its earth ends at z = 0."""
    radius, deep = chance.between(0.2, 0.4), chance.between(0.25, 0.6)
    low = radius * chance.between(0.55, 1.0)
    wall = [
        (0, -deep),
        (low, -deep),
        (radius, -0.1),
        (1.12 * radius, -0.1),
        (1.12 * radius, 0.03),
        (0.98 * radius, 0.03),
    ]
    square = chance.between(3, 8) if chance.happens(0.15) else 2.0
    pieces = [lathe([*wall, (0.95 * radius, -0.04), (0, -0.04)], "pot", 26, square)]
    return [*pieces, cylinder(0.9 * radius, 0.05, "earth", 22).moved(z=-0.05)]


def leaf(long: float, wide: float, bend: float) -> Piece:
    """From the origin along x, rising, then falling over by `bend`; thin, closed."""
    t = np.linspace(0, 1, 9)
    x, z = long * t * (1 - 0.3 * bend * t), long * (0.7 * t - bend * t * t)
    half = wide * np.sin(math.pi * np.clip(0.06 + 0.92 * t, 0, 1)) ** 0.8
    thick = 0.02 * long
    return loft(np.c_[x, half, z - thick, z + thick], "leaf", 8)


def potted(chance: Chance) -> list[Piece]:
    """Leaves on a stem, a rosette, a cactus, or flowers in a pot."""
    pieces, kind = pot(chance), chance.count(0, 3)
    if kind == 0:
        height, count = chance.between(0.3, 1.2), chance.count(6, 16)
        pieces.append(rod((0, 0, -0.05), (0, 0, height), 0.03, "stem", 8))
        long, wide, bend = chance.between(0.3, 0.6), chance.between(0.06, 0.18), chance.between(0.2, 0.9)
        for i in range(count):
            one = leaf(long * chance.between(0.7, 1.1), wide, bend).turned("z", GOLDEN_DEG * i)
            pieces.append(one.moved(z=height * (0.3 + 0.7 * i / count)))
    elif kind == 1:
        count, wide = chance.count(7, 18), chance.between(0.03, 0.1)
        for i in range(count):
            one = leaf(chance.between(0.4, 1.0), wide, chance.between(-0.1, 0.8))
            pieces.append(one.turned("y", -chance.between(10, 45)).turned("z", GOLDEN_DEG * i))
    elif kind == 2:
        height, thick = chance.between(0.4, 1.3), chance.between(0.1, 0.2)
        pieces.append(
            limb(
                [(0, 0, -0.05), (0, 0, 0.5 * height), (0, 0, height)],
                [0.9 * thick, thick, 0.9 * thick],
                "leaf",
                12,
                14,
            )
        )
        for i in range(chance.count(0, 3)):
            z, out = height * chance.between(0.3, 0.7), thick + chance.between(0.12, 0.25)
            arm = [(0, 0, z), (out, 0, z + 0.05), (out, 0, z + height * chance.between(0.2, 0.5))]
            pieces.append(
                limb(arm, [0.5 * thick, 0.55 * thick, 0.5 * thick], "leaf", 10, 12).turned(
                    "z", GOLDEN_DEG * i
                )
            )
    else:
        for i in range(chance.count(2, 6)):
            angle, height = math.radians(GOLDEN_DEG * i), chance.between(0.4, 1.0)
            head = np.array([0.25 * math.cos(angle), 0.25 * math.sin(angle), height])
            pieces.append(
                limb([(0, 0, -0.03), head * (0.4, 0.4, 0.6), head], [0.02, 0.016, 0.016], "stem", 8, 6)
            )
            pieces += [one.turned("x", chance.between(-30, 30)).moved(*head) for one in _blossom(chance)]
            pieces.append(leaf(0.3, 0.06, 0.4).turned("z", GOLDEN_DEG * i + 60).moved(z=0.1))
    return pieces


def _blossom(chance: Chance) -> list[Piece]:
    size, petals = chance.between(0.1, 0.17), chance.count(5, 8)
    pieces = [ball(0.4 * size, 0.4 * size, 0.25 * size, "heart", 10)]
    petal = (
        ball(0.5 * size, 0.3 * size, 0.07 * size, "petal", 10)
        .turned("y", -chance.between(0, 40))
        .moved(x=0.75 * size)
    )
    return pieces + [petal.turned("z", 360 * i / petals) for i in range(petals)]


def tree(chance: Chance) -> list[Piece]:
    """A toy's or a model's tree: a trunk with branches and a round crown, a fir's cones, a palm's leaves."""
    trunk, thick, kind = chance.between(0.3, 0.9), chance.between(0.05, 0.12), chance.count(0, 2)
    pieces = [
        lathe(
            [(0, 0), (1.6 * thick, 0), (thick, 0.15), (0.7 * thick, trunk + 0.3), (0, trunk + 0.3)],
            "wood",
            14,
        )
    ]
    if kind == 0:
        for i in range(chance.count(3, 9)):
            angle, size = math.radians(GOLDEN_DEG * i), chance.between(0.22, 0.42)
            out = chance.between(0.1, 0.4) if i else 0.0
            x, y, z = out * math.cos(angle), out * math.sin(angle), trunk + chance.between(0.15, 0.75)
            pieces.append(ball(size, size, size * chance.between(0.7, 1), "leaf", 14).moved(x, y, z))
            pieces.append(rod((0, 0, trunk), (x, y, z), 0.4 * thick, "wood", 7))
    elif kind == 1:
        count, wide = chance.count(1, 5), chance.between(0.3, 0.6)
        for i in range(count):
            share = 1 - 0.6 * i / count
            tall = chance.between(0.45, 0.6) if count > 1 else chance.between(0.8, 1.8)
            tier = lathe(
                [(0, 0), (wide * share, 0), (0.55 * wide * share, 0.4 * tall), (0, tall)], "leaf", 20
            )
            pieces.append(tier.moved(z=0.4 * trunk + 0.3 * i))
    else:
        count = chance.count(6, 11)
        pieces += [
            leaf(chance.between(0.6, 0.9), 0.1, chance.between(0.6, 1.1))
            .turned("z", 360 * i / count)
            .moved(z=trunk + 0.28)
            for i in range(count)
        ]
    return pieces


def mushroom(chance: Chance) -> list[Piece]:
    """A stem under a cap: mushrooms, also umbrellas of the same form."""
    height, cap, thick = chance.between(0.4, 1.2), chance.between(0.3, 0.7), chance.between(0.06, 0.16)
    lean = chance.between(-0.15, 0.15)
    pieces = [
        limb(
            [(0, 0, 0), (0.5 * lean, 0, 0.5 * height), (lean, 0, height)],
            [1.4 * thick, thick, 0.9 * thick],
            "white",
            9,
            14,
        )
    ]
    tall = cap * chance.between(0.3, 1.1)
    edge = smooth(
        [
            (0.2 * thick, 0.1 * tall),
            (0.6 * cap, 0.0),
            (cap, -0.1 * tall),
            (0.8 * cap, 0.5 * tall),
            (0.35 * cap, 0.9 * tall),
        ],
        14,
    )
    pieces.append(
        lathe([(0, 0.1 * tall), *edge, (0, tall)], "cap", 24)
        .turned("y", 60 * lean)
        .moved(x=lean, z=0.93 * height)
    )
    return pieces
