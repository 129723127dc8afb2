"""Measures what the extension costs Blender's main thread, for `deocc bench speed`. Not shipped.

    python deocc_blender/measure_import.py PACKAGE.zip PHOTO.png       (under the bpy module)

The extension is enabled in a Blender of its own, with a server of its own. PHOTO.png has its masks beside it.
Prints one line of JSON: the package's triangles; check_s, spent on it in a thread; import_s, on the main
thread; longest_step_s and longest_step, the longest of all else that a job takes on the main thread.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).resolve().parent
EXTENSION = "bl_ext.user_default.deocc"
PANELS = ("main", "results", "views", "quality", "server")
PATIENCE_S = 60.0  # a job takes about two seconds
TICK_S = 0.02  # five times as often as in a window


class Nowhere:
    """A layout that takes whatever a panel says and shows nothing: only our own work is measured."""

    def __getattr__(self, _name: str) -> Callable[..., Nowhere]:
        return lambda *_arguments, **_words: Nowhere()


class Stopwatch:
    """Seconds of the longest run of each step."""

    def __init__(self) -> None:
        self.longest_s: dict[str, float] = {}

    def run(self, name: str, step: Callable[..., Any], *arguments: Any) -> Any:
        began = time.perf_counter()
        result = step(*arguments)
        self.note(name, time.perf_counter() - began)
        return result

    def note(self, name: str, took_s: float) -> None:
        self.longest_s[name] = max(took_s, self.longest_s.get(name, 0.0))


def main(package: Path, photo: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="deocc-measure-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        places = {"BLENDER_USER_RESOURCES": "blender", "DEOCC_DATA_DIR": "data", "HOME": "home"}
        for name, place in places.items():  # before bpy is imported: it reads them then
            (home / place).mkdir()
            os.environ[name] = str(home / place)
        os.environ["DEOCC_SERVER_PYTHON"] = sys.executable
        install(home / "blender")
        import bpy

        bpy.ops.wm.read_homefile(use_empty=True)
        bpy.ops.preferences.addon_enable(module=EXTENSION)
        try:
            steps = measure_job(photo)
            figures = measure_import(package.read_bytes())
        finally:
            end_server(home / "data")
    name = max(steps.longest_s, key=lambda step: steps.longest_s[step])
    figures |= {"longest_step_s": steps.longest_s[name], "longest_step": name}
    sys.stdout.write(json.dumps(figures) + "\n")


def module(name: str) -> Any:
    return import_module(f"{EXTENSION}.{name}")


def install(resources: Path) -> None:
    """Puts the extension where Blender's own installer would unpack its zip."""
    target = resources / "extensions" / "user_default" / "deocc"
    shutil.copytree(SOURCE, target, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    shutil.copy2(SOURCE.parent / "blender_manifest.toml", target)


def measure_import(packed: bytes) -> dict[str, Any]:
    """One package into the scene: checked as a follower checks it, landed as the timer lands it."""
    import bpy

    watch, board = module("watch"), module("board")
    began = time.perf_counter()
    package = module("package").read_package(packed)
    checked = time.perf_counter()
    job = board.JobView(str(uuid.uuid4()), package.name, None, state="done")
    module("placeholder").add_placeholder(bpy.context, package.name, job.id)
    job.arrived.append(package)
    watch.board.jobs[job.id] = job
    placed = time.perf_counter()
    watch.poll_once()
    bpy.context.view_layer.update()
    landed = time.perf_counter()
    body = bpy.context.view_layer.objects.active
    assert job.placed == 1 and body is not None and isinstance(body.data, bpy.types.Mesh)
    return {
        "triangles": len(body.data.polygons),
        "check_s": checked - began,
        "import_s": landed - placed,
    }


def measure_job(photo: Path) -> Stopwatch:
    """A job with its server, another seed and one cancelled, with every panel drawn at every tick."""
    import bpy

    steps, press = Stopwatch(), bpy.ops.deocc
    press.open_photo(filepath=str(photo))
    for begin in (press.reconstruct, press.new_seeds):
        steps.run(begin.idname_py(), begin)
        follow(steps)
    steps.run("deocc.variant_step", press.variant_step)
    steps.run("deocc.reconstruct", press.reconstruct)
    steps.run("deocc.cancel", press.cancel)
    follow(steps)
    steps.run("file opened", module("watch")._file_loaded, "")
    return steps


def follow(steps: Stopwatch) -> None:
    """Ticks until all jobs are over; a tick in which a result lands is an import and does not count."""
    watch, until = module("watch"), time.monotonic() + PATIENCE_S
    jobs = watch.board.jobs
    while not all(job.is_over for job in jobs.values()):
        if time.monotonic() > until:
            raise TimeoutError(f"no end within {PATIENCE_S:.0f} s; the link is {watch.board.link.state}")
        placed, began = sum(job.placed for job in jobs.values()), time.perf_counter()
        watch.poll_once()
        took_s = time.perf_counter() - began
        if placed == sum(job.placed for job in jobs.values()):
            steps.note("timer", took_s)
        draw_panels(steps)
        time.sleep(TICK_S)


def draw_panels(steps: Stopwatch) -> None:
    import bpy

    drawn = type("Drawn", (), {"layout": Nowhere()})()
    for name in PANELS:
        panel = getattr(bpy.types, f"DEOCC_PT_view_{name}")
        if steps.run(f"asking for panel {name}", getattr(panel, "poll", bool), bpy.context):
            steps.run(f"drawing panel {name}", panel.draw, drawn, bpy.context)


def end_server(data_dir: Path) -> None:
    """So that nothing writes into the temporary folder while it is removed."""
    module("watch").stop_server()
    until = time.monotonic() + 10
    while (data_dir / "server.json").exists() and time.monotonic() < until:
        time.sleep(TICK_S)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
