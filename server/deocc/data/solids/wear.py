"""Made-up things that are worn or carried: shoes, hats, bags, umbrellas, spectacles."""

from __future__ import annotations

import numpy as np

from deocc.data.solids.curves import Chance, arc, rectangle, rounded, smooth
from deocc.data.solids.piece import Piece, azimuths
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
        pieces += _rucksack(chance, half, deep, high, top)
    return pieces


def _rucksack(chance: Chance, half: float, deep: float, high: float, top: float) -> list[Piece]:
    """Its straps, pocket and lid, and a roll on top."""
    pieces = []
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
    angle = azimuths(cover.vertices)
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
