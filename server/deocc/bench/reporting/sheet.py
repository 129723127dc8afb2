"""Draws a method's contact sheet: per object what it was shown, what it made and the truth beside it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont, ImageOps

from deocc.bench.metrics.pictures import on_white
from deocc.bench.reporting.marks import AGREED, TOO_LITTLE, TOO_MUCH, Crop, cropped, marked, silhouettes

VIEWS = 3  # pairs of pictures in a row
CELL_PX, GAP_PX, EDGE_PX = 150, 4, 16
WORDS_PX = 250  # the column of figures
HEAD_PX, HEADING_PX, FOOT_LINE_PX = 76, 30, 15
TITLE_PT, TEXT_PT, SMALL_PT = 20, 13, 11
INK, GREY, RED, PAPER = "#111111", "#666666", "#B00020", "#FFFFFF"
LEGEND = ((AGREED, "as true"), (TOO_MUCH, "too much"), (TOO_LITTLE, "too little"))
BESIDE = "; beside it: "  # as built objects name whom they share their pictures with
MAX_BYTES = 1_500_000
QUALITIES = (88, 82, 75, 65, 50)


@dataclass(frozen=True)
class Row:
    """One object. name, words: lines beside the pictures.  photo: (H, W, 3) uint8 as the method saw it.
    object_mask, occluder_mask: (H, W) bool.  completed: (H, W, 4) uint8, or None.
    pairs: (true, made) views, RGBA uint8, made None where there is none.  fault: why there is no result.
    attribution: printed below, "" for none.  crop: what is shown of the photo and of the completed picture.
    amodal_mask: (H, W) bool, the object's true whole silhouette.  heading: printed above the row.
    """

    name: str
    words: Sequence[str]
    photo: NDArray[np.uint8]
    object_mask: NDArray[np.bool_]
    occluder_mask: NDArray[np.bool_]
    completed: NDArray[np.uint8] | None
    pairs: Sequence[tuple[NDArray[np.uint8] | None, NDArray[np.uint8] | None]]
    fault: str = ""
    attribution: str = ""
    crop: Crop = (0.0, 0.0, 1.0, 1.0)
    amodal_mask: NDArray[np.bool_] | None = None
    heading: str = ""


def compose(
    title: str, subtitle: str, rows: Sequence[Row], credit_words: str, compared: bool = False
) -> bytes:
    """A JPEG below MAX_BYTES without dates; the same bytes for the same rows. credit_words: above the
    attributions, with what was made of the works.  compared: a third column has the silhouette that was made
    beside the true one."""
    lefts = _lefts(compared)
    credits = _credits(rows, lefts[-1] + WORDS_PX - EDGE_PX, credit_words)
    tops = _tops(rows)
    foot = tops[-1] + EDGE_PX
    height = foot + EDGE_PX + len(credits) * FOOT_LINE_PX
    sheet = Image.new("RGB", (lefts[-1] + WORDS_PX + EDGE_PX, height), PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((EDGE_PX, 8), title, INK, _font(TITLE_PT))
    draw.text((EDGE_PX, 34), subtitle, GREY, _font(TEXT_PT))
    _draw_head(draw, lefts, compared)
    if compared:
        _draw_legend(draw, EDGE_PX + round(_font(TEXT_PT).getlength(subtitle)) + 4 * GAP_PX)
    for row, top in zip(rows, tops[:-1], strict=True):
        draw.text((EDGE_PX, top - HEADING_PX + 8), row.heading, INK, _font(TEXT_PT))
        _draw_row(sheet, draw, row, lefts, top, compared)
    for i, line in enumerate(credits):
        draw.text((EDGE_PX, foot + i * FOOT_LINE_PX), line, INK, _font(SMALL_PT))
    return _jpeg(sheet)


def _tops(rows: Sequence[Row]) -> list[int]:
    """Where each row begins, and where the last ends."""
    tops = [HEAD_PX]
    for row in rows:
        tops[-1] += HEADING_PX if row.heading else 0
        tops.append(tops[-1] + CELL_PX + GAP_PX)
    return tops


def _draw_head(draw: ImageDraw.ImageDraw, lefts: Sequence[int], compared: bool) -> None:
    heads = ["photo: object, occluder", "completed", *(["silhouettes"] if compared else [])]
    for left, head in zip(lefts[:-1], [*heads, *["true | made"] * VIEWS], strict=True):
        draw.text((left, HEAD_PX - 18), head, GREY, _font(SMALL_PT))


def _draw_legend(draw: ImageDraw.ImageDraw, left: int) -> None:
    """What the silhouettes' colours mean, behind the subtitle."""
    font = _font(TEXT_PT)
    draw.text((left, 34), "Silhouettes:", GREY, font)
    left += round(font.getlength("Silhouettes:")) + 8
    for colour, words in LEGEND:
        draw.rectangle((left, 37, left + 11, 48), fill=colour)
        draw.text((left + 17, 34), words, GREY, font)
        left += 34 + round(font.getlength(words))


