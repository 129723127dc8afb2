"""Solids that are no thing in particular: superquadrics in a pile, drilled blocks, bent pipes, crystals."""

from __future__ import annotations

import math

import numpy as np

from deocc.data.solids.carve import less
from deocc.data.solids.curves import Chance, arc, rectangle, rounded, smooth
from deocc.data.solids.piece import Piece
from deocc.data.solids.shapes import ball, bead, box, cylinder, lathe, plate, skinned, tube


def pile(chance: Chance) -> list[Piece]:
    """Superquadrics, bars and boxes stuck into each other, mirrored now and then."""
    pieces = []
    for i in range(chance.count(2, 6)):
        size = [chance.between(0.12, 0.5) for _ in range(3)]
        paint, kind = f"part{i % 3}", chance.count(0, 3)
        if kind == 0:
            one = box(2 * size[0], 2 * size[1], 2 * size[2], paint, chance.between(0, 0.08)).moved(z=-size[2])
        elif kind == 1:
            one = cylinder(size[0], 2 * size[2], paint, 22, chance.between(0.2, 1)).moved(z=-size[2])
        else:
            one = ball(size[0], size[1], size[2], paint, 18, chance.one_of((1.2, 2.0, 2.0, 3.0, 6.0)))
        axis = chance.one_of(("x", "y", "z"))
        one = one.turned(axis, chance.one_of((0.0, 0.0, 90.0, chance.between(0, 180))))
        pieces.append(one.moved(*(chance.between(-0.4, 0.4) for _ in range(3)) if i else (0.0, 0.0, 0.0)))
    if chance.happens(0.5):
        side = chance.one_of(("x", "y"))
        pieces += [one.mirrored(side) for one in pieces[1:]]
    return pieces


def bracket(chance: Chance) -> list[Piece]:
    """A machined part: a block, an angle or a disc with holes, slots and pockets cut out of it."""
    x, y, z = chance.between(0.5, 1.2), chance.between(0.3, 0.9), chance.between(0.15, 0.7)
    kind = chance.count(0, 2)
    tools = []
    if kind == 0:
        block = box(x, y, z, "body", chance.between(0, 0.05))
    elif kind == 1:
        block = box(x, y, z + 0.3, "body", 0.01)
        thick = chance.between(0.1, 0.2)
        tools.append(box(x, 2 * y, z + 0.3, "body").moved(x=thick, z=thick))
    else:
        block = cylinder(0.5 * x, z, "body", 32)
        tools.append(cylinder(x * chance.between(0.1, 0.3), 3.0, "body", 24).moved(z=-1))
    for _ in range(chance.count(1, 4)):
        size, axis = chance.between(0.05, 0.16), chance.one_of(("x", "y", "z"))
        place = [chance.between(-0.4, 0.4) * side for side in (x, y)]
        shape = chance.count(0, 2)
        hole = (
            cylinder(size, 3.0, "body", 20)
            if shape == 0
            else box(2.5 * size, 1.2 * size, 3.0, "body")
            if shape == 1
            else cylinder(1.6 * size, 3.0, "body", 6)
        )
        hole = hole.moved(z=-1.5 if shape < 2 else 0.5 * z)
        hole = (
            hole
            if axis == "z" or shape == 2
            else hole.turned("y" if axis == "x" else "x", 90).moved(z=chance.between(0.3, 0.7) * z)
        )
        tools.append(hole.moved(*place))
        if chance.happens(0.5):
            tools.append(hole.moved(-place[0], place[1]))
    pieces = [less(block, tools)]
    if chance.happens(0.4):
        boss = less(cylinder(0.18, 0.3, "boss", 22), [cylinder(0.1, 1.0, "boss", 18).moved(z=-0.2)])
        pieces.append(boss.moved(chance.between(-0.2, 0.2) * x, 0, z - 0.02 if kind != 1 else 0.08))
    return pieces


