"""The panel, the same in the 3D View's and the Image Editor's sidebar; draws only what is known already."""

from __future__ import annotations

import bpy

from . import placeholder, preferences, scene, states, watch
from .board import JobView
from .connection import log_path
from .drawing import (
    ICON_PX,
    draw_line,
    draw_remedy,
    draw_words,
    line_px,
    picture_icon,
    text_px,
    ui_scale,
    wrapped,
)
from .properties import DeoccOption, DeoccScene, settings_of
from .states import Line

PICTURES = ("completed.png", *(f"views/{i}.png" for i in range(6)))
SHOWN_JOBS = 4
BIG_BUTTON = ("Reconstruct Occluded Object", "Reconstruct")  # the second where the first does not fit
SIDE_BY_SIDE_PX = 200.0  # of words, at scale 1, that two number fields in a row need


class Sidebar:
    """What all panels share; a class of each per editor is made below."""

    bl_region_type = "UI"
    bl_category = "DeOcc"
    layout: bpy.types.UILayout


class MainPanel(Sidebar):
    bl_label = "DeOcc"

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, settings_of(context)
        running = watch.board.running
        draw_line(layout.box(), states.state_line(watch.board), running[0].id if running else "")
        draw_photo(layout, settings)
        draw_method(layout, settings)
        row = layout.row()
        row.scale_y = 1.8
        fitting = [words for words in BIG_BUTTON if text_px(words) <= line_px(ICON_PX)]
        row.operator("deocc.reconstruct", text=(fitting or BIG_BUTTON[-1:])[0], icon="MESH_MONKEY")
        hint = missing_words(settings) or states.estimate_words(
            watch.board.link.card(settings.backend), settings.variants
        )
        if hint:
            small = layout.column(align=True)
            small.active = False
            for words in wrapped(hint, line_px()):
                small.label(text=words)


def missing_words(settings: DeoccScene) -> str:
    if settings.photo is None:
        return "Choose a photo first"
    return "" if settings.has_object() else "Show which object: open or choose its mask"


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


def draw_mask(layout: bpy.types.UILayout, settings: DeoccScene, target: str, label: str, words: str) -> None:
    name = f"{target.lower()}_mask"
    column = layout.column(align=True)
    row = column.row(align=True)
    row.label(text=f"{label}: {words}")
    row.operator("deocc.mask_file", text="", icon="FILEBROWSER").target = target
    column.prop(settings, name, text="")


def draw_method(layout: bpy.types.UILayout, settings: DeoccScene) -> None:
    card = watch.board.link.card(settings.backend)
    row = layout.row(align=True)
    row.label(text="Backend")
    row.menu("DEOCC_MT_backends", text=card.title if card else settings.backend.capitalize())
    wide = line_px() >= SIDE_BY_SIDE_PX * ui_scale()
    numbers = layout.row() if wide else layout.column(align=True)
    row = numbers.row(align=True)
    row.prop(settings, "seed")
    row.operator("deocc.seed_random", text="", icon="FILE_REFRESH")
    numbers.prop(settings, "variants")


class ResultsPanel(Sidebar):
    bl_label = "Results"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        body = context.active_object
        return bool(watch.board.jobs) or bool(body and body.get(scene.GROUP)) or bool(placeholder.awaited())

    def draw(self, context: bpy.types.Context) -> None:
        jobs, body = watch.board.newest_first[:SHOWN_JOBS], context.active_object
        news = [job for job in jobs if job in watch.board.running] or jobs[:1]
        for job in news:
            box = self.layout.box()
            draw_job(box, job)
            draw_pictures(box, job)
        if body is not None and body.get(scene.GROUP):
            draw_variants(self.layout, body)
        for job in jobs:
            if job not in news:
                draw_job(self.layout.box(), job)
        for job_id, server_id, name in placeholder.awaited():
            if server_id and job_id not in watch.board.jobs:
                waits = Line(f"{name} waits for its server.", "", "server_start", "SORTTIME")
                draw_line(self.layout.box(), waits)


def draw_job(layout: bpy.types.UILayout, job: JobView) -> None:
    running = watch.board.running
    if job in running:
        column = layout.column(align=True)
        said = job == running[0] and states.state_line(watch.board).action == "cancel"
        words = job.name if said else states.running_words(job)
        for line in wrapped(words, line_px()):
            column.label(text=line)
        row = layout.split(factor=0.6, align=True)
        row.progress(factor=job.fraction, text=f"{job.fraction * 100:.0f} %")
        row.operator("deocc.cancel", text="Cancel").job_id = job.id
        return
    row = layout.row()
    line = states.done_line(job)
    draw_words(row.column(), line, beside_px=ICON_PX + 6)
    row.operator("deocc.dismiss", text="", icon="X", emboss=False).job_id = job.id
    column = layout.column(align=True)
    draw_remedy(column, line, job.id)
    if job.state == "failed" and line.action != "retry":
        column.operator("deocc.retry").job_id = job.id
    if job.waiting:
        layout.operator("deocc.place_result").job_id = job.id


def draw_pictures(layout: bpy.types.UILayout, job: JobView) -> None:
    """The newest variant's pictures, as they come."""
    if not job.pictures:
        return
    newest = max(variant for variant, _ in job.pictures)
    paths = [job.pictures[newest, name] for name in PICTURES if (newest, name) in job.pictures]
    grid = layout.grid_flow(row_major=True, columns=4, even_columns=True, align=True)
    for path in paths:
        grid.template_icon(picture_icon(path), scale=3.4)


def draw_variants(layout: bpy.types.UILayout, body: bpy.types.Object) -> None:
    found = scene.variants(body)
    column = layout.column(align=True)
    if len(found) > 1 and body.data in found:
        row = column.row(align=True)
        row.operator("deocc.variant_step", text="", icon="TRIA_LEFT").step = -1
        at = found.index(body.data) + 1
        row.label(text=f"variant {at} of {len(found)} (seed {body.get(scene.SEED, '?')})")
        row.operator("deocc.variant_step", text="", icon="TRIA_RIGHT").step = 1
        column.operator("deocc.variant_keep")
    column.operator("deocc.new_seeds", icon="FILE_REFRESH")


class ViewsPanel(Sidebar):
    bl_label = "Six Views"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        body = context.active_object
        return bool(body and body.get(scene.GROUP))

    def draw(self, context: bpy.types.Context) -> None:
        body = context.active_object
        views = scene.references(body)
        grid = self.layout.grid_flow(row_major=True, columns=3, even_columns=True, align=True)
        for one in views:
            preview = one.data.preview if one.data else None
            if preview is not None and preview.icon_id:
                grid.template_icon(preview.icon_id, scale=5)
        shown = any(not one.hide_get() for one in views)
        words = "Hide Views in the Scene" if shown else "Show Views in the Scene"
        self.layout.operator("deocc.views_references", text=words)


class QualityPanel(Sidebar):
    bl_label = "Quality"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        settings = settings_of(context)
        options = settings.options_of(settings.backend)
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
            column = layout.column(align=True)
            column.active = False
            for words in wrapped(f"Log: {log_path(connection.data_dir)}", line_px()):
                column.label(text=words)
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
                 (QualityPanel, "quality"), (ServerPanel, "server"))  # fmt: skip
        for part, name in parts:
            idname = f"DEOCC_PT_{short}_{name}"
            body = {"bl_idname": idname, "bl_space_type": space}
            if name != "main":
                body["bl_parent_id"] = main
            made.append(type(idname, (part, bpy.types.Panel), body))
    return tuple(made)


CLASSES = _for_both_editors()