def _lefts(compared: bool = False) -> list[int]:
    """Where the photo, the completed picture, any silhouettes, each pair of views and the words begin."""
    step, singles = CELL_PX + GAP_PX, 3 if compared else 2
    first = [EDGE_PX + i * step for i in range(singles)]
    pairs = [EDGE_PX + singles * step + GAP_PX + i * (2 * step + GAP_PX) for i in range(VIEWS)]
    return [*first, *pairs, EDGE_PX + (singles + 2 * VIEWS) * step + (1 + VIEWS) * GAP_PX]


def _draw_row(
    sheet: Image.Image, draw: ImageDraw.ImageDraw, row: Row, lefts: Sequence[int], top: int, compared: bool
) -> None:
    photo, completed, *others, words = lefts
    otherwise = "failed" if row.fault else "none"
    seen, hides = cropped(row.object_mask, row.crop), cropped(row.occluder_mask, row.crop)
    sheet.paste(_small(marked(cropped(row.photo, row.crop), seen, hides)), (photo, top))
    whole = None if row.completed is None else cropped(row.completed, row.crop)
    _paste(sheet, draw, whole, (completed, top), otherwise)
    if compared:
        _paste(sheet, draw, _compared(row), (others[0], top), otherwise)
    for left, (true, made) in zip(others[-VIEWS:], row.pairs, strict=True):
        _paste(sheet, draw, true, (left, top), "pose not known")
        _paste(sheet, draw, made, (left + CELL_PX + GAP_PX, top), otherwise)
    _draw_words(draw, row, (words, top))


def _compared(row: Row) -> NDArray[np.uint8] | None:
    if row.amodal_mask is None or row.completed is None:
        return None
    return cropped(silhouettes(row.amodal_mask, row.completed), row.crop)


def _draw_words(draw: ImageDraw.ImageDraw, row: Row, where: tuple[int, int]) -> None:
    left, top = where
    draw.text((left, top + 4), row.name[:34], INK, _font(TEXT_PT))
    lines = _wrapped(row.fault, WORDS_PX, SMALL_PT) if row.fault else list(row.words)
    if row.fault:
        draw.text((left, top + 24), "FAILED", RED, _font(TEXT_PT))
    for i, line in enumerate(lines[:5]):
        place = (left, top + (44 if row.fault else 26) + 18 * i)
        draw.text(place, line, RED if row.fault else INK, _font(SMALL_PT if row.fault else TEXT_PT))


def _paste(
    sheet: Image.Image,
    draw: ImageDraw.ImageDraw,
    picture: NDArray[np.uint8] | None,
    where: tuple[int, int],
    otherwise: str,
) -> None:
    if picture is not None:
        sheet.paste(_small(on_white(picture).round().astype(np.uint8)), where)
        return
    left, top = where
    draw.rectangle((left, top, left + CELL_PX - 1, top + CELL_PX - 1), outline="#DDDDDD")
    colour = RED if otherwise == "failed" else GREY
    draw.text((left + CELL_PX / 2, top + CELL_PX / 2), otherwise, colour, _font(TEXT_PT), anchor="mm")


def _small(pixels: NDArray[np.uint8]) -> Image.Image:
    """Fitted into a cell, on paper."""
    image = ImageOps.contain(Image.fromarray(pixels), (CELL_PX, CELL_PX), Image.Resampling.LANCZOS)
    cell = Image.new("RGB", (CELL_PX, CELL_PX), PAPER)
    cell.paste(image, ((CELL_PX - image.width) // 2, (CELL_PX - image.height) // 2))
    return cell


def _credits(rows: Sequence[Row], width: int, words: str) -> list[str]:
    """Whose objects these are, in lines that fit."""
    own: dict[str, dict[str, None]] = {}  # an object may have several rows
    others: dict[str, None] = {}
    for row in rows:
        first, *beside = row.attribution.split(BESIDE)
        if first:
            own.setdefault(first, {})[row.name] = None
        others |= dict.fromkeys(beside)
    told = [f"{', '.join(names)}: {first}" for first, names in own.items()]
    told += [f"Beside them: {one}" for one in others if one not in own]
    lines = [words] if told else []
    return lines + [line for one in told for line in _wrapped(one, width, SMALL_PT)]


def _wrapped(words: str, width: int, size: int) -> list[str]:
    font, lines = _font(size), [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The face that comes with matplotlib has the letters that names of authors need; Pillow's own few."""
    try:
        import matplotlib
    except ImportError:
        return ImageFont.load_default(size)
    return ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf", size)


def _jpeg(sheet: Image.Image) -> bytes:
    data = b""
    for quality in QUALITIES:
        out = io.BytesIO()
        sheet.save(out, "JPEG", quality=quality, optimize=True, subsampling="4:2:0")
        data = out.getvalue()
        if len(data) < MAX_BYTES:
            break
    return data
