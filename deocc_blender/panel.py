"""The panel, the same in the 3D View's and the Image Editor's sidebar; draws only what is known already."""

from __future__ import annotations

import bpy

from . import preferences, states, watch
from .connection import log_path
from .drawing import ICON_PX, Sidebar, draw_line, draw_small, line_px, text_px, ui_scale
from .panel_results import ResultsPanel, ViewsPanel
from .panel_weights import WeightsPanel
from .properties import DeoccOption, DeoccScene, settings_of

BIG_BUTTON = ("Reconstruct Occluded Object", "Reconstruct")  # the second where the first does not fit
SIDE_BY_SIDE_PX = 200.0  # of words, at scale 1, that two number fields in a row need


class MainPanel(Sidebar):
    bl_label = "DeOcc"

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, settings_of(context)
        draw_line(layout.box(), watch.first_line(settings))
        draw_photo(layout, settings)
        draw_method(layout, settings)
        row = layout.row()
        row.scale_y = 1.8
        fitting = [words for words in BIG_BUTTON if text_px(words) <= line_px(ICON_PX)]
        row.operator("deocc.reconstruct", text=(fitting or BIG_BUTTON[-1:])[0], icon="MESH_MONKEY")
        hint = settings.missing() or states.estimate_words(watch.chosen_card(settings), settings.variants)
        if hint:
            draw_small(layout, hint)


def draw_photo(layout: bpy.types.UILayout, settings: DeoccScene) -> None:
    column = layout.column(align=True)
    column.label(text="Photo")
    column.template_ID(settings, "photo", open="deocc.open_photo")
    if settings.photo is None:
        return
    preview = settings.photo.preview
    if preview is not None and preview.icon_id:
        column.template_icon(preview.icon_id, scale=6)
    alpha = settings.object_mask is None and settings.alpha_share > 0
    share = settings.alpha_share if alpha else settings.object_mask_share
    words = states.share_words(share) + (", from alpha" if alpha else "")
    draw_mask(layout, settings, "OBJECT", "Object", words if settings.has_object() else "not shown yet")
    hidden = states.share_words(settings.occluder_mask_share) if settings.occluder_mask else "nothing"
    draw_mask(layout, settings, "OCCLUDER", "Hidden by", hidden)
    if settings.keep_mask is not None:  # it came along with the photo
        draw_mask(layout, settings, "KEEP", "Kept as it is", states.share_words(settings.keep_mask_share))


def draw_mask(layout: bpy.types.UILayout, settings: DeoccScene, target: str, label: str, words: str) -> None:
    name = f"{target.lower()}_mask"
    column = layout.column(align=True)
    row = column.row(align=True)
    row.label(text=f"{label}: {words}")
    row.operator("deocc.mask_file", text="", icon="FILEBROWSER").target = target
    column.prop(settings, name, text="")


def draw_method(layout: bpy.types.UILayout, settings: DeoccScene) -> None:
    card = watch.chosen_card(settings)
    row = layout.row(align=True)
    row.label(text="Backend")
    row.menu("DEOCC_MT_backends", text=card.title if card else watch.chosen(settings).capitalize())
    wide = line_px() >= SIDE_BY_SIDE_PX * ui_scale()
    numbers = layout.row() if wide else layout.column(align=True)
    row = numbers.row(align=True)
    row.prop(settings, "seed")
    row.operator("deocc.seed_random", text="", icon="FILE_REFRESH")
    numbers.prop(settings, "variants")


class QualityPanel(Sidebar):
    bl_label = "Quality"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        settings = settings_of(context)
        options = settings.options_of(watch.chosen(settings))
        if not options:
            self.layout.label(text="The server says the options once it runs")
            return
        column = self.layout.column()
        for option in options:
            draw_option(column, option)
        self.layout.operator("deocc.options_reset")


def draw_option(layout: bpy.types.UILayout, option: DeoccOption) -> None:
    if option.type == "bool":
        layout.prop(option, "as_bool", text=option.title)
    elif option.type == "choice":
        layout.label(text=option.title)
        few = len(option.choices.split("\n")) <= 3
        row = layout.row(align=True)
        row.prop(option, "as_choice", expand=few, text="" if not few else None)
    elif option.value_name:
        layout.prop(option, option.value_name, text=option.title)


class ServerPanel(Sidebar):
    bl_label = "Server"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, _context: bpy.types.Context) -> None:
        layout, link = self.layout, watch.board.link
        connection = preferences.connection()
        if link.health and link.state == "ready":
            column = layout.column(align=True)
            column.label(text=f"Version {link.health.version}, wire {link.health.api}")
            column.label(text=link.health.device)
        if connection.is_local:
            row = layout.row(align=True)
            row.operator("deocc.server_start", icon="PLAY")
            row.operator("deocc.server_stop", icon="SNAP_FACE")
            draw_small(layout, f"Log: {log_path(connection.data_dir)}")
            layout.operator("deocc.server_log", icon="TEXT")
        else:
            layout.label(text=f"Remote: {connection.address}")
            layout.operator("deocc.server_start", text="Look Again", icon="FILE_REFRESH")
        layout.operator("deocc.open_preferences", icon="PREFERENCES")


def _for_both_editors() -> tuple[type, ...]:
    """Each panel once per editor; the others hang under their editor's main one."""
    made = []
    for space, short in (("VIEW_3D", "view"), ("IMAGE_EDITOR", "image")):
        main = f"DEOCC_PT_{short}_main"
        parts = ((MainPanel, "main"), (ResultsPanel, "results"), (ViewsPanel, "views"),
                 (QualityPanel, "quality"), (ServerPanel, "server"), (WeightsPanel, "weights"))  # fmt: skip
        for part, name in parts:
            idname = f"DEOCC_PT_{short}_{name}"
            body = {"bl_idname": idname, "bl_space_type": space}
            if name != "main":
                body["bl_parent_id"] = f"DEOCC_PT_{short}_server" if name == "weights" else main
            made.append(type(idname, (part, bpy.types.Panel), body))
    return tuple(made)


CLASSES = _for_both_editors()
