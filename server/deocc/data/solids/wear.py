"""Made-up things that are worn or carried: shoes, hats, bags, umbrellas, spectacles."""

from __future__ import annotations

import math

import numpy as np

from deocc.data.solids.curves import Chance, arc, rectangle, rounded, smooth
from deocc.data.solids.piece import Piece
from deocc.data.solids.shapes import ball, box, cylinder, lathe, limb, loft, rod, skinned, tube


def shoe(chance: Chance) -> list[Piece]:
    """A sole drawn along x, an upper over it, a shaft, a heel, laces; alone or a pair."""
    long, half = 1.0, chance.between(0.15, 0.21)
    x = np.array([-0.5, -0.47, -0.3, -0.05, 0.2, 0.38, 0.48, 0.5]) * long
    wide = half * np.array([0.45, 0.65, 0.8, 0.78, 1.0, 0.85, 0.5, 0.3])
    heel, sole = (chance.between(0.05, 0.35) if chance.happens(0.3) else 0.0), chance.between(0.03, 0.1)
    lift = heel * np.clip((0.25 - x / long) / 0.6, 0, 1) ** 1.3
    pieces = [loft(np.c_[x * 1.02, 1.06 * wide, lift, lift + sole], "sole", 20, 4)]
    ankle, toe = chance.between(0.2, 0.34), chance.between(0.1, 0.16)
    tall = np.array(
        [0.75 * ankle, 0.95 * ankle, ankle, 0.85 * ankle, 0.5 * (ankle + toe), toe, 0.7 * toe, 0.4 * toe]
    )
    upper = loft(np.c_[x, wide, lift + 0.4 * sole, lift + sole + tall], "upper", 20, chance.between(2, 2.8))
    pieces.append(upper)
    base = sole + 0.75 * ankle + float(lift[2])
    shaft = chance.between(0.08, 0.9) if chance.happens(0.5) else 0.08
    wall = smooth([(0.19, 0), (0.175, 0.4 * shaft), (chance.between(0.17, 0.24), shaft)], 8)
    inside = [(wall[-1, 0] - 0.025, shaft), (0.14, 0.4 * shaft), (0, 0.35 * shaft)]
    line = np.concatenate([[(0, 0)], wall, inside])
    pieces.append(lathe(line, "upper", 22).scaled(1.05, 0.8 * half / 0.17, 1).moved(-0.28 * long, 0, base))
    if heel:
        pieces.append(
            cylinder(chance.between(0.03, 0.13), heel + 0.03, "sole", 16, chance.between(1, 2)).moved(
                x=-0.38 * long
            )
        )
    for i in range(chance.one_of((0, 3, 4, 5))):
        px, share = 0.22 - 0.08 * i, i / 5
        z = sole + 0.4 * (ankle + toe) + 0.42 * share * ankle + 0.09
        pieces.append(rod((px, -0.09, z), (px, 0.09, z + 0.01), 0.013, "lace", 6))
    if chance.happens(0.35):
        gap, back = chance.between(0.4, 0.6), chance.between(-0.25, 0.25)
        askew = chance.one_of((0.0, 8.0, -10.0))
        pieces += [one.mirrored("y").turned("z", askew).moved(back, gap) for one in pieces]
    return pieces


def hat(chance: Chance) -> list[Piece]:
    """A crown over a brim, round or to one side only; helmets and caps."""
    radius, high = 0.4, chance.between(0.2, 0.75)
    kind = chance.count(0, 2)
    if kind == 0:
        flare, curl = chance.between(0.5, 1.0), chance.between(-0.05, 0.15)
        side = smooth(
            [(radius * chance.between(0.7, 1.05), high), (0.95 * radius, 0.5 * high), (radius, 0.03)], 8
        )[::-1]
        brim = [(0, 0.0), (radius, 0.0), (flare, curl), (flare, curl + 0.03)]
        pieces = [
            lathe([*brim, *side, (0, high - chance.between(0, 0.08))], "cloth", 30).scaled(
                x=chance.between(1, 1.2)
            )
        ]
        band = lathe(
            [(1.0 * radius, 0.03), (1.03 * radius, 0.03), (1.02 * radius, 0.14), (0.98 * radius, 0.14)],
            "band",
            30,
            is_loop=True,
        )
        return [*pieces, band.scaled(x=1.05)]
    crown = lathe(
        [(0, 0), *(np.array((radius, high)) * arc(1, 0, 88, 10)), (0, high)],
        "cloth",
        26,
        chance.one_of((2.0, 3.0)),
    )
    pieces = [crown, ball(0.04, 0.04, 0.03, "cap", 10).moved(z=high)]
    if kind == 1:
        ring = rounded(24) * (0.38, 0.3) + (0.35, 0)
        rings = np.stack(
            [np.c_[ring, 0.03 - 0.25 * ring[:, 1] ** 2], np.c_[ring, 0.055 - 0.25 * ring[:, 1] ** 2]]
        )
        pieces.append(skinned(rings, "peak"))
    else:
        pieces.append(
            lathe(
                [(0.97 * radius, -0.05), (1.1 * radius, -0.03), (1.08 * radius, 0.1), (0.97 * radius, 0.1)],
                "band",
                28,
                is_loop=True,
            )
        )
        if chance.happens(0.5):
            pieces.append(ball(0.1, 0.1, 0.1, "white", 12).moved(z=high + 0.06))
    return pieces


