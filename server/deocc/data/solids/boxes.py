"""Made-up boxy things: cartons, chests of drawers, crates, books, suitcases."""

from __future__ import annotations

import numpy as np

from deocc.data.solids.carve import less
from deocc.data.solids.curves import Chance, arc
from deocc.data.solids.piece import Piece
from deocc.data.solids.shapes import ball, box, cylinder, plate, rod, tube


def carton(chance: Chance) -> list[Piece]:
    """A packet of any proportions: closed, with a gable, open with flaps, or with a lid that overlaps."""
    x, y, z = (chance.between(0.2, 1.0) for _ in range(3))
    kind = chance.count(0, 5)
    if kind <= 2:
        return [box(x, y, z, "label", chance.one_of((0.0, 0.0, 0.01, 0.04)))]
    if kind == 3:
        gable = chance.between(0.3, 0.6) * x
        roof = plate([[(-0.5 * x, 0), (0.5 * x, 0), (0.01, gable), (-0.01, gable)]], y, "label")
        roof = roof.turned("x", 90).moved(y=y / 2, z=z)
        pieces = [box(x, y, z, "label"), roof, box(0.02, y, 0.15 * x + gable, "label").moved(z=z)]
        if chance.happens(0.5):
            pieces.append(
                cylinder(0.13 * x, 0.12 * x, "cap", 16).turned("y", 40).moved(x=0.25 * x, z=z + 0.45 * gable)
            )
        return pieces
    if kind == 4:
        wall = 0.025
        inside = box(x - 2 * wall, y - 2 * wall, z, "label").moved(z=wall)
        pieces = [less(box(x, y, z, "label"), [inside])]
        for side in (-1, 1):
            flap = box(0.45 * x, y, wall, "label").moved(x=0.225 * x).turned("y", chance.between(-30, 70))
            pieces.append((flap if side > 0 else flap.mirrored("x")).moved(x=side * 0.49 * x, z=z - wall))
        return pieces
    lid = chance.between(0.15, 0.4) * z
    pieces = [box(x, y, z, "body"), box(1.05 * x, 1.05 * y, lid, "cap").moved(z=z - 0.9 * lid)]
    if chance.happens(0.4):  # a ribbon around it
        pieces += [
            box(1.06 * x, 0.12 * y, z + 0.12 * lid, "ribbon"),
            box(0.12 * x, 1.06 * y, z + 0.12 * lid, "ribbon"),
        ]
        pieces += [
            ball(0.14, 0.07, 0.06, "ribbon", 12).moved(x=side * 0.13, z=z + 0.15 * lid) for side in (-1, 1)
        ]
    return pieces


def chest(chance: Chance) -> list[Piece]:
    """A chest of drawers or a cupboard: fronts with gaps, knobs or bars, one drawer drawn out."""
    wide, deep, height = chance.between(0.4, 1.4), chance.between(0.35, 0.6), chance.between(0.4, 1.5)
    foot, board = chance.between(0, 0.15), 0.03
    across, up = chance.count(1, 3), chance.count(1, 5)
    paint = chance.one_of(("wood", "white", "body"))
    front = chance.one_of((paint, "front"))
    each, tall = (wide - board) / across, (height - board) / up
    pull = (chance.count(0, across - 1), chance.count(0, up - 1)) if chance.happens(0.4) else None
    case, pieces = box(wide, deep, height, paint), []
    is_bar = chance.happens(0.4)
    for i in range(across):
        for j in range(up):
            x, z = (i - 0.5 * (across - 1)) * each, board + j * tall
            out = chance.between(0.3, 0.7) * deep if (i, j) == pull else 0.0
            size = (each - board, tall - board)
            if out:
                case = less(case, [box(size[0], 0.95 * deep, size[1]).moved(x, -0.1 * deep, z)])
                drawer = box(size[0] - 0.02, 0.9 * deep, 0.8 * size[1], "wood")
                hole = box(size[0] - 0.06, 0.9 * deep - 0.04, size[1]).moved(z=0.02)
                pieces.append(less(drawer, [hole]).moved(x, -out, z + 0.01))
            y = -0.5 * deep - out
            pieces.append(box(*(size[0], 0.03, size[1]), front, 0.005).moved(x, y, z))
            if is_bar:
                pieces.append(box(0.4 * size[0], 0.03, 0.02, "metal").moved(x, y - 0.03, z + 0.6 * size[1]))
            else:
                pieces.append(ball(0.02, 0.02, 0.02, "metal", 8).moved(x, y - 0.03, z + 0.5 * size[1]))
    pieces = [case, *pieces]
    if foot > 0.04:
        pieces = [one.moved(z=foot) for one in pieces]
        for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
            pieces.append(
                cylinder(0.02, foot + 0.01, "dark", 10, 1.4).moved(a * 0.45 * wide, b * 0.42 * deep)
            )
    return pieces


