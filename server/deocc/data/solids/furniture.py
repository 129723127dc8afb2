"""Made-up furniture: tables, chairs, stools, shelves, sofas, beds, lamps."""

from __future__ import annotations

import math

import numpy as np

from deocc.data.solids.curves import Chance, smooth
from deocc.data.solids.piece import Piece
from deocc.data.solids.shapes import ball, box, cylinder, lathe, rod, tube


def legs(chance: Chance, x: float, y: float, height: float, thick: float, paint: str) -> list[Piece]:
    """Four legs whose upper ends are at ±x, ±y under a top at `height`: square, round, tapered, splayed."""
    splay = chance.between(0, 0.25) * thick * 6 if chance.happens(0.4) else 0.0
    is_square, low = chance.happens(0.5), chance.between(0.5, 1.0)
    pieces = []
    for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        foot, head = np.array([a * (x + splay), b * (y + splay), 0]), np.array([a * x, b * y, height])
        sides = 4 if is_square else 10
        section = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]]) * 0.85 if is_square else None
        pieces.append(
            tube(np.linspace(foot, head, 4), np.linspace(low, 1, 4) * thick, paint, sides, section=section)
        )
    return pieces


def table(chance: Chance) -> list[Piece]:
    """Four legs, a post with a foot, or two boards under a top; aprons, drawers, a lower board."""
    long, wide = chance.between(0.7, 2.2), chance.between(0.6, 1.1)
    height, top = chance.between(0.35, 1.1), chance.between(0.025, 0.1)
    is_round = chance.happens(0.3)
    paint, leg = chance.one_of(("wood", "top")), chance.one_of(("wood", "metal", "dark"))
    if is_round:
        pieces = [
            cylinder(0.5, top, paint, 36).scaled(long, wide * chance.between(0.9, 1.1), 1).moved(z=height)
        ]
    else:
        pieces = [box(long, wide, top, paint, chance.between(0, 0.03)).moved(z=height)]
    x, y = (0.33 * long, 0.33 * wide) if is_round else (0.45 * long, 0.43 * wide)
    thick = chance.between(0.018, 0.06)
    kind = chance.count(0, 5)
    if kind == 0:
        radius = chance.between(0.04, 0.09)
        pieces.append(cylinder(radius, height + 0.01, leg, 18))
        pieces.append(cylinder(0.5 * min(long, wide) * chance.between(0.5, 0.8), 0.04, leg, 28))
    elif kind == 1:
        pieces += [box(2 * thick, 1.9 * y, height + 0.01, leg).moved(x=side * x) for side in (-1, 1)]
    else:
        pieces += legs(chance, x, y, height + 0.5 * top, thick, leg)
        if chance.happens(0.5) and not is_round:
            deep = chance.between(0.06, 0.2)
            pieces.append(box(2 * x, 2 * y, deep, paint).moved(z=height - deep + 0.01))
        if chance.happens(0.25):
            pieces.append(box(1.96 * x, 1.96 * y, 0.03, paint).moved(z=0.25 * height))
    return pieces


def chair(chance: Chance) -> list[Piece]:
    """Legs, a seat, a back of one board, of slats or of bars, and arms now and then."""
    wide, deep = chance.between(0.42, 0.6), chance.between(0.4, 0.55)
    seat, back = chance.between(0.38, 0.5), chance.between(0.25, 0.6)
    thick, pad = chance.between(0.014, 0.035), chance.between(0.025, 0.1)
    frame = chance.one_of(("wood", "metal", "frame"))
    pieces = [box(wide, deep, pad, chance.one_of(("cloth", frame)), 0.25 * pad).moved(z=seat)]
    if chance.happens(0.15):  # on a post with five feet
        pieces.append(rod((0, 0, 0.06), (0, 0, seat + 0.01), 0.03, "metal"))
        for i in range(5):
            angle = 2 * math.pi * i / 5
            foot = (0.3 * math.cos(angle), 0.3 * math.sin(angle), 0.05)
            pieces += [rod((0, 0, 0.1), foot, 0.022, "dark"), ball(0.04, 0.04, 0.04, "dark", 10).moved(*foot)]
    else:
        pieces += legs(chance, 0.45 * wide, 0.43 * deep, seat + 0.5 * pad, thick, frame)
    lean, top = chance.between(0, 0.12), seat + pad + back
    y = 0.5 * deep - thick
    if chance.happens(0.35):
        board = box(wide, 0.05, back * chance.between(0.7, 1), "cloth", 0.015)
        pieces.append(board.turned("x", -60 * lean).moved(y=y, z=seat + 0.9 * pad))
    else:
        for side in (-1, 1):
            pieces.append(
                rod((side * 0.45 * wide, y, seat), (side * 0.45 * wide, y + lean, top), thick, frame)
            )
        for i in range(chance.count(1, 4)):
            z = top - 0.04 - i * 0.25 * back
            slat = box(0.92 * wide, 1.2 * thick, chance.between(0.05, 0.14) * back / 0.4, frame)
            pieces.append(slat.moved(y=y + lean * (z - seat) / (top - seat), z=z - 0.05))
    if chance.happens(0.3):
        z = seat + pad + chance.between(0.15, 0.25)
        for side in (-0.5, 0.5):
            pieces.append(box(0.05, deep, 0.03, frame).moved(x=side * wide, z=z))
            pieces.append(rod((side * wide, -0.4 * deep, seat), (side * wide, -0.4 * deep, z), thick, frame))
    return pieces


