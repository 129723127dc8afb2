"""Results into the scene, one at a time, when Blender's hands are free; each an undo step of its own."""

from __future__ import annotations

import logging
import time

import bpy

from .board import Board, JobView
from .placeholder import forget_job, marked
from .scene import land

log = logging.getLogger(__name__)


def land_one(board: Board) -> bool:
    """Lands the result that has waited longest; false where there is none, or it is no moment for it."""
    job = next((job for job in board.jobs.values() if _can_land(job)), None)
    if job is None or _hands_full():
        return False
    package = (job.arrived or job.waiting).pop(0)
    started = time.perf_counter()
    body = land(package, job.id, show=job.placed == 0)
    if body is None:
        job.waiting.append(package)
    else:
        job.placed += 1
        job.name = body.name  # the user may have renamed its placeholder
        present(body, f"DeOcc: {body.name}")
    if job.is_settled and job.state != "failed":  # a failed one may be tried again there
        forget_job(job.id)
    log.info("%s imported in %.3f s", package.name, time.perf_counter() - started)
    return True


def _can_land(job: JobView) -> bool:
    """Whether a result has come, or one that waits has its placeholder again: undone, or in a file opened."""
    return bool(job.arrived) or (bool(job.waiting) and marked(job.id) is not None)


def _hands_full() -> bool:
    """Whether Blender moves objects or renders: it holds on to what a landing result would replace."""
    if bpy.app.is_job_running("RENDER"):
        return True
    windows = bpy.context.window_manager.windows
    running = [one.bl_idname for window in windows for one in getattr(window, "modal_operators", ())]
    return any(name.startswith("TRANSFORM_OT_") for name in running)


def present(body: bpy.types.Object, words: str) -> None:
    """Selects a new object and pushes an undo step, where the user is in Object Mode."""
    if bpy.context.mode != "OBJECT":
        return
    layer = bpy.context.view_layer
    if body.name in layer.objects:
        for one in layer.objects:
            if one.select_get():
                one.select_set(False)
        body.select_set(True)
        layer.objects.active = body
    if not bpy.app.background:
        # Never inside a temp_override while threads run: up to Python 3.11 (Blender 5.0) an operator called
        # there reads the override without Python's lock, and Blender crashes.
        bpy.ops.ed.undo_push(message=words)
