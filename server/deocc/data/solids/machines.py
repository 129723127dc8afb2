"""Made-up machines of a house: ovens, refrigerators, toasters, headphones, keyboards, mice."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from deocc.data.solids.carve import less
from deocc.data.solids.curves import Chance, arc, rectangle, smooth
from deocc.data.solids.gadgets import upright
from deocc.data.solids.piece import Piece
from deocc.data.solids.shapes import ball, box, cylinder, lathe, limb, loft, rod, tube


def machine(chance: Chance) -> list[Piece]:
    """An oven, a washing machine, a refrigerator or a toaster: a case with a door, a panel, knobs, slots."""
    if chance.happens(0.3):
        return _toaster(chance)
    wide, deep, high = 0.6, chance.between(0.4, 0.65), chance.between(0.35, 1.8)
    pieces = [box(wide, deep, high, chance.one_of(("white", "metal", "body")), 0.015)]
    y, kind = -0.5 * deep, chance.count(0, 2)
    if kind == 0:
        size = 0.4 * min(wide, 0.8 * high)
        ring = lathe(
            [(0.75 * size, 0), (size, 0), (size, 0.04), (0.8 * size, 0.06)], "metal", 30, is_loop=True
        )
        pieces += [
            upright(ring).moved(0, y + 0.005, 0.48 * high),
            upright(ball(0.77 * size, 0.77 * size, 0.04, "dark", 20)).moved(0, y, 0.48 * high),
        ]
    else:
        splits = [0.04, chance.between(0.35, 0.75), 0.96] if kind == 1 and high > 0.8 else [0.05, 0.84]
        for low, top in pairwise(splits):
            tall = (top - low) * high - 0.02
            pieces.append(box(0.93 * wide, 0.04, tall, "front", 0.006).moved(y=y - 0.01, z=low * high))
            pieces += _grip(wide, y, low * high, tall, high > 0.8)
    knobs = chance.count(0, 5)
    pieces += [
        upright(cylinder(0.025, 0.04, "dark", 12)).moved(
            (i - 0.5 * (knobs - 1)) * 0.09, y + 0.005, 0.93 * high
        )
        for i in range(knobs)
    ]
    return pieces


def _grip(wide: float, y: float, low: float, tall: float, is_tall: bool) -> list[Piece]:
    """Of a door from `low` up: upright at its edge, or across its top above a window."""
    if is_tall:
        x = 0.38 * wide
        return [rod((x, y - 0.06, low + 0.15 * tall), (x, y - 0.06, low + 0.7 * tall), 0.015, "metal", 8)]
    z = low + tall - 0.05
    bar = rod((-0.35 * wide, y - 0.06, z), (0.35 * wide, y - 0.06, z), 0.014, "metal", 8)
    return [bar, box(0.7 * wide, 0.02, 0.6 * tall, "dark").moved(y=y - 0.025, z=low + 0.12 * tall)]


def _toaster(chance: Chance) -> list[Piece]:
    wide, deep, high = chance.between(0.8, 1.2), chance.between(0.45, 0.7), chance.between(0.55, 0.8)
    slots = [
        box(0.75 * wide, 0.14 * deep, 0.5 * high).moved(y=side * 0.2 * deep, z=0.6 * high) for side in (-1, 1)
    ]
    case = less(box(wide, deep, high, "metal", chance.between(0.05, 0.15)), slots)
    pieces = [case, box(0.06, 0.12, 0.04, "dark").moved(x=0.52 * wide, z=0.6 * high)]
    if chance.happens(0.4):
        pieces.append(box(0.55 * wide, 0.08, 0.5, "crust", 0.02).moved(y=0.2 * deep, z=0.75 * high))
    return pieces


def headphones(chance: Chance) -> list[Piece]:
    """A band over two shells; now and then a microphone on an arm."""
    wide, high, size = 0.5, chance.between(0.55, 0.8), chance.between(0.17, 0.28)
    ring = arc(1, 0, 180, 22)
    path = np.c_[wide * ring[:, 0], np.zeros(22), size + (high - size) * ring[:, 1]]
    pieces = [
        tube(
            path,
            0.03,
            "dark",
            section=rectangle(chance.between(1.5, 4), 2, 0.8, 2) if chance.happens(0.7) else None,
        )
    ]
    for side in (-1, 1):
        shell = lathe(
            [(0, 0), (0.9 * size, 0), (size, 0.05), (0.9 * size, 0.12), (0.4 * size, 0.15), (0, 0.15)],
            "body",
            22,
        )
        pad = lathe(
            [
                (0.5 * size, -0.08),
                (0.95 * size, -0.08),
                (size, -0.03),
                (0.95 * size, 0.01),
                (0.5 * size, 0.01),
            ],
            "pad",
            22,
            is_loop=True,
        )
        lean = chance.between(0.8, 1.2)
        pieces += [
            one.scaled(y=lean).turned("y", side * 90).moved(side * wide * 0.98, 0, size)
            for one in (shell, pad)
        ]
    if chance.happens(0.35):
        pieces.append(
            limb(
                [(wide, -0.05, 0.7 * size), (wide, -0.4, 0.1), (0.5 * wide, -0.5, 0.05)],
                [0.02, 0.02, 0.03],
                "dark",
            )
        )
    return pieces


def keyboard(chance: Chance) -> list[Piece]:
    """Rows of keys on a board: of a computer, or of a piano; or a mouse."""
    if chance.happens(0.3):
        long, wide, high = 0.6, chance.between(0.3, 0.42), chance.between(0.15, 0.3)
        x = np.linspace(-1, 1, 9)
        share = np.sqrt(np.maximum(1 - np.abs(x) ** 3, 0.02))
        tall = high * share * (1 - 0.25 * x)
        pieces = [
            loft(np.c_[0.5 * long * x, 0.5 * wide * share, 0.02 * (1 - share), tall + 0.02], "body", 20, 2.6)
        ]
        pieces.append(upright(cylinder(0.06, 0.04, "dark", 14)).moved(0.18, 0.02, high - 0.06))
        if chance.happens(0.5):
            cord = smooth([(0.3, 0, 0.06), (0.55, 0.05, 0.02), (0.75, -0.15, 0.02), (1.0, 0.1, 0.02)], 18)
            pieces.append(tube(cord, 0.018, "dark", 7))
        return pieces
    columns, rows = chance.count(8, 15), chance.count(3, 5)
    step, deep = 0.1, 0.1 * rows + 0.06
    long = columns * step + 0.06
    pieces = [box(long, deep, 0.05, "body", 0.01)]
    if chance.happens(0.25):
        pieces += [
            box(0.09, 0.85 * deep, 0.03, "white").moved((j - 0.5 * (columns - 1)) * step, -0.02, 0.045)
            for j in range(columns)
        ]
        pieces += [
            box(0.05, 0.5 * deep, 0.06, "dark").moved((j - 0.5 * columns + 1) * step, 0.12 * deep, 0.045)
            for j in range(columns - 1)
            if j % 7 not in (2, 6)
        ]
        return pieces
    for i in range(rows):
        for j in range(columns):
            key = box(0.08, 0.08, 0.04, "keys", 0.01 if rows * columns < 50 else 0.0)
            pieces.append(key.moved((j - 0.5 * (columns - 1)) * step, (i - 0.5 * (rows - 1)) * step, 0.045))
    return [one.turned("x", chance.between(0, 6)) for one in pieces]
