"""What every panel draws with: sentences wrapped to the sidebar, a state's line with its button, pictures."""

from __future__ import annotations

import bpy
from bpy.utils import previews

from .actions import REMEDIES
from .states import Line

LINE_CHARACTERS = 38  # that fit a sidebar of usual width; longer sentences are wrapped
CHARACTER_PX, FRAME_PX = 6.6, 44.0  # of Blender's interface font at scale 1, and what frames a line
_previews: previews.ImagePreviewCollection | None = None


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


def wrapped(text: str, width: int = LINE_CHARACTERS) -> list[str]:
    """Lines of at most `width` characters; a longer word, as a path is, is cut."""
    lines = [""]
    for word in (part[i : i + width] for part in text.split() for i in range(0, len(part), width)):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def fitting_characters() -> int:
    """How many characters fit the sidebar as wide as the user has made it."""
    region = bpy.context.region
    if region is None or region.type != "UI":
        return LINE_CHARACTERS
    return max(20, int((region.width / bpy.context.preferences.system.ui_scale - FRAME_PX) / CHARACTER_PX))


def draw_line(layout: bpy.types.UILayout, line: Line, job_id: str = "") -> None:
    """Words wrapped to the sidebar, and below them the button that mends it."""
    column = layout.column(align=True)
    column.alert = line.alert
    width = fitting_characters()
    for i, words in enumerate(
        [*wrapped(line.words, width), *(wrapped(line.more, width) if line.more else [])]
    ):
        column.label(text=words, icon=line.icon if i == 0 else "BLANK1")
    remedy = REMEDIES.get(line.action)
    if remedy is not None:
        button = layout.operator(remedy.operator, text=remedy.label)
        if remedy.needs_job:
            button.job_id = job_id
