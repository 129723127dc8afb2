"""The networks' weights: download, cancel, import from a file, remove. The server does it, when asked."""

from __future__ import annotations

from pathlib import Path

import bpy
from bpy_extras.io_utils import ImportHelper

from .. import needs, watch
from ..drawing import wrapped
from ..needs import OFFLINE, here_words, licence_words, total_words
from ..properties import settings_of
from ..replies import WeightsRow

DIALOG_PX = 460
CHECKPOINTS = "*.safetensors;*.ckpt;*.bin;*.pt;*.pth"
BASES = (
    ("auto", "As in the Table", "The pipeline that the table of weights names"),
    ("zero123plus-v1.2", "Zero123++ v1.2", ""),
    ("zero123plus-v1.1", "Zero123++ v1.1", ""),
)
CAMERAS = (
    ("auto", "As Its Base", "Those of the pipeline it was made from"),
    ("v1.2", "v1.2: +20° and −10°", "As Zero123++ v1.2 and InstantMesh"),
    ("v1.1", "v1.1: +30° and −20°", "As Zero123++ v1.1 and the DeOcc-1-to-3 paper"),
)


class ForWeights:
    """What all these operators are told: one row by its name, or what a backend needs."""

    name: bpy.props.StringProperty(name="Weights", options={"HIDDEN", "SKIP_SAVE"})
    backend: bpy.props.StringProperty(name="Backend", options={"HIDDEN", "SKIP_SAVE"})

    def rows(self, context: bpy.types.Context) -> list[WeightsRow]:
        if self.name:
            return watch.board.weights.named((self.name,))
        card = watch.board.link.card(self.backend or watch.chosen(settings_of(context)))
        if card is None:
            return []
        return needs.needed(watch.board, card, settings_of(context).option_values(card.name))


class DEOCC_OT_weights_fetch(ForWeights, bpy.types.Operator):
    """Let the server download these weights; it shows sizes and licences first"""

    bl_idname = "deocc.weights_fetch"
    bl_label = "Download Weights"

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        if not bpy.app.online_access:
            context.window_manager.popup_menu(draw_offline, title=OFFLINE, icon="ERROR")
            return {"CANCELLED"}
        if not self._wanted(context):
            self.report({"INFO"}, "There is nothing to download")
            return {"CANCELLED"}
        return context.window_manager.invoke_props_dialog(
            self, width=DIALOG_PX, title="Download Weights", confirm_text="Download"
        )

    def draw(self, context: bpy.types.Context) -> None:
        rows, column = self._wanted(context), self.layout.column()
        for row in rows:
            box = column.box().column(align=True)
            box.label(text=f"{row.title}: {total_words([row])}", icon="IMPORT")
            for words in (f"Licence: {row.licence}", f"From {row.source}", here_words([row])):
                for line in wrapped(words, DIALOG_PX * 0.8) if words else ():
                    box.label(text=line, icon="BLANK1")
        column.label(text=f"Together {total_words(rows)}, {licence_words(rows)}.")
        column.label(text="They go into the server's data folder; what was begun goes on from there.")

    def execute(self, context: bpy.types.Context) -> set[str]:
        if not bpy.app.online_access:
            self.report({"ERROR"}, f"{OFFLINE} Turn it on in Blender's preferences to download")
            return {"CANCELLED"}
        rows = self._wanted(context)
        if not rows:
            self.report({"ERROR"}, "There is nothing to download")
            return {"CANCELLED"}
        watch.fetch_weights(tuple(row.name for row in rows))
        return {"FINISHED"}

    def _wanted(self, context: bpy.types.Context) -> list[WeightsRow]:
        return [row for row in self.rows(context) if row.can_fetch]


