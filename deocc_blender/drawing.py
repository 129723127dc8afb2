"""What every panel draws with: sentences wrapped to the sidebar, a state's line with its button, pictures."""

from __future__ import annotations

import re

import blf
import bpy
from bpy.utils import previews

from .actions import REMEDIES
from .states import Line

SIDEBAR_PX = 282.0  # as wide as Blender opens a sidebar, at scale 1
EDGES_PX = 68.0  # of it that are tabs and the edges of a panel, a box and a label
ICON_PX = 22.0
NARROWEST_PX = 60.0  # a line never gets less: one letter per line helps nobody
NUMBER_AND_UNIT = re.compile(r"(\d) (?=%|GB|min|h\b|s\b)")
_previews: previews.ImagePreviewCollection | None = None


class Sidebar:
    """What all panels share; a class of each per editor is made below."""

    bl_region_type = "UI"
    bl_category = "DeOcc"
    layout: bpy.types.UILayout


def picture_icon(path: str) -> int:
    """The icon of a picture file that a worker has written; Blender decodes it in the background."""
    global _previews
    known = _previews = previews.new() if _previews is None else _previews
    if path not in known:
        known.load(path, path, "IMAGE")
    return known[path].icon_id


def forget_pictures() -> None:
    global _previews
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


def draw_line(layout: bpy.types.UILayout, line: Line, job_id: str = "") -> None:
    """A state's words, and below them the button that mends it."""
    draw_words(layout, line)
    draw_remedy(layout, line, job_id)


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


def draw_remedy(layout: bpy.types.UILayout, line: Line, job_id: str = "") -> None:
    """The button of a state that has one."""
    remedy = REMEDIES.get(line.action)
    if remedy is not None:
        button = layout.operator(remedy.operator, text=remedy.label)
        if remedy.needs_job:
            button.job_id = job_id
