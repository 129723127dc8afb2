"""The server: start, stop, update, its log; and the preferences a fault points to."""

from __future__ import annotations

import bpy

from .. import preferences, watch
from ..connection import log_tail

PACKAGE = __package__.rpartition(".")[0] if __package__ else ""  # the extension itself
LOG_TEXT = "DeOcc server log"
LOG_LINES = 40  # that a new window shows of its end


def needs_local(cls: type[bpy.types.Operator], what: str) -> bool:
    if preferences.preferences().server_address.strip():
        cls.poll_message_set(f"A remote server is in use; {what} where it runs")
        return False
    return True


class DEOCC_OT_server_start(bpy.types.Operator):
    """Start the server on this machine, or look again for the remote one"""

    bl_idname = "deocc.server_start"
    bl_label = "Start"

    def execute(self, _context: bpy.types.Context) -> set[str]:
        watch.look_now(start=True)
        return {"FINISHED"}


class DEOCC_OT_server_stop(bpy.types.Operator):
    """Stop the server on this machine; it starts again with the next job"""

    bl_idname = "deocc.server_stop"
    bl_label = "Stop"

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        if watch.board.running:  # its follower would start the server again
            cls.poll_message_set("A job is running; cancel it first")
            return False
        return needs_local(cls, "stop it")

    def execute(self, _context: bpy.types.Context) -> set[str]:
        watch.stop_server()
        return {"FINISHED"}


class DEOCC_OT_server_update(bpy.types.Operator):
    """Stop the server that runs and start the one that belongs to this add-on"""

    bl_idname = "deocc.server_update"
    bl_label = "Update Server"

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        return needs_local(cls, "update it")

    def execute(self, _context: bpy.types.Context) -> set[str]:
        watch.stop_server(restart=True)
        return {"FINISHED"}


class DEOCC_OT_server_log(bpy.types.Operator):
    """Show the end of the server's log in a text of this file"""

    bl_idname = "deocc.server_log"
    bl_label = "View Log"

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        return needs_local(cls, "read its log")

    def execute(self, context: bpy.types.Context) -> set[str]:
        text = bpy.data.texts.get(LOG_TEXT) or bpy.data.texts.new(LOG_TEXT)
        text.from_string(log_tail(preferences.connection().data_dir))
        if not bpy.app.background:
            bpy.ops.wm.window_new()
            area = context.window_manager.windows[-1].screen.areas[0]
            area.type = "TEXT_EDITOR"
            text.cursor_set(max(0, len(text.lines) - LOG_LINES))
            area.spaces.active.text = text
            area.spaces.active.top = text.current_line_index
        self.report({"INFO"}, f"The log is in the text “{LOG_TEXT}”")
        return {"FINISHED"}


class DEOCC_OT_open_preferences(bpy.types.Operator):
    """Open the add-on's preferences"""

    bl_idname = "deocc.open_preferences"
    bl_label = "Open Preferences"

    def execute(self, _context: bpy.types.Context) -> set[str]:
        return bpy.ops.preferences.addon_show(module=PACKAGE)


class DEOCC_OT_open_system_preferences(bpy.types.Operator):
    """Open Blender's preferences where online access is allowed"""

    bl_idname = "deocc.open_system_preferences"
    bl_label = "Open Preferences"

    def execute(self, _context: bpy.types.Context) -> set[str]:
        return bpy.ops.screen.userpref_show(section="SYSTEM")


class DEOCC_OT_open_extensions(bpy.types.Operator):
    """Open Blender's list of extensions, where updates appear"""

    bl_idname = "deocc.open_extensions"
    bl_label = "Update Add-on"

    def execute(self, _context: bpy.types.Context) -> set[str]:
        return bpy.ops.screen.userpref_show(section="EXTENSIONS")


class DEOCC_OT_open_data_folder(bpy.types.Operator):
    """Open the folder that holds jobs, results and weights"""

    bl_idname = "deocc.open_data_folder"
    bl_label = "Open Data Folder"

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        return needs_local(cls, "open its data folder")

    def execute(self, _context: bpy.types.Context) -> set[str]:
        folder = preferences.connection().data_dir
        if not folder.is_dir():
            self.report({"ERROR"}, f"There is no folder {folder} yet")
            return {"CANCELLED"}
        return bpy.ops.wm.path_open(filepath=str(folder))


CLASSES = (
    DEOCC_OT_server_start,
    DEOCC_OT_server_stop,
    DEOCC_OT_server_update,
    DEOCC_OT_server_log,
    DEOCC_OT_open_preferences,
    DEOCC_OT_open_system_preferences,
    DEOCC_OT_open_extensions,
    DEOCC_OT_open_data_folder,
)
