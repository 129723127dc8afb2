"""What every panel draws with: sentences wrapped to the sidebar, a state's line with its button, pictures."""

from __future__ import annotations

import re

import blf
import bpy
import numpy as np
from bpy.utils import previews

from .actions import REMEDIES
from .messages import PictureCame
from .states import Line

SIDEBAR_PX = 282.0  # as wide as Blender opens a sidebar, at scale 1
EDGES_PX = 68.0  # of it that are tabs and the edges of a panel, a box and a label
ICON_PX = 22.0
NARROWEST_PX = 60.0  # a line never gets less: one letter per line helps nobody
NUMBER_AND_UNIT = re.compile(r"(\d) (?=%|GB|min|h\b|s\b)")
_previews: previews.ImagePreviewCollection | None = None
_drawn: dict[str, str] = {}  # which file's pixels an icon has


class Sidebar:
    """What all panels share; a class of each per editor is made below."""

    bl_region_type = "UI"
    bl_category = "DeOcc"
    layout: bpy.types.UILayout


def picture_icon(picture: PictureCame) -> int:
    """The icon of a job's picture. Newer pixels replace the older ones in it, so that it never goes blank."""
    global _previews
    known = _previews = previews.new() if _previews is None else _previews
    key = f"{picture.job_id} {picture.variant} {picture.name}"
    if picture.small is None:  # Blender reads it, in the background, and once for each path
        key = f"{picture.job_id} {picture.path}"
        return (known.get(key) or known.load(key, picture.path, "IMAGE")).icon_id
    icon = known.get(key) or known.new(key)
    if _drawn.get(key) != picture.path:
        height, width = picture.small.shape[:2]
        icon.image_size = (width, height)
        icon.image_pixels.foreach_set(picture.small.reshape(-1).view(np.int32))  # four bytes a pixel
        _drawn[key] = picture.path
    return icon.icon_id


def release_pictures(shown: set[str]) -> None:
    """Lets go of all pictures but those of these jobs; never while a panel is drawn."""
    known = _previews if _previews is not None else {}
    for key in [key for key in known if key.split(" ")[0] not in shown]:
        del known[key]
        _drawn.pop(key, None)


def forget_pictures() -> None:
    global _previews
    _drawn.clear()
    if _previews is not None:
        previews.remove(_previews)
        _previews = None


def ui_scale() -> float:
    return bpy.context.preferences.system.ui_scale or 1.0  # Blender as a module says 0


def text_px(text: str) -> float:
    """How wide Blender's interface font draws a text."""
    styles = bpy.context.preferences.ui_styles
    points = styles[0].widget.points if styles else 11.0
    blf.size(0, points * ui_scale())
    return blf.dimensions(0, text)[0]


def line_px(beside_px: float = 0.0) -> float:
    """The width of a line of words in the sidebar as the user has made it, less what stands beside them."""
    region, scale = bpy.context.region, ui_scale()
    width = region.width if region is not None and region.type == "UI" else 0
    if width <= EDGES_PX * scale:  # not drawn yet, or drawn into something else
        width = SIDEBAR_PX * scale
    return max(width - (EDGES_PX + beside_px) * scale, NARROWEST_PX * scale)


def wrapped(text: str, width_px: float) -> list[str]:
    """Lines that fit; a longer word, as a path is, is cut, and a number keeps its unit."""
    lines = [""]
    for word in NUMBER_AND_UNIT.sub("\\1\u00a0", text).split(" "):
        for part in _cut(word, width_px):
            longer = f"{lines[-1]} {part}".strip(" ")
            if lines[-1] and text_px(longer) > width_px:
                lines.append(part)
            else:
                lines[-1] = longer
    return [line.replace("\u00a0", " ") for line in lines]


def _cut(word: str, width_px: float) -> list[str]:
    parts = []
    while len(word) > 1 and text_px(word) > width_px:
        fitting = next(n for n in range(len(word) - 1, 0, -1) if n == 1 or text_px(word[:n]) <= width_px)
        parts.append(word[:fitting])
        word = word[fitting:]
    return [*parts, word]


def draw_line(layout: bpy.types.UILayout, line: Line) -> None:
    """A state's words, and below them how far it is and the buttons that mend it."""
    draw_words(layout, line)
    if line.bar is not None:
        layout.progress(factor=line.bar.fraction, text=line.bar.words)
    draw_buttons(layout, line)


def draw_words(layout: bpy.types.UILayout, line: Line, beside_px: float = 0.0) -> None:
    """A state's words wrapped to the sidebar; what is wrong is red, what to do is not."""
    column = layout.column(align=True)
    width = line_px(ICON_PX + beside_px)
    for i, words in enumerate(wrapped(line.words, width)):
        row = column.row()
        row.alert = line.alert
        row.label(text=words, icon=line.icon if i == 0 else "BLANK1")
    for words in wrapped(line.more, width) if line.more else []:
        column.label(text=words, icon="BLANK1")


def draw_small(layout: bpy.types.UILayout, text: str) -> None:
    """A remark: greyed words wrapped to the sidebar."""
    column = layout.column(align=True)
    column.active = False
    for words in wrapped(text, line_px()):
        column.label(text=words)


def draw_buttons(layout: bpy.types.UILayout, line: Line) -> None:
    """The buttons of a state that has some, the first above the others."""
    known = [(REMEDIES[one.action], one) for one in line.buttons if one.action in REMEDIES]
    column = layout.column(align=True)
    for remedy, wanted in known:
        button = column.operator(remedy.operator, text=wanted.label or remedy.label)
        if remedy.takes and wanted.about:
            setattr(button, remedy.takes, wanted.about)
