"""Variants of one object: step through them in place, keep one; and its six views in the scene."""

from __future__ import annotations

import bpy

from .. import scene


def needs_variants(cls: type[bpy.types.Operator], context: bpy.types.Context) -> bool:
    body = context.active_object
    if body is None or body.type != "MESH" or not body.get(scene.GROUP):
        cls.poll_message_set("Select an object made by DeOcc")
        return False
    if body.mode != "OBJECT":
        cls.poll_message_set("Leave Edit Mode first")
        return False
    return True


class DEOCC_OT_variant_step(bpy.types.Operator):
    """Show the next variant of this object in its place"""

    bl_idname = "deocc.variant_step"
    bl_label = "Step Variant"
    bl_options = {"REGISTER", "UNDO"}

    step: bpy.props.IntProperty(name="Step", default=1)

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return needs_variants(cls, context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        body = context.active_object
        found = scene.variants(body)
        if len(found) < 2:
            self.report({"INFO"}, "There is one variant only; New Seeds makes more")
            return {"CANCELLED"}
        at = found.index(body.data) if body.data in found else -1
        scene.show_variant(body, found[(at + self.step) % len(found)])
        return {"FINISHED"}


class DEOCC_OT_variant_keep(bpy.types.Operator):
    """Remove this object's other variants from the file"""

    bl_idname = "deocc.variant_keep"
    bl_label = "Keep Only This"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return needs_variants(cls, context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        removed = scene.keep_only(context.active_object)
        self.report({"INFO"}, f"Removed {removed} other variant{'' if removed == 1 else 's'}")
        return {"FINISHED"}


class DEOCC_OT_views_references(bpy.types.Operator):
    """Show or hide this object's six views in the scene"""

    bl_idname = "deocc.views_references"
    bl_label = "Views in the Scene"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return needs_variants(cls, context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        layer = context.view_layer.objects
        views = [one for one in scene.references(context.active_object) if one.name in layer]
        hidden = any(not one.hide_get() for one in views)
        for one in views:
            one.hide_set(hidden)
        return {"FINISHED"}


CLASSES = (DEOCC_OT_variant_step, DEOCC_OT_variant_keep, DEOCC_OT_views_references)
