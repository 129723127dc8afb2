"""Symmetries found from a part of an outline, and maps that are what they say."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from deocc.backends.draft.morphology import moved
from deocc.backends.draft.silhouette.symmetry import Axis, find_axes, true_outline


def vase(size: int = 160, tilt_deg: float = 0.0) -> np.ndarray:
    """An outline with one mirror and no other symmetry, turned by tilt_deg about the picture's centre."""
    rows = np.arange(size)
    half = 20 + 14 * np.sin(rows / 22.0) + rows * 0.08
    mask = np.abs(np.arange(size) - (size - 1) / 2)[None] < half[:, None]
    mask[:20] = mask[140:] = False
    turn = cv2.getRotationMatrix2D(((size - 1) / 2, (size - 1) / 2), -tilt_deg, 1.0)
    return cv2.warpAffine(mask.astype(np.uint8), turn, (size, size)).astype(bool)


@pytest.mark.parametrize("tilt_deg", [0.0, 25.0, -40.0])
def test_the_mirror_of_a_half_hidden_vase_is_found(tilt_deg: float):
    whole = vase(tilt_deg=tilt_deg)
    hides = np.zeros_like(whole)
    hides[70:130, 85:] = True
    axis, agreement = next(one for one in find_axes(whole & ~hides, hides) if one[0].kind == "mirror")
    off = (axis.angle_deg - 90 - tilt_deg + 90) % 180 - 90
    # a degree is one pixel over the 60 from the middle to the end; the outline is exact to one
    assert abs(off) < 3
    assert agreement > 0.6
    again = moved(whole, axis.matrix())
    assert (again & whole).sum() / (again | whole).sum() > 0.93  # three pixels all round would cost a tenth


def test_a_box_turned_by_half_covers_its_hidden_corner():
    whole = np.zeros((140, 140), np.uint8)
    # opposite sides parallel
    corners = np.array([[20, 50], [80, 20], [120, 45], [118, 95], [60, 122], [22, 98]])
    cv2.fillPoly(whole, [corners.astype(np.int32)], (1,))
    whole = whole.astype(bool)
    hides = np.zeros_like(whole)
    hides[85:, 70:] = True
    turns = [axis for axis, _ in find_axes(whole & ~hides, hides) if axis.kind == "turn"]
    assert turns and turns[0].angle_deg == 180
    found = moved(whole & ~hides, turns[0].matrix()) & hides
    hidden = whole & hides
    assert (found & hidden).sum() / (found | hidden).sum() > 0.8


def test_a_mirror_is_its_own_inverse():
    axis = Axis("mirror", 31.0, 17.5, 33.0)
    twice = np.vstack([axis.matrix(), [0, 0, 1]]) @ np.vstack([axis.matrix(), [0, 0, 1]])
    assert twice == pytest.approx(np.eye(3), abs=1e-9)
    assert axis.matrix() @ (31.0, 17.5, 1) == pytest.approx((31.0, 17.5))


def test_an_axis_keeps_its_place_in_crops_and_copies():
    axis = Axis("turn", 40.0, 30.0, 120.0)
    assert len(axis.images()) == 2
    point = axis.matrix() @ (10.0, 20.0, 1)
    assert axis.scaled(2).matrix() @ (20.0, 40.0, 1) == pytest.approx(2 * point)
    assert axis.moved(4, 6).matrix() @ (6.0, 14.0, 1) == pytest.approx(point - (4, 6))


def test_an_upright_mirror_swaps_columns_exactly():
    picture = np.arange(12, dtype=np.uint8).reshape(3, 4)
    assert np.array_equal(moved(picture, Axis("mirror", 2.0, 0.0, 90.0).matrix()), picture[:, ::-1])


def test_the_cut_is_no_true_outline():
    seen = np.zeros((40, 40), bool)
    seen[10:30, 10:30] = True
    hides = np.zeros_like(seen)
    hides[:, 30:] = True
    edge = true_outline(seen, hides)
    assert edge[10:30, 10].all() and edge[10, 10:27].all()
    assert not edge[12:28, 28:].any()
