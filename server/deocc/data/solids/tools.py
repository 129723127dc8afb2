"""Made-up tools, lying or standing: hammers, drivers, clamps, wrenches, drills, bolts."""

from __future__ import annotations

import math

import numpy as np

from deocc.data.solids.carve import less
from deocc.data.solids.curves import Chance, arc, rectangle, rounded, smooth
from deocc.data.solids.piece import Piece
from deocc.data.solids.shapes import ball, box, cylinder, lathe, limb, loft, plate, rod, tube


def shaft(chance: Chance, long: float, thick: float, paint: str) -> Piece:
    """A handle along x from 0 to `long`: straight, swelling, waisted or ribbed, round or flat."""
    swell = [
        chance.between(0.75, 1.0),
        chance.between(0.8, 1.25),
        chance.between(0.7, 1.1),
        chance.between(0.9, 1.2),
    ]
    line = smooth(np.c_[np.linspace(0, long, 4), swell], 16)
    radius = thick * line[:, 1]
    if chance.happens(0.25):
        radius = radius * (1 + 0.08 * (np.arange(16) % 2))
    path = np.c_[line[:, 0], np.zeros((16, 2))]
    return tube(
        path, radius, paint, section=rounded(12, chance.one_of((2.0, 3.0, 5.0))) * (chance.between(1, 1.5), 1)
    )


def hammer(chance: Chance) -> list[Piece]:
    """A shaft and a head: two faces, a claw, a pick or an axe's blade."""
    long, thick = chance.between(0.7, 1.5), chance.between(0.03, 0.055)
    head, wide = chance.between(0.25, 0.45), chance.between(0.055, 0.11)
    pieces = [shaft(chance, long, thick, chance.one_of(("wood", "grip")))]
    kind = chance.count(0, 3)
    if kind == 3:
        edge = chance.between(0.15, 0.35)
        outline = [(-0.07, -0.06), (0.07, -0.06), (edge, head), (-0.6 * edge, head), (-0.07, 0.05)]
        blade = plate([outline], 0.07, "metal").moved(z=-0.035)
        return [*pieces, blade.moved(x=long - 0.08)]
    face = rod((long, -0.5 * head, 0), (long, 0.2 * head, 0), wide, "metal", 14)
    pieces += [face, rod((long, -0.62 * head, 0), (long, -0.42 * head, 0), 1.2 * wide, "metal", 14)]
    if kind == 0:
        pieces.append(rod((long, 0, 0), (long, 0.6 * head, 0), 1.15 * wide, "metal", 14))
    elif kind == 1:
        points = [(long, 0.1 * head, 0), (long + 0.02, 0.5 * head, 0), (long - 0.12, 0.9 * head, 0)]
        pieces += [
            limb(points, [0.7 * wide, 0.45 * wide, 0.2 * wide], "metal").moved(z=side * 0.4 * wide)
            for side in (-1, 1)
        ]
    else:
        points = [(long, 0, 0), (long - 0.02, 0.6 * head, 0), (long - 0.12, 1.3 * head, 0)]
        pieces.append(limb(points, [0.8 * wide, 0.55 * wide, 0.15 * wide], "metal"))
    return pieces


def driver(chance: Chance) -> list[Piece]:
    """A screwdriver, chisel, file, brush or pen: a grip, then something thin."""
    grip, out = chance.between(0.35, 0.8), chance.between(0.2, 0.9)
    thick = chance.between(0.05, 0.1)
    pieces = [shaft(chance, grip, thick, "grip"), ball(0.8 * thick, 0.85 * thick, 0.85 * thick, "grip", 12)]
    kind, thin = chance.count(0, 3), chance.between(0.015, 0.04)
    if kind == 0:
        pieces.append(rod((grip - 0.02, 0, 0), (grip + out, 0, 0), thin, "metal"))
        tip = loft([(0, thin, -thin, thin), (0.15, 1.5 * thin, -0.2 * thin, 0.2 * thin)], "metal", 12)
        pieces.append(tip.moved(x=grip + out - 0.02))
    elif kind == 1:
        wide = chance.between(0.05, 0.14)
        pieces.append(rod((grip - 0.02, 0, 0), (grip + 0.1, 0, 0), 1.5 * thin, "metal"))
        pieces.append(
            loft(
                [
                    (0, 1.5 * thin, -thin, thin),
                    (0.1, wide, -thin, thin),
                    (out, wide, -0.1 * thin, 0.1 * thin),
                ],
                "metal",
                16,
                6,
            ).moved(x=grip + 0.05)
        )
    elif kind == 2:  # a brush
        pieces += _bristles(chance, grip, thick)
    else:  # a pen or candle
        pieces.append(
            lathe(
                [(0, 0), (thick, 0), (0.95 * thick, out), (0.15 * thick, out + 0.2), (0, out + 0.21)],
                "body",
                14,
            )
            .turned("y", 90)
            .moved(x=grip - 0.01)
        )
    return pieces


