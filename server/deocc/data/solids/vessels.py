"""Made-up vessels: bottles, tins and jars, vases, buckets; and what hollow things are made of."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deocc.data.solids.curves import Chance, arc, rectangle, smooth
from deocc.data.solids.piece import Piece
from deocc.data.solids.shapes import ball, cylinder, lathe, rod, tube


def hollow(outside: NDArray, wall: float, floor: float) -> NDArray[np.float64]:
    """The profile (P, 2) of a wall whose outside is given, from its foot's rim upwards: over, down inside."""
    inside = outside[::-1].copy()
    inside[:, 0] = np.maximum(inside[:, 0] - wall, 0.15 * outside[:, 0].max())
    inside = inside[inside[:, 1] > outside[0, 1] + floor]
    bottom = (inside[-1, 0] if len(inside) else outside[0, 0] - wall, outside[0, 1] + floor)
    return np.concatenate([[(0, outside[0, 1])], outside, inside, [bottom, (0, bottom[1])]])


def handle(chance: Chance, reach: float, low: float, high: float, thick: float, paint: str) -> Piece:
    """A grip in the plane y = 0 that leaves x = 0 at height `low` and comes back at `high`."""
    tall = high - low
    drop = chance.between(-0.1, 0.25) * tall
    points = [
        (-thick, low - 0.3 * drop),
        (0.75 * reach, low - drop * chance.between(0, 0.6)),
        (reach, low + tall * chance.between(0.35, 0.6)),
        (chance.between(0.7, 0.95) * reach, high - 0.02 * tall),
        (-thick, high),
    ]
    line = smooth(points, 18)
    path = np.stack([line[:, 0], np.zeros(18), line[:, 1]], axis=1)
    wide = chance.between(1.0, 2.4)
    return tube(path, thick, paint, section=rectangle(2 * wide, 2, 0.9, 2))


def bottle(chance: Chance) -> list[Piece]:
    """Straight or waisted, a shoulder, a neck, a cap, now and then a label band."""
    height, radius = 1.0, chance.between(0.1, 0.24)
    neck = radius * chance.between(0.25, 0.6)
    shoulder, start = chance.between(0.5, 0.78), chance.between(0.78, 0.9)
    waist = radius * (chance.between(0.7, 1.0) if chance.happens(0.3) else 1.0)
    body = [(0.85 * radius, 0), (radius, 0.02), (radius, 0.06)]
    side = smooth([(radius, 0.06), (waist, 0.5 * shoulder), (radius, shoulder)], 8)[1:]
    bend = smooth(
        [
            (radius, shoulder),
            (chance.between(0.75, 0.97) * radius, shoulder + 0.4 * (start - shoulder)),
            (1.15 * neck, start - 0.02),
            (neck, start),
        ],
        9,
    )[1:]
    profile = [(0, 0), *body, *side, *bend, (neck, 0.97), (0, 0.97)]
    squareness = chance.between(3, 7) if chance.happens(0.25) else 2.0
    flat = chance.between(0.5, 0.85) if chance.happens(0.25) else 1.0
    pieces = [lathe(profile, "glass", 28, squareness).scaled(y=flat)]
    cap_height = chance.between(0.05, 0.16)
    cap = cylinder(neck * chance.between(1.05, 1.5), cap_height, "cap", 20, chance.between(0.75, 1.0))
    pieces.append(cap.moved(z=height - 0.6 * cap_height))
    if chance.happens(0.25):
        pieces += _pump(chance, height + 0.35 * cap_height, neck)
    if chance.happens(0.5) and squareness == 2.0 and waist == radius:
        band = [
            (0.9 * radius, 0.15),
            (1.01 * radius, 0.15),
            (1.01 * radius, shoulder - 0.05),
            (0.9 * radius, shoulder - 0.05),
        ]
        pieces.append(lathe(band, "label", 28, is_loop=True).scaled(y=flat))
    return pieces


def _pump(chance: Chance, base: float, neck: float) -> list[Piece]:
    tall, long = chance.between(0.05, 0.14), chance.between(1.5, 3.2) * neck
    spout = tube(
        smooth([(0, 0, base + tall), (0.7 * long, 0, base + tall), (long, 0, base + 0.8 * tall)], 8),
        0.3 * neck,
        "cap",
    )
    head = cylinder(0.7 * neck, 0.5 * tall, "cap", 16).moved(z=base + 0.8 * tall)
    return [cylinder(0.25 * neck, tall, "metal", 10).moved(z=base), spout, head]


def can(chance: Chance) -> list[Piece]:
    """A tin or a jar: a wall with rims, a lid."""
    radius, height = 0.5, chance.between(0.35, 2.4)
    rim = chance.between(0.015, 0.05)
    wall = [(0, 0), (radius, 0), (radius, rim), (0.97 * radius, 1.6 * rim)]
    wall += [(0.97 * radius, height - 1.6 * rim), (radius, height - rim), (radius, height)]
    lid = [(0.93 * radius, height), (0.93 * radius, height - 0.6 * rim), (0, height - 0.6 * rim)]
    pieces = [lathe(wall + lid, "label", 32)]
    if chance.happens(0.4):  # a jar's screw lid, or a stopper's knob
        top = chance.between(0.08, 0.3)
        pieces.append(cylinder(radius * chance.between(0.8, 1.06), top, "cap", 32).moved(z=height - 0.02))
        if chance.happens(0.4):
            knob = chance.between(0.06, 0.14)
            pieces.append(ball(knob, knob, knob, "cap", 14).moved(z=height + top + 0.6 * knob))
    return pieces


def vase(chance: Chance) -> list[Piece]:
    """A turned outline through drawn radii, hollow, with ears or without."""
    height = chance.between(1.2, 3.0)
    radii = [chance.between(0.25, 0.5), *(chance.between(0.25, 0.75) for _ in range(chance.count(1, 3)))]
    radii += [chance.between(0.15, 0.4), chance.between(0.2, 0.5)]
    outside = smooth(np.c_[radii, np.linspace(0, height, len(radii))], 22)
    pieces = [lathe(hollow(outside, chance.between(0.04, 0.08), 0.1), "body", 28)]
    if chance.happens(0.3):
        low, high = 0.5 * height, 0.85 * height
        side = float(np.interp([low, high], outside[:, 1], outside[:, 0]).min())
        ear = handle(chance, chance.between(0.25, 0.5), low, high, 0.05, "body").moved(x=0.95 * side)
        pieces += [ear, ear.turned("z", 180)]
    return pieces


def bucket(chance: Chance) -> list[Piece]:
    """A pail, basket or bin with a bail over it, up or fallen to the side."""
    low, height = chance.between(0.6, 1.0), chance.between(0.8, 2.2)
    outside = np.array(
        [(low, 0), (0.5 * (low + 1), 0.5 * height), (1, 0.96 * height), (1.06, 0.97 * height), (1.06, height)]
    )
    squareness = chance.between(3, 8) if chance.happens(0.3) else 2.0
    pieces = [lathe(hollow(outside, 0.09, 0.06), "body", 32, squareness)]
    if chance.happens(0.7):
        round_ = arc(1.03, 0, 180, 22)
        bail = tube(
            np.c_[round_[:, 0], np.zeros(22), round_[:, 1] * chance.between(0.6, 1.1)],
            chance.between(0.025, 0.06),
            "metal",
            8,
        )
        pieces.append(bail.turned("x", chance.one_of((0.0, 0.0, -75.0, 60.0))).moved(z=0.9 * height))
    if chance.happens(0.2):
        pieces.append(rod((0, 0, 0.5), (0.9, 0.3, height * 1.8), 0.05, "wood"))
    return pieces
