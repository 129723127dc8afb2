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

VIEWS = 3  # pairs of pictures in a row
CELL_PX, GAP_PX, EDGE_PX = 150, 4, 16
WORDS_PX = 250  # the column of figures
HEAD_PX, FOOT_LINE_PX = 76, 15
TITLE_PT, TEXT_PT, SMALL_PT = 20, 13, 11
INK, GREY, RED, PAPER = "#111111", "#666666", "#B00020", "#FFFFFF"
TINT = np.array([0, 158, 115])  # the object; of the colour-blind safe palette that plots.py has
HATCH = np.array([213, 94, 0])  # what hides it
HATCH_EVERY, HATCH_WIDTH = 24, 6  # pixels of a photo of 512
BESIDE = "; beside it: "  # as built objects name whom they share their pictures with
MAX_BYTES = 1_500_000
QUALITIES = (88, 82, 75, 65, 50)


@dataclass(frozen=True)
class Row:
    """One object. name, words: lines beside the pictures.  photo: (H, W, 3) uint8 as the method saw it.
    object_mask, occluder_mask: (H, W) bool.  completed: (H, W, 4) uint8, or None.
    pairs: (true, made) views, RGBA uint8, made None where there is none.  fault: why there is no result.
    attribution: printed below, "" for none.  crop: (left, top, right, bottom) in shares of the photo, what is
    shown of it and of the completed picture.
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
    crop: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)


def compose(title: str, subtitle: str, rows: Sequence[Row], credit_words: str) -> bytes:
    """A JPEG below MAX_BYTES without dates; the same bytes for the same rows. credit_words: above the
    attributions, with what was made of the works."""
    width = 2 * EDGE_PX + (2 + 2 * VIEWS) * (CELL_PX + GAP_PX) + (1 + VIEWS) * GAP_PX + WORDS_PX
    credits = _credits(rows, width - 2 * EDGE_PX, credit_words)
    height = HEAD_PX + len(rows) * (CELL_PX + GAP_PX) + 2 * EDGE_PX + len(credits) * FOOT_LINE_PX
    sheet = Image.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((EDGE_PX, 8), title, INK, _font(TITLE_PT))
    draw.text((EDGE_PX, 34), subtitle, GREY, _font(TEXT_PT))
    _draw_head(draw)
    for i, row in enumerate(rows):
        _draw_row(sheet, draw, row, HEAD_PX + i * (CELL_PX + GAP_PX))
    top = HEAD_PX + len(rows) * (CELL_PX + GAP_PX) + EDGE_PX
    for i, line in enumerate(credits):
        draw.text((EDGE_PX, top + i * FOOT_LINE_PX), line, INK, _font(SMALL_PT))
    return _jpeg(sheet)


def _draw_head(draw: ImageDraw.ImageDraw) -> None:
    heads = ("photo: object, occluder", "completed", *("true | made" for _ in range(VIEWS)))
    for left, head in zip(_lefts(), heads, strict=False):
        draw.text((left, HEAD_PX - 18), head, GREY, _font(SMALL_PT))


def _lefts() -> list[int]:
    """Where the photo, the completed picture, each pair of views and the words begin."""
    step = CELL_PX + GAP_PX
    first = [EDGE_PX, EDGE_PX + step]
    pairs = [EDGE_PX + 2 * step + GAP_PX + i * (2 * step + GAP_PX) for i in range(VIEWS)]
    return [*first, *pairs, EDGE_PX + (2 + 2 * VIEWS) * step + (1 + VIEWS) * GAP_PX]


def _draw_row(sheet: Image.Image, draw: ImageDraw.ImageDraw, row: Row, top: int) -> None:
    photo, completed, *pairs, words = _lefts()
    shown = marked(row.photo, row.object_mask, row.occluder_mask)
    sheet.paste(_small(_cropped(shown, row.crop)), (photo, top))
    whole = None if row.completed is None else _cropped(row.completed, row.crop)
    _paste(sheet, draw, whole, (completed, top), "failed" if row.fault else "none")
    for left, (true, made) in zip(pairs, row.pairs, strict=False):
        _paste(sheet, draw, true, (left, top), "pose not known")
        _paste(sheet, draw, made, (left + CELL_PX + GAP_PX, top), "failed" if row.fault else "none")
    draw.text((words, top + 4), row.name[:34], INK, _font(TEXT_PT))
    lines = _wrapped(row.fault, WORDS_PX, SMALL_PT) if row.fault else list(row.words)
    if row.fault:
        draw.text((words, top + 24), "FAILED", RED, _font(TEXT_PT))
    for i, line in enumerate(lines[:5]):
        where = (words, top + (44 if row.fault else 26) + 18 * i)
        draw.text(where, line, RED if row.fault else INK, _font(SMALL_PT if row.fault else TEXT_PT))


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


def marked(photo: NDArray[np.uint8], seen: NDArray[np.bool_], hides: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """(H, W, 3) uint8: the photo with the object tinted and what hides it hatched."""
    picture = on_white(photo)
    picture[seen] = 0.65 * picture[seen] + 0.35 * TINT
    y, x = np.indices(hides.shape)
    scale = max(max(hides.shape) / 512, 0.25)
    stripes = hides & ((x + y) % round(HATCH_EVERY * scale) < HATCH_WIDTH * scale)
    picture[stripes] = 0.25 * picture[stripes] + 0.75 * HATCH
    return picture.round().astype(np.uint8)


def crop_around(mask: NDArray[np.bool_], margin: float) -> tuple[float, float, float, float]:
    """A square around a mask (H, W), its sides `margin` of the mask's longer one wider on each side, within
    the picture, in shares of the picture; all of it for an empty mask."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if len(rows) == 0:
        return (0.0, 0.0, 1.0, 1.0)
    height, width = mask.shape
    side = (1 + 2 * margin) * max(rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1)
    spans = []
    for places, size in ((columns, width), (rows, height)):
        half = min(side, size) / 2
        middle = min(max((places[0] + places[-1] + 1) / 2, half), size - half)
        spans.append(((middle - half) / size, (middle + half) / size))
    (left, right), (top, bottom) = spans
    return (left, top, right, bottom)


def _cropped(picture: NDArray[np.uint8], crop: tuple[float, float, float, float]) -> NDArray[np.uint8]:
    height, width = picture.shape[:2]
    left, top, right, bottom = (round(share * n) for share, n in zip(crop, 2 * (width, height), strict=True))
    return np.ascontiguousarray(picture[top : max(bottom, top + 1), left : max(right, left + 1)])


def _small(pixels: NDArray[np.uint8]) -> Image.Image:
    """Fitted into a cell, on paper."""
    image = ImageOps.contain(Image.fromarray(pixels), (CELL_PX, CELL_PX), Image.Resampling.LANCZOS)
    cell = Image.new("RGB", (CELL_PX, CELL_PX), PAPER)
    cell.paste(image, ((CELL_PX - image.width) // 2, (CELL_PX - image.height) // 2))
    return cell


def _credits(rows: Sequence[Row], width: int, words: str) -> list[str]:
    """Whose objects these are, in lines that fit."""
    own: dict[str, list[str]] = {}
    others: dict[str, None] = {}
    for row in rows:
        first, *beside = row.attribution.split(BESIDE)
        if first:
            own.setdefault(first, []).append(row.name)
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
