"""Imagined pictures without an object: backdrops of photos and skins of bodies."""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from deocc.data.views.materials import (
    Rng,
    colour,
    gradient,
    metal,
    plain,
    speckled,
    stripes,
    tiles,
    wood,
    woven,
)

_FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_SCRIPT_SIMPLEX,
)
_LETTERS = tuple("AABCDEEFGHIKLMNOPRSTUVaabcdeeeghiiklmnooprsttuwy012358    ")


def backdrop(rng: Rng, side_px: int) -> NDArray[np.uint8]:
    """(side, side, 3) uint8: a wall above a table or floor, or one surface seen from above, with things
    lying about out of focus, uneven light and grain."""
    scene = _surface(rng, side_px)
    if rng.random() < 0.75:
        floor = _receding(_surface(rng, side_px), rng)
        horizon = _horizon(rng, side_px)
        scene = scene * (1 - horizon) + floor * horizon
    if rng.random() < 0.85:
        scene = _cluttered(scene, rng)
    scene = cv2.GaussianBlur(scene, (0, 0), side_px * float(rng.choice([0.0015, 0.005, 0.012, 0.025])))
    scene = scene * _uneven_light(rng, side_px)
    scene += rng.normal(0, rng.uniform(0.5, 5), scene.shape).astype(np.float32)
    return np.clip(scene, 0, 255).astype(np.uint8)


def skin(rng: Rng, side_px: int) -> NDArray[np.uint8]:
    """(side, side, 3) uint8: what a made thing may be covered with; its sides needn't meet."""
    kind = rng.choice(len(_SKINS), p=_SKIN_SHARES)
    return np.clip(_SKINS[kind](rng, side_px), 0, 255).astype(np.uint8)


def _surface(rng: Rng, side: int) -> NDArray[np.float32]:
    kind = rng.choice(6, p=[0.22, 0.18, 0.15, 0.12, 0.15, 0.18])
    return (plain, speckled, wood, tiles, woven, gradient)[kind](rng, side)


def _dotted(rng: Rng, side: int) -> NDArray[np.float32]:
    """Dots, flowers, stains: many like shapes, sown or in rows."""
    picture = plain(rng, side).astype(np.float32)
    step = side / rng.uniform(4, 14)
    mark, sown = colour(rng, 0.3), rng.random() < 0.5
    petals = int(rng.integers(1, 7))
    for y in np.arange(step / 2, side, step):
        for x in np.arange(step / 2, side, step):
            at = rng.uniform(0, side, 2) if sown else np.array([x, y])
            size = step * rng.uniform(0.1, 0.35)
            turn = rng.uniform(0, 2 * math.pi)
            for petal in range(petals):
                way = turn + 2 * math.pi * petal / petals
                where = at + (size * np.array([math.cos(way), math.sin(way)]) if petals > 1 else 0)
                _disc(picture, where, size if petals == 1 else 0.6 * size, mark)
    return picture


def _disc(picture: NDArray[np.float32], at: NDArray, radius: float, fill: NDArray) -> None:
    centre = (round(float(at[0])), round(float(at[1])))
    cv2.circle(picture, centre, max(round(radius), 1), fill.tolist(), -1, cv2.LINE_AA)


def _label(rng: Rng, side: int) -> NDArray[np.float32]:
    """Packaging: panels, a big mark, writing."""
    picture = plain(rng, side).astype(np.float32)
    for _ in range(rng.integers(1, 6)):
        _panel(picture, rng)
    for _ in range(rng.integers(0, 3)):
        _disc(picture, rng.uniform(0.15, 0.85, 2) * side, side * rng.uniform(0.05, 0.22), colour(rng, 0.5))
    for _ in range(rng.integers(2, 7)):
        _writing(picture, rng)
    return picture


def _panel(picture: NDArray[np.float32], rng: Rng) -> None:
    side = picture.shape[0]
    left, top = rng.integers(0, side, 2)
    width, height = (side * rng.uniform(0.1, 0.8, 2)).astype(int)
    if rng.random() < 0.4:
        left, width = 0, side
    picture[top : top + height, left : left + width] = colour(rng, 0.3)


