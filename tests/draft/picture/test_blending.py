"""Light that differs between pieces is evened out; edges of what is shown stay."""

from __future__ import annotations

import numpy as np
import pytest

from deocc.backends.draft.picture.blending import carried, evened, met, smooth_fill

SHAPE = (40, 60)


def rough(step: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A picture of rough grey, the right third not known; and, for each pixel there, a shift of 30 to the
    left, where it is brighter by `step`."""
    grey = np.random.default_rng(2).normal(100, 5, (*SHAPE, 1)).astype(np.float32)
    level = np.repeat(grey, 3, axis=2)
    level[:, 5:30] += step
    known = np.zeros(SHAPE, bool)
    known[:, :40] = True
    shift = np.zeros((*SHAPE, 2), np.int64)
    shift[:, 40:] = (0, -30)
    return level, known, shift


def test_a_copied_piece_meets_what_it_lies_beside():
    level, known, shift = rough(step=15)
    filled = evened(level, known, ~known, shift, level)
    before, after = filled[:, 37:40].mean(), filled[:, 40:43].mean()
    assert abs(after - before) < 5  # as copied it is 15
    assert filled[:, 40:].std() > 4  # the grain of 5 stays


def test_an_edge_of_what_is_shown_is_no_change_of_light():
    level, known, shift = rough(step=100)
    filled = evened(level, known, ~known, shift, level)
    assert filled[:, 40:50].mean() - filled[:, 30:40].mean() > 70


def test_known_pixels_stay():
    level, known, shift = rough(step=15)
    assert np.array_equal(evened(level, known, ~known, shift, level)[known], level[known])


def test_pixels_without_a_known_source_keep_what_was_found():
    level, known, shift = rough(step=0)
    shift[:] = 0  # each from itself, which is not known
    found = np.full_like(level, 77)
    assert evened(level, known, ~known, shift, found)[~known] == pytest.approx(77, abs=0.01)


@pytest.mark.parametrize(("step", "left"), [(10, 0.5), (120, 0.9)])
def test_small_steps_are_closed_and_large_ones_left(step: float, left: float):
    known = np.zeros(SHAPE, bool)
    known[:, :30] = True
    colours = np.full((*SHAPE, 3), 100, np.float32)
    colours[:, 30:] += step
    joined = met(colours, known, ~known, 4.0)
    remaining = float((joined[:, 30] - joined[:, 29]).mean()) / step
    assert remaining < left if step == 10 else remaining > left
    assert np.abs(joined[:, -5:] - colours[:, -5:]).max() < 0.02 * step  # far away nothing changes


def test_a_step_is_carried_on_and_fades():
    known = np.zeros(SHAPE, bool)
    known[:, :30] = True
    step = np.full((*SHAPE, 3), 20, np.float32)
    away = carried(step, known, ~known, 5.0)[20, :, 0]
    assert away[30] > 15
    assert (np.diff(away[30:]) <= 1e-3).all()
    assert away[-1] < 0.1
    assert not carried(step, np.zeros(SHAPE, bool), ~known, 5.0).any()


def test_a_smooth_fill_lies_between_what_is_known():
    picture = np.zeros((*SHAPE, 3), np.float32)
    picture[:, 30:] = 100
    known = np.zeros(SHAPE, bool)
    known[:, :4] = known[:, -4:] = True
    filled = smooth_fill(picture, known)
    assert filled.min() >= 0 and filled.max() <= 100
    assert filled[20, 10, 0] < filled[20, 30, 0] < filled[20, 50, 0]