def crate(chance: Chance) -> list[Piece]:
    """Slats with gaps around an open box, or a basket with holes cut in its sides."""
    wide, deep, height = chance.between(0.5, 1.2), chance.between(0.4, 0.9), chance.between(0.25, 0.8)
    if chance.happens(0.4):
        wall = 0.04
        inside = box(wide - 2 * wall, deep - 2 * wall, height).moved(z=wall)
        count = chance.count(3, 6)
        gap = wide / (count + 0.5)
        rows = np.linspace(0.18, 0.62, chance.count(1, 3)) * height
        tall = 0.28 * height / len(rows) ** 0.5 if len(rows) > 1 else 0.4 * height
        holes = [
            box(0.6 * gap, 2 * deep, 0.6 * tall).moved((i - 0.5 * (count - 1)) * gap, 0, float(z))
            for i in range(count)
            for z in rows
        ]
        return [less(box(wide, deep, height, "body", 0.02), [inside, *holes])]
    count, thick = chance.count(2, 5), 0.02
    each = height / count
    fill = chance.between(0.55, 0.9) * each
    pieces = [box(wide, deep, thick, "wood")]
    for i in range(count):
        z = i * each + 0.02
        for side in (-1, 1):
            pieces.append(box(wide, thick, fill, "wood").moved(y=side * deep / 2, z=z))
            pieces.append(box(thick, deep, fill, "wood").moved(x=side * wide / 2, z=z))
    for a in (-0.47, 0.47):
        pieces += [box(0.05, 0.05, height, "wood").moved(a * wide, b * deep) for b in (-0.46, 0.46)]
    if chance.happens(0.4):
        for _ in range(chance.count(3, 9)):
            size = chance.between(0.07, 0.13)
            x, y = chance.between(-0.38, 0.38) * wide, chance.between(-0.36, 0.36) * deep
            pieces.append(ball(size, size, size, "fruit", 12).moved(x, y, height - chance.between(0, 0.15)))
    return pieces


def book(chance: Chance) -> list[Piece]:
    """One book lying, standing or open, or a pile of them."""
    pieces, z = [], 0.0
    for i in range(chance.one_of((1, 1, 2, 3, 5))):
        wide, tall, thick = chance.between(0.5, 0.8), chance.between(0.8, 1.1), chance.between(0.05, 0.3)
        cover, paint = 0.02, f"cover{i}"
        one = [box(0.97 * wide, 0.96 * tall, thick, "white").moved(x=0.01, z=0.5 * cover)]
        one += [box(wide, tall, cover, paint).moved(z=level) for level in (0.0, thick)]
        one.append(box(0.03, tall, thick + cover, paint).moved(x=-0.5 * wide))
        turn, x, y = chance.between(-25, 25), chance.between(-0.08, 0.08), chance.between(-0.08, 0.08)
        pieces += [part.turned("z", turn).moved(x, y, z) for part in one]
        z += thick + cover
    if z < 0.4 and chance.happens(0.4):
        return [one.turned("x", 90) for one in pieces]
    if z < 0.3 and chance.happens(0.3):
        half = [box(0.8, 1.1, 0.1, "white").moved(x=0.4, z=0.02), box(0.83, 1.15, 0.02, "cover").moved(x=0.4)]
        half = [one.turned("y", -chance.between(0, 60)) for one in half]
        return [*half, *(one.mirrored("x") for one in half)]
    return pieces


def suitcase(chance: Chance) -> list[Piece]:
    """A case or a trunk with a grip, corners, wheels or a drawn out bar."""
    wide, deep, height = chance.between(0.6, 1.1), chance.between(0.2, 0.4), chance.between(0.5, 1.2)
    pieces = [box(wide, deep, height, "body", chance.between(0.02, 0.07))]
    ridges = chance.count(0, 6)
    for i in range(ridges):
        x = (i - 0.5 * (ridges - 1)) * 0.8 * wide / max(ridges, 1)
        pieces.append(box(0.04, 1.06 * deep, 0.9 * height, "body", 0.01).moved(x=x, z=0.05 * height))
    if ridges == 0 and chance.happens(0.5):
        pieces += [
            box(0.07 * wide, 1.04 * deep, 1.01 * height, "strap").moved(x=side * 0.28 * wide)
            for side in (-1, 1)
        ]
    ring = arc(1, 0, 180, 14)
    reach = chance.between(0.1, 0.18)
    grip = np.c_[reach * ring[:, 0], np.zeros(14), 0.09 * ring[:, 1] + height - 0.01]
    pieces.append(tube(grip, 0.02, "dark", 8))
    if chance.happens(0.4):
        top, out = height + chance.between(0.25, 0.6), 0.2 * wide
        back = 0.35 * deep
        pieces += [
            rod((side * out, back, height - 0.1), (side * out, back, top), 0.015, "metal", 8)
            for side in (-1, 1)
        ]
        pieces.append(rod((-out - 0.03, back, top), (out + 0.03, back, top), 0.03, "dark"))
    if chance.happens(0.5):
        pieces = [one.moved(z=0.06) for one in pieces]
        for a in (-0.42, 0.42):
            for b in (-0.35, 0.35):
                pieces.append(ball(0.05, 0.03, 0.05, "dark", 10).moved(a * wide, b * deep, 0.05))
    return pieces
