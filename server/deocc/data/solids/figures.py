"""Made-up figures: people, dolls and bears that stand, walk or sit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deocc.data.solids.curves import Chance
from deocc.data.solids.piece import Piece
from deocc.data.solids.shapes import ball, bead, box, cylinder, limb


def person(chance: Chance) -> list[Piece]:
    """A figure, doll or bear: standing, walking or sitting, arms anywhere, a hat, hair or round ears."""
    head, chubby = chance.between(0.11, 0.26), chance.between(0.7, 1.9)
    leg, trunk, arm = chance.between(0.25, 0.5), chance.between(0.3, 0.42), chance.between(0.28, 0.42)
    hip, shoulder, thin = 0.08 * chubby, 0.13 * chubby, 0.045 * chubby
    sits = chance.happens(0.3)
    base = 1.2 * thin if sits else leg
    shirt, trousers, skin = chance.one_of((("shirt", "trousers", "skin"), ("fur", "fur", "fur")))
    pieces = [
        limb(
            [(0, 0, base), (0, 0, base + 0.5 * trunk), (0, 0, base + trunk)],
            [0.12 * chubby, 0.11 * chubby, 0.09 * chubby],
            shirt,
            9,
            14,
        ).scaled(y=1.2)
    ]
    top = base + trunk + 0.5 * head
    pieces.append(ball(0.95 * head, 0.9 * head, 1.05 * head, skin, 18).moved(z=top + 0.5 * head))
    pieces.append(cylinder(0.4 * head, head, skin, 12).moved(z=top - 0.7 * head))
    for side in (-1, 1):
        pieces += _leg(chance, side * hip, base, leg, thin, trousers, sits)
        pieces += _arm(
            chance, np.array([0, side * shoulder, base + 0.92 * trunk]), side, arm, thin, shirt, skin
        )
        eye = (0.85 * head, side * 0.35 * head, top + 0.65 * head)
        pieces.append(bead(0.1 * head, "dark", 8).moved(*eye))
        if skin == "fur":
            pieces.append(
                ball(0.15 * head, 0.4 * head, 0.4 * head, "fur", 12).moved(
                    0, side * 0.75 * head, top + 1.35 * head
                )
            )
    pieces += _headwear(chance, head, top, skin == "fur")
    if not sits and chance.happens(0.25):
        pieces.append(box(0.5, 0.5, 0.05, "wood", 0.01).moved(z=-0.04))
    return pieces


def _leg(
    chance: Chance, y: float, base: float, leg: float, thin: float, trousers: str, sits: bool
) -> list[Piece]:
    """From a hip at height `base`: along the ground, or down with a step forth or back; and its foot."""
    if sits:
        line = [
            (0, y, base),
            (0.6 * leg, 1.4 * y, base + chance.between(0, 0.12)),
            (leg, 1.6 * y, 1.1 * thin),
        ]
        foot = ball(0.7 * thin, thin, 1.7 * thin, "shoe", 12).moved(z=thin)
    else:
        step = chance.between(-0.35, 0.35) * leg
        line = [(0, y, base + 0.02), (0.6 * step + 0.03, 1.1 * y, 0.5 * leg), (step, 1.1 * y, thin)]
        foot = ball(2 * thin, thin, 0.7 * thin, "shoe", 12).moved(x=0.6 * thin, z=-0.4 * thin)
    return [limb(line, [1.4 * thin, 1.1 * thin, thin], trousers, 9, 10), foot.moved(*line[-1])]


def _arm(
    chance: Chance, start: NDArray, side: int, arm: float, thin: float, sleeve: str, skin: str
) -> list[Piece]:
    """Hanging, stretched out or raised."""
    pieces = []
    raised, ahead = chance.between(-0.9, 1.2), chance.between(-0.3, 0.8)
    out = np.array([ahead, side * chance.between(0.3, 1.0), -0.8 + raised])
    out *= arm / np.linalg.norm(out)
    elbow = start + 0.5 * out + (0, side * 0.03, 0)
    pieces.append(limb([start, elbow, start + out], [1.1 * thin, 0.9 * thin, 0.7 * thin], sleeve, 8, 10))
    pieces.append(bead(1.05 * thin, skin, 10).moved(*(start + 1.1 * out)))
    return pieces


def _headwear(chance: Chance, head: float, top: float, is_bear: bool) -> list[Piece]:
    """A bear's muzzle, a hat or hair."""
    pieces = []
    if is_bear:
        pieces.append(
            ball(0.45 * head, 0.4 * head, 0.35 * head, "white", 12).moved(0.75 * head, 0, top + 0.35 * head)
        )
    elif chance.happens(0.5):
        brim = ball(chance.between(1.0, 1.8) * head, 1.2 * head, 0.12 * head, "hat", 18).moved(
            z=top + 1.15 * head
        )
        pieces += [
            brim,
            cylinder(0.8 * head, chance.between(0.4, 1.2) * head, "hat", 18, 0.85).moved(z=top + 1.1 * head),
        ]
    else:
        pieces.append(
            ball(head, head, chance.between(0.8, 1.3) * head, "hair", 16).moved(
                x=-0.18 * head, z=top + 0.7 * head
            )
        )
    return pieces
