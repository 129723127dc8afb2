"""Of many small copies few large pieces are made, and none from where nothing is known."""

from __future__ import annotations

import numpy as np

from deocc.backends.draft.picture.pieces import pieces

SHAPE = (60, 80)


def scattered() -> tuple[np.ndarray, ...]:
    """Noise with a hole, filled from 30 pixels to the left but for every third pixel, which comes from
    anywhere: picture, known, wanted, shift."""
    generator = np.random.default_rng(6)
    picture = generator.normal(128, 30, (*SHAPE, 3)).astype(np.float32)
    wanted = np.zeros(SHAPE, bool)
    wanted[20:40, 40:60] = True
    shift = np.zeros((*SHAPE, 2), np.int64)
    shift[wanted] = (0, -30)
    lost = wanted & (generator.random(SHAPE) < 0.33)
    shift[lost] = np.stack(
        [generator.integers(-15, 15, lost.sum()), generator.integers(-38, -30, lost.sum())], 1
    )
    rows, columns = np.nonzero(wanted)
    picture[rows, columns] = picture[rows + shift[rows, columns, 0], columns + shift[rows, columns, 1]]
    return picture, ~wanted, wanted, shift


def test_single_pixels_join_the_piece_around_them():
    picture, known, wanted, shift = scattered()
    before = (shift[wanted] == (0, -30)).all(axis=1).mean()
    after = (pieces(picture, known, known, wanted, shift)[wanted] == (0, -30)).all(axis=1).mean()
    assert before < 0.7
    assert after > 0.95


def test_nothing_comes_from_where_it_may_not():
    picture, known, wanted, shift = scattered()
    source = known.copy()
    source[:, 10:25] = False  # part of what the most common shift would take
    joined = pieces(picture, known, source, wanted, shift)
    moved = (joined != shift).any(axis=2)
    rows, columns = np.nonzero(moved)
    assert len(rows) > 0
    assert source[rows + joined[rows, columns, 0], columns + joined[rows, columns, 1]].all()


def test_no_shift_in_common_is_no_trouble():
    picture, known, wanted, shift = scattered()
    assert np.array_equal(pieces(picture, known, known, wanted, np.zeros_like(shift)), np.zeros_like(shift))
