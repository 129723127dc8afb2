"""Pasted cut-outs: the four products fit together, and every sample hides a part and leaves a part."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from deocc.data.occluders.pasted import RULES, paste
from deocc.errors import InputFault

GREY, RED = 100, (220, 30, 10)
ON = (1,)


def draw(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def noise(size: int = 200) -> NDArray[np.uint8]:
    """A photo that no two pixels of are likely to agree."""
    return draw(99).integers(0, 256, (size, size, 3), np.uint8)


def disc(size: int = 120, soft: bool = True) -> NDArray[np.uint8]:
    """(size, size, 4) a red disc with a soft outline, green where alpha is 0."""
    v, u = np.mgrid[0:size, 0:size] + 0.5 - size / 2
    reach = size / 2 - 3 - np.hypot(u, v)
    alpha = np.clip(reach, 0, 1) if soft else reach > 0
    picture = np.zeros((size, size, 4), np.uint8)
    picture[..., :3] = np.where(alpha[..., None] > 0, RED, (0, 255, 0))
    picture[..., 3] = np.round(255 * alpha)
    return picture


def drawn_objects() -> dict[str, NDArray[np.bool_]]:
    """Masks (200, 200) that are hard to hide a part of."""
    empty = np.zeros((200, 200), np.uint8)
    far = cv2.rectangle(empty.copy(), (0, 0), (9, 9), ON, -1)
    return {
        "square": cv2.rectangle(empty.copy(), (50, 60), (140, 150), ON, -1) > 0,
        "needle": cv2.line(empty.copy(), (10, 20), (190, 150), ON, 2) > 0,
        "ring": cv2.circle(empty.copy(), (100, 100), 80, ON, 3) > 0,
        "two far parts": cv2.rectangle(far.copy(), (190, 190), (199, 199), ON, -1) > 0,
        "corner": cv2.rectangle(empty.copy(), (150, 150), (199, 199), ON, -1) > 0,
        "everything": np.ones((200, 200), bool),
        "ten by ten": cv2.rectangle(empty.copy(), (90, 90), (99, 99), ON, -1) > 0,
    }


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("name", drawn_objects())
def test_something_stays_visible_something_is_hidden_and_the_photo_is_unchanged_elsewhere(rule, name):
    photo, amodal = noise(), drawn_objects()[name]
    total = amodal.sum()
    for seed in range(25):
        mixed = paste(photo, amodal, [disc(), disc(40)], rule, draw(seed))
        visible, occluder = mixed.object_mask, mixed.occluder_mask
        assert mixed.used
        assert visible.sum() >= max(64, 0.1 * total)
        assert total - visible.sum() >= 0.02 * total
        assert np.array_equal(visible, amodal & ~occluder)
        assert np.array_equal(mixed.photo[~occluder], photo[~occluder])
        # what is seen of the object in the mix is what the photo shows there: I_mix ⊙ M_occ = I_raw ⊙ M_occ
        assert np.array_equal(mixed.photo * visible[..., None], photo * visible[..., None])
    assert np.array_equal(photo, noise())  # the photo given stays as it was


def test_outlines_are_blended_and_nothing_beyond_the_outline_bleeds_in():
    photo = np.full((200, 200, 3), GREY, np.uint8)
    mixed = paste(photo, drawn_objects()["square"], [disc()], "deocc", draw(1))
    shown = mixed.photo[mixed.occluder_mask].astype(float)
    share = (shown[:, 0] - GREY) / (RED[0] - GREY)  # of red in each pixel
    line = GREY + share[:, None] * (np.array(RED) - GREY)
    # on the line between grey and red, but for rounding twice; the cut-out's green would leave it by far
    assert np.abs(shown - line).max() <= 2
    assert ((share > 0.1) & (share < 0.9)).sum() > 20  # a ring of mixed pixels
    assert (share > 0.99).mean() > 0.8


@pytest.mark.parametrize("rule", RULES)
def test_cut_outs_are_as_large_as_the_rule_says(rule):
    amodal = drawn_objects()["square"]  # 91 px
    sizes = []
    for seed in range(40):
        mixed = paste(noise(), amodal, [disc(soft=False)], rule, draw(seed))
        rows, columns = np.nonzero(mixed.occluder_mask)
        if len(mixed.used) == 1:
            sizes.append(max(np.ptp(rows), np.ptp(columns)) + 1)
    low, high = np.array(RULES[rule].scale) * 91
    assert low - 2 <= min(sizes) and max(sizes) <= high + 2  # pixels are whole
    assert max(sizes) - min(sizes) > 0.6 * (high - low)  # the whole range is drawn from


def test_zeroshape_pastes_up_to_two_and_none_only_where_it_may():
    amodal = drawn_objects()["square"]
    counts = [
        {len(paste(noise(), amodal, [disc()], "zeroshape", draw(seed), least).used) for seed in range(40)}
        for least in (0, 1)
    ]
    assert counts == [{0, 1, 2}, {1, 2}]
    untouched = next(
        one for one in (paste(noise(), amodal, [disc()], "zeroshape", draw(s), 0) for s in range(40))
        if not one.used
    )  # fmt: skip
    assert np.array_equal(untouched.photo, noise()) and np.array_equal(untouched.object_mask, amodal)


def test_one_seed_gives_one_sample():
    amodal = drawn_objects()["ring"]
    first, again, other = (paste(noise(), amodal, [disc()], "deocc", draw(seed)) for seed in (4, 4, 5))
    assert np.array_equal(first.photo, again.photo)
    assert not np.array_equal(first.occluder_mask, other.occluder_mask)


def test_what_cannot_be_done_is_said_in_a_sentence():
    small = np.zeros((200, 200), bool)
    small[:8, :8] = True  # 64 px: all of it has to stay
    square = drawn_objects()["square"]
    for code, amodal, cutouts in (
        ("object_too_small", small, [disc()]),
        ("no_cutouts", square, []),
        ("empty_cutout", square, [np.zeros((9, 9, 4), np.uint8)]),
    ):
        with pytest.raises(InputFault) as fault:
            paste(noise(), amodal, cutouts, "deocc", draw())
        assert fault.value.code == code and fault.value.hint
