"""Textures, repeating ones too, laid side by side on one; uv that leave the unit square are brought back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

EDGE_PX = 4  # around a texture on a sheet: scaled to a quarter, neighbours still don't mix
MAX_SIDE_PX = 2048  # of the sheet, and of one texture laid out: pictures of it have 512 px
MIN_TILE_PX = 8
SLACK_TEXELS = 0.5  # beyond the square by rounding, not by repeating


@dataclass(frozen=True)
class Cell:
    """A texture (H, W, 3) uint8 and how far its uv reach: (2,), above 1 it is repeated."""

    texture: NDArray[np.uint8]
    reach: NDArray[np.float64]


@dataclass(frozen=True)
class Place:
    """Where on the sheet a texture's unit square went: uv of the sheet = start + uv · size."""

    start: NDArray[np.float64]
    size: NDArray[np.float64]

    def of(self, uv: NDArray[np.float64]) -> NDArray[np.float64]:
        return self.start + uv * self.size


def within_one_tile(
    faces: NDArray[np.int64], uv: NDArray[np.float64], texture_size: tuple[int, int]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Moves each face by whole tiles so that it begins in the first; vertices are doubled where faces part.

    texture_size: (width, height). Gives which vertex each new one was (K,), faces (M, 3), uv (K, 2).
    """
    slack = SLACK_TEXELS / np.array(texture_size)
    corners = uv[faces]  # (M, 3, 2)
    tile = np.floor(corners.min(axis=1) + slack).astype(np.int64)  # (M, 2)
    if not tile.any():
        return np.arange(len(uv)), faces, np.maximum(uv, 0)
    corner = np.concatenate([faces.reshape(-1, 1), np.repeat(tile, 3, axis=0)], axis=1)  # (3 M, 3)
    kept, new = np.unique(corner, axis=0, return_inverse=True)
    return kept[:, 0], new.reshape(-1, 3), np.maximum(uv[kept[:, 0]] - kept[:, 1:], 0)


def pack(cells: Sequence[Cell]) -> tuple[NDArray[np.uint8], list[Place]]:
    """One sheet (H, W, 3) uint8 with all cells, and the place of each; a single one that repeats nowhere is
    the sheet itself. Cells stand on shelves, the highest first."""
    laid = [_laid_out(cell) for cell in cells]
    if len(cells) == 1:
        repeats = laid[0][1]
        return laid[0][0], [_place(np.zeros(2), laid[0][0].shape, repeats, laid[0][0].shape)]
    sizes = [np.array(texture.shape[:2]) + 2 * EDGE_PX for texture, _ in laid]
    width = max(*(size[1] for size in sizes), math.isqrt(sum(int(size.prod()) for size in sizes)) + 1)
    corners, height = _on_shelves(sizes, width)
    sheet = np.zeros((height, width, 3), np.uint8)
    places = []
    for (texture, repeats), size, (top, left) in zip(laid, sizes, corners, strict=True):
        edged = np.pad(texture, ((EDGE_PX, EDGE_PX), (EDGE_PX, EDGE_PX), (0, 0)), "edge")
        sheet[top : top + size[0], left : left + size[1]] = edged
        places.append(_place(np.array([top, left]) + EDGE_PX, texture.shape, repeats, sheet.shape))
    if max(sheet.shape) > MAX_SIDE_PX:
        scale = MAX_SIDE_PX / max(sheet.shape)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        sheet = cv2.resize(sheet, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    return sheet, places


def _laid_out(cell: Cell) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The texture as often as its uv need it, and how often: (2,) along u and v."""
    height, width = cell.texture.shape[:2]
    slack = SLACK_TEXELS / np.array([width, height])
    repeats = np.clip(np.ceil(cell.reach - slack), 1, MAX_SIDE_PX // MIN_TILE_PX).astype(np.int64)
    size = np.minimum((width, height), np.maximum(MAX_SIDE_PX // repeats, MIN_TILE_PX))
    tile = cell.texture
    if tuple(size) != (width, height):
        tile = cv2.resize(tile, (int(size[0]), int(size[1])), interpolation=cv2.INTER_AREA).astype(np.uint8)
    return np.tile(tile, (int(repeats[1]), int(repeats[0]), 1)), repeats


def _on_shelves(sizes: Sequence[NDArray], width: int) -> tuple[list[tuple[int, int]], int]:
    """Top left corner of each size (2,) height and width, in their order, and the height of all."""
    corners: dict[int, tuple[int, int]] = {}
    top = left = shelf = 0
    for i in sorted(range(len(sizes)), key=lambda i: (-sizes[i][0], i)):
        high, wide = (int(side) for side in sizes[i])
        if left + wide > width:
            top, left, shelf = top + shelf, 0, 0
        corners[i] = (top, left)
        left, shelf = left + wide, max(shelf, high)
    return [corners[i] for i in range(len(sizes))], top + shelf


def _place(corner: NDArray, size: Sequence[int], repeats: NDArray, sheet: Sequence[int]) -> Place:
    """corner: (2,) top and left px of the laid out texture of `size` on the `sheet`; v = 0 is its bottom."""
    whole = np.array([sheet[1], sheet[0]])
    tile = np.array([size[1], size[0]]) / repeats
    bottom_left = np.array([corner[1], sheet[0] - corner[0] - size[0]])
    return Place(bottom_left / whole, tile / whole)