def bag(chance: Chance) -> list[Piece]:
    """A handbag, a rucksack or a sack: a soft body, a flap, pockets, handles or straps."""
    half, deep, high = chance.between(0.3, 0.5), chance.between(0.12, 0.25), chance.between(0.45, 1.1)
    share = smooth(
        [
            (0.85, 1.0),
            (1.0, 0.95),
            (chance.between(0.75, 1), 0.6),
            (chance.between(0.55, 0.95), chance.between(0.15, 0.6)),
        ],
        9,
    )
    ring = rounded(26, chance.between(2.5, 5))
    z = np.linspace(0, high, 9)
    rings = np.stack(
        [np.c_[ring * (half * w, deep * d), np.full(26, h)] for (w, d), h in zip(share, z, strict=True)]
    )
    pieces = [skinned(rings, "body")]
    kind = chance.count(0, 2)
    top = half * float(share[-1, 0])
    if kind < 2:
        reach = chance.between(0.15, 0.5)
        bow = arc(1, 0, 180, 16)
        path = np.c_[0.6 * top * bow[:, 0], np.zeros(16), high - 0.06 + reach * bow[:, 1]]
        strap = tube(path, 0.022, "strap", section=rectangle(2.0, chance.between(1.5, 3), 0.5, 2))
        both = (-0.5, 0.5) if kind == 0 else (0.0,)
        pieces += [strap.moved(y=a * deep) for a in both]
        if kind == 1:
            pieces.append(
                box(1.7 * top, 0.06, 0.55 * high, "flap", 0.02).moved(y=-0.85 * deep, z=0.45 * high)
            )
            pieces.append(box(0.1, 0.04, 0.07, "metal").moved(y=-deep, z=0.5 * high))
    else:
        for side in (-1, 1):
            line = smooth(
                [
                    (side * 0.4 * half, 0.6 * deep, 0.95 * high),
                    (side * 0.6 * half, 1.9 * deep, 0.75 * high),
                    (side * 0.6 * half, 1.8 * deep, 0.3 * high),
                    (side * 0.7 * half, 0.8 * deep, 0.08 * high),
                ],
                14,
            )
            pieces.append(tube(line, 0.035, "strap", section=rectangle(2.4, 0.9, 0.3, 2)))
        pieces.append(
            ball(0.75 * half, 0.5 * deep, 0.22 * high, "pocket", 16, 3.5).moved(0, -0.85 * deep, 0.3 * high)
        )
        pieces.append(ball(0.8 * top, 0.9 * deep, 0.12 * high, "flap", 16, 3).moved(z=0.97 * high))
        if chance.happens(0.4):
            pieces.append(
                cylinder(0.12, 1.9 * half, "roll", 16).turned("y", 90).moved(-0.95 * half, 0, high + 0.12)
            )
    return pieces


