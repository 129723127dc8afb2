"""Composes the demo's picture: photo with masks, the whole object in it, three rendered sides, six views."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

WIDTH_PX = 1040
GAP_PX = 16
CAPTION_PX = 34
PAPER = (255, 255, 255)
INK = (60, 64, 70)
OBJECT_TINT = (40, 200, 90)
OCCLUDER_TINT = (240, 130, 20)
INVENTED_LINE = (255, 60, 160)
ZOOM_MARGIN = 0.25  # of the whole object's longer side, left around it in the enlarged picture

Rgb = NDArray[np.uint8]  # (H, W, 3)
Rgba = NDArray[np.uint8]  # (H, W, 4)
Mask = NDArray[np.bool_]  # (H, W)


def compose(
    photo: Rgb,
    seen: Mask,
    occluder: Mask,
    completed: Rgba,
    sides: list[Image.Image],
    views: list[Image.Image],
) -> Image.Image:
    """The whole sheet as an RGB picture; `completed` is the whole object at the photo's size."""
    whole = completed[..., 3] > 127
    aspect = photo.shape[1] / photo.shape[0]
    rows = [
        _row([_masked(photo, seen, occluder), _enlarged(photo, seen, whole, completed, aspect)], aspect),
        _row([_on_paper(side) for side in sides], sides[0].width / sides[0].height),
        _row([_on_paper(view) for view in views], 1.0),
    ]
    captions = [
        (
            "The photo: the object (green), what hides it (orange)",
            "The whole object (green), what was hidden (pink)",
        ),
        ("Rendered in Blender: front", "side", "back"),
        ("Six views", "", "", "", "", ""),
    ]
    height = GAP_PX + sum(row[0].height + CAPTION_PX for row in rows)
    sheet = Image.new("RGB", (WIDTH_PX, height), PAPER)
    draw, font, top = ImageDraw.Draw(sheet), ImageFont.load_default(16), GAP_PX
    for row, words in zip(rows, captions, strict=True):
        for i, (picture, caption) in enumerate(zip(row, words, strict=True)):
            left = GAP_PX + i * (picture.width + GAP_PX)
            sheet.paste(picture, (left, top))
            draw.text((left, top + row[0].height + 6), caption, INK, font)
        top += row[0].height + CAPTION_PX
    return sheet


def _row(pictures: list[Image.Image], aspect: float) -> list[Image.Image]:
    """The pictures, all of one size that together fills the sheet's width."""
    width = (WIDTH_PX - GAP_PX * (len(pictures) + 1)) // len(pictures)
    return [
        one.convert("RGB").resize((width, round(width / aspect)), Image.Resampling.LANCZOS)
        for one in pictures
    ]


def _masked(photo: Rgb, seen: Mask, occluder: Mask) -> Image.Image:
    """The photo with the object tinted and outlined, the occluder hatched."""
    tinted = _tint(photo, seen, OBJECT_TINT, 0.25)
    y, x = np.mgrid[0 : photo.shape[0], 0 : photo.shape[1]]
    hatched = _tint(tinted, occluder & ((x + y) % 12 < 5), OCCLUDER_TINT, 0.75)
    lined = _tint(hatched, _edge(seen, 5), OBJECT_TINT, 1.0)
    return Image.fromarray(_tint(lined, _edge(occluder), OCCLUDER_TINT, 1.0))


def _enlarged(photo: Rgb, seen: Mask, whole: Mask, completed: Rgba, aspect: float) -> Image.Image:
    """The completed object over the faded photo, cut to its surroundings, the invented part outlined."""
    grey = photo.mean(axis=2, keepdims=True)
    faded = np.broadcast_to(grey * 0.25 + 175, photo.shape).astype(np.uint8)
    picture = np.where(whole[..., None], completed[..., :3], faded)
    left, top, width, height = _frame(whole, aspect)
    box, size = (left, top, left + width, top + height), (1280, round(1280 / aspect))
    large = np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS, box=box))
    for region, line in ((whole, OBJECT_TINT), (whole & ~seen, INVENTED_LINE)):
        grey_region = Image.fromarray(region.astype(np.uint8) * 255).resize(size, box=box)
        # the blur drops the slivers that a hand-drawn mask leaves along the object's edge
        smooth = np.asarray(grey_region.filter(ImageFilter.GaussianBlur(5))) > 127
        large = _tint(large, _edge(smooth, 5), line, 1.0)
    return Image.fromarray(large)


def _frame(whole: Mask, aspect: float) -> tuple[float, float, float, float]:
    """Left, top, width, height of the photo's part around the object, in the photo's aspect and inside it."""
    rows, columns = np.flatnonzero(whole.any(1)), np.flatnonzero(whole.any(0))
    spans = (rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1)
    height = max(spans[0] + 2 * ZOOM_MARGIN * max(spans), (spans[1] + 2 * ZOOM_MARGIN * max(spans)) / aspect)
    height = min(height, whole.shape[0])
    width = height * aspect
    top = np.clip((rows[0] + rows[-1] + 1) / 2 - height / 2, 0, whole.shape[0] - height)
    left = np.clip((columns[0] + columns[-1] + 1) / 2 - width / 2, 0, max(whole.shape[1] - width, 0))
    return float(left), float(top), float(min(width, whole.shape[1])), float(height)


def _on_paper(picture: Image.Image) -> Image.Image:
    paper = Image.new("RGBA", picture.size, (243, 244, 246, 255))
    paper.alpha_composite(picture.convert("RGBA"))
    return paper


def _tint(picture: Rgb, where: Mask, colour: tuple[int, int, int], share: float) -> Rgb:
    mixed = picture * (1 - share) + np.array(colour) * share
    return np.where(where[..., None], mixed, picture).astype(np.uint8)


def _edge(mask: Mask, width: int = 3) -> Mask:
    """A line of `width` pixels along the mask's border."""
    grey = Image.fromarray(mask.astype(np.uint8) * 255)
    spread = np.asarray(grey.filter(ImageFilter.MaxFilter(width))) > 127
    shrunk = np.asarray(grey.filter(ImageFilter.MinFilter(width))) > 127
    return spread & ~shrunk
