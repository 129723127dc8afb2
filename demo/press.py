"""Presses DeOcc's buttons as a user would, under the bpy module: `press.py OUT`, started by `deocc demo`.

Opens the photo beside this file, reconstructs the object in it, saves the scene, makes the demo's picture.
Lines for people begin with "demo: ".
"""

from __future__ import annotations

import io
import sys
import tempfile
import time
import zipfile
from importlib import import_module
from pathlib import Path
from types import ModuleType

import bpy
import numpy as np
from PIL import Image
from sheet import compose
from sides import render_sides

HERE = Path(__file__).parent
PHOTO = HERE / "table.jpg"
OBJECT_MASK, OCCLUDER_MASK = HERE / "table_object.png", HERE / "table_occluder.png"
EXTENSION = "bl_ext.user_default.deocc"
NAME = "Cracker box"
SIDES = {"front": 25.0, "side": 115.0, "back": 205.0}  # azimuths; 0 is where the photo looks from
PATIENCE_S = 120.0  # starting the server and the draft backend take about three seconds together
PUMP_S = 0.05


def main(out: Path) -> int:
    bpy.ops.wm.read_homefile(use_empty=True)
    bpy.ops.preferences.addon_enable(module=EXTENSION)
    watch = import_module(f"{EXTENSION}.watch")
    job_id = press()
    try:
        fault = wait(watch, job_id)
        if fault:
            say(fault)
            return 1
        body = bpy.data.objects[NAME]
        files = fetch_package(job_id)
        with zipfile.ZipFile(io.BytesIO(files)) as archive:
            archive.extractall(out / "package")
        bpy.ops.wm.save_as_mainfile(filepath=str(out / "scene.blend"), compress=True)
        say("Rendering three sides of it …")
        picture(body, out)
    finally:
        end_server(watch)
    return 0


def press() -> str:
    """The user's clicks: open the photo, name its masks, press the button; the job's id."""
    say(f"Opening {PHOTO.name} and its two masks …")
    bpy.ops.deocc.open_photo(filepath=str(PHOTO))
    bpy.ops.deocc.mask_file(filepath=str(OBJECT_MASK), target="OBJECT")
    bpy.ops.deocc.mask_file(filepath=str(OCCLUDER_MASK), target="OCCLUDER")
    bpy.context.scene.deocc.name = NAME
    say("Pressing Reconstruct Occluded Object (it starts the server) …")
    bpy.ops.deocc.reconstruct()
    return next(one["deocc_job"] for one in bpy.data.objects if "deocc_job" in one)


def wait(watch: ModuleType, job_id: str) -> str:
    """Pumps what Blender's timer would until the job is over; what went wrong, or ""."""
    end, stage = time.monotonic() + PATIENCE_S, ""
    job = watch.board.jobs[job_id]
    while not job.is_over:
        watch.poll_once()
        if job.stage != stage:
            stage = job.stage
            say(f"  {stage}")
        if time.monotonic() > end:
            return f"nothing came within {PATIENCE_S:.0f} s; the link is {watch.board.link}"
        time.sleep(PUMP_S)
    if job.state != "done":
        return f"the job {job.state}: {job.fault.message if job.fault else 'no reason given'}"
    return "" if job.placed else "the result found no place in the scene"


def fetch_package(job_id: str) -> bytes:
    preferences = import_module(f"{EXTENSION}.preferences")
    process = import_module(f"{EXTENSION}.server_process")
    client, _ = process.open_client(preferences.connection(), start=False)
    package = client.package(job_id, 0)
    client.close()
    return package


def end_server(watch: ModuleType) -> None:
    """Presses Stop and waits, so that nothing writes into the temporary folder when it is removed."""
    data_dir = import_module(f"{EXTENSION}.preferences").connection().data_dir
    watch.stop_server()
    end = time.monotonic() + 10
    while (data_dir / "server.json").exists() and time.monotonic() < end:
        time.sleep(PUMP_S)


def picture(body: bpy.types.Object, out: Path) -> None:
    """picture.jpg: everything to be seen on one sheet."""
    with tempfile.TemporaryDirectory() as folder:
        sides = [Image.open(path).copy() for path in render_sides(body, SIDES, Path(folder)).values()]
    package = out / "package"
    sheet = compose(
        photo=np.asarray(Image.open(PHOTO).convert("RGB")),
        seen=np.asarray(Image.open(OBJECT_MASK)) > 127,
        occluder=np.asarray(Image.open(OCCLUDER_MASK)) > 127,
        completed=np.asarray(Image.open(package / "completed.png")),
        sides=sides,
        views=[Image.open(package / "views" / f"{i}.png") for i in range(6)],
    )
    sheet.save(out / "picture.jpg", quality=88)


def say(words: str) -> None:
    sys.stdout.write(f"demo: {words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
