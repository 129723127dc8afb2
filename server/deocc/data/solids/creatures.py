"""Made-up animals of joined ellipsoids and limbs: on four legs, birds, fish, turtles."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from deocc.data.solids.curves import Chance
from deocc.data.solids.piece import Piece
from deocc.data.solids.shapes import ball, bead, cylinder, lathe, limb, loft


def cone(radius: float, height: float, paint: str, sides: int = 12) -> Piece:
    """From z = 0 to a tip."""
    return lathe([(0, 0), (radius, 0), (0.6 * radius, 0.5 * height), (0, height)], paint, sides)


def quadruped(chance: Chance) -> list[Piece]:
    """From dachshund to giraffe: trunk, neck, head with muzzle and ears or horns, four bent legs, a tail."""
    thick, tall = chance.between(0.14, 0.32), chance.between(0.25, 0.85)
    z = tall + 0.6 * thick
    fat = [thick * chance.between(0.8, 1.1), thick * chance.between(0.7, 1.2), thick]
    pieces = [limb([(-0.5, 0, z), (0, 0, z - 0.03), (0.5, 0, z)], fat, "fur", 12, 16)]
    neck, rise = chance.between(0.15, 0.7), chance.between(0.1, 1.2)
    head = np.array([0.5 + neck * math.cos(rise), 0, z + neck * math.sin(rise) + 0.08])
    pieces.append(
        limb(
            [(0.42, 0, z), (0.5 + 0.5 * (head[0] - 0.5), 0, (z + head[2]) / 2), head],
            [0.8 * thick, 0.55 * thick, 0.5 * thick],
            "fur",
            9,
            12,
        )
    )
    size = thick * chance.between(0.6, 0.95)
    muzzle, droop = size * chance.between(0.6, 2.2), chance.between(-0.5, 0.1)
    pieces.append(ball(1.15 * size, size, size, "fur", 16).moved(*head))
    nose = np.add(head, (size + muzzle * 0.6, 0, muzzle * droop))
    pieces.append(limb([head, nose], [0.65 * size, 0.4 * size], "fur", 5, 12))
    pieces.append(
        ball(0.15 * size, 0.2 * size, 0.15 * size, "dark", 8).moved(
            *(np.add(nose, (0.4 * size, 0, 0.15 * size)))
        )
    )
    pieces += _ears(chance, head, size)
    pieces += _legs(chance, thick, tall, z)
    tail, up = chance.between(0.05, 0.7), chance.between(-0.5, 0.5)
    ends = [(-0.5, 0, z), (-0.55 - 0.5 * tail, 0, z + 0.3 * up * tail), (-0.6 - 0.7 * tail, 0, z + up * tail)]
    pieces.append(limb(ends, [0.35 * thick, 0.2 * thick, thick * chance.between(0.05, 0.3)], "fur", 9, 8))
    return pieces


def _legs(chance: Chance, thick: float, tall: float, z: float) -> list[Piece]:
    """Four, bent at the knee, each at its own place in a step, from a trunk at height z."""
    pieces = []
    leg = thick * chance.between(0.2, 0.42)
    for x in (-0.42, 0.42):
        for side in (-1, 1):
            swing, y = chance.between(-0.18, 0.18) * tall, side * 0.55 * thick
            knee = (x + swing + chance.between(-0.06, 0.06), y, 0.5 * tall)
            pieces.append(
                limb(
                    [(x, y, z - 0.2 * thick), knee, (x + swing, y, leg)],
                    [1.9 * leg, leg, 0.9 * leg],
                    "fur",
                    9,
                    10,
                )
            )
            pieces.append(
                ball(1.3 * leg, 1.1 * leg, 0.7 * leg, chance.one_of(("fur", "dark")), 10).moved(
                    x + swing + 0.3 * leg, y, 0.7 * leg
                )
            )
    return pieces


def _ears(chance: Chance, head: NDArray, size: float) -> list[Piece]:
    """Pointed or hanging ears, or horns; and the eyes."""
    pieces = []
    ear, kind = size * chance.between(0.5, 1.6), chance.count(0, 2)
    for side in (-1, 1):
        base = np.add(head, (-0.2 * size, side * 0.6 * size, 0.6 * size))
        if kind == 0:
            pieces.append(cone(0.4 * size, ear, "fur", 10).turned("x", -side * 20).moved(*base))
        elif kind == 1:
            pieces.append(ball(0.3 * size, 0.12 * size, ear, "fur", 12).turned("x", side * 25).moved(*base))
        else:
            tip = np.add(base, (chance.between(-0.3, 0.1), side * chance.between(0.0, 1.2) * size, 1.4 * ear))
            pieces.append(
                limb(
                    [base, np.add(base, (0, side * 0.8 * size, 0.5 * ear)), tip],
                    np.array([0.22, 0.16, 0.05]) * size,
                    "horn",
                    8,
                    8,
                )
            )
        pieces.append(
            bead(0.13 * size, "dark", 8).moved(*(np.add(head, (0.75 * size, side * 0.6 * size, 0.35 * size))))
        )
    return pieces


def bird(chance: Chance) -> list[Piece]:
    """A body, a head on a short or long neck, a beak, wings folded or spread, a tail, two legs."""
    long, thick = 0.5, chance.between(0.22, 0.36)
    lean, leg = chance.between(5, 55), chance.between(0.05, 0.6)
    z = leg + 0.3 + 0.2 * math.sin(math.radians(lean))
    pieces = [ball(long, 0.85 * thick, thick, "body", 18).turned("y", -lean).moved(z=z)]
    front = np.array(
        [0.85 * long * math.cos(math.radians(lean)), 0, z + 0.85 * long * math.sin(math.radians(lean))]
    )
    neck, size = chance.one_of((0.05, 0.1, 0.5)) * chance.between(0.6, 1.5), chance.between(0.13, 0.22)
    head = np.add(front, (0.4 * neck, 0, neck + 0.5 * size))
    pieces.append(
        limb(
            [front * (0.6, 1, 1) - (0, 0, 0.1), (front + head) / 2 + (0.1 * neck, 0, 0), head],
            [0.7 * thick, 0.6 * size, 0.6 * size],
            "body",
            9,
            12,
        )
    )
    pieces.append(ball(1.1 * size, size, size, "body", 14).moved(*head))
    pieces.append(
        cone(size * chance.between(0.25, 0.6), size * chance.between(0.8, 2.5), "beak")
        .turned("y", chance.between(85, 110))
        .moved(*(np.add(head, (0.8 * size, 0, 0))))
    )
    spread = chance.happens(0.25)
    for side in (-1, 1):
        pieces.append(
            bead(0.14 * size, "dark", 8).moved(*(np.add(head, (0.6 * size, side * 0.75 * size, 0.3 * size))))
        )
        pieces.append(_wing(chance, side, z, thick, lean, spread))
        foot = (0.02, side * 0.12, 0.02)
        pieces.append(
            limb(
                [(0, side * 0.12, z - 0.5 * thick), (-0.05, side * 0.12, 0.5 * leg), foot],
                [0.06, 0.03, 0.025],
                "beak",
                7,
                8,
            )
        )
        pieces.append(ball(0.13, 0.08, 0.02, "beak", 10).moved(0.07, side * 0.12, 0.02))
    tail = ball(chance.between(0.2, 0.4), 0.14, 0.04, "wing", 12).turned("y", -0.7 * lean)
    return [*pieces, tail.moved(*(np.array([0, 0, 2 * z]) - front * (1.15, 1, 1)))]


def _wing(chance: Chance, side: int, z: float, thick: float, lean: float, is_spread: bool) -> Piece:
    """Stretched out to a side, or folded along the body."""
    if is_spread:
        wing = ball(0.3, chance.between(0.5, 0.9), 0.04, "wing", 16).turned("x", side * 12)
        return wing.moved(y=side * 0.65, z=z + 0.15)
    return ball(0.45, 0.06, 0.2, "wing", 16).turned("y", 8 - lean).moved(-0.1, side * 0.82 * thick, z)


def fish(chance: Chance) -> list[Piece]:
    """A spindle with fins; now and then a whale's or a duck toy's proportions."""
    high, wide = chance.between(0.15, 0.45), chance.between(0.08, 0.3)
    shares = np.array([0.05, 0.55, 0.9, 1.0, 0.8, 0.4, 0.12, 0.12])
    x = np.linspace(0.7, -0.7, 8)[::-1]
    shares = shares[::-1]
    pieces = [loft(np.c_[x, wide * shares, -high * shares, high * shares], "body", 20)]
    tail = chance.between(0.2, 0.4)
    flat = chance.happens(0.3)
    for side in (-1, 1):
        lobe = (
            ball(tail, 0.03, 0.35 * tail, "fin", 12)
            .turned("y", side * 40)
            .moved(-0.65 - 0.6 * tail, 0, side * 0.5 * tail)
        )
        pieces.append(lobe.turned("x", 90) if flat else lobe)
        flipper = ball(0.17, 0.03, 0.08, "fin", 12).turned("x", side * 60).turned("z", side * -30)
        pieces.append(flipper.moved(0.2, side * wide, -0.3 * high))
        pieces.append(ball(0.035, 0.035, 0.035, "dark", 8).moved(0.5, side * 0.6 * wide, 0.25 * high))
    pieces.append(
        ball(0.25, 0.03, chance.between(0.1, 0.25), "fin", 14).turned("y", 15).moved(-0.05, 0, high)
    )
    if chance.happens(0.4):
        stand = [
            cylinder(0.25, 0.04, "wood", 22).moved(z=-high - 0.35),
            cylinder(0.025, 0.4, "metal", 8).moved(z=-high - 0.35),
        ]
        return pieces + stand
    return [one.turned("x", 80) for one in pieces] if chance.happens(0.5) else pieces


def turtle(chance: Chance) -> list[Piece]:
    """A domed back on four feet: a turtle, a beetle or a hedgehog."""
    long, wide, high = 0.6, chance.between(0.35, 0.6), chance.between(0.25, 0.5)
    pieces = [
        ball(long, wide, high, "shell", 22).moved(z=0.2),
        ball(0.95 * long, 0.95 * wide, 0.12, "skin", 18).moved(z=0.17),
    ]
    reach = chance.between(0.15, 0.4)
    head = np.array([long + reach, 0, 0.22 + chance.between(0, 0.35)])
    size = chance.between(0.12, 0.2)
    pieces.append(limb([(0.8 * long, 0, 0.2), head], [0.9 * size, 0.7 * size], "skin", 6, 12))
    pieces.append(ball(1.2 * size, size, 0.9 * size, "skin", 14).moved(*head))
    pairs = chance.one_of((2, 2, 3))
    for x in np.linspace(-0.6, 0.6, pairs) * long:
        for side in (-1, 1):
            foot = (x * 1.3, side * 1.15 * wide, 0.04)
            pieces.append(
                limb(
                    [(x, side * 0.6 * wide, 0.2), (1.2 * x, side * wide, 0.18), foot],
                    [0.13, 0.1, 0.07],
                    "skin",
                    8,
                    10,
                )
            )
    for side in (-1, 1):
        pieces.append(
            ball(0.03, 0.03, 0.03, "dark", 8).moved(
                *(np.add(head, (0.8 * size, side * 0.7 * size, 0.3 * size)))
            )
        )
    pieces.append(limb([(-0.9 * long, 0, 0.18), (-1.2 * long, 0, 0.1)], [0.07, 0.03], "skin", 5, 8))
    return pieces
