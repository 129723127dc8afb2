"""Made-up vehicles, toys or true: cars, lorries, engines, carts."""

from __future__ import annotations

import numpy as np

from deocc.data.solids.curves import Chance, arc
from deocc.data.solids.piece import Piece
from deocc.data.solids.shapes import ball, box, cylinder, lathe, limb, loft, rod


def wheel(radius: float, wide: float, sides: int = 22) -> list[Piece]:
    """A tyre and a hub around the axis y through the origin."""
    tyre = [(0.55, -0.5), (0.92, -0.5), (1.0, -0.3), (1.0, 0.3), (0.92, 0.5), (0.55, 0.5)]
    hub = [(0, -0.35), (0.3, -0.55), (0.6, -0.4), (0.6, 0.4), (0.3, 0.55), (0, 0.35)]
    scale = (radius, wide)
    pieces = [
        lathe(np.multiply(tyre, scale), "dark", sides, is_loop=True),
        lathe(np.multiply(hub, scale), "metal", 14),
    ]
    return [one.turned("x", 90) for one in pieces]


def on_wheels(axles: list[float], half_track: float, radius: float, wide: float) -> list[Piece]:
    """Pairs of wheels on axles at these x, their lowest points at z = 0."""
    return [
        one.moved(x, side * half_track, radius)
        for x in axles
        for side in (-1, 1)
        for one in wheel(radius, wide)
    ]


def car(chance: Chance) -> list[Piece]:
    """A hull, a cabin set back by any share, windows, lamps, four wheels."""
    half = chance.between(0.38, 0.5)
    radius, floor = chance.between(0.16, 0.27), chance.between(0.12, 0.25)
    waist = floor + chance.between(0.25, 0.45)
    nose, tail = chance.between(0.6, 1.0), chance.between(0.7, 1.0)
    stations = [
        (-1.0, 0.85 * half, floor + 0.05, floor + tail * (waist - floor)),
        (-0.93, 0.97 * half, floor, waist * tail + floor * (1 - tail) + 0.03),
        (-0.3, half, floor, waist + 0.02),
        (0.35, half, floor, waist),
        (0.85, 0.95 * half, floor, floor + nose * (waist - floor)),
        (1.0, 0.82 * half, floor + 0.05, floor + 0.85 * nose * (waist - floor)),
    ]
    pieces = [loft(stations, "body", 24, chance.between(4, 9))]
    back, front = chance.between(-0.98, -0.5), chance.between(0.1, 0.5)
    roof, slope = waist + chance.between(0.25, 0.55), chance.between(0.08, 0.35)
    steep = chance.between(0.02, 0.3)
    cabin = [
        (back, 0.9 * half, waist - 0.1, waist),
        (back + steep, 0.78 * half, waist - 0.1, roof),
        (front - slope, 0.78 * half, waist - 0.1, roof),
        (front, 0.9 * half, waist - 0.1, waist - 0.02),
    ]
    pieces.append(loft(cabin, "window", 24, 6))
    top = [
        (back + steep - 0.03, 0.76 * half, roof - 0.06, roof + 0.02),
        (front - slope + 0.03, 0.76 * half, roof - 0.06, roof + 0.02),
    ]
    pieces.append(loft(top, "body", 20, 6))
    for side in (-1, 1):
        pieces.append(
            ball(0.05, 0.08, 0.06, "white", 12).moved(
                0.96, side * 0.62 * half, floor + 0.55 * nose * (waist - floor)
            )
        )
        pieces.append(
            ball(0.04, 0.09, 0.05, "lamp", 10).moved(
                -0.98, side * 0.65 * half, floor + 0.6 * tail * (waist - floor)
            )
        )
        pieces.append(ball(0.04, 0.06, 0.04, "body", 10).moved(front - 0.1, side * 1.05 * half, waist + 0.02))
    pieces += on_wheels([-0.6, 0.62], half - 0.03, radius, chance.between(0.12, 0.2))
    if chance.happens(0.15):
        pieces.append(box(0.8, 1.5 * half, 0.15, "load", 0.03).moved(-0.2, 0, roof))
    stretch = chance.between(0.8, 1.25)
    return [one.scaled(x=stretch) for one in pieces]


def lorry(chance: Chance) -> list[Piece]:
    """A cab and what it carries: a closed body, an open bed, a tank, a tipper's load."""
    half, cab = chance.between(0.3, 0.42), chance.between(0.45, 0.6)
    radius, long = chance.between(0.15, 0.22), chance.between(1.0, 2.6)
    floor, high = 1.4 * radius, chance.between(0.6, 0.9)
    pieces = [box(cab, 2 * half, high, "body", 0.05).moved(long / 2 + cab / 2 + 0.02, 0, floor)]
    pieces.append(
        box(0.1, 1.75 * half, 0.35 * high, "window").moved(long / 2 + cab - 0.04, 0, floor + 0.52 * high)
    )
    pieces.append(
        box(0.35 * cab, 2.02 * half, 0.3 * high, "window").moved(long / 2 + 0.6 * cab, 0, floor + 0.55 * high)
    )
    pieces.append(box(long + 0.9 * cab, 1.2 * half, 0.08, "dark").moved(0.5 * cab, 0, floor - 0.06))
    kind = chance.count(0, 3)
    if kind == 0:
        pieces.append(box(long, 2.1 * half, chance.between(0.7, 1.2), "label", 0.01).moved(z=floor))
    elif kind == 1:
        tank = lathe(
            [
                (0, 0),
                (0.8 * half, 0.02),
                (half, 0.1),
                (half, long - 0.1),
                (0.8 * half, long - 0.02),
                (0, long),
            ],
            "metal",
            24,
        )
        pieces.append(tank.turned("y", 90).moved(-long / 2, 0, floor + half))
    else:
        wall, tall = 0.04, chance.between(0.15, 0.4)
        pieces.append(box(long, 2 * half, 0.05, "bed").moved(z=floor))
        pieces += [box(long, wall, tall, "bed").moved(0, side * half, floor) for side in (-1, 1)]
        pieces += [box(wall, 2 * half, tall, "bed").moved(side * long / 2, 0, floor) for side in (-1, 1)]
        if kind == 3:
            heap = lathe([(0, 0), (1, 0), *arc(1, 5, 85, 7), (0, 1)], "earth", 20, 3).scaled(
                0.48 * long, 0.95 * half, tall + 0.15
            )
            pieces.append(heap.moved(z=floor + 0.03))
    axles = [-0.32 * long, long / 2 + 0.55 * cab] + (
        [-0.32 * long + 2.2 * radius] if chance.happens(0.5) else []
    )
    return pieces + on_wheels(axles, half - 0.06, radius, 0.13)


