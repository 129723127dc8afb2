"""Silhouette -> flat triangles: a grid laid over it, its outline cut by marching squares."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from deocc.backends.draft.morphology import blurred

SNAP = 0.15  # outline vertices keep this share of a cell away from grid vertices: no needle triangles
THIN_CELLS = 1.6  # width in grid cells below which a part could slip between the grid's vertices


@dataclass(frozen=True)
class FlatGrid:
    """level: (gh, gw), positive inside the silhouette; vertex (0, 0) stands at canvas pixel `origin`, the
    next ones `step` pixels further."""

    step: float
    origin: NDArray[np.float64]
    level: NDArray[np.float64]


def level_grid(whole: NDArray[np.bool_], triangles: int, beside: NDArray[np.bool_] | None = None) -> FlatGrid:
    """A grid over the silhouette with about triangles / 4 cells inside; where thin parts must be made
    thicker, it keeps off `beside`."""
    step = _step(whole, triangles)
    thick = _thick_enough(whole, THIN_CELLS * step)
    if beside is not None:
        thick &= ~beside
    step = max(step, _step(thick, triangles))
    rows, columns = np.flatnonzero(thick.any(axis=1)), np.flatnonzero(thick.any(axis=0))
    low = np.array([columns[0], rows[0]]) - 2.5 * step
    gw, gh = (math.ceil((end[-1] + 1 - end[0]) / step) + 6 for end in (columns, rows))
    soft = blurred(thick.astype(np.float32), max(0.6 * step, 0.6))
    x, y = low[0] + step * np.arange(gw), low[1] + step * np.arange(gh)
    grid = np.stack(np.meshgrid(x, y), axis=-1).astype(np.float32) - 0.5
    x_map, y_map = grid[..., 0].copy(), grid[..., 1].copy()
    level = cv2.remap(soft, x_map, y_map, cv2.INTER_LINEAR, borderValue=(0,)) - 0.5
    level = level.astype(np.float64)
    level[[0, -1]] = level[:, [0, -1]] = -0.5
    if beside is not None and not (level > 0).any():  # too thin for this grid without room to grow
        return level_grid(whole, triangles)
    return FlatGrid(step, low, _largest_parts(level))


def _step(whole: NDArray[np.bool_], triangles: int) -> float:
    return math.sqrt(4.3 * float(whole.sum()) / triangles)  # 4.3: the outline's cells add some


def _thick_enough(whole: NDArray[np.bool_], width_px: float) -> NDArray[np.bool_]:
    """The silhouette with what is thinner than `width_px`, hairs and dust, grown by as much, so that a grid
    finds and connects it."""
    side = max(math.ceil(width_px), 2)
    brush = np.ones((side, side), np.uint8)
    room = np.pad(whole.astype(np.uint8), side)  # OpenCV takes what lies beyond a picture's border as filled
    thick = cv2.dilate(cv2.erode(room, brush), np.ones((2 * side + 1,) * 2, np.uint8))  # with round corners
    grown = cv2.dilate(np.where(thick > 0, 0, room).astype(np.uint8), brush)
    return ((room > 0) | (grown > 0))[side:-side, side:-side]


def _largest_parts(level: NDArray[np.float64]) -> NDArray[np.float64]:
    """Without islands below a fiftieth of the largest: specks of a mask, not parts of an object."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats((level > 0).astype(np.uint8), connectivity=4)
    area = stats[:, cv2.CC_STAT_AREA]
    speck = area * 50 < area[1:].max(initial=0)
    speck[0] = False
    return np.where(speck[labels], -0.5, level)


def polygons(level: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Marching squares with filled cells: vertices (N, 2) in grid units, the grid's own first; faces (M, 3).

    A saddle's two corners stay apart, so the outline never touches itself.
    """
    gh, gw = level.shape
    inside = level > 0
    index = np.full((gh, gw), -1)
    count = int(inside.sum())
    index[inside] = np.arange(count)
    y, x = np.nonzero(inside)
    places = [np.stack([x, y], axis=1).astype(float)]
    on_row, count, found = _crossings(level[:, :-1], level[:, 1:], count)
    places.append(found + 0.0)
    on_column, count, found = _crossings(level.T[:, :-1], level.T[:, 1:], count)
    places.append(found[:, ::-1])
    on_column = on_column.T
    # per cell, clockwise in the picture: corner, edge, corner, edge, ... ; -1 where there is no such vertex
    ring = np.stack(
        [
            index[:-1, :-1], on_row[:-1], index[:-1, 1:], on_column[:, 1:],
            index[1:, 1:], on_row[1:], index[1:, :-1], on_column[:, :-1],
        ],
        axis=-1,
    ).reshape(-1, 8)  # fmt: skip
    code = (ring[:, 0::2] >= 0) @ np.array([1, 2, 4, 8])
    faces = [ring[code == case][:, list(t)] for case, fans in _FANS.items() for t in fans]
    return np.concatenate(places), np.concatenate(faces)[:, ::-1]


def _fans() -> dict[int, list[tuple[int, int, int]]]:
    """Triangles of the sixteen cases as positions in a cell's ring of eight."""
    fans: dict[int, list[tuple[int, int, int]]] = {}
    for case in range(1, 16):
        corners = [2 * i for i in range(4) if case >> i & 1]
        if case in (5, 10):
            fans[case] = [((c - 1) % 8, c, (c + 1) % 8) for c in corners]
            continue
        present = [
            p for p in range(8)
            if (p in corners if p % 2 == 0 else ((p - 1) in corners) != ((p + 1) % 8 in corners))
        ]  # fmt: skip
        start = corners[0]
        if len(corners) == 3:  # opposite to the missing one, so that no diagonal joins two outline vertices
            missing = next(2 * i for i in range(4) if 2 * i not in corners)
            start = (missing + 4) % 8
        at = present.index(start)
        turned = present[at:] + present[:at]
        fans[case] = [(turned[0], turned[k], turned[k + 1]) for k in range(1, len(turned) - 1)]
    return fans


_FANS = _fans()


def _crossings(left: NDArray, right: NDArray, count: int) -> tuple[NDArray, int, NDArray]:
    """Outline vertices on edges between neighbouring columns: index per edge or -1, count, their (x, y)."""
    cut = (left > 0) != (right > 0)
    index = np.full(cut.shape, -1)
    number = int(cut.sum())
    index[cut] = count + np.arange(number)
    y, x = np.nonzero(cut)
    part = np.clip(left[cut] / (left[cut] - right[cut]), SNAP, 1 - SNAP)
    return index, count + number, np.stack([x + part, y], axis=1)


def outline_edges(faces: NDArray) -> tuple[NDArray, NDArray]:
    """Starts and ends of the directed edges that no other face runs through backwards."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    count = int(faces.max()) + 1
    lone = ~np.isin(edges[:, 0] * count + edges[:, 1], edges[:, 1] * count + edges[:, 0])
    return edges[lone, 0], edges[lone, 1]
