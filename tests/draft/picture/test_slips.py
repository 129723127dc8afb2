"""What a clumsy mask takes in is told from the object, and the object from what is beside it."""

from __future__ import annotations

import numpy as np
import pytest

from deocc.backends.draft.picture.slips import near_background, near_occluder

SHAPE = (140, 180)
WHOLE = np.zeros(SHAPE, bool)
WHOLE[30:110, 40:140] = True


def mask(slip_px: int) -> np.ndarray:
    slipped = np.zeros(SHAPE, bool)
    slipped[30 - slip_px : 110 + slip_px, 40 - slip_px : 140 + slip_px] = True
    return slipped


def before(background: np.ndarray | tuple[int, int, int], noise_levels: float = 8.0) -> np.ndarray:
    """(h, w, 3) float32: a red block before it."""
    colours = np.where(WHOLE[..., None], (180, 50, 40), background).astype(float)
    return (
        (colours + np.random.default_rng(1).normal(0, noise_levels, (*SHAPE, 3)))
        .clip(0, 255)
        .astype(np.float32)
    )


def carpet() -> np.ndarray:
    """Dark and light threads, 60 levels apart."""
    y, x = np.indices(SHAPE)
    threads = np.where((x // 3 + y // 2) % 2, 120.0, 60.0)
    return np.stack([threads, threads, threads * 0.7], axis=-1)


@pytest.mark.parametrize("look", ["smooth", "carpet"])
def test_a_strip_of_background_is_found(look: str):
    colours = before((70, 90, 170) if look == "smooth" else carpet())
    seen = mask(3)
    found = near_background(colours, seen, ~seen)
    assert found[seen & ~WHOLE].mean() > 0.9
    assert found[WHOLE].mean() < 0.05  # the pixels next to the strip go with it: they are 0.045


@pytest.mark.parametrize("look", ["smooth", "carpet"])
def test_a_mask_that_fits_is_believed(look: str):
    colours = before((70, 90, 170) if look == "smooth" else carpet())
    assert near_background(colours, WHOLE, ~WHOLE).mean() < 0.002


def test_a_pattern_that_is_nearer_to_the_background_than_to_the_rest_stays():
    x = np.indices(SHAPE)[1]
    stripes = np.where((x // 12 % 2)[..., None], (200, 195, 185), (40, 70, 160))
    colours = np.where(WHOLE[..., None], stripes, (180, 175, 165)).astype(np.float32)
    assert not near_background(colours, WHOLE, ~WHOLE).any()


def test_a_shadow_on_the_side_of_the_object_is_no_background():
    x = np.indices(SHAPE)[1]
    light = np.clip((140 - x) / 50, 0.1, 1)[..., None]  # falls off over 45 pixels, to nearly black
    colours = np.where(WHOLE[..., None], (180, 170, 160) * light, (20, 20, 24)).astype(np.float32)
    assert not near_background(colours, WHOLE, ~WHOLE).any()


def test_an_object_like_its_background_is_left_alone():
    colours = before((170, 60, 50))
    seen = mask(3)
    assert not near_background(colours, seen, ~seen).any()


def test_a_strip_of_the_occluder_is_found():
    hides = np.zeros(SHAPE, bool)
    hides[:, 100:] = True
    colours = np.where(hides[..., None], (40, 200, 60), before((90, 90, 90)))
    seen = WHOLE & ~np.roll(hides, 3, axis=1)  # three columns of the occluder are taken for the object
    found = near_occluder(colours.astype(np.float32), seen, np.roll(hides, 3, axis=1))
    assert found[seen & hides].all()
    assert found[seen & ~hides].mean() < 0.03


def test_nothing_beside_and_nothing_inside_is_no_trouble():
    nothing, colours = np.zeros(SHAPE, bool), before((70, 90, 170))
    dot = nothing.copy()
    dot[50, 50] = True
    for seen, beside in ((WHOLE, nothing), (dot, ~dot)):
        assert not near_background(colours, seen, beside).any()
        assert not near_occluder(colours, seen, beside).any()
