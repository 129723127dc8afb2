"""Contact sheets: opened and looked at by numbers."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from deocc.bench.reporting import sheet
from deocc.bench.reporting.marks import AGREED, TOO_LITTLE, TOO_MUCH
from deocc.bench.reporting.sheet import CELL_PX, GAP_PX, HEAD_PX, MAX_BYTES, Row, compose


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


def test_silhouettes_have_a_column_and_a_legend_only_where_they_are_asked_for():
    true, completed = np.zeros((512, 512), bool), np.zeros((512, 512, 4), np.uint8)
    true[128:384, 128:384] = True
    completed[128:384, 256:512] = 255  # half beside the true one: an eighth of the cell a colour
    one = replace(row(), amodal_mask=true, completed=completed)
    plain = opened(compose("draft", "Given: photo", [one], "By:"))
    wide = opened(compose("draft", "Given: photo", [one], "By:", compared=True))
    assert wide.shape[1] == plain.shape[1] + CELL_PX + GAP_PX
    column = cell(wide, 0, sheet._lefts(True)[2])
    for colour in (AGREED, TOO_MUCH, TOO_LITTLE):
        # a quarter by half of the cell; JPEG smears a pixel or two of each of its edges
        assert close(column, colour).sum() == pytest.approx(CELL_PX**2 / 8, rel=0.15)
        assert close(wide[30:52], colour).sum() > 60, f"{colour} is not in the legend"
        assert not close(plain[30:52], colour).any() or colour == AGREED  # the subtitle's grey
    views = sheet._lefts(True)[3]
    assert cell(wide, 0, views).std() > 15, "the views moved over"


def close(pixels: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """Within what JPEG changes a flat area by."""
    return (np.abs(pixels - colour) <= 12).all(axis=2)


def test_a_heading_stands_above_its_row_and_moves_the_rest_down():
    rows = [replace(row("a"), heading="Worst by this"), row("b"), replace(row("c"), heading="Worst by that")]
    tops = sheet._tops(rows)
    first = HEAD_PX + sheet.HEADING_PX
    step = CELL_PX + GAP_PX
    assert tops == [
        first,
        first + step,
        first + 2 * step + sheet.HEADING_PX,
        first + 3 * step + sheet.HEADING_PX,
    ]
    pixels = opened(compose("draft", "", rows, "By:"))
    for top in (tops[0], tops[2]):
        band = pixels[top - sheet.HEADING_PX + 2 : top, 16:400]
        assert (band < 120).all(axis=2).sum() > 100, "no heading"
        assert pixels[top + 10 : top + CELL_PX - 10, 20:100].mean() < 215, "the photo is not below it"


def test_an_object_of_two_rows_is_credited_once():
    assert sheet._credits([row("mug"), row("mug")], 900, "By:")[1:] == ["mug: “mug” by Zoë, CC BY 4.0"]