def engine(chance: Chance) -> list[Piece]:
    """A steam engine, a tram or a waggon on wheels in a row."""
    long, half, radius = chance.between(1.0, 1.8), chance.between(0.26, 0.36), chance.between(0.1, 0.17)
    floor = 1.5 * radius
    count = chance.count(2, 4)
    pieces = [box(long, 2 * half, 0.1, "frame").moved(z=floor)]
    pieces += on_wheels(list(np.linspace(-0.38, 0.38, count) * long), half - 0.05, radius, 0.07)
    if chance.happens(0.6):
        boiler, cab = half * chance.between(0.7, 0.95), chance.between(0.3, 0.45) * long
        pieces.append(
            cylinder(boiler, long - cab, "body", 24)
            .turned("y", 90)
            .moved(-long / 2 + cab, 0, floor + 0.08 + boiler)
        )
        tall = 2 * boiler + chance.between(0.1, 0.35)
        pieces += [
            box(cab, 2 * half, tall, "cab").moved(-long / 2 + cab / 2, 0, floor + 0.05),
            box(1.25 * cab, 2.3 * half, 0.06, "roof", 0.015).moved(
                -long / 2 + cab / 2, 0, floor + tall + 0.03
            ),
            box(0.5 * cab, 2.02 * half, 0.3 * tall, "dark").moved(-long / 2 + cab / 2, 0, floor + 0.6 * tall),
        ]
        stack = chance.between(0.2, 0.5)
        chimney = lathe([(0, 0), (0.07, 0), (0.07, 0.7 * stack), (0.13, stack), (0, stack)], "dark", 16)
        pieces.append(chimney.moved(0.36 * long, 0, floor + 2 * boiler))
        dome = chance.between(0.08, 0.13)
        pieces.append(
            ball(dome, dome, 1.3 * dome, "metal", 14).moved(0.05 * long, 0, floor + 2 * boiler + 0.05)
        )
    else:
        tall, windows = chance.between(0.5, 0.8), chance.count(3, 6)
        pieces.append(box(long, 2 * half, tall, "body", 0.03).moved(z=floor + 0.05))
        pieces.append(
            loft(
                [(-0.52 * long, 1.02 * half, 0, 0.16), (0.52 * long, 1.02 * half, 0, 0.16)], "roof", 20
            ).moved(z=floor + tall - 0.03)
        )
        for i in range(windows):
            x = (i - 0.5 * (windows - 1)) * 0.9 * long / windows
            pieces.append(
                box(0.6 * long / windows, 2.04 * half, 0.35 * tall, "window").moved(x, 0, floor + 0.5 * tall)
            )
    return pieces


def cart(chance: Chance) -> list[Piece]:
    """A barrow, a pram or a toy waggon: a tray on wheels with a shaft to push or draw."""
    wide, long, deep = chance.between(0.4, 0.6), chance.between(0.7, 1.1), chance.between(0.12, 0.4)
    radius, lift = chance.between(0.1, 0.22), chance.between(0.1, 0.3)
    z = radius + lift
    stations = [(-0.5, 0.4 * wide, z, z + deep), (0.5, 0.5 * wide, z, z + deep)]
    pieces = [loft(stations, "body", 20, 8).scaled(x=long)]
    pieces.append(box(0.88 * long, 0.72 * wide, 0.1, "load").moved(z=z + deep - 0.08))
    four = chance.happens(0.6)
    pieces += on_wheels([-0.35 * long, 0.35 * long] if four else [0.3 * long], 0.42 * wide, radius, 0.07)
    for x in (-0.35, 0.35):
        pieces.append(
            rod((x * long, -0.42 * wide, radius), (x * long, 0.42 * wide, radius), 0.025, "metal", 8)
        )
        pieces += [
            rod(
                (x * long, side * 0.3 * wide, radius if four or x > 0 else 0.0),
                (x * long, side * 0.3 * wide, z + 0.05),
                0.022,
                "metal",
                8,
            )
            for side in (-1, 1)
        ]
    reach, top = chance.between(0.3, 0.6), z + deep + chance.between(0.1, 0.5)
    ends = [(-0.48 * long, side * 0.33 * wide, z + 0.5 * deep) for side in (-1, 1)]
    far = [(-0.5 * long - reach, side * 0.33 * wide, top) for side in (-1, 1)]
    pieces += [
        limb([a, (np.array(a) + b) / 2, b], [0.02, 0.02, 0.025], "metal", 6, 8)
        for a, b in zip(ends, far, strict=True)
    ]
    if chance.happens(0.6):
        pieces.append(rod(far[0], far[1], 0.028, "dark", 8))
    if chance.happens(0.25):
        pieces.append(ball(0.32 * long, 0.5 * wide, 0.35, "cloth", 18).moved(-0.15 * long, 0, z + deep))
    return pieces