def pipe(chance: Chance) -> list[Piece]:
    """A bent pipe with flanges, a coil spring, a ring, a chain, a knot of rope."""
    kind = chance.count(0, 4)
    if kind == 0:
        points = np.cumsum(
            [[chance.between(-0.6, 0.6) for _ in range(3)] for _ in range(chance.count(3, 5))], axis=0
        )
        line, radius = smooth(points, 40), chance.between(0.05, 0.14)
        return [
            tube(line, radius, "body", 14),
            *(bead(1.4 * radius, "end", 14).moved(*end) for end in (line[0], line[-1])),
        ]
    if kind == 1:
        return _spring(chance)
    if kind == 2:
        return _ring(chance)
    if kind == 3:
        return _chain(chance)
    t = np.linspace(0, 2 * math.pi, 73)[:-1]
    p, q = chance.one_of(((2, 3), (2, 5), (3, 2)))
    out = 0.5 + 0.2 * np.cos(q * t)
    return [
        tube(
            np.c_[out * np.cos(p * t), out * np.sin(p * t), 0.2 * np.sin(q * t)],
            chance.between(0.05, 0.09),
            "body",
            8,
            is_loop=True,
        )
    ]


def _chain(chance: Chance) -> list[Piece]:
    ring = rectangle(0.5, 0.28, 0.139, 4)
    link = tube(np.c_[ring, np.zeros(len(ring))], chance.between(0.03, 0.05), "metal", 8, is_loop=True)
    sag = chance.between(0, 0.3)
    count = chance.count(3, 7)
    return [
        link.turned("x", 90 * (i % 2) + 20).moved(0.4 * i, 0, sag * (i - 0.5 * count) ** 2 / count)
        for i in range(count)
    ]


def _ring(chance: Chance) -> list[Piece]:
    thick = chance.between(0.04, 0.25)
    section = rounded(14, chance.one_of((2.0, 4.0))) * (thick, thick * chance.between(0.6, 2.5)) + (
        0.5,
        0,
    )
    pieces = [lathe(section, "body", 36, is_loop=True)]
    if chance.happens(0.4):
        pieces.append(ball(0.14, 0.14, 0.14, "gem", 8).moved(x=0.5 + thick))
    return [one.turned("x", chance.one_of((0.0, 90.0))) for one in pieces]


def _spring(chance: Chance) -> list[Piece]:
    turns, radius, thin = chance.between(2.5, 7), chance.between(0.25, 0.5), chance.between(0.03, 0.08)
    t = np.linspace(0, turns, int(14 * turns))
    taper = 1 - chance.between(0, 0.6) * t / turns
    rise = max(chance.between(2.2, 4) * thin, 0.1)
    return [
        tube(
            np.c_[
                radius * taper * np.cos(2 * math.pi * t),
                radius * taper * np.sin(2 * math.pi * t),
                rise * t,
            ],
            thin,
            "metal",
            8,
        )
    ]


# Outlines, counter-clockwise: an arrow, an L, a T, a cross.
# fmt: off
_SIGNS = (
    ((-0.5, -0.15), (0.1, -0.15), (0.1, -0.4), (0.6, 0), (0.1, 0.4), (0.1, 0.15), (-0.5, 0.15)),
    ((-0.4, -0.5), (0.4, -0.5), (0.4, -0.25), (-0.1, -0.25), (-0.1, 0.6), (-0.4, 0.6)),
    ((-0.15, -0.5), (0.15, -0.5), (0.15, 0.25), (0.5, 0.25), (0.5, 0.5), (-0.5, 0.5), (-0.5, 0.25),
     (-0.15, 0.25)),
    ((-0.15, -0.5), (0.15, -0.5), (0.15, -0.15), (0.5, -0.15), (0.5, 0.15), (0.15, 0.15),
     (0.15, 0.5), (-0.15, 0.5), (-0.15, 0.15), (-0.5, 0.15), (-0.5, -0.15), (-0.15, -0.15)),
)
# fmt: on


