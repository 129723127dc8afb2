"""The panel of the server's weights: each with size, licence, state, and what can be done. Draws only."""

from __future__ import annotations

import bpy

from . import states, watch
from .drawing import Sidebar, draw_small, draw_words, line_px, text_px
from .needs import here_words, row_bar, shortened, total_words
from .replies import WeightsRow
from .states import Bar, Line

ICONS = {"ready": "CHECKMARK", "damaged": "ERROR", "unpublished": "QUESTION", "fetching": "IMPORT"}
STATES = {
    "ready": "here",
    "missing": "not here",
    "partial": "not finished",
    "fetching": "on its way",
    "damaged": "damaged",
    "unpublished": "not published",
}
FETCH = {"missing": "Download", "partial": "Continue", "damaged": "Repair"}


class WeightsPanel(Sidebar):
    bl_label = "Weights"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, _context: bpy.types.Context) -> None:
        rows = watch.board.weights.offered
        if not rows:
            self.layout.label(text="The server says its weights once it runs")
        for row in rows:
            draw_row(self.layout.box(), row)
        if rows:
            self.layout.operator("deocc.server_start", text="Look Again", icon="FILE_REFRESH")
        hidden = len(watch.board.weights.rows) - len(rows)
        if hidden:
            draw_small(self.layout, f"{hidden} hidden: not for commercial use (see the preferences)")


def draw_row(layout: bpy.types.UILayout, row: WeightsRow) -> None:
    icon = ICONS.get(row.state, "BLANK1")
    draw_words(layout, Line(row.title, icon=icon))
    bar = upload_bar(row) or (row_bar([row]) if row.is_busy else None)
    size = "" if row.state == "unpublished" else f"{total_words([row])} · "
    draw_small(layout, f"{size}{STATES[row.state]} · {row.licence}")
    if bar is not None:
        layout.progress(factor=bar.fraction, text=bar.words)
        layout.operator("deocc.weights_cancel").name = row.name
        return
    fault = watch.board.weights.fault(row)
    if fault is not None:
        draw_words(layout, Line(shortened(fault.message), shortened(fault.hint), "", "ERROR", True))
    if row.state == "partial":
        draw_small(layout, here_words([row]))
    buttons = layout.column(align=True) if line_px() < text_px("Download Import a File") else layout.row()
    if row.can_fetch:
        buttons.operator("deocc.weights_fetch", text=FETCH[row.state]).name = row.name
    if row.state != "ready":
        buttons.operator("deocc.weights_import", text="Import a File…").name = row.name
    if row.state in ("ready", "damaged", "partial"):
        buttons.operator("deocc.weights_remove", text="Remove").name = row.name


def upload_bar(row: WeightsRow) -> Bar | None:
    """How much of a file for this row has been sent."""
    sent = watch.board.weights.uploads.get(row.name)
    if sent is None:
        return None
    done, size = sent
    return Bar(done / max(size, 1), "checking the file" if done >= size else states.of_words(done, size))
