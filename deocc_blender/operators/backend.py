"""Backend and its options."""

from __future__ import annotations

import secrets

import bpy

from .. import preferences, watch
from ..connection import install_command
from ..properties import settings_of


class DEOCC_OT_choose_backend(bpy.types.Operator):
    """Use this method for the next object"""

    bl_idname = "deocc.choose_backend"
    bl_label = "Choose Backend"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    # SKIP_SAVE: a fault's button “Use Draft” gives no name, and must not get the one chosen last
    name: bpy.props.StringProperty(name="Backend", default="draft", options={"SKIP_SAVE"})

    @classmethod
    def description(cls, _context: bpy.types.Context, properties: bpy.types.OperatorProperties) -> str:
        card = watch.board.link.card(properties.name)  # type: ignore[attr-defined]
        return card.summary.rstrip(".") if card and card.summary else "Use this method for the next object"

    def execute(self, context: bpy.types.Context) -> set[str]:
        settings_of(context).backend = self.name
        return {"FINISHED"}


class DEOCC_OT_copy_install_command(bpy.types.Operator):
    """Copy what to enter in a terminal, so that this method finds the libraries it needs"""

    bl_idname = "deocc.copy_install_command"
    bl_label = "Copy the Command"
    bl_options = {"INTERNAL"}

    name: bpy.props.StringProperty(name="Backend", options={"SKIP_SAVE"})

    def execute(self, context: bpy.types.Context) -> set[str]:
        command = install_command(preferences.connection())
        context.window_manager.clipboard = command
        self.report({"INFO"}, f"Copied: {command}")
        return {"FINISHED"}


class DEOCC_OT_options_reset(bpy.types.Operator):
    """Set the backend's options back to its defaults"""

    bl_idname = "deocc.options_reset"
    bl_label = "Reset Options"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if watch.chosen_card(settings_of(context)) is None:
            cls.poll_message_set("The server has not said its options yet")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        settings = settings_of(context)
        card = watch.chosen_card(settings)
        declared = {option.name: option for option in card.options} if card else {}
        for option in settings.options_of(watch.chosen(settings)):
            if option.name in declared and option.value_name:
                setattr(option, option.value_name, declared[option.name].default)
        return {"FINISHED"}


class DEOCC_OT_seed_random(bpy.types.Operator):
    """Roll another seed"""

    bl_idname = "deocc.seed_random"
    bl_label = "Random Seed"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        settings_of(context).seed = secrets.randbelow(10_000)  # short enough to be read aloud
        return {"FINISHED"}


class DEOCC_MT_backends(bpy.types.Menu):
    bl_idname = "DEOCC_MT_backends"
    bl_label = "Backend"

    def draw(self, _context: bpy.types.Context) -> None:
        cards = watch.board.offered
        if not cards:
            self.layout.operator("deocc.choose_backend", text="Draft").name = "draft"
        for card in cards:
            icon = "CHECKMARK" if card.ready else "IMPORT"
            self.layout.operator("deocc.choose_backend", text=card.title, icon=icon).name = card.name
        if len(cards) > 1:
            self.layout.separator()
            self.layout.operator("deocc.choose_backend", text="Best That Is Ready").name = ""


CLASSES = (
    DEOCC_OT_choose_backend,
    DEOCC_OT_copy_install_command,
    DEOCC_OT_options_reset,
    DEOCC_OT_seed_random,
    DEOCC_MT_backends,
)