class DEOCC_OT_weights_cancel(ForWeights, bpy.types.Operator):
    """Stop; what was downloaded is kept, and the next download goes on from there"""

    bl_idname = "deocc.weights_cancel"
    bl_label = "Cancel"

    def execute(self, context: bpy.types.Context) -> set[str]:
        moving = [
            row.name for row in self.rows(context) if row.is_busy or row.name in watch.board.weights.uploads
        ]
        watch.delete_weights(tuple(moving))
        return {"FINISHED"}


class DEOCC_OT_weights_remove(ForWeights, bpy.types.Operator):
    """Remove these weights from the server's disk"""

    bl_idname = "deocc.weights_remove"
    bl_label = "Remove Weights"

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        rows = self.rows(context)
        if not rows:
            return {"CANCELLED"}
        words = (
            f"{rows[0].title}, {total_words(rows)}: to use it again, it must be downloaded or imported again."
        )
        return context.window_manager.invoke_confirm(
            self, event, title="Remove these weights?", message=words, confirm_text="Remove"
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        kept = [row.name for row in self.rows(context) if row.state in ("ready", "damaged", "partial")]
        if not self.name or not kept:  # never a whole backend's at once
            self.report({"ERROR"}, "There is nothing to remove")
            return {"CANCELLED"}
        watch.delete_weights(tuple(kept))
        return {"FINISHED"}


class DEOCC_OT_weights_import(ForWeights, bpy.types.Operator, ImportHelper):
    """Give the server a checkpoint's file from this machine; every key and shape of it is checked"""

    bl_idname = "deocc.weights_import"
    bl_label = "Import Weights"

    filepath: bpy.props.StringProperty(subtype="FILE_PATH", options={"HIDDEN", "SKIP_SAVE"})
    filter_glob: bpy.props.StringProperty(default=CHECKPOINTS, options={"HIDDEN"})
    base: bpy.props.EnumProperty(name="Base", items=BASES, description="The pipeline it was made from")
    cameras: bpy.props.EnumProperty(
        name="Cameras", items=CAMERAS, description="Where its six views are seen from"
    )
    own_background: bpy.props.BoolProperty(
        name="Own Background", description="It was trained on another background than its base"
    )
    background: bpy.props.FloatVectorProperty(
        name="Background", subtype="COLOR_GAMMA", min=0, max=1, default=(1, 1, 1)
    )

    def draw(self, context: bpy.types.Context) -> None:
        row = self._row(context)
        self.layout.label(text=f"As: {row.title}" if row else "")
        if row is None or row.size_bytes:  # a published one's are known
            return
        column = self.layout.column()
        column.use_property_split = True
        for name in ("base", "cameras", "own_background"):
            column.prop(self, name)
        if self.own_background:
            column.prop(self, "background")

    def execute(self, context: bpy.types.Context) -> set[str]:
        row, path = self._row(context), Path(self.filepath)
        if row is None or not path.is_file():
            words = f"There is no file “{path.name}”" if row else "The server has not said its weights yet"
            self.report({"ERROR"}, words)
            return {"CANCELLED"}
        about = {name: getattr(self, name) for name in ("base", "cameras") if getattr(self, name) != "auto"}
        if self.own_background:
            about["background"] = ",".join(f"{value * 255:.0f}" for value in self.background)
        watch.import_weights(row.name, path, about)
        return {"FINISHED"}

    def _row(self, context: bpy.types.Context) -> WeightsRow | None:
        """The row named; of a backend's, one that can only be imported, else one that is not here."""
        rows = self.rows(context)
        order = sorted(rows, key=lambda row: (row.state == "ready", row.state != "unpublished"))
        return order[0] if order else None


def draw_offline(popup: bpy.types.UIPopupMenu, _context: bpy.types.Context) -> None:
    popup.layout.label(text="Turn it on to download, or import a file.")
    popup.layout.operator("deocc.open_system_preferences")


CLASSES = (
    DEOCC_OT_weights_fetch,
    DEOCC_OT_weights_cancel,
    DEOCC_OT_weights_remove,
    DEOCC_OT_weights_import,
)