def umbrella(chance: Chance) -> list[Piece]:
    """Open or furled, its crook bent."""
    high, ribs = 1.2, chance.count(6, 10)
    crook = smooth(
        [(0, 0, high), (0, 0, 0.2), (0.02, 0, 0.03), (0.1, 0, -0.04), (0.18, 0, 0.02), (0.19, 0, 0.1)], 26
    )
    pieces = [tube(crook, 0.02, "wood", 8), rod((0, 0, high), (0, 0, high + 0.12), 0.015, "metal", 6)]
    if chance.happens(0.4):
        line = [(0.02, 0.25), (0.09, 0.35), (0.07, 0.8), (0.03, 1.15), (0, 1.17)]
        tilt = chance.one_of((0.0, 90.0, 85.0))
        return [one.turned("y", tilt) for one in (*pieces, lathe([(0, 0.25), *line], "cloth", 2 * ribs))]
    reach, deep = chance.between(0.6, 1.0), chance.between(0.25, 0.5)
    bend = arc(1, 0, 90, 9)
    over = bend * (reach, deep) + (0, high - deep)
    under = over[::-1] - (0.0, 0.025)
    cover = lathe(
        [*over[:-1], (0, over[-1, 1]), (0, under[0, 1]), *under[1:]], "cloth", 4 * ribs, is_loop=True
    )
    angle = np.arctan2(cover.vertices[:, 1], cover.vertices[:, 0])
    out = np.hypot(cover.vertices[:, 0], cover.vertices[:, 1]) / reach
    sag = 1 - 0.09 * out * np.abs(np.sin(0.5 * ribs * angle))
    sagging = Piece(cover.vertices * np.c_[sag, sag, np.ones_like(sag)], cover.faces, cover.uv, "cloth")
    tilt = chance.one_of((0.0, 0.0, 120.0))  # held, or put down on its edge
    return [one.turned("y", tilt) for one in (*pieces, sagging)]


def spectacles(chance: Chance) -> list[Piece]:
    """Two rims, a bridge, two arms."""
    size, thin = chance.between(0.17, 0.24), chance.between(0.012, 0.03)
    ring = rounded(24, chance.between(2, 5)) * (size * chance.between(1, 1.25), size * chance.between(0.7, 1))
    reach = float(ring[:, 0].max())
    pieces = []
    for side in (-1, 1):
        middle = side * (reach + 0.05)
        rim = np.c_[ring[:, 0] + middle, np.zeros(24), ring[:, 1] + size]
        pieces.append(tube(rim, thin, "frame", 8, is_loop=True))
        if chance.happens(0.7):
            pieces.append(
                ball(0.97 * reach, 0.012, 0.97 * float(ring[:, 1].max()), "glass", 16).moved(middle, 0, size)
            )
        out = side * (2 * reach + 0.06)
        arm = [
            (out, 0, 1.3 * size),
            (out, 0.5, 1.3 * size),
            (out, 0.85, 1.25 * size),
            (0.97 * out, 1.05, 0.8 * size),
        ]
        pieces.append(tube(smooth(arm, 12), thin, "frame", 8))
        pieces.append(rod((out - side * 0.08, 0, 1.2 * size), (out, 0, 1.3 * size), thin, "frame", 8))
    pieces.append(
        limb([(-0.06, 0, 1.1 * size), (0, 0, 1.3 * size), (0.06, 0, 1.1 * size)], [thin] * 3, "frame", 7, 8)
    )
    return pieces