def _writing(picture: NDArray[np.float32], rng: Rng) -> None:
    """Words of drawn letters, line under line, a large name or small print."""
    side = picture.shape[0]
    height = side * float(np.exp(rng.uniform(math.log(0.025), math.log(0.16))))
    ink = colour(rng, 0.4) * (0.25 if rng.random() < 0.5 else 1.0)
    font = int(rng.choice(_FONTS))
    thick = max(round(height * rng.uniform(0.08, 0.22)), 1)
    left, top = rng.uniform(0.0, 0.7, 2) * side
    for line in range(int(rng.integers(1, 3 if height > side * 0.06 else 9))):
        letters = rng.choice(_LETTERS, int(rng.integers(3, 9 if height > side * 0.06 else 30)))
        where = (round(left), round(top + (line + 1) * height * 1.4))
        cv2.putText(
            picture, "".join(letters), where, font, height / 22, ink.tolist(), thick, cv2.LINE_AA
        )  # fmt: skip


_SKINS: tuple[Callable[[Rng, int], NDArray[np.float32]], ...] = (
    plain, _label, wood, metal, speckled, woven, stripes, tiles, _dotted, gradient,
)  # fmt: skip
_SKIN_SHARES = (0.16, 0.26, 0.12, 0.1, 0.09, 0.08, 0.07, 0.04, 0.05, 0.03)


def _horizon(rng: Rng, side: int) -> NDArray[np.float32]:
    """(side, side, 1) 1 below a nearly level line, softly or sharply."""
    y, x = np.mgrid[0:side, 0:side].astype(np.float32) / side
    line = rng.uniform(0.1, 0.75) + math.tan(math.radians(rng.normal(0, 3))) * (x - 0.5)
    return np.clip((y - line) * rng.choice([12, 60, 400]) + 0.5, 0, 1)[..., None]


def _receding(surface: NDArray[np.float32], rng: Rng) -> NDArray[np.float32]:
    """A surface that lies: its far end, at the top, is narrower."""
    side = surface.shape[0]
    far = rng.uniform(0.2, 0.9)
    source = np.array([[0, 0], [side, 0], [side, side], [0, side]], np.float32)
    inset = side * (1 / far - 1) / 2
    target = np.array([[0, 0], [side, 0], [side + inset, side], [-inset, side]], np.float32)
    warp = cv2.getPerspectiveTransform(source, target)
    laid = cv2.warpPerspective(surface, warp, (side, side), borderMode=cv2.BORDER_REFLECT)
    return laid.astype(np.float32)


def _cluttered(scene: NDArray[np.float32], rng: Rng) -> NDArray[np.float32]:
    """Things lying about: boxes, discs and lumps with skins, lit from above, each out of focus by its own."""
    side = scene.shape[0]
    for _ in range(rng.integers(1, 9)):
        mask = np.zeros((side, side), np.float32)
        at, size = rng.uniform(0, side, 2), side * rng.uniform(0.05, 0.35)
        count = int(rng.choice([4, 4, 5, 7, 40]))
        angles = np.linspace(0, 2 * math.pi, count, endpoint=False) + rng.uniform(0, 0.8)
        reach = size * rng.uniform(0.6 if count < 40 else 0.98, 1, count)
        shape = np.stack([np.cos(angles) * rng.uniform(0.4, 1), np.sin(angles) * rng.uniform(0.4, 1.2)], 1)
        cv2.fillPoly(mask, [np.round(at + shape * reach[:, None]).astype(np.int32)], (1.0,))
        y = np.linspace(-0.5, 0.5, side, dtype=np.float32)[:, None, None]
        thing = _SKINS[rng.choice(len(_SKINS), p=_SKIN_SHARES)](rng, max(side // 2, 8))
        thing = cv2.resize(thing.astype(np.float32), (side, side)) * (1 - rng.uniform(0, 1.0) * y)
        blur = side * float(np.exp(rng.uniform(math.log(0.002), math.log(0.03))))
        shade = cv2.GaussianBlur(np.roll(mask, int(size * 0.15), 0), (0, 0), blur + side * 0.02)
        mask = cv2.GaussianBlur(mask, (0, 0), blur)[..., None]
        scene = scene * (1 - 0.4 * shade[..., None])
        scene = scene * (1 - mask) + thing * mask
    return scene


def _uneven_light(rng: Rng, side: int) -> NDArray[np.float32]:
    """(side, side, 3): a lamp's spot or a window's light, its tint, dark corners."""
    y, x = np.mgrid[0:side, 0:side].astype(np.float32) / side
    centre, width = rng.uniform(-0.2, 1.2, 2), rng.uniform(0.4, 1.5)
    spot = np.exp(-((x - centre[0]) ** 2 + (y - centre[1]) ** 2) / (2 * width**2))
    depth = rng.uniform(0, 0.7)
    tint = 1 + rng.normal(0, 0.05) * np.array([1, 0, -1.2], np.float32)
    level = np.exp(rng.normal(0.05, 0.2))
    return ((1 - depth + depth * spot)[..., None] * tint * level).astype(np.float32)
