"""Runs in a Blender window (`blender --python driver.py -- MAILBOX`): a timer executes the tests' snippets.

A snippet is `N.py` in the mailbox; what it leaves in `answer` goes back as `N.json`, or its traceback does.
Each runs in one tick of a timer, so between two of them Blender's event loop, and the extension's own timers,
run for real.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from importlib import import_module
from pathlib import Path
from typing import Any

import bpy

INTERVAL_S = 0.05
EXTENSION = "bl_ext.user_default.deocc"
MAILBOX = Path(sys.argv[sys.argv.index("--") + 1])


def areas(kind: str) -> list[bpy.types.Area]:
    """All areas of a kind ("VIEW_3D") in the first window."""
    return [area for area in bpy.context.window_manager.windows[0].screen.areas if area.type == kind]


def region(area: bpy.types.Area, kind: str) -> bpy.types.Region:
    return next(one for one in area.regions if one.type == kind)


def ours(name: str) -> Any:
    """A module of the extension."""
    return import_module(f"{EXTENSION}.{name}")


def preferences() -> Any:
    return bpy.context.preferences.addons[EXTENSION].preferences


def placeholders() -> list[bpy.types.Object]:
    return [one for one in bpy.data.objects if one.type == "EMPTY" and "deocc_job" in one]


def bodies() -> list[bpy.types.Object]:
    return [one for one in bpy.data.objects if one.type == "MESH" and "deocc_recipe" in one]


NAMES = (areas, region, ours, preferences, placeholders, bodies)


def execute_next() -> float:
    done = {path.stem for path in MAILBOX.glob("*.json")}
    waiting = sorted(path for path in MAILBOX.glob("*.py") if path.stem not in done)
    if waiting:
        names = {"bpy": bpy, "answer": None, **{one.__name__: one for one in NAMES}}
        try:
            exec(compile(waiting[0].read_text(), str(waiting[0]), "exec"), names)
            text = json.dumps({"answer": names["answer"], "error": ""})
        except Exception:
            text = json.dumps({"answer": None, "error": traceback.format_exc()})
        beside = waiting[0].with_suffix(".part")
        beside.write_text(text)
        os.replace(beside, waiting[0].with_suffix(".json"))
    return INTERVAL_S


if __name__ == "__main__":
    bpy.context.preferences.view.show_splash = False
    bpy.context.preferences.view.use_save_prompt = False
    bpy.context.preferences.filepaths.temporary_directory = str(MAILBOX.parent)  # goes with the tests' ground
    bpy.context.preferences.view.filebrowser_display_type = "SCREEN"  # in this window, where the pointer is
    bpy.app.timers.register(execute_next, first_interval=1.0, persistent=True)