def toy(chance: Chance) -> list[Piece]:
    """Rings on a post, a pile of blocks, a chess piece, a spinning top, a robot."""
    kind, pieces, z = chance.count(0, 4), [], 0.0
    if kind == 0:
        size = 0.5
        pieces = [cylinder(0.55, 0.08, "base", 26), cylinder(0.08, 1.0, "base", 14)]
        for i in range(chance.count(3, 6)):
            thick = chance.between(0.07, 0.11)
            ring = np.add(arc(thick, 0, 360, 11)[:-1], (size - thick, z + 0.08 + thick))
            pieces.append(lathe(ring, f"ring{i}", 24, is_loop=True))
            z, size = z + 1.9 * thick, size * chance.between(0.75, 0.92)
        return [*pieces, ball(0.13, 0.13, 0.13, "top", 14).moved(z=max(z + 0.1, 1.0))]
    if kind == 1:
        for i in range(chance.count(2, 6)):
            x, y, tall = chance.between(0.25, 0.6), chance.between(0.25, 0.5), chance.between(0.15, 0.4)
            block = (
                cylinder(x / 2, tall, f"block{i % 4}", 24, chance.one_of((1.0, 1.0, 0.3)))
                if chance.happens(0.3)
                else box(x, y, tall, f"block{i % 4}", 0.015)
            )
            pieces.append(
                block.turned("z", chance.between(0, 90)).moved(
                    chance.between(-0.08, 0.08), chance.between(-0.08, 0.08), z
                )
            )
            z += tall
        return pieces
    if kind == 2:
        radii = [
            0.34,
            0.36,
            0.2,
            chance.between(0.1, 0.2),
            chance.between(0.1, 0.16),
            0.24,
            0.13,
            chance.between(0.15, 0.28),
            0.05,
        ]
        heights = np.cumsum(
            [0, 0.1, 0.12, 0.25, chance.between(0.1, 0.5), 0.06, 0.06, 0.2, chance.between(0.1, 0.25)]
        )
        line = smooth(np.c_[radii, heights], 26)
        top = float(heights[-1])
        return [
            lathe([(0, 0), *np.maximum(line, (0.03, 0)), (0, top)], "body", 24),
            ball(0.09, 0.09, 0.09, "body", 12).moved(z=top + 0.04),
        ]
    if kind == 3:
        wide = chance.between(0.3, 0.55)
        line = [
            (0, 0),
            (0.04, 0.05),
            *smooth([(0.06, 0.15), (wide, 0.45), (0.3 * wide, 0.65), (0.06, 0.7)], 14),
            (0.05, 1.0),
            (0, 1.0),
        ]
        return [lathe(line, "label", 28).turned("y", chance.between(0, 35))]
    wide, deep, high = chance.between(0.35, 0.6), chance.between(0.25, 0.4), chance.between(0.4, 0.6)
    leg, head = chance.between(0.2, 0.4), chance.between(0.2, 0.35)
    pieces = [
        box(wide, deep, high, "body", 0.03).moved(z=leg),
        box(0.6 * wide, 0.03, 0.4 * high, "label").moved(y=-deep / 2, z=leg + 0.3 * high),
        cylinder(0.07, 0.1, "metal", 12).moved(z=leg + high - 0.02),
        box(1.2 * head, head, head, "head", 0.03).moved(z=leg + high + 0.06),
    ]
    for side in (-1, 1):
        pieces += [
            box(0.3 * wide, 0.8 * deep, leg + 0.02, "metal").moved(x=side * 0.27 * wide),
            box(0.36 * wide, 1.1 * deep, 0.07, "body").moved(x=side * 0.27 * wide, y=-0.05),
        ]
        swing = math.radians(chance.between(-70, 120))
        start = np.array([side * (0.5 * wide + 0.06), 0, leg + 0.85 * high])
        end = start + 0.75 * high * np.array([0, -math.sin(swing), -math.cos(swing)])
        pieces += [
            rod(start, end, 0.06, "metal"),
            ball(0.08, 0.08, 0.08, "body", 12).moved(*end),
            ball(0.09, 0.09, 0.09, "body", 12).moved(*start),
        ]
        pieces.append(
            ball(0.05, 0.04, 0.05, "white", 10).moved(
                side * 0.28 * head, -0.5 * head, leg + high + 0.06 + 0.6 * head
            )
        )
    if chance.happens(0.5):
        pieces += [
            rod((0, 0, leg + high + head), (0, 0, leg + high + head + 0.2), 0.015, "metal", 6),
            ball(0.04, 0.04, 0.04, "body", 10).moved(z=leg + high + head + 0.25),
        ]
    return pieces


def sphere(chance: Chance) -> list[Piece]:
    """A ball, an egg, a globe on its stand, a balloon."""
    size = 0.5
    pieces = [ball(size, size, size * chance.between(0.97, 1.4 if chance.happens(0.3) else 1.0), "label", 30)]
    if chance.happens(0.3):
        ring = arc(1.1 * size, -90, 90, 18)
        pieces = [
            pieces[0].turned("y", 23),
            tube(np.c_[ring[:, 0], np.zeros(18), ring[:, 1]], 0.025, "metal", 8).turned("y", 23),
        ]
        foot = lathe(
            [(0, 0), (0.35, 0), (0.35, 0.04), (0.06, 0.1), (0.04, 0.25), (0, 0.25)], "wood", 24
        ).moved(x=-0.1, z=-1.1 * size - 0.2)
        pieces.append(foot)
    elif chance.happens(0.2):
        thread = smooth([(0, 0, -0.5), (0.03, 0.02, -0.8), (-0.04, 0, -1.1), (0.03, -0.03, -1.5)], 16)
        pieces += [tube(thread, 0.01, "white", 6), cylinder(0.06, 0.08, "label", 10, 0.3).moved(z=-0.57)]
    return pieces
