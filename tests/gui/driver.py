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
from pathlib import Path

import bpy

INTERVAL_S = 0.1
MAILBOX = Path(sys.argv[sys.argv.index("--") + 1])


def areas(kind: str) -> list[bpy.types.Area]:
    """All areas of a kind ("VIEW_3D") in the open window."""
    return [area for area in bpy.context.window_manager.windows[0].screen.areas if area.type == kind]


def region(area: bpy.types.Area, kind: str) -> bpy.types.Region:
    return next(one for one in area.regions if one.type == kind)


def execute_next() -> float:
    done = {path.stem for path in MAILBOX.glob("*.json")}
    waiting = sorted(
        (path for path in MAILBOX.glob("*.py") if path.stem not in done), key=lambda path: path.name
    )
    if waiting:
        reply = {"answer": None, "error": ""}
        names = {"bpy": bpy, "areas": areas, "region": region, "answer": None}
        try:
            exec(compile(waiting[0].read_text(), str(waiting[0]), "exec"), names)
            reply["answer"] = names["answer"]
            text = json.dumps(reply)
        except Exception:
            text = json.dumps({"answer": None, "error": traceback.format_exc()})
        beside = waiting[0].with_suffix(".part")
        beside.write_text(text)
        os.replace(beside, waiting[0].with_suffix(".json"))
    return INTERVAL_S


if __name__ == "__main__":
    bpy.context.preferences.view.show_splash = False
    bpy.app.timers.register(execute_next, first_interval=1.0, persistent=True)
