"""Made-up vessels of table and stove: cups, bowls, pitchers, pots and pans, glasses."""

from __future__ import annotations

import math

import numpy as np

from deocc.data.solids.curves import Chance, arc, rectangle, smooth
from deocc.data.solids.piece import Piece
from deocc.data.solids.shapes import ball, cylinder, lathe, tube
from deocc.data.solids.vessels import handle, hollow


def cup(chance: Chance) -> list[Piece]:
    """Hollow, with a handle mostly, a saucer sometimes."""
    radius, height = 0.5, chance.between(0.6, 1.5)
    foot = radius * chance.between(0.5, 1.0)
    belly = radius * chance.between(0.85, 1.15)
    outside = smooth(
        [(foot, 0), (0.55 * foot + 0.45 * belly, 0.12 * height), (belly, 0.5 * height), (radius, height)], 12
    )
    wall = chance.between(0.03, 0.07)
    pieces = [lathe(hollow(outside, wall, 1.5 * wall), "body", 30)]
    if chance.happens(0.8):
        low, high = chance.between(0.15, 0.3) * height, chance.between(0.7, 0.9) * height
        grip = handle(
            chance,
            chance.between(0.25, 0.5),
            low,
            high,
            chance.between(0.03, 0.06),
            chance.one_of(("body", "grip")),
        )
        pieces.append(grip.moved(x=0.93 * min(belly, radius)))
    if chance.happens(0.15):
        plate = lathe(hollow(np.array([(0.5, -0.05), (0.75, 0.0), (0.95, 0.08)]), 0.04, 0.04), "body", 30)
        pieces.append(plate)
    return pieces


def bowl(chance: Chance) -> list[Piece]:
    """From plates to deep bowls; a foot ring; fruit in it now and then."""
    height, foot = chance.between(0.08, 0.75), chance.between(0.25, 0.6)
    bulge = chance.between(0.2, 0.75)
    outside = smooth([(foot, 0), (foot + (1 - foot) * bulge, (1 - bulge) * 0.8 * height), (1, height)], 10)
    squareness = chance.between(2.5, 6) if chance.happens(0.2) else 2.0
    long = chance.between(0.55, 1) if chance.happens(0.3) else 1.0
    wall = chance.between(0.03, 0.08)
    pieces = [lathe(hollow(outside, wall, wall), "body", 32, squareness).scaled(y=long)]
    if chance.happens(0.3) and height > 0.3:
        for i in range(chance.count(1, 5)):
            size, angle = chance.between(0.18, 0.32), i * 2.4
            fruit = ball(size, size * chance.between(0.85, 1), size, f"fruit{i % 2}", 14)
            out = 0.35 if i else 0.0
            pieces.append(
                fruit.moved(out * math.cos(angle), long * out * math.sin(angle), height - 0.4 * size)
            )
    return pieces


def pitcher(chance: Chance) -> list[Piece]:
    """A jug, kettle or teapot: a belly, a handle, a spout opposite it, a lid sometimes."""
    height, belly = chance.between(0.7, 1.8), chance.between(0.45, 0.7)
    foot, neck = belly * chance.between(0.6, 0.95), belly * chance.between(0.5, 0.9)
    outside = smooth(
        [
            (foot, 0),
            (belly, height * chance.between(0.25, 0.5)),
            (neck, 0.85 * height),
            (neck * 1.05, height),
        ],
        16,
    )
    pieces = [lathe(hollow(outside, 0.05, 0.08), "body", 30)]
    reach, thick = chance.between(0.3, 0.5), chance.between(0.035, 0.06)
    low, high = chance.between(0.15, 0.35) * height, chance.between(0.75, 0.95) * height
    side = float(np.interp([low, high], outside[:, 1], outside[:, 0]).min())
    pieces.append(
        handle(chance, reach, low, high, thick, chance.one_of(("body", "grip"))).moved(x=0.94 * side)
    )
    if chance.happens(0.7):
        start, out = height * chance.between(0.3, 0.6), chance.between(0.25, 0.5)
        radius = float(np.interp(start, outside[:, 1], outside[:, 0]))
        line = smooth(
            [
                (-0.85 * radius, 0, start),
                (-radius - 0.4 * out, 0, start + 0.1 * height),
                (-radius - out, 0, height * chance.between(0.85, 1.05)),
            ],
            10,
        )
        pieces.append(tube(line, np.linspace(0.16, 0.06, 10), "body", 12))
    else:
        lip = tube(
            smooth(
                [(-0.6 * neck, 0, 0.8 * height), (-neck, 0, 0.95 * height), (-1.35 * neck, 0, 1.03 * height)],
                6,
            ),
            np.linspace(0.5, 0.3, 6) * neck,
            "body",
            12,
        )
        pieces.append(lip)
    if chance.happens(0.5):
        pieces.append(ball(1.02 * neck, 1.02 * neck, 0.25 * neck, "cap").moved(z=height))
        pieces.append(ball(0.08, 0.08, 0.08, "cap", 12).moved(z=height + 0.3 * neck))
    return pieces


def pan(chance: Chance) -> list[Piece]:
    """A frying pan, or a pot with two ears and a lid."""
    deep = chance.between(0.15, 1.1)
    outside = smooth([(chance.between(0.75, 1.0), 0), (0.98, 0.4 * deep), (1, deep)], 8)
    pieces = [lathe(hollow(outside, 0.05, 0.05), "metal", 32)]
    thick = chance.between(0.05, 0.09)
    if deep < 0.5 or chance.happens(0.3):
        long, lift = chance.between(0.9, 1.8), chance.between(0.0, 0.3)
        path = smooth(
            [(0.95, 0, 0.8 * deep), (1.3, 0, 0.8 * deep + 0.6 * lift), (1 + long, 0, 0.8 * deep + lift)], 10
        )
        pieces.append(tube(path, thick, "grip", section=rectangle(chance.between(2, 4), 2, 0.9, 2)))
    else:
        ring = arc(chance.between(0.15, 0.3), -100, 100, 12)
        ear = tube(np.c_[ring[:, 0] + 1, ring[:, 1], np.full(12, 0.8 * deep)], 0.6 * thick, "grip")
        pieces += [ear, ear.turned("z", 180)]
    if deep > 0.4 and chance.happens(0.5):
        pieces.append(ball(1.03, 1.03, chance.between(0.08, 0.25), "metal", 24).moved(z=deep))
        pieces.append(cylinder(0.12, 0.25, "grip", 14).moved(z=deep + 0.05))
    return pieces


def glass(chance: Chance) -> list[Piece]:
    """A stemmed glass, or a candlestick's shape: foot, stem, bowl."""
    foot, stem = chance.between(0.3, 0.5), chance.between(0.02, 0.06)
    stand, height = chance.between(0.15, 0.8), chance.between(0.5, 1.1)
    belly, mouth = chance.between(0.25, 0.55), chance.between(0.25, 0.55)
    base = [(0, 0), (foot, 0), (foot, 0.03), (2.5 * stem, 0.08), (stem, 0.16), (stem, 0.16 + stand)]
    start = 0.16 + stand
    outside = smooth([(stem, start), (belly, start + 0.4 * height), (mouth, start + height)], 12)[1:]
    inside = outside[::-1] - (0.035, 0)
    inside = inside[inside[:, 0] > 0.03]
    profile = np.concatenate([base, outside, inside, [(0, inside[-1, 1])]])
    return [lathe(profile, "glass", 28)]
