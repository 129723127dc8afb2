"""Flat triangles of a silhouette: its area, holes and thin parts, and an outline that touches nowhere."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from deocc.backends.draft.solid.flat import FlatGrid, level_grid, outline_edges, polygons


def disc(radius: int, hole: int = 0) -> np.ndarray:
    mask = np.zeros((200, 240), np.uint8)
    cv2.circle(mask, (120, 100), radius, (1,), -1)
    if hole:
        cv2.circle(mask, (120, 100), hole, (0,), -1)
    return mask > 0


def area_px(grid: FlatGrid) -> float:
    """Signed, clockwise in the picture negative: counter-clockwise for the eye."""
    xy, faces = polygons(grid.level)
    a, b, c = (xy[faces[:, i]] * grid.step for i in range(3))
    u, v = b - a, c - a
    return float((u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]).sum() / 2)


def parts(grid: FlatGrid) -> int:
    count, _ = cv2.connectedComponents((grid.level > 0).astype(np.uint8), connectivity=4)
    return count - 1


@pytest.mark.parametrize("triangles", [1_000, 20_000])
@pytest.mark.parametrize("hole", [0, 40])
def test_the_triangles_fill_the_mask_but_for_its_hole(triangles: int, hole: int):
    mask = disc(80, hole)
    grid = level_grid(mask, triangles)
    assert -area_px(grid) == pytest.approx(mask.sum(), rel=0.02)  # a coarse grid cuts corners of circles
    _, faces = polygons(grid.level)
    assert 2 * len(faces) == pytest.approx(triangles, rel=0.25)  # two sheets; the outline's cells vary


def test_the_outline_is_closed_loops_that_touch_nowhere():
    """Even where two squares meet in a corner: each outline vertex has one edge in and one out."""
    mask = np.zeros((100, 100), bool)
    mask[20:50, 20:50] = mask[50:80, 50:80] = True
    _, faces = polygons(level_grid(mask, 5_000).level)
    start, end = outline_edges(faces)
    assert (np.bincount(start)[np.unique(start)] == 1).all()
    assert np.array_equal(np.sort(start), np.sort(end))


def test_a_leg_thinner_than_the_grid_stays_in_one_piece():
    mask = np.zeros((300, 300), np.uint8)
    mask[20:120, 50:250] = 1
    cv2.line(mask, (60, 110), (110, 280), (1,), 2)
    grid = level_grid(mask > 0, 2_000)
    assert grid.step > 6  # three times the leg
    assert parts(grid) == 1
    bottom = grid.origin[1] + grid.step * np.flatnonzero((grid.level > 0).any(axis=1))[-1]
    assert bottom == pytest.approx(280, abs=grid.step)


def test_a_leg_that_the_grid_resolves_keeps_its_width():
    mask = np.zeros((300, 300), bool)
    mask[20:60, 50:250] = mask[60:280, 60:64] = True
    leg = -area_px(level_grid(mask, 40_000)) - 40 * 200
    assert leg == pytest.approx(220 * 4, rel=0.05)


def test_specks_are_dropped_and_a_single_pixel_is_kept():
    mask = disc(60)
    mask[10, 10] = mask[190, 230] = True
    assert parts(level_grid(mask, 20_000)) == 1
    dot = np.zeros((50, 50), bool)
    dot[0, 0] = True
    assert parts(level_grid(dot, 20_000)) == 1


def test_thin_parts_do_not_grow_into_what_stands_beside():
    body, part = np.zeros((100, 200), bool), np.zeros((100, 200), bool)
    body[:, :100], part[20:80, 100:103] = True, True
    grid = level_grid(part, 100, body)
    xy, _ = polygons(grid.level)
    assert (xy[:, 0] * grid.step + grid.origin[0]).min() > 99.5  # it grows to the other side


def test_a_hair_between_two_bodies_is_made_all_the_same():
    body, part = np.ones((100, 200), bool), np.zeros((100, 200), bool)
    body[:, 100], part[20:80, 100] = False, True
    assert parts(level_grid(part, 60, body)) == 1
