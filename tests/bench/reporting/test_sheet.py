"""Contact sheets: opened and looked at by numbers."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from deocc.bench.reporting import sheet
from deocc.bench.reporting.sheet import CELL_PX, GAP_PX, HEAD_PX, MAX_BYTES, Row, compose, marked


def row(name: str = "mug", fault: str = "", noise: int = 0) -> Row:
    draw = np.random.default_rng(noise)
    photo = draw.integers(0, 256, (512, 512, 3), np.uint8) if noise else np.full((512, 512, 3), 200, np.uint8)
    seen, hides = np.zeros((2, 512, 512), bool)
    seen[128:384, 256:384], hides[128:384, 128:256] = True, True
    view = np.zeros((320, 320, 4), np.uint8)
    view[80:240, 80:240] = (30, 60, 200, 255)
    made = None if fault else view
    words = ["CD 0.1000", "F@0.05 0.500", "V-IoU 0.400"]
    return Row(
        name, words, photo, seen, hides, made, [(view, made)] * 3, fault, f"“{name}” by Zoë, CC BY 4.0"
    )


def opened(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as image:
        assert image.format == "JPEG"
        assert not image.getexif() and "comment" not in image.info
        return np.asarray(image.convert("RGB")).astype(int)


def cell(pixels: np.ndarray, row_number: int, left: int) -> np.ndarray:
    top = HEAD_PX + row_number * (CELL_PX + GAP_PX)
    return pixels[top : top + CELL_PX, left : left + CELL_PX]


def test_photo_completed_views_and_words_are_drawn():
    pixels = opened(compose("draft", "Given: photo", [row()], "By:"))
    photo, completed, first, _, third, words = sheet._lefts()
    for left in (photo, completed, first, first + CELL_PX + GAP_PX, third + CELL_PX + GAP_PX):
        assert cell(pixels, 0, left).std() > 15, f"nothing is drawn at {left}"
    text = pixels[HEAD_PX : HEAD_PX + 90, words:]
    assert (text < 90).all(axis=2).sum() > 200, "the figures are missing"


def test_a_failure_is_red_and_has_no_pictures_but_the_true_ones():
    pixels = opened(compose("draft", "", [row(fault="It ran out of memory.")], "By:"))
    _, completed, first, *_, words = sheet._lefts()
    assert cell(pixels, 0, first).std() > 20
    for left in (completed, first + CELL_PX + GAP_PX):
        assert (cell(pixels, 0, left)[10:60, 10:-10] > 240).all()
    text = pixels[HEAD_PX : HEAD_PX + CELL_PX, words:]
    red = (text[..., 0] > 130) & (text[..., 1] < 90) & (text[..., 2] < 110)
    assert red.sum() > 50


def test_every_object_shown_is_credited():
    told = sheet._credits([row("mug"), row("cup")], 900, "By:")
    assert told[1:] == ["mug: “mug” by Zoë, CC BY 4.0", "cup: “cup” by Zoë, CC BY 4.0"]
    both = [row("mug"), row("cup")]
    shared = [
        Row(**{**one.__dict__, "attribution": f"One{sheet.BESIDE}Two{sheet.BESIDE}One"}) for one in both
    ]
    assert sheet._credits(shared, 900, "By:")[1:] == ["mug, cup: One", "Beside them: Two"]
    uncredited = [Row(**{**row().__dict__, "attribution": ""})]
    assert sheet._credits(uncredited, 900, "By:") == []


def test_credits_make_the_sheet_longer_rather_than_being_cut_off():
    lines = sheet._credits([Row(**{**row().__dict__, "attribution": "word " * 200})], 900, "By:")
    assert len(lines) > 5
    assert all(sheet._font(sheet.SMALL_PT).getlength(line) <= 900 for line in lines)


def test_24_rows_of_noise_stay_under_the_limit_and_are_the_same_bytes_again():
    rows = [row(f"o{i}", noise=i + 1) for i in range(24)]
    data = compose("draft", "", rows, "By:")
    assert len(data) < MAX_BYTES
    assert data == compose("draft", "", rows, "By:")


def test_a_crop_is_a_square_around_the_object_and_within_the_picture():
    mask = np.zeros((100, 200), bool)
    mask[40:60, 90:100] = True  # 20 rows, 10 columns; with half of 20 on each side: 40 pixels square
    assert sheet.crop_around(mask, 0.5) == pytest.approx((75 / 200, 0.3, 115 / 200, 0.7))
    mask[:] = False
    mask[0:20, 0:10] = True
    assert sheet.crop_around(mask, 0.5) == pytest.approx((0, 0, 0.2, 0.4)), "moved inwards, not cut"
    assert sheet.crop_around(~np.zeros((100, 200), bool), 0.5) == (0, 0, 1, 1)
    assert sheet.crop_around(np.zeros((100, 200), bool), 0.5) == (0, 0, 1, 1)


@pytest.mark.parametrize("side", [64, 512, 1024])
def test_the_object_is_tinted_and_the_occluder_hatched_at_any_size(side: int):
    photo = np.full((side, side, 3), 128, np.uint8)
    seen, hides = np.zeros((2, side, side), bool)
    seen[: side // 2], hides[side // 2 :] = True, True
    picture = marked(photo, seen, hides)
    top, bottom = picture[: side // 2], picture[side // 2 :]
    assert (top[..., 1] > top[..., 0] + 20).all(), "the object is not green"
    striped = (bottom != 128).any(axis=2).mean()
    assert 0.15 < striped < 0.5, "stripes cover about a quarter"
    assert (photo == 128).all(), "the photo itself was written to"
