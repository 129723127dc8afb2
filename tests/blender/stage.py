"""What every scene needs inside Blender: the extension enabled, its modules, a pump in the timer's place."""

from __future__ import annotations

import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import bpy

EXTENSION = "bl_ext.user_default.deocc"
FOLDER = Path(sys.argv[1]) if len(sys.argv) > 1 else Path()
WAIT_S = 40.0  # a job takes one to three seconds here, and 16 variants 15: longer is a hang


def enable() -> None:
    bpy.ops.wm.read_homefile(use_empty=True)
    addon_utils = import_module("addon_utils")  # to be found only once bpy is there
    assert addon_utils.enable(EXTENSION, default_set=True) is not None


def disable() -> None:
    import_module("addon_utils").disable(EXTENSION, default_set=True)


def module(name: str) -> Any:
    return import_module(f"{EXTENSION}.{name}")


def pump(until, what: str) -> None:
    """Does what the timer does in a window until something is true."""
    watch, end = module("watch"), time.monotonic() + WAIT_S
    while not until():
        jobs = [(job.name, job.state, job.placed, job.fault) for job in watch.board.jobs.values()]
        assert time.monotonic() < end, (
            f"waited {WAIT_S:.0f} s in vain: {what}; {jobs}; {watch.board.link.state}"
        )
        watch.poll_once()
        time.sleep(0.02)


def wait_for(until, seconds: float, what: str) -> None:
    """Waits without doing what the timer does."""
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, f"waited {seconds:.0f} s in vain: {what}"
        time.sleep(0.02)


def pump_to_the_end() -> None:
    jobs = module("watch").board.jobs
    pump(lambda: all(job.is_over for job in jobs.values()), "the jobs' end")


def open_mug(**settings: Any) -> Any:
    """Opens the photo and its masks; returns Scene.deocc."""
    assert bpy.ops.deocc.open_photo(filepath=str(FOLDER / "mug.png")) == {"FINISHED"}
    for name, value in settings.items():
        setattr(bpy.context.scene.deocc, name, value)
    return bpy.context.scene.deocc


def refusal(call) -> str:
    """What Blender says when an operator refuses."""
    try:
        call()
    except RuntimeError as error:
        return str(error)
    raise AssertionError("it was not refused")


def placeholders() -> list[bpy.types.Object]:
    marked = [one for one in bpy.data.objects if one.type == "EMPTY" and "deocc_job" in one]
    return [one for one in marked if one.users_scene]  # not those that a deleted scene has left behind


def bodies() -> list[bpy.types.Object]:
    return [one for one in bpy.data.objects if one.type == "MESH" and "deocc_recipe" in one]


def end() -> None:
    """Said last: a process that died on the way did not say it."""
    print("scene ended")
