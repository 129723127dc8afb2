"""Made-up devices: screens, laptops, telephones, cameras, radios."""

from __future__ import annotations

import math

import numpy as np

from deocc.data.solids.curves import Chance, arc, rectangle
from deocc.data.solids.piece import Piece
from deocc.data.solids.shapes import ball, box, cylinder, lathe, loft, plate, rod, tube


def slab(x: float, y: float, z: float, paint: str, corner: float) -> Piece:
    """A plate whose upright corners are round, from z = 0 up."""
    return plate([rectangle(x, y, corner, 4)], z, paint)


def upright(piece: Piece) -> Piece:
    """What lay on its back stands, its top to −Y."""
    return piece.turned("x", 90)


def screen(chance: Chance) -> list[Piece]:
    """A monitor, a television or a picture frame, with a foot, two feet, or a strut behind."""
    wide, thick = 1.0, chance.between(0.03, 0.35)
    high, rim = chance.between(0.5, 1.3), chance.between(0.015, 0.07)
    body = chance.one_of(("dark", "body", "wood"))
    lift, tilt = chance.between(0.02, 0.4), chance.between(-4, 15)
    pieces = [
        box(wide, 0.04, high, body, 0.008),
        box(wide - 2 * rim, 0.03, high - 2 * rim, "label").moved(y=-0.015, z=rim),
    ]
    if thick > 0.1:
        back = loft(
            [(0, 0.45 * wide, 0.08 * high, 0.92 * high), (thick, 0.25 * wide, 0.2 * high, 0.7 * high)],
            body,
            20,
            6,
        )
        pieces.append(back.turned("z", 90))
    pieces = [one.turned("x", -tilt).moved(z=lift) for one in pieces]
    kind = chance.count(0, 2)
    if kind == 0:
        pieces.append(box(chance.between(0.06, 0.2), 0.05, lift + 0.3 * high, body).moved(y=0.06))
        size = chance.between(0.25, 0.6)
        pieces.append(
            slab(size, 0.3, 0.03, body, 0.5)
            if chance.happens(0.5)
            else cylinder(0.18, 0.03, body, 28).scaled(size / 0.36, 1, 1)
        )
    elif kind == 1:
        for side in (-0.35, 0.35):
            pieces.append(box(0.04, 0.35, 0.03, body).moved(x=side))
            pieces.append(rod((side, 0, 0.01), (side, 0.01, lift + 0.05), 0.02, body, 8))
    else:
        pieces = [one.moved(z=-lift) for one in pieces]
        pieces.append(rod((0, 0.02, 0.55 * high), (0, 0.3 * high, 0.01), 0.025, body, 8))
    return pieces


def laptop(chance: Chance) -> list[Piece]:
    """Two leaves at any angle: a portable computer, a hinged box, a folded card."""
    wide, deep, thick = 1.0, chance.between(0.6, 0.8), chance.between(0.02, 0.06)
    paint, corner = chance.one_of(("metal", "dark", "body")), chance.between(0.01, 0.06)
    pieces = [slab(wide, deep, thick, paint, corner)]
    rows, columns = 4, 11
    for i in range(rows):
        for j in range(columns):
            x, y = (j - 0.5 * (columns - 1)) * 0.075, 0.22 * deep - i * 0.075 + 0.06
            pieces.append(box(0.06, 0.06, 0.012, "dark").moved(x, y, thick - 0.002))
    pieces.append(box(0.3, 0.22 * deep, 0.004, "pad").moved(y=-0.3 * deep, z=thick - 0.001))
    opened = chance.between(60, 135)
    lid = [
        slab(wide, deep, 0.7 * thick, paint, corner),
        box(0.92 * wide, 0.86 * deep, 0.004, "label").moved(z=-0.003),
    ]
    lid = [
        one.moved(y=-deep / 2).turned("x", -opened).moved(y=deep / 2 - 0.5 * thick, z=thick) for one in lid
    ]
    return pieces + lid


def telephone(chance: Chance) -> list[Piece]:
    """A telephone, a remote control or a pocket calculator: a rounded slab with a screen and keys."""
    wide, long, thick = chance.between(0.25, 0.7), 1.0, chance.between(0.05, 0.2)
    pieces = [slab(wide, long, thick, chance.one_of(("dark", "body")), chance.between(0.02, 0.3) * wide)]
    glass = chance.between(0.15, 0.92)
    pieces.append(
        box(0.88 * wide, 0.92 * glass * long, 0.01, "label").moved(
            y=0.49 * (1 - glass) * long, z=thick - 0.004
        )
    )
    room = (1 - glass) * long
    if room > 0.2:
        columns = chance.count(2, 4)
        step = 0.85 * wide / columns
        rows = min(int(0.9 * room / step), 7)
        for i in range(rows):
            for j in range(columns):
                place = ((j - 0.5 * (columns - 1)) * step, -0.46 * long + (i + 0.5) * step, thick - 0.005)
                key = (
                    ball(0.35 * step, 0.35 * step, 0.03, "keys", 10, 4)
                    if rows * columns < 15
                    else box(0.7 * step, 0.6 * step, 0.025, "keys")
                )
                pieces.append(key.moved(*place))
    if chance.happens(0.25):
        pieces.append(
            rod(
                (0.35 * wide, 0.4 * long, 0.5 * thick),
                (0.35 * wide, (0.6 + chance.between(0, 0.3)) * long, 0.5 * thick),
                0.03,
                "dark",
            )
        )
    if chance.happens(0.5):
        return [one.turned("x", 90 - chance.between(0, 25)) for one in pieces]
    return pieces