def crystal(chance: Chance) -> list[Piece]:
    """A prism, a pyramid, a star, an arrow, a stone: flat faces and straight edges."""
    kind, high = chance.count(0, 4), chance.between(0.3, 1.4)
    if kind == 0:
        return [lathe([(0.5, 0), (0.5 * chance.between(0.0, 1.2), high)], "label", chance.count(3, 8))]
    if kind == 1:
        points, deep = chance.count(4, 9), chance.between(0.35, 0.75)
        reach = np.where(np.arange(2 * points) % 2, deep, 1.0)[:, None]
        star = plate([0.5 * reach * rounded(2 * points)], chance.between(0.08, 0.4), "body")
        return [star.turned("x", chance.one_of((0.0, 90.0)))]
    if kind == 2:
        girdle, sides = chance.between(0.4, 0.7), chance.count(5, 10)
        return [
            lathe(
                [(0, 0), (0.5, girdle), (0.5 * chance.between(0.4, 0.8), girdle + 0.22), (0, girdle + 0.22)],
                "gem",
                sides,
            ).turned("y", chance.between(0, 40))
        ]
    if kind == 3:
        outline = _SIGNS[chance.count(0, 3)]
        return [plate([outline], chance.between(0.1, 0.5), "body").turned("x", chance.one_of((0.0, 90.0)))]
    stone = ball(
        0.5, 0.5 * chance.between(0.6, 1), 0.5 * chance.between(0.5, 0.9), "earth", 22, chance.between(2, 3)
    )
    push = np.zeros(len(stone.vertices))
    for _ in range(5):
        wave = np.array([chance.between(-5, 5) for _ in range(3)])
        push += 0.05 * np.sin(stone.vertices @ wave + chance.between(0, 6))
    return [Piece(stone.vertices * (1 + push[:, None]), stone.faces, stone.uv, "earth")]


def turned(chance: Chance) -> list[Piece]:
    """Any outline around an axis, with steps and grooves, round or many-sided, standing or lying."""
    count = chance.count(3, 8)
    z = np.cumsum([0.0] + [chance.between(0.05, 0.5) for _ in range(count)])
    radii = [chance.between(0.08, 0.5) for _ in range(count + 1)]
    if chance.happens(0.5):
        line = np.repeat(np.c_[radii, z], 2, axis=0)[1:]
        line[:-1:2, 0] = line[1::2, 0]
        line = line[:-1]
    else:
        line = np.maximum(smooth(np.c_[radii, z], 24), (0.04, 0))
    sides = chance.one_of((28, 28, 28, 6, 8))
    return [lathe([(0, line[0, 1]), *line, (0, line[-1, 1])], "body", sides, chance.one_of((2.0, 2.0, 4.0)))]


def blend(chance: Chance) -> list[Piece]:
    """A skin from one section to another, twisted, bent over: covers, grips, blades, sculptures."""
    steps, around = 16, 28
    low, high = (
        rounded(around, chance.between(1.2, 6)) * (chance.between(0.15, 0.5), chance.between(0.15, 0.5))
        for _ in range(2)
    )
    t = np.linspace(0, 1, steps)[:, None, None]
    bulge = 1 + chance.between(-0.4, 0.6) * np.sin(math.pi * t)
    flat = ((1 - t) * low + t * high) * bulge  # (16, 28, 2)
    twist = np.radians(chance.between(-120, 120) if chance.happens(0.4) else 0.0) * t[..., 0]
    x = flat[..., 0] * np.cos(twist) - flat[..., 1] * np.sin(twist)
    y = flat[..., 0] * np.sin(twist) + flat[..., 1] * np.cos(twist)
    tall, lean = chance.between(0.3, 1.8), chance.between(-0.5, 0.5)
    rings = np.stack([x + lean * t[..., 0] ** 2, y, np.broadcast_to(tall * t[..., 0], x.shape)], axis=-1)
    pieces = [skinned(rings, "body")]
    if chance.happens(0.35):
        size = chance.between(0.3, 0.6)
        pieces.append(box(2 * size, 2 * size, 0.08, "base", 0.01).moved(z=-0.07))
    if chance.happens(0.3):
        ring = arc(chance.between(0.15, 0.35), -100, 100, 14)
        pieces.append(tube(np.c_[ring[:, 0] + 0.25, np.zeros(14), ring[:, 1] + 0.5 * tall], 0.04, "grip", 10))
    return pieces
