"""The big button, and its relatives that start another job."""

from __future__ import annotations

import uuid

import bpy

from .. import capture, placeholder, scene, watch
from ..messages import JobSpec
from ..properties import MAX_VARIANTS, settings_of
from ..replies import LinkFault, ServerFault

SEED_LIMIT = 2**63
SEED_DIGITS = len(str(SEED_LIMIT))


def can_reconstruct(cls: type[bpy.types.Operator], context: bpy.types.Context) -> bool:
    settings = settings_of(context)
    missing = settings.missing() or watch.blocked(settings)
    if missing:
        cls.poll_message_set(missing)
    return not missing


def begin(
    operator: bpy.types.Operator, context: bpy.types.Context, shrink: int = 1, instead_of: str = ""
) -> set[str]:
    """Takes what the user has filled in, puts the placeholder down and sends the job."""
    try:
        spec = capture.job_spec(context.scene, watch.chosen(settings_of(context)), shrink)
    except ServerFault as fault:
        operator.report({"ERROR"}, watch.fault_of(fault))
        return {"CANCELLED"}
    send(context, spec, instead_of)
    return {"FINISHED"}


def send(context: bpy.types.Context, spec: JobSpec, instead_of: str = "") -> None:
    """Sends a job; it lands where the one it is sent instead of was to, else on a placeholder of its own."""
    job_id = str(uuid.uuid4())
    watch.board.jobs.pop(instead_of, None)
    if not (instead_of and placeholder.hand_over(instead_of, job_id)):
        placeholder.add_placeholder(context, spec.name, job_id)
    watch.submit(spec, job_id)


class DEOCC_OT_reconstruct(bpy.types.Operator):
    """Make the whole object from what the photo shows of it, and put it into the scene"""

    bl_idname = "deocc.reconstruct"
    bl_label = "Reconstruct Occluded Object"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return can_reconstruct(cls, context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        return begin(self, context)


class DEOCC_OT_retry_smaller(bpy.types.Operator):
    """Reconstruct again from the photo at half its size, which needs less memory"""

    bl_idname = "deocc.retry_smaller"
    bl_label = "Try Smaller"
    bl_options = {"REGISTER", "UNDO"}

    job_id: bpy.props.StringProperty(options={"HIDDEN", "SKIP_SAVE"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return can_reconstruct(cls, context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        return begin(self, context, shrink=2, instead_of=self.job_id)


class DEOCC_OT_retry(bpy.types.Operator):
    """Send this job again"""

    bl_idname = "deocc.retry"
    bl_label = "Try Again"
    bl_options = {"REGISTER", "UNDO"}

    job_id: bpy.props.StringProperty(options={"HIDDEN", "SKIP_SAVE"})

    def execute(self, context: bpy.types.Context) -> set[str]:
        job = watch.board.jobs.get(self.job_id)
        if job is None:
            self.report({"ERROR"}, "That job is no longer here; press Reconstruct Occluded Object")
            return {"CANCELLED"}
        kept = bool(job.server_id) and isinstance(job.fault, LinkFault)  # the lost server has it queued
        if job.spec is None or kept:  # without a spec it came with an opened file
            watch.follow_again(job.id, job.name)
            return {"FINISHED"}
        send(context, job.spec, instead_of=job.id)
        return {"FINISHED"}


class DEOCC_OT_new_seeds(bpy.types.Operator):
    """Try other seeds of this object; its unseen side is invented anew"""

    bl_idname = "deocc.new_seeds"
    bl_label = "New Seeds"
    bl_options = {"UNDO"}  # no REGISTER: changing the count afterwards would send another job

    count: bpy.props.IntProperty(name="How Many", default=1, min=1, max=MAX_VARIANTS)

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        body = context.active_object
        if body is None or body.type != "MESH" or scene.recipe_of(body) is None:
            cls.poll_message_set("Select an object made by DeOcc")
            return False
        if body.get(placeholder.JOB) in {job.id for job in watch.board.running}:
            cls.poll_message_set("More variants of this object are on their way")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        body = context.active_object
        spec = spec_of(scene.recipe_of(body) or {}, scene.variants(body), self.count)
        if spec is None:
            self.report({"ERROR"}, "The recipe on this object is damaged; reconstruct it from its photo")
            return {"CANCELLED"}
        job_id = str(uuid.uuid4())
        body[placeholder.JOB] = job_id
        watch.submit(spec, job_id)
        return {"FINISHED"}


def spec_of(recipe: dict, variants: list[bpy.types.Mesh], count: int) -> JobSpec | None:
    """A job for the next seeds of a recipe, whose pictures the server has by hash; None for a damaged one."""
    hashes = {name: recipe.get(name) for name in ("photo", "object_mask", "occluder_mask", "keep_mask")}
    for name, value in hashes.items():
        optional = name in ("occluder_mask", "keep_mask") and value is None
        if not optional and not (isinstance(value, str) and len(value) == 64 and value.isalnum()):
            return None
    options = recipe.get("options")
    plain = bool | int | float | str
    if not isinstance(options, dict) or not all(isinstance(one, plain) for one in options.values()):
        return None
    said = [str(mesh.get(scene.SEED, ""))[:SEED_DIGITS] for mesh in variants]
    tried = {int(seed) for seed in said if seed.isdecimal()}
    first = max(tried, default=-1) + 1
    seeds = tuple((first + i) % SEED_LIMIT for i in range(count))
    return JobSpec(
        name=str(recipe.get("name", "Object"))[:50],
        backend=str(recipe.get("backend", "draft"))[:60],
        seeds=seeds,
        options=options,
        photo=hashes["photo"] or "",
        object_mask=hashes["object_mask"],
        occluder_mask=hashes["occluder_mask"],
        keep_mask=hashes["keep_mask"],
    )


CLASSES = (DEOCC_OT_reconstruct, DEOCC_OT_retry, DEOCC_OT_retry_smaller, DEOCC_OT_new_seeds)
