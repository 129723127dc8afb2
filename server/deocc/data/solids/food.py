"""Made-up food: fruit and roots, bread, cakes, sandwiches."""

from __future__ import annotations

import math

import numpy as np

from deocc.data.solids.curves import Chance, smooth
from deocc.data.solids.piece import Piece, azimuths
from deocc.data.solids.plants import leaf
from deocc.data.solids.shapes import ball, lathe, limb, loft, plate, tube


def fruit(chance: Chance) -> list[Piece]:
    """An apple, pear, lemon, pumpkin, banana or carrot, one or a few of them together."""
    kind = chance.count(0, 5)
    if kind == 4:
        count = chance.one_of((1, 1, 3, 4))
        return [_banana(chance).turned("x", 14 * i).moved(y=0.2 * i) for i in range(count)]
    if kind == 5:
        return _carrot(chance)
    tall, waist = chance.between(0.75, 1.15), chance.between(0.0, 0.35)
    line = {
        0: [(0.0, 0.1), (0.3, 0.0), (0.52, 0.4), (0.45, 0.8), (0.2, 1.0), (0.0, 0.88)],
        1: [(0.0, 0.02), (0.3, 0.05), (0.45, 0.35), (0.3 - 0.3 * waist, 0.8), (0.2, 1.1), (0.0, 1.2)],
        2: [(0.0, -0.1), (0.08, -0.02), (0.4, 0.3), (0.4, 0.6), (0.1, 0.95), (0.0, 1.0)],
        3: [(0.0, 0.1), (0.4, 0.0), (0.6, 0.3), (0.5, 0.65), (0.2, 0.7), (0.0, 0.6)],
    }[kind]
    profile = smooth(line, 20)
    profile[[0, -1], 0] = 0.0
    profile[:, 0] = np.maximum(profile[:, 0], 0)
    body = lathe(profile, "body", 28).scaled(z=tall)
    if kind == 3:
        angle = azimuths(body.vertices)
        ribs = 1 + 0.06 * np.abs(np.cos(5 * angle)) ** 0.5
        body = Piece(body.vertices * np.c_[ribs, ribs, np.ones_like(ribs)], body.faces, body.uv, "body")
    top = float(profile[-1, 1]) * tall
    pieces = [
        body,
        limb(
            [(0, 0, top - 0.05), (0.02, 0, top + 0.1), (0.07, 0, top + 0.2)],
            [0.03, 0.025, 0.03],
            "wood",
            6,
            8,
        ),
    ]
    if chance.happens(0.4):
        pieces.append(leaf(0.35, 0.1, 0.5).moved(z=top + 0.1))
    return [one.turned("x", 80) for one in pieces] if kind == 2 else pieces


def _carrot(chance: Chance) -> list[Piece]:
    long, thick = chance.between(0.8, 1.5), chance.between(0.1, 0.2)
    root = tube(
        np.c_[np.linspace(0, long, 10), np.zeros((10, 2))],
        thick * np.linspace(1, 0.12, 10) ** 0.8,
        "body",
        14,
    )
    green = [leaf(0.5, 0.03, 0.3).turned("y", -20).turned("z", a).turned("y", -90) for a in (0, 90, 180, 270)]
    return [root, ball(0.05, 0.9 * thick, 0.9 * thick, "body", 12), *green]


def _banana(chance: Chance) -> Piece:
    bend = chance.between(0.2, 0.45)
    points = [
        (-0.7, 0, bend + 0.05),
        (-0.5, 0, bend * 0.55),
        (0, 0, 0),
        (0.5, 0, bend * 0.6),
        (0.65, 0, bend),
    ]
    return limb(points, [0.04, 0.11, 0.14, 0.11, 0.04], "body", 16, 7)


def bread(chance: Chance) -> list[Piece]:
    """A loaf, a roll, a cake with a piece gone, or a layered sandwich."""
    kind = chance.count(0, 2)
    if kind == 0:
        long, wide, high = chance.between(0.3, 1.0), chance.between(0.2, 0.32), chance.between(0.15, 0.35)
        x = np.linspace(-1, 1, 9)
        share = np.sqrt(np.maximum(1 - np.abs(x) ** 4, 0.04))
        return [
            loft(
                np.c_[long * x, wide * share, 0.1 * (1 - share), high * share + 0.1],
                "crust",
                20,
                chance.between(2, 3.5),
            )
        ]
    if kind == 1:
        radius, gone = 0.5, chance.count(0, 9)
        angles = np.radians(np.linspace(0, 360 - 20 * gone, 30)[:, None])
        layers, pieces, z = chance.count(2, 4), [], 0.0
        for i in range(layers):
            tall = chance.between(0.08, 0.2)
            pieces.append(_wedge(radius, angles[:, 0], tall, f"layer{i % 2}").moved(z=z))
            z += 0.99 * tall
        if chance.happens(0.6):
            dish = lathe([(0, -0.06), (0.4, -0.06), (0.75, 0.0), (0.75, 0.03), (0, 0.01)], "white", 28)
            pieces.append(dish.moved(z=-0.01))
        return pieces
    pieces, z = [], 0.0
    for i, paint in enumerate(("crust", "leaf", "filling", "sauce", "crust")[: chance.count(3, 5)]):
        tall, wide = chance.between(0.04, 0.14), chance.between(0.48, 0.56)
        pieces.append(ball(wide, wide, 0.5 * tall + 0.02, paint, 20, 5).moved(z=z + 0.5 * tall))
        z += tall if i else 1.2 * tall
    return [*pieces, ball(0.53, 0.53, chance.between(0.2, 0.35), "crust", 22).moved(z=z)]


def _wedge(radius: float, angles: np.ndarray, tall: float, paint: str) -> Piece:
    """A disc's sector around z, from z = 0 up."""
    rim = radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    is_whole = angles[-1] > 2 * math.pi - 1e-6
    return plate([rim[:-1] if is_whole else np.concatenate([rim, [(0.0, 0.0)]])], tall, paint)
