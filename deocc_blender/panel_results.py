"""The panels of what was made: jobs with their pictures, variants of an object, its six views. Draws only."""

from __future__ import annotations

import bpy

from . import placeholder, scene, states, watch
from .board import JobView
from .drawing import ICON_PX, Sidebar, draw_buttons, draw_line, draw_words, line_px, picture_icon, wrapped
from .states import Line

PICTURES = ("completed.png", *(f"views/{i}.png" for i in range(6)))
SHOWN_JOBS = 4  # of those that are over and want nothing


class ResultsPanel(Sidebar):
    bl_label = "Results"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        body = context.active_object
        return bool(watch.board.jobs) or bool(body and body.get(scene.GROUP)) or bool(placeholder.awaited())

    def draw(self, context: bpy.types.Context) -> None:
        body, running = context.active_object, watch.board.running
        jobs = [
            job for i, job in enumerate(watch.board.newest_first)
            if i < SHOWN_JOBS or job in running or job.waiting
        ]  # fmt: skip
        news = [job for job in jobs if job in running] or jobs[:1]
        pictured = watch.board.pictured
        for job in news:
            box = self.layout.box()
            draw_job(box, job)
            draw_pictures(box, job)
        if body is not None and body.get(scene.GROUP):
            draw_variants(self.layout, body)
        for job in jobs:
            if job not in news:
                box = self.layout.box()
                draw_job(box, job)
                if job in pictured:  # it failed: what was made of it before is kept
                    draw_pictures(box, job)
        for job_id, server_id, name in placeholder.awaited():
            if server_id and job_id not in watch.board.jobs:
                waits = Line(f"{name} waits for its server.", "", "server_start", "SORTTIME")
                draw_line(self.layout.box(), waits)


def draw_job(layout: bpy.types.UILayout, job: JobView) -> None:
    running = watch.board.running
    if job in running:
        column = layout.column(align=True)
        said = job is running[0] and states.state_line(watch.board).action == "cancel"
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
    draw_buttons(layout, line)
    if job.state == "failed" and line.action != "retry":
        layout.operator("deocc.retry").job_id = job.id
    if job.waiting:
        layout.operator("deocc.place_result").job_id = job.id


def draw_pictures(layout: bpy.types.UILayout, job: JobView) -> None:
    """The newest variant's pictures, as they come."""
    if not job.pictures:
        return
    newest = max(variant for variant, _ in job.pictures)
    shown = [job.pictures[newest, name] for name in PICTURES if (newest, name) in job.pictures]
    grid = layout.grid_flow(row_major=True, columns=4, even_columns=True, align=True)
    for picture in shown:
        grid.template_icon(picture_icon(picture), scale=3.4)


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
    said = scene.notes(body)
    if said:  # last: no button moves under the pointer that steps through the variants
        draw_words(layout, Line(" ".join(said), icon="INFO"))


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