def stool(chance: Chance) -> list[Piece]:
    """Three or four legs under a round seat, with rungs."""
    seat, height = chance.between(0.16, 0.28), chance.between(0.3, 0.85)
    pad = chance.between(0.03, 0.1)
    pieces = [
        ball(seat, seat, pad, "cloth", 20, 5).moved(z=height)
        if chance.happens(0.5)
        else cylinder(seat, pad, "wood", 28).moved(z=height)
    ]
    count, out, thick = chance.count(3, 4), seat * chance.between(0.8, 1.3), chance.between(0.012, 0.03)
    frame = chance.one_of(("wood", "metal"))
    angles = np.arange(count) * 2 * math.pi / count
    feet = np.stack([out * np.cos(angles), out * np.sin(angles), 0 * angles], axis=1)
    heads = np.stack([0.7 * seat * np.cos(angles), 0.7 * seat * np.sin(angles), 0 * angles + height], axis=1)
    rung = chance.between(0.2, 0.5)
    for i in range(count):
        pieces.append(rod(feet[i], heads[i], thick, frame))
        j = (i + 1) % count
        pieces.append(
            rod(
                feet[i] + rung * (heads[i] - feet[i]),
                feet[j] + rung * (heads[j] - feet[j]),
                0.7 * thick,
                frame,
                8,
            )
        )
    return pieces


def shelf(chance: Chance) -> list[Piece]:
    """Boards between two sides, with a back or without; books and boxes on some."""
    wide, deep, height = chance.between(0.4, 1.4), chance.between(0.2, 0.45), chance.between(0.5, 2.0)
    board, count = chance.between(0.02, 0.05), chance.count(2, 6)
    sides = [box(board, deep, height, "wood").moved(x=side * (wide - board) / 2) for side in (-1, 1)]
    levels = np.linspace(0.03 if chance.happens(0.5) else 0.1, height - board, count)
    pieces = [*sides, *(box(wide - board, 0.98 * deep, board, "wood").moved(z=float(z)) for z in levels)]
    if chance.happens(0.6):
        pieces.append(box(wide - board, board, height - 0.02, "wood").moved(y=0.48 * deep, z=0.01))
    gap = float(levels[1] - levels[0]) - board
    for z in levels[:-1]:
        if not chance.happens(0.45):
            continue
        x = -0.5 * wide + board
        while x < chance.between(-0.2, 0.5) * wide - 0.1:
            thick, tall = chance.between(0.025, 0.08), gap * chance.between(0.55, 0.9)
            book = box(thick, deep * chance.between(0.5, 0.8), tall, f"book{chance.count(0, 3)}")
            pieces.append(book.moved(x=x + 0.5 * thick, z=float(z) + 0.9 * board))
            x += thick + 0.002
    return pieces


def sofa(chance: Chance) -> list[Piece]:
    """An armchair or a sofa: seat, back, arms, cushions, short feet."""
    wide, deep = chance.between(0.7, 2.1), chance.between(0.7, 0.95)
    seat, back, arm = chance.between(0.35, 0.45), chance.between(0.7, 1.0), chance.between(0.1, 0.22)
    soft, foot = chance.between(0.02, 0.06), chance.between(0.03, 0.14)
    pieces = [box(wide, deep, seat - foot, "cloth", soft).moved(z=foot)]
    pieces.append(box(wide, 0.25 * deep, back - foot, "cloth", soft).moved(y=0.4 * deep, z=foot))
    tall = chance.between(seat + 0.12, back)
    if chance.happens(0.85):
        pieces += [
            box(arm, deep, tall - foot, "cloth", soft).moved(x=side * wide / 2, z=foot) for side in (-1, 1)
        ]
    count = max(1, round((wide - arm) / 0.65))
    each = (wide - arm) / count
    for i in range(count):
        x = (i - 0.5 * (count - 1)) * each
        pieces.append(
            ball(0.49 * each, 0.36 * deep, 0.1, "cushion", 14, 5).moved(x, -0.1 * deep, seat + 0.05)
        )
        if chance.happens(0.4):
            pillow = ball(0.2, 0.07, 0.2, "pillow", 14, 3.5).turned("x", -15)
            pieces.append(pillow.moved(x, 0.2 * deep, seat + 0.28))
    for a in (-0.44, 0.44):
        pieces += [cylinder(0.03, foot + 0.02, "dark", 10).moved(a * wide, b * deep) for b in (-0.42, 0.42)]
    return pieces