def _bristles(chance: Chance, grip: float, thick: float) -> list[Piece]:
    """A brush's ferrule and hair, from the end of its grip."""
    pieces = []
    wide, deep = chance.between(0.08, 0.35), chance.between(0.04, 0.09)
    pieces.append(
        loft(
            [(0, thick, -thick, thick), (0.15, wide, -deep, deep), (0.3, wide, -deep, deep)],
            "metal",
            20,
            4,
        ).moved(x=grip - 0.02)
    )
    pieces.append(
        loft(
            [(0, 0.95 * wide, -0.9 * deep, 0.9 * deep), (0.35, 1.1 * wide, -0.7 * deep, 0.7 * deep)],
            "bristle",
            20,
            4,
        ).moved(x=grip + 0.27)
    )
    return pieces


def clamp(chance: Chance) -> list[Piece]:
    """A bent frame with a screw, its pad and its bar; or a spring clamp's two jaws."""
    deep, tall, thick = chance.between(0.3, 0.8), chance.between(0.5, 1.1), chance.between(0.05, 0.09)
    if chance.happens(0.35):
        gape = chance.between(8, 25)
        points = [(-0.6, 0, 0.12), (-0.1, 0, 0.14), (0.4, 0, 0.07), (0.6, 0, 0.0)]
        jaw = [
            limb(points, [0.05, 0.07, 0.06, 0.03], "grip", 14),
            ball(0.09, 0.09, 0.04, "pad", 12).moved(x=0.58),
        ]
        jaw = [one.turned("y", -gape) for one in jaw]
        middle = rod((0, -0.12, 0.05), (0, 0.12, 0.05), 0.09, "metal", 14)
        return [one.turned("x", 90) for one in (*jaw, *(one.mirrored("z") for one in jaw), middle)]
    section = rectangle(2, chance.between(1.0, 2.6), 0.25, 2)
    bend = chance.between(0.05, 0.2)
    points = [
        (deep, 0),
        (bend, 0),
        (0.3 * bend, 0.3 * bend),
        (0, bend),
        (0, tall - bend),
        (0.3 * bend, tall - 0.3 * bend),
        (bend, tall),
        (deep, tall),
    ]
    path = np.array([(x, 0, z) for x, z in points])
    pieces = [tube(path, thick, "body", section=section)]
    low, high = chance.between(0.1, 0.6) * tall, tall + chance.between(0.1, 0.5)
    x = deep - 0.06
    pieces.append(rod((x, 0, low), (x, 0, high), 0.55 * thick, "metal", 12))
    pieces.append(cylinder(1.3 * thick, 0.5 * thick, "metal", 16).moved(x=x, z=low - 0.2 * thick))
    pieces.append(cylinder(1.2 * thick, thick, "metal", 16).moved(x=x, z=0.6 * thick))
    pieces.append(cylinder(1.5 * thick, 2.4 * thick, "body", 16).moved(x=x, z=tall - 1.2 * thick))
    angle, reach = chance.between(0, math.pi), chance.between(0.15, 0.3)
    bar = np.array([reach * math.cos(angle), reach * math.sin(angle), 0])
    pieces.append(
        rod(np.array([x, 0, high - 0.05]) - bar, np.array([x, 0, high - 0.05]) + bar, 0.35 * thick, "metal")
    )
    if chance.happens(0.6):
        return [one.turned("x", 90) for one in pieces]
    return pieces


