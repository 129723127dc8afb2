"""The cut-out in its frame: centred, 0.85 of the side, and every pixel of it found again in the photo."""

from __future__ import annotations

import numpy as np
import pytest

from deocc.backends.deocc123.diffusion.framing import Framed, frame, resize_foreground
from deocc.observation import Observation

PHOTO = np.random.default_rng(0).integers(1, 256, (120, 180, 3), dtype=np.uint8)

MASKS = {
    "in the middle": np.s_[40:80, 50:130],
    "tall": np.s_[10:110, 80:95],
    "at the left border": np.s_[30:90, 0:40],
    "in a corner": np.s_[90:120, 150:180],
    "nearly the whole photo": np.s_[0:120, 0:179],
    "tiny": np.s_[60:68, 90:98],
    "one row": np.s_[60:61, 20:170],
}


def framed(mask: np.ndarray) -> Framed:
    nothing = np.zeros_like(mask)
    return frame(Observation(PHOTO, mask, nothing, nothing))


def mask_of(*boxes) -> np.ndarray:
    mask = np.zeros(PHOTO.shape[:2], bool)
    for box in boxes:
        mask[box] = True
    return mask


@pytest.mark.parametrize("box", MASKS.values(), ids=MASKS.keys())
def test_the_object_is_centred_and_fills_085_of_the_square(box):
    mask = mask_of(box)
    alpha = framed(mask).rgba[..., 3] > 0
    rows, columns = np.flatnonzero(alpha.any(1)), np.flatnonzero(alpha.any(0))
    side, larger = len(alpha), max(len(rows), len(columns))
    assert alpha.shape == (side, side) and alpha.sum() == mask.sum()
    assert abs(larger / side - 0.85) <= 1 / side  # whole pixels
    for found in (rows, columns):  # an odd margin has its half pixel at the end, twice
        assert abs((found[0] + found[-1] + 1) / 2 - side / 2) <= 1


@pytest.mark.parametrize("box", MASKS.values(), ids=MASKS.keys())
def test_every_pixel_of_the_frame_is_where_the_matrix_says(box):
    found = framed(mask_of(box))
    rows, columns = np.nonzero(found.rgba[..., 3])
    centres = np.stack([columns + 0.5, rows + 0.5, np.ones(len(rows))])
    x, y, w = found.photo_from_frame @ centres
    assert np.all(w == 1)
    same = PHOTO[np.floor(y).astype(int), np.floor(x).astype(int)]
    assert np.array_equal(found.rgba[rows, columns, :3], same)


def test_nothing_of_the_photo_but_the_object_is_in_the_frame():
    found = framed(mask_of(np.s_[40:80, 50:90], np.s_[40:80, 110:130]))
    assert not found.rgba[found.rgba[..., 3] == 0].any()
    assert set(np.unique(found.rgba[..., 3])) == {0, 255}


def test_a_slip_of_the_brush_far_away_does_not_shrink_the_object():
    clean, slipped = (
        framed(mask_of(np.s_[40:90, 60:110])),
        framed(mask_of(np.s_[40:90, 60:110], np.s_[2:4, 2:4])),
    )
    assert np.array_equal(clean.rgba, slipped.rgba)


def test_a_part_beyond_the_occluder_stays():
    """A chair's leg behind a table's edge is a tenth of the seat and no slip."""
    found = framed(mask_of(np.s_[20:60, 60:110], np.s_[80:100, 64:70]))
    assert np.count_nonzero(found.rgba[..., 3]) == 40 * 50 + 20 * 6


def test_a_mask_of_nothing_but_specks_keeps_the_largest():
    speckles = mask_of(*(np.s_[y : y + 1, x : x + 1] for y in range(0, 120, 2) for x in range(0, 180, 2)))
    found = framed(speckles)
    assert np.count_nonzero(found.rgba[..., 3]) == speckles.sum()


def test_instantmeshs_own_framing_leaves_out_the_last_row_and_column():
    picture = np.zeros((50, 50, 4), np.uint8)
    picture[10:30, 10:40] = 255
    assert np.count_nonzero(resize_foreground(picture)[..., 3]) == 19 * 29
