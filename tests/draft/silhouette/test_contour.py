"""The outline carried on: corners meet, circles close, holes fill, and nothing leaves where it may be."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from deocc.backends.draft.silhouette.contour import STYLES, continued


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    return float((a & b).sum() / (a | b).sum())


def styles(whole: np.ndarray, hides: np.ndarray) -> dict[str, np.ndarray]:
    return {one.style: one.whole for one in continued(whole & ~hides, hides)}


def disc(size: int = 120, radius: int = 45) -> np.ndarray:
    rows, columns = np.indices((size, size)) - (size - 1) / 2
    return rows**2 + columns**2 < radius**2


def block(size: int = 120) -> np.ndarray:
    mask = np.zeros((size, size), bool)
    mask[30:90, 20:100] = True
    return mask


def region(size: int, rows: slice, columns: slice) -> np.ndarray:
    mask = np.zeros((size, size), bool)
    mask[rows, columns] = True
    return mask


def test_the_straight_edges_of_a_box_meet_in_its_hidden_corner():
    hides = region(120, np.s_[60:], np.s_[60:])
    found = styles(block(), hides)
    assert overlap(found["corner"], block()) > 0.98  # a row of pixels along the hidden edges is 1.5 %
    assert overlap(found["round"], block()) < overlap(found["corner"], block())


def test_a_disc_closes_round():
    hides = region(120, np.s_[:], np.s_[80:])  # a fifth of it
    found = styles(disc(), hides)
    assert overlap(found["round"], disc()) > 0.97
    assert overlap(found["round"], disc()) > overlap(found["chord"], disc())


def test_two_pieces_on_both_sides_of_an_occluder_become_one():
    hides = region(120, np.s_[:], np.s_[50:70])
    for found in styles(block(), hides).values():
        assert overlap(found, block()) > 0.98
        assert cv2.connectedComponents(found.astype(np.uint8))[0] == 2  # the background and one object


def test_an_occluder_inside_the_object_leaves_no_hole():
    hides = region(120, np.s_[45:70], np.s_[45:70])
    for found in styles(block(), hides).values():
        assert np.array_equal(found, block())


def test_a_true_hole_stays_open():
    ring = disc() & ~disc(radius=20)
    hides = region(120, np.s_[:], np.s_[90:])  # touches the rim only
    for found in styles(ring, hides).values():
        assert not found[50:70, 50:70].any()


def test_a_notch_that_is_seen_is_not_filled_as_a_hull_would():
    notched = block() & ~region(120, np.s_[30:60], np.s_[50:60])
    hides = region(120, np.s_[70:], np.s_[80:])
    for found in styles(notched, hides).values():
        assert not found[30:58, 51:59].any()


@pytest.mark.parametrize("style", STYLES)
def test_it_stays_within_what_is_seen_and_what_may_hide(style: str):
    generator = np.random.default_rng(3)
    for _ in range(12):
        noise = cv2.GaussianBlur(generator.normal(size=(90, 90)).astype(np.float32), (0, 0), 9)
        other = cv2.GaussianBlur(generator.normal(size=(90, 90)).astype(np.float32), (0, 0), 9)
        seen, hides = (noise > 0) & (other < 0), other > 0
        if not seen.any():
            continue
        found = continued(seen, hides, styles=(style,))[0].whole
        assert (found >= seen).all()
        assert not (found & ~seen & ~hides).any()


def test_a_lone_pixel_is_no_trouble():
    seen = region(20, np.s_[10:11], np.s_[10:11])
    found = continued(seen, ~seen)
    assert all(one.whole[10, 10] for one in found)