def wrench(chance: Chance) -> list[Piece]:
    """A flat bar with a jaw at one end and a ring or a second jaw at the other."""
    long, wide, thick = chance.between(0.8, 1.6), chance.between(0.06, 0.11), chance.between(0.04, 0.08)
    pieces = [box(long, wide, 0.8 * thick, "metal", 0.01).moved(z=0.1 * thick)]
    for side in (-1, 1):
        size = wide * chance.between(1.2, 1.8)
        head = cylinder(size, thick, "metal", 22)
        if chance.happens(0.6):
            hole = (
                box(1.6 * size, size * chance.between(0.7, 1.0), 1)
                .turned("z", chance.between(-25, 25))
                .moved(x=size, z=-0.5)
            )
        else:
            hole = cylinder(0.6 * size, 1, "metal", 6).moved(z=-0.5)
        head = less(head, [hole])
        pieces.append((head if side > 0 else head.turned("z", 180)).moved(x=side * (long / 2 + 0.5 * size)))
        if chance.happens(0.2):
            return pieces
    return pieces


def drill(chance: Chance) -> list[Piece]:
    """A pistol's form: a body along x, a grip down from it, a nose, a battery; a hair dryer is one too."""
    long, thick = chance.between(0.5, 0.8), chance.between(0.11, 0.17)
    radii = [0.75, 1.0, 1.0, 0.8, chance.between(0.5, 0.9)]
    line = smooth(np.c_[np.linspace(-0.3 * long, 0.7 * long, 5), radii], 12)
    pieces = [tube(np.c_[line[:, 0], np.zeros((12, 2))], thick * line[:, 1], "body", 18)]
    nose, thin = chance.between(0.1, 0.3), thick * chance.between(0.4, 0.8)
    pieces.append(
        lathe([(0, 0), (thin, 0), (0.75 * thin, nose), (0, nose)], "dark", 16)
        .turned("y", 90)
        .moved(x=0.68 * long)
    )
    if chance.happens(0.6):
        pieces.append(rod((0.7 * long, 0, 0), (0.7 * long + nose + 0.35, 0, 0), 0.02, "metal"))
    drop, lean = chance.between(0.4, 0.7), chance.between(-0.05, 0.2)
    grip = np.array([(0, 0, -0.3 * thick), (-0.4 * lean, 0, -0.5 * drop), (-lean, 0, -drop)])
    pieces.append(tube(smooth(grip, 8), 0.5 * thick, "grip", section=rectangle(1.6, 2.2, 0.7, 3)))
    if chance.happens(0.7):
        pieces.append(
            box(0.4, 0.22, 0.14, chance.one_of(("dark", "body")), 0.03).moved(x=0.05 - lean, z=-drop - 0.1)
        )
    pieces.append(box(0.05, 0.06, 0.1, "dark").moved(x=0.06 + 0.3 * thick, z=-thick - 0.1))
    return pieces


def bolt(chance: Chance) -> list[Piece]:
    """A bolt with threads and a nut, or a gear wheel."""
    if chance.happens(0.4):
        teeth, deep = chance.count(8, 24), chance.between(0.08, 0.2)
        angle = np.arange(4 * teeth) * (2 * math.pi / (4 * teeth))
        reach = np.where(np.arange(4 * teeth) % 4 < 2, 1.0, 1.0 - deep)
        outline = np.stack([reach * np.cos(angle), reach * np.sin(angle)], axis=1)
        holes = [chance.between(0.12, 0.3) * rounded(18)[::-1]]
        if chance.happens(0.5):
            count = chance.count(3, 6)
            holes += [
                0.13 * rounded(12)[::-1] + 0.55 * arc(1, 360 * i / count, 0, 2)[0] for i in range(count)
            ]
        return [plate([outline, *holes], chance.between(0.12, 0.6), "metal")]
    radius, long = 0.2, chance.between(0.6, 1.6)
    count = 2 * chance.count(10, 22)
    thread = np.c_[np.where(np.arange(count) % 2, radius, 0.85 * radius), np.linspace(0, long, count)]
    pieces = [lathe([(0, 0), *thread, (0, long)], "metal", 18)]
    sides, head = chance.one_of((6, 6, 4, 24)), radius * chance.between(1.5, 2.2)
    pieces.append(lathe([(head, long - 0.02), (head, long + 0.2)], "metal", sides))
    if chance.happens(0.6):
        nut = plate([1.9 * radius * rounded(6), 0.8 * radius * rounded(18)[::-1]], 0.18, "nut")
        pieces.append(nut.moved(z=chance.between(0.1, 0.7) * long))
    return pieces
