"""A job's views as they come out of the noise, in real windows: always seen, and little work for Blender."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.gui.sidebar import Sidebar
from tests.gui.snippets import JOB_S, RUNNING, open_photo, slow_puppet
from tests.gui.window import Window

pytestmark = pytest.mark.gui

WITH_PREVIEWS = """
settings = bpy.context.scene.deocc
for option in settings.options_of("puppet"):
    if option.name == "previews":
        option.as_bool = True
"""
TIME_OUR_TIMER = """
import time
watch, ticks = ours("watch"), bpy.app.driver_namespace.setdefault("ticks", [])
ticks.clear()
def timed(poll=watch._poll):
    landing = any(job.arrived for job in watch.board.jobs.values())
    began = time.perf_counter()
    poll()
    if not landing:
        ticks.append(time.perf_counter() - began)
bpy.app.driver_namespace["poll"], watch._poll = watch._poll, timed
"""
TIMES = """
ours("watch")._poll = bpy.app.driver_namespace["poll"]
answer = bpy.app.driver_namespace["ticks"]
"""
PICTURES = "[len(job.pictures) for job in ours('watch').board.jobs.values()]"


def test_views_are_seen_as_they_come_and_cost_blender_little(
    window: Window, photo: Path, pictures: Path
) -> None:
    window.ask(open_photo(photo))
    window.ask("bpy.ops.deocc.server_start()")
    window.wait_for("len(ours('watch').board.link.backends)", timeout_s=JOB_S)
    window.ask(slow_puppet(steps=60))
    window.ask(WITH_PREVIEWS + TIME_OUR_TIMER)
    sidebar = Sidebar(window, "VIEW_3D")
    window.ask("bpy.ops.deocc.reconstruct()")
    window.wait_for(RUNNING, timeout_s=JOB_S)
    window.wait_for(f"{PICTURES} == [7]", timeout_s=JOB_S)
    for n in range(6):
        window.screen.photograph(pictures / f"{window.version}_previews_{n}.png")
        time.sleep(0.4)
    assert window.ask("answer = len(ours('watch').board.running)") == 1  # seen while it ran
    window.wait_for("len(bodies())", timeout_s=JOB_S)
    ticks = window.ask(TIMES)
    assert len(ticks) > 20
    print(f"the longest of {len(ticks)} ticks: {max(ticks) * 1e3:.1f} ms")
    sidebar.rest()
    window.screen.photograph(pictures / f"{window.version}_previews_end.png")
    held = window.ask("answer = len(ours('drawing')._previews)")
    assert held == 7, held  # not one for each picture that ever was