def camera(chance: Chance) -> list[Piece]:
    """A body with a grip, a lens of rings, a finder's hump, knobs; sometimes three legs under it."""
    wide, high, deep = 1.0, chance.between(0.5, 0.75), chance.between(0.25, 0.4)
    pieces = [box(wide, deep, high, "dark" if chance.happens(0.6) else "body", 0.04)]
    lens, out = chance.between(0.17, 0.3), chance.between(0.1, 0.9)
    x = chance.between(-0.1, 0.12)
    line = [
        (0, 0),
        (lens, 0),
        (lens, 0.4 * out),
        (0.93 * lens, 0.4 * out),
        (0.93 * lens, 0.7 * out),
        (1.05 * lens, 0.75 * out),
        (1.05 * lens, out),
        (0.85 * lens, out),
        (0.8 * lens, 0.9 * out),
        (0, 0.88 * out),
    ]
    pieces.append(upright(lathe(line, "lens", 26)).moved(x, -0.48 * deep, 0.5 * high))
    hump = (
        loft([(-0.5, 0.15, 0, 0.12), (0, 0.17, 0, 0.2), (0.5, 0.15, 0, 0.12)], "dark", 16, 5)
        .scaled(x=0.8 * deep)
        .turned("z", 90)
    )
    pieces.append(hump.moved(x=x, z=high - 0.02))
    pieces += [cylinder(0.07, 0.07, "metal", 16).moved(a, 0, high - 0.01) for a in (-0.38, 0.36)]
    if chance.happens(0.6):
        pieces.append(box(0.16, 0.15, 0.95 * high, "grip", 0.04).moved(-0.4 * wide, -0.55 * deep))
    if chance.happens(0.2):
        for i in range(3):
            angle, drop = 2 * math.pi * i / 3 + 0.5, 1.6
            foot = (0.6 * math.cos(angle), 0.6 * math.sin(angle), -drop)
            pieces.append(rod((0.05 * math.cos(angle), 0.05 * math.sin(angle), 0.02), foot, 0.04, "metal"))
        pieces.append(cylinder(0.14, 0.15, "dark", 14).moved(z=-0.13))
    return pieces


def radio(chance: Chance) -> list[Piece]:
    """A box with cones, knobs, a scale, a grip and an aerial: radios, loudspeakers, alarm clocks."""
    wide, deep, high = chance.between(0.5, 1.3), chance.between(0.2, 0.5), chance.between(0.5, 1.2)
    pieces = [box(wide, deep, high, chance.one_of(("wood", "dark", "body")), chance.between(0.01, 0.08))]
    y = -0.5 * deep
    count = chance.count(1, 2)
    size = min(0.42 * high, 0.44 * wide / count)
    stacked = high > 1.4 * wide
    for i in range(count):
        cone_ = lathe(
            [
                (0, 0),
                (size, 0),
                (size, 0.05),
                (0.85 * size, 0.05),
                (0.3 * size, 0.005),
                (0.25 * size, 0.04),
                (0, 0.05),
            ],
            "dark",
            26,
        )
        shift = 0.46 * (i - 0.5 * (count - 1))
        place = (0, high * (0.5 + shift)) if stacked else (wide * shift, 0.55 * high)
        pieces.append(upright(cone_).moved(place[0], y + 0.005, place[1]))
    knobs = chance.count(0, 4)
    for i in range(knobs):
        knob = upright(cylinder(0.05, 0.06, "metal", 14, 0.85))
        pieces.append(knob.moved((i - 0.5 * (knobs - 1)) * 0.7 * wide / max(knobs, 1), y + 0.01, 0.09))
    if chance.happens(0.4):
        ring = arc(1, 0, 180, 16)
        bail = np.c_[
            0.45 * wide * ring[:, 0], np.zeros(16), high - 0.02 + 0.2 * np.minimum(1.2 * ring[:, 1], 1)
        ]
        pieces.append(tube(bail, 0.025, "metal", 8))
    if chance.happens(0.4):
        tip = (0.4 * wide + chance.between(-0.7, 0.3), 0.3 * deep, high + chance.between(0.3, 0.8))
        pieces.append(rod((0.4 * wide, 0.3 * deep, high - 0.05), tip, 0.013, "metal", 6))
    if chance.happens(0.35):
        pieces += [
            box(0.08, 0.9 * deep, 0.05, "dark").moved(x=side * 0.38 * wide, z=-0.04) for side in (-1, 1)
        ]
    return pieces
