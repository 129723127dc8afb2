"""Overlap of masks."""

from __future__ import annotations

import numpy as np
import pytest

from deocc.bench.metrics.masks import iou


def mask(first: int, past: int) -> np.ndarray:
    drawn = np.zeros((10, 30), bool)
    drawn[:, first:past] = True
    return drawn


def test_two_thirds_shared_of_each_is_a_half_of_both():
    assert iou(mask(0, 15), mask(5, 20)) == pytest.approx(10 / 20)
    assert iou(mask(5, 20), mask(0, 15)) == pytest.approx(10 / 20)


def test_equal_apart_and_empty():
    assert iou(mask(3, 9), mask(3, 9)) == 1
    assert iou(mask(0, 5), mask(5, 9)) == 0
    assert iou(mask(0, 0), mask(0, 0)) == 1 and iou(mask(0, 0), mask(0, 5)) == 0


def test_turning_and_enlarging_both_changes_nothing():
    a, b = mask(0, 15), mask(5, 20)
    assert iou(np.rot90(a), np.rot90(b)) == iou(a, b)
    assert iou(a.repeat(3, axis=0).repeat(3, axis=1), b.repeat(3, axis=0).repeat(3, axis=1)) == iou(a, b)