def lamp(chance: Chance) -> list[Piece]:
    """A foot, a stem that is straight, turned, bent or jointed, and a shade."""
    height, foot = chance.between(0.6, 2.4), chance.between(0.2, 0.4)
    pieces = [lathe([(0, 0), (foot, 0), (foot, 0.03), (0.3 * foot, 0.09), (0, 0.1)], "stand", 26)]
    kind, thick = chance.count(0, 3), chance.between(0.012, 0.04)
    head = np.array([0.0, 0.0, height])
    if kind == 0:
        pieces.append(rod((0, 0, 0.03), head, thick, "stand"))
    elif kind == 1:
        radii = [0.05, *(chance.between(0.04, 0.25) for _ in range(3)), 0.04]
        line = smooth(np.c_[radii, np.linspace(0.08, height, 5)], 18)
        pieces.append(lathe([(0, line[0, 1]), *line, (0, line[-1, 1])], "body", 24))
    elif kind == 2:
        out = chance.between(0.2, 0.7)
        head = np.array([out, 0, chance.between(0.75, 0.95) * height])
        points = [(0, 0, 0.03), (0, 0, 0.7 * height), (0.4 * out, 0, height), head]
        pieces.append(tube(smooth(points, 16), thick, "stand"))
    else:
        elbow = np.array([chance.between(-0.5, -0.1), 0, 0.55 * height])
        head = np.array([chance.between(0.2, 0.7), 0, height])
        pieces += [rod((0, 0, 0.05), elbow, thick, "stand"), rod(elbow, head, thick, "stand")]
        pieces.append(ball(2 * thick, 2 * thick, 2 * thick, "dark", 12).moved(*elbow))
    wide, tall, top = chance.between(0.2, 0.5), chance.between(0.2, 0.55), chance.between(0.3, 1.0)
    if chance.happens(0.15):
        shade = ball(0.8 * wide, 0.8 * wide, 0.8 * wide, "shade", 22)
    else:
        ring = [
            (wide, -0.6 * tall),
            (wide * top, 0.4 * tall),
            (wide * top - 0.02, 0.4 * tall),
            (wide - 0.02, -0.6 * tall),
        ]
        shade = lathe(ring, "shade", 28, is_loop=True)
        pieces.append(ball(0.09, 0.09, 0.12, "white", 12).moved(*head))
    tilt = chance.between(0, 50) if kind >= 2 else 0.0
    return [*pieces, shade.turned("y", tilt).moved(*head)]


def bed(chance: Chance) -> list[Piece]:
    """A frame on feet, a mattress, a blanket, pillows, boards at head and foot."""
    wide, long, low = chance.between(0.9, 1.8), chance.between(1.8, 2.1), chance.between(0.15, 0.4)
    pieces = [box(wide, long, 0.14, "wood", 0.01).moved(z=low)]
    pieces.append(box(0.96 * wide, 0.97 * long, chance.between(0.14, 0.26), "white", 0.04).moved(z=low + 0.1))
    cover = chance.between(0.5, 0.85) * long
    pieces.append(box(1.0 * wide, cover, 0.26, "cloth", 0.05).moved(y=0.49 * (cover - long), z=low + 0.08))
    pieces += legs(chance, 0.46 * wide, 0.47 * long, low + 0.05, 0.035, "wood")
    head, thick = chance.between(0.35, 0.9), 0.06
    pieces.append(box(wide, thick, low + head, "wood", 0.01).moved(y=0.5 * long))
    if chance.happens(0.5):
        pieces.append(box(wide, thick, low + chance.between(0.2, 0.45), "wood", 0.01).moved(y=-0.5 * long))
    for x in (-0.25, 0.25) if wide > 1.2 else (0.0,):
        pieces.append(ball(0.3, 0.2, 0.09, "pillow", 16, 3.5).moved(x * wide, 0.36 * long, low + 0.36))
    return pieces
