"""Alpha of views on a known ground: known shapes, with soft edges and a decoder's noise."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from deocc.backends.deocc123.diffusion.cutout import alpha_of_views, on_white

SIDE, FINE = 320, 4  # shapes are drawn four times as large and averaged: real edges are mixtures
WHITE, GREY = (255, 255, 255), (127, 127, 127)
Draw = Callable[[ImageDraw.ImageDraw], None]


def scene(ground: tuple[int, int, int], draw: Draw, noise: float = 2.0) -> tuple[NDArray, NDArray]:
    """A view (S, S, 3) with edges a little soft and noise as of a decoder, and its true alpha (S, S) 0..1."""
    image = Image.new("RGBA", (SIDE * FINE, SIDE * FINE), (0, 0, 0, 0))
    draw(ImageDraw.Draw(image))
    drawn = np.asarray(image, np.float32)
    shares = drawn[..., 3:] / 255
    small = cv2.resize(
        np.dstack([drawn[..., :3] * shares, shares]), (SIDE, SIDE), interpolation=cv2.INTER_AREA
    )
    picture = small[..., :3] + np.array(ground) * (1 - small[..., 3:])
    picture = cv2.GaussianBlur(picture, (0, 0), 0.6) + np.random.default_rng(0).normal(
        0, noise, picture.shape
    )
    return np.rint(picture).clip(0, 255).astype(np.uint8), small[..., 3]


def box(draw: ImageDraw.ImageDraw, corners, colour) -> None:
    draw.rectangle([FINE * value for value in corners], fill=colour)


def chair(draw: ImageDraw.ImageDraw) -> None:
    """A seat with an opening in its back, on four legs of 2.5 pixels."""
    box(draw, (100, 60, 220, 180), (150, 60, 40, 255))
    box(draw, (120, 80, 200, 120), (0, 0, 0, 0))
    for x in (104, 140, 180, 214):
        box(draw, (x, 180, x + 2.5, 280), (40, 30, 30, 255))


def mug(draw: ImageDraw.ImageDraw) -> None:
    """White on white but for a pale outline of three pixels."""
    corners = [FINE * value for value in (90, 80, 230, 260)]
    draw.ellipse(corners, fill=(253, 253, 252, 255), outline=(205, 205, 210, 255), width=3 * FINE)


def alpha_of(view: NDArray, ground: tuple[int, int, int]) -> NDArray:
    return alpha_of_views(view[None], ground)[0, ..., 3] / 255


def test_a_white_object_on_white_keeps_its_middle():
    view, alpha = scene(WHITE, mug)
    found = alpha_of(view, WHITE)
    assert np.abs(found - alpha).mean() < 0.002
    assert np.abs(found - alpha).max() < 0.6  # an edge pixel of the pale outline, at most


def test_a_gap_of_two_pixels_in_a_pale_outline_does_not_let_the_ground_in():
    view, alpha = scene(WHITE, mug, noise=1.0)
    view[60:100, 159:161] = WHITE
    assert np.abs(alpha_of(view, WHITE) - alpha).mean() < 0.003


def test_a_thin_thing_is_measured_by_its_own_colour_and_not_by_its_neighbours():
    """Grey rods under a black box: by the box's colour their contrast would look like a mixture."""

    def rods(draw: ImageDraw.ImageDraw) -> None:
        box(draw, (100, 60, 220, 180), (0, 0, 0, 255))
        for x in (120, 160, 200):
            box(draw, (x, 180, x + 3, 280), (80, 80, 80, 255))

    view, alpha = scene(GREY, rods, noise=1.0)
    rods_only = np.s_[190:270, 100:220]
    assert alpha_of(view, GREY)[rods_only].sum() == pytest.approx(alpha[rods_only].sum(), rel=0.1)


def test_thin_legs_stay_whole():
    view, alpha = scene(GREY, chair)
    legs = np.s_[190:270, 100:220]
    found = alpha_of(view, GREY)
    assert found[legs].sum() == pytest.approx(alpha[legs].sum(), rel=0.05)  # of their area


def test_a_chairs_opening_is_open_on_grey_and_makes_no_difference_on_white():
    view, alpha = scene(GREY, chair)
    assert np.abs(alpha_of(view, GREY) - alpha).mean() < 0.006
    white_view, _ = scene(WHITE, chair, noise=0)
    back = on_white(alpha_of_views(white_view[None], WHITE))[0]
    assert np.abs(back.astype(int) - white_view).max() <= 14  # NEAR: what is called ground becomes pure white


def test_no_rim_of_the_grey_ground_stays_on_white():
    """Put onto white, a dark box lies at most ten levels off a box drawn on white, in the mean of its rim."""

    def dark(draw: ImageDraw.ImageDraw) -> None:
        box(draw, (100.5, 90.25, 210.75, 200.5), (200, 120, 60, 255))

    on_grey, alpha = scene(GREY, dark)
    straight, _ = scene(WHITE, dark)
    moved = on_white(alpha_of_views(on_grey[None], GREY))[0].astype(float)
    rim = cv2.dilate((alpha > 0).astype(np.uint8), np.ones((5, 5))) - cv2.erode(
        (alpha == 1).astype(np.uint8), np.ones((5, 5))
    )
    assert np.abs(moved - straight)[rim > 0].mean() < 10


def test_the_old_ground_brings_back_the_old_picture():
    view, _ = scene(GREY, chair)
    found = alpha_of_views(view[None], GREY)[0].astype(float)
    share = found[..., 3:] / 255
    again = found[..., :3] * share + 127 * (1 - share)
    assert (
        np.abs(again - view)[share[..., 0] > 0].max() <= 14
    )  # mixtures that would need colours beyond black


def test_a_ground_a_few_levels_off_is_still_the_ground():
    view, alpha = scene((133, 131, 130), chair)
    assert np.abs(alpha_of(view, GREY) - alpha).mean() < 0.006


def test_a_shaded_grey_surface_inside_is_no_hole():
    def ball(draw: ImageDraw.ImageDraw) -> None:
        draw.ellipse([FINE * value for value in (80, 80, 240, 240)], fill=(60, 60, 70, 255))
        for n in range(40):  # a grey slope from 107 to 147 on its middle
            box(draw, (120 + 2 * n, 130, 122 + 2 * n, 190), (107 + n, 107 + n, 107 + n, 255))

    view, alpha = scene(GREY, ball)
    assert np.abs(alpha_of(view, GREY) - alpha).mean() < 0.006


@pytest.mark.parametrize("ground", [WHITE, GREY])
def test_an_empty_and_a_full_view(ground):
    empty = np.full((SIDE, SIDE, 3), ground, np.uint8)
    assert not alpha_of(empty, ground).any()
    full = np.full((SIDE, SIDE, 3), (10, 80, 30), np.uint8)
    assert alpha_of(full, ground).all()


def test_noise_all_over_is_an_object_and_no_error():
    """What untrained networks draw."""
    views = np.random.default_rng(1).integers(0, 256, (6, SIDE, SIDE, 3), dtype=np.uint8)
    found = alpha_of_views(views, GREY)
    assert found.shape == (6, SIDE, SIDE, 4) and found.dtype == np.uint8
    assert (found[..., 3] == 255).mean() > 0.9
    assert on_white(found).shape == views.shape
