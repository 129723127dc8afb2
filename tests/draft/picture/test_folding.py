"""What lies beyond the known pixels is what lies within, turned over."""

from __future__ import annotations

import numpy as np

from deocc.backends.draft.picture.folding import carried_outwards, folded


def test_what_is_carried_outwards_is_reflected():
    picture = np.arange(20, dtype=np.uint8)[None, :, None].repeat(9, axis=0).repeat(3, axis=2)
    known = np.zeros((9, 20), bool)
    known[:, 5:12] = True
    carried = carried_outwards(picture, known)[4, :, 0]
    assert carried.tolist()[:5] == [10, 9, 8, 7, 6]
    assert carried.tolist()[5:12] == list(range(5, 12))
    assert carried.tolist()[12:17] == [10, 9, 8, 7, 6]
    assert carried[18] == 11  # further out than the known part is wide: its border


def test_known_pixels_stay():
    picture = np.random.default_rng(1).random((30, 40, 3)).astype(np.float32)
    known = np.zeros((30, 40), bool)
    known[8:20, 10:30] = True
    assert np.array_equal(carried_outwards(picture, known)[known], picture[known])
    assert np.array_equal(folded(picture, known)[known], picture[known])


def test_far_outside_the_fold_goes_to_and_fro_near_the_border():
    picture = np.arange(80, dtype=np.float32)[None, :, None].repeat(40, axis=0).repeat(3, axis=2)
    known = np.zeros((40, 80), bool)
    known[:, :40] = True
    beyond = folded(picture, known)[20, 40:, 0]
    assert beyond[0] > 37
    assert beyond.min() >= 39 - 0.2 * 40 - 1.5  # no deeper than a fifth of the known part's size, 40 pixels
    turns = np.diff(np.sign(np.diff(beyond[1:]))) != 0
    assert turns.sum() >= 3
