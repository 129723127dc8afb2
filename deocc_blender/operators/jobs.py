"""Jobs on their way or over: cancel, take off the list, put down a result without a placeholder."""

from __future__ import annotations

import bpy

from .. import landing, placeholder, scene, watch


class DEOCC_OT_cancel(bpy.types.Operator):
    """Stop this job and take its placeholder away"""

    bl_idname = "deocc.cancel"
    bl_label = "Cancel"
    bl_options = {"REGISTER"}

    job_id: bpy.props.StringProperty(description="Empty for all that run", options={"HIDDEN", "SKIP_SAVE"})

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        if not watch.board.running:
            cls.poll_message_set("No job is running")
            return False
        return True

    def execute(self, _context: bpy.types.Context) -> set[str]:
        for job in watch.board.running:
            if self.job_id in ("", job.id):
                watch.cancel(job.id)
        return {"FINISHED"}


class DEOCC_OT_dismiss(bpy.types.Operator):
    """Take this line off the list, with what is left of its placeholder"""

    bl_idname = "deocc.dismiss"
    bl_label = "Dismiss"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    job_id: bpy.props.StringProperty(options={"HIDDEN", "SKIP_SAVE"})

    def execute(self, _context: bpy.types.Context) -> set[str]:
        if self.job_id in {job.id for job in watch.board.running}:
            self.report({"ERROR"}, "This job is not over; cancel it first")
            return {"CANCELLED"}
        watch.board.jobs.pop(self.job_id, None)
        placeholder.remove_placeholder(self.job_id)
        placeholder.forget_job(self.job_id)
        return {"FINISHED"}


class DEOCC_OT_place_result(bpy.types.Operator):
    """Put a result whose placeholder is gone at the 3D cursor"""

    bl_idname = "deocc.place_result"
    bl_label = "Place"
    bl_options = {"REGISTER", "UNDO"}

    job_id: bpy.props.StringProperty(options={"HIDDEN", "SKIP_SAVE"})

    def execute(self, context: bpy.types.Context) -> set[str]:
        job = watch.board.jobs.get(self.job_id)
        if job is None or not job.waiting:
            self.report({"ERROR"}, "There is no result waiting")
            return {"CANCELLED"}
        body = scene.put_down(context, job.waiting[0])
        for package in job.waiting[1:]:
            scene.add_variant(body, package)
        job.placed += len(job.waiting)
        job.waiting.clear()
        landing.present(body, f"DeOcc: {body.name}")
        return {"FINISHED"}


CLASSES = (DEOCC_OT_cancel, DEOCC_OT_dismiss, DEOCC_OT_place_result)
