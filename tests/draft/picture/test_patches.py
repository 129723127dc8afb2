"""Texture grown over a gap: it goes on, keeps its grain, and takes nothing that is not known."""

from __future__ import annotations

import numpy as np

from deocc.backends.draft.picture.patches import fill

SHAPE = (96, 128)


def middle() -> np.ndarray:
    mask = np.zeros(SHAPE, bool)
    mask[30:66, 40:88] = True
    return mask


def grow(picture: np.ndarray, known: np.ndarray, wanted: np.ndarray, seed: int = 0) -> np.ndarray:
    return fill(picture.astype(np.float32), known, wanted, np.random.default_rng(seed))


def stripes() -> np.ndarray:
    columns = np.arange(SHAPE[1]) // 8 % 2
    return np.broadcast_to(np.where(columns, 200, 40)[None, :, None], (*SHAPE, 3)).astype(np.float32)


def test_stripes_go_on_through_the_gap():
    filled = grow(stripes(), ~middle(), middle())
    wrong = np.abs(filled - stripes())[middle()].mean()
    flat = np.abs(stripes()[middle()] - stripes().mean()).mean()  # what one grey for all would be off
    assert flat > 75
    assert wrong < 0.2 * flat  # edges are soft for a pixel on either side of every eight


def test_grain_is_copied_not_smeared():
    picture = np.clip(np.random.default_rng(4).normal(128, 25, (*SHAPE, 3)), 0, 255)
    filled = grow(picture, ~middle(), middle())
    # a mean of the surroundings has under a tenth
    assert filled[middle()].std() > 0.6 * picture[~middle()].std()


def test_known_pixels_and_all_others_stay():
    picture = np.random.default_rng(4).random((*SHAPE, 3)) * 255
    known = ~middle()
    known[:, :20] = False  # neither known nor wanted
    filled = grow(picture, known, middle())
    assert np.array_equal(filled[~middle()], picture.astype(np.float32)[~middle()])


def test_what_is_not_known_never_shows():
    picture = np.full((*SHAPE, 3), 60.0)
    picture[middle()] = (255, 0, 255)
    picture[:, :20] = (255, 0, 255)
    known = ~middle()
    known[:, :20] = False
    filled = grow(picture, known, middle())
    assert np.abs(filled[middle()] - 60).max() < 1.5  # rounding


def test_the_seed_decides():
    picture = np.random.default_rng(4).random((*SHAPE, 3)) * 255
    first, second, other = (grow(picture, ~middle(), middle(), seed) for seed in (1, 1, 2))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)


def test_nothing_known_or_nothing_wanted_is_no_trouble():
    picture = np.random.default_rng(4).random((*SHAPE, 3)).astype(np.float32)
    nothing = np.zeros(SHAPE, bool)
    assert np.array_equal(grow(picture, nothing, middle()), picture)
    assert np.array_equal(grow(picture, middle(), nothing), picture)
    dot = nothing.copy()
    dot[5, 5] = True
    assert np.isfinite(grow(picture, dot, middle())).all()


def test_a_pattern_goes_on_in_step():
    rows, columns = np.indices(SHAPE)
    checks = np.where((rows // 12 + columns // 12) % 2, 200.0, 40.0)[..., None].repeat(3, axis=2)
    filled = grow(checks, ~middle(), middle())
    assert np.abs(filled - checks)[middle()].mean() < 12  # all out of step it is 160, any grey 80


def test_pieces_are_copied_whole_so_that_no_grid_shows():
    shape = (200, 240)
    hole = np.zeros(shape, bool)
    hole[60:140, 70:170] = True
    picture = np.clip(np.random.default_rng(4).normal(128, 30, (*shape, 3)), 0, 255)
    filled = grow(picture, ~hole, hole)[60:140, 70:170].mean(axis=2)
    filled -= filled.mean()
    likeness = [float((filled[:, :-lag] * filled[:, lag:]).mean() / filled.var()) for lag in range(2, 20)]
    assert max(likeness) < 0.3  # noise is not like itself anywhere; one patch over and over is: 0.5 and more
