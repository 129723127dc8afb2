"""Shapes, hands and contact patches: of the asked size, in colours, in the growth's order."""

import numpy as np
import pytest

from deocc.data.draws import stamps
from tests.data.draws import bodies

RNG = np.random.default_rng


@pytest.mark.parametrize("stamp", [stamps.scattered, stamps.single, stamps.fingers])
@pytest.mark.parametrize("side", [8, 60, 150])
def test_every_stamp_covers_a_part_of_its_square(stamp, side: int) -> None:
    """Between 2 % and all of it: the thinnest bar is 7 % of the side wide."""
    shares = [stamp(side, RNG(seed)).mean() for seed in range(40)]
    assert stamp(side, RNG(0)).shape == (side, side)
    assert 0.02 < min(shares) and max(shares) <= 1
    assert len({round(float(share), 4) for share in shares}) > 5


def test_a_layer_has_the_stamp_s_outline_and_colours() -> None:
    """Its alpha is above one half just where the stamp is, but for corners, and colours never exceed it."""
    mask = stamps.single(60, RNG(1))
    layer = stamps.stamped(mask, stamps.plain, (5, 7), RNG(2))
    assert (layer.left, layer.top) == (4, 6)
    assert ((layer.rgba[1:-1, 1:-1, 3] > 127) != mask).mean() < 0.01
    assert (layer.rgba[..., :3] <= layer.rgba[..., 3:]).all()


@pytest.mark.parametrize("paint", [stamps.plain, stamps.skin])
def test_paints_fill_the_mask(paint) -> None:
    mask = np.ones((30, 50), bool)
    colours = paint(mask, RNG(0))
    assert colours.shape == (30, 50, 3) and colours.dtype == np.uint8
    assert (paint(mask, RNG(0)) == colours).all() and (paint(mask, RNG(1)) != colours).any()


def test_torn_colours_are_the_picture_s() -> None:
    """Bilinear resizing gives no value outside the picture's own."""
    picture = RNG(4).integers(60, 90, (64, 64, 3), dtype=np.uint8)
    colours = stamps.torn(np.ones((30, 50), bool), picture, RNG(0))
    assert colours.shape == (30, 50, 3) and colours.min() >= 60 and colours.max() < 90


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_a_contact_patch_is_the_first_of_the_growth(share: float) -> None:
    """Row A26 by the seen share: as many pixels as asked, within 3 % of smoothing and equal ranks, and what
    is hidden at a smaller share is hidden at a larger one too (row A25: one growth)."""
    contact = bodies.view(bodies.SPHERE)["contact"]
    mask = stamps.patch(contact, share, 0)
    body = contact > 0
    assert (mask & body).sum() / body.sum() == pytest.approx(share, abs=0.03)
    assert not (mask & ~body).any()
    smaller = stamps.patch(contact, share / 2, 0)
    assert (smaller & ~mask).sum() < 0.01 * body.sum()
    assert contact[mask].mean() < contact[body & ~mask].mean()


def test_what_holds_the_body_may_stick_out() -> None:
    contact = bodies.view(bodies.SPHERE)["contact"]
    out = stamps.patch(contact, 0.5, 4) & (contact == 0)
    assert out.any()
    y, x = np.nonzero(out)
    assert np.hypot(x - 63.5, y - 63.5).max() < 60 + 4 + 2  # radius, swelling, pixels


def test_an_arm_goes_from_the_hand_to_the_frame_s_end() -> None:
    """The hand is at the right of the body: the arm reaches the right end, never the left."""
    y, x = np.mgrid[:128, :128] - 64
    whole, hand = np.hypot(x, y) < 40, (np.abs(x - 30) < 10) & (np.abs(y) < 10)
    for seed in range(20):
        arm = stamps.arm(hand, whole, RNG(seed))
        assert arm[64, 94] and not arm[:, 0].any()
        assert arm[:, -1].any() or arm[0].any() or arm[-1].any()
