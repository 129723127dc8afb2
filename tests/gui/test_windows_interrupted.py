"""Jobs interrupted in real windows: cancelled, the server killed, the extension disabled, Blender quit."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gui.conftest import assert_no_complaint, point_at
from tests.gui.screen import Screen
from tests.gui.server_door import ServerDoor, is_alive
from tests.gui.sidebar import Sidebar
from tests.gui.snippets import JOB_S, RUNNING, STATE_LINE, open_photo, slow_puppet
from tests.gui.window import Blender, Window
from tests.server_under_test import wait_until

pytestmark = pytest.mark.gui

NARROW_PX = 220
LONG = 400  # steps of 0.1 s: never done before its test is over
SHORT = 80  # long enough for a slow Blender to be interrupted in it
IDLE_EXIT_S = 3


def start_slow_job(window: Window, photo: Path, steps: int) -> Sidebar:
    """Opens the photo and presses the big button; returns once the backend is at work."""
    window.ask(open_photo(photo))
    window.ask("bpy.ops.deocc.server_start()")
    window.wait_for("ours('watch').board.link.card('puppet') is not None", timeout_s=JOB_S)
    window.wait_for("len(bpy.context.scene.deocc.options_of('puppet'))", timeout_s=5)
    assert window.ask(slow_puppet(steps))["steps"] == steps
    sidebar = Sidebar(window, "VIEW_3D")
    sidebar.press("deocc.reconstruct")
    window.wait_for(RUNNING, timeout_s=JOB_S)
    return sidebar


def test_cancel_in_a_narrow_sidebar_ends_the_job_and_takes_its_placeholder_away(
    window: Window, photo: Path, pictures: Path
) -> None:
    sidebar = Sidebar(window, "VIEW_3D")
    usual_px = sidebar.width
    sidebar.widen_to(NARROW_PX)
    try:
        assert abs(sidebar.width - NARROW_PX) <= 10  # the pointer grabs an edge that is some pixels wide
        start_slow_job(window, photo, LONG)
        window.wait_for("len(ours('watch').board.newest_first[0].pictures)", timeout_s=10)
        sidebar.rest_briefly()
        window.screen.photograph(pictures / f"{window.version}_running.png")

        sidebar.press("deocc.cancel")
        window.wait_for("not placeholders()", timeout_s=15)
        assert window.ask("answer = len(bodies())") == 0
        sidebar.rest()
        window.screen.photograph(pictures / f"{window.version}_cancelled.png")
    finally:
        sidebar.widen_to(usual_px)  # a new file keeps the width


def test_a_killed_server_comes_back_by_itself_or_says_what_is_missing(
    window: Window, photo: Path, pictures: Path, door: ServerDoor
) -> None:
    sidebar = start_slow_job(window, photo, LONG)
    door.kill()
    window.wait_for(f"'Lost the server' in {STATE_LINE}.words", timeout_s=10)
    window.screen.photograph(pictures / f"{window.version}_lost.png")
    window.wait_for(f"{STATE_LINE}.words.startswith('Cracker box: step')", timeout_s=JOB_S)

    door.shut()
    try:
        door.kill()
        window.wait_for(f"{STATE_LINE}.words == 'DeOcc needs its server, a one-time set-up.'", timeout_s=30)
        window.wait_for("not ours('watch').board.running", timeout_s=10)
        assert window.ask("answer = len(placeholders())") == 1
        sidebar.rest()
        window.screen.photograph(pictures / f"{window.version}_no_server.png")
        sidebar.press("deocc.open_preferences")
        window.wait_for("len(bpy.context.window_manager.windows) == 2", timeout_s=10)
        sidebar.rest()
        window.screen.photograph(pictures / f"{window.version}_preferences.png")
        window.ask("""
with bpy.context.temp_override(window=bpy.context.window_manager.windows[-1]):
    bpy.ops.wm.window_close()
""")
    finally:
        door.open()
    sidebar.press("deocc.retry")
    window.wait_for(f"{STATE_LINE}.words.startswith('Cracker box: step')", timeout_s=JOB_S)
    assert window.ask("answer = len(placeholders())") == 1
    window.screen.photograph(pictures / f"{window.version}_tried_again.png")
    sidebar.press("deocc.cancel")
    window.wait_for("not placeholders()", timeout_s=15)


def test_a_job_outlives_that_the_extension_is_disabled_and_enabled(
    window: Window, photo: Path, door: ServerDoor
) -> None:
    start_slow_job(window, photo, SHORT)
    assert window.ask("answer = len(placeholders())") == 1
    for _ in range(3):
        window.ask("bpy.ops.preferences.addon_disable(module='bl_ext.user_default.deocc')")
        assert window.ask("answer = hasattr(bpy.types.Scene, 'deocc')") is False
        window.ask("bpy.ops.preferences.addon_enable(module='bl_ext.user_default.deocc')")
    point_at(window, door)
    window.wait_for("len(bodies())", timeout_s=JOB_S)
    assert window.ask("answer = len(placeholders())") == 0
    Sidebar(window, "VIEW_3D").press("deocc.new_seeds")
    window.wait_for("len(ours('scene').variants(bodies()[0])) == 2", timeout_s=JOB_S)


def test_a_job_outlives_that_blender_quits_and_lands_when_its_file_is_opened(
    blender: Blender, screen: Screen, photo: Path, pictures: Path, ground: Path
) -> None:
    folder = ground / blender.version / "quit"
    folder.mkdir()
    door, saved = ServerDoor(folder, "--idle-exit", str(IDLE_EXIT_S)), folder / "scene.blend"
    first = Window(blender, screen, folder / "first")
    try:
        point_at(first, door)
        first.ask('bpy.data.objects.remove(bpy.data.objects["Cube"])')
        start_slow_job(first, photo, SHORT)
        assert first.ask("answer = len(placeholders())") == 1
        first.ask(f"bpy.ops.wm.save_as_mainfile(filepath={str(saved)!r})")
        assert first.quit() == 0
        assert first.processes() == []
        assert_no_complaint(first.console())
    finally:
        first.close()
    server = door.server
    assert server is not None and is_alive(server.pid)  # it works on, without any Blender
    second = Window(blender, screen, folder / "second", str(saved))
    try:
        second.wait_for("len(bodies())", timeout_s=JOB_S)
        assert second.ask("answer = [len(placeholders()), bodies()[0].name]") == [0, "Cracker box"]
        Sidebar(second, "VIEW_3D")
        second.screen.photograph(pictures / f"{blender.version}_come_back.png")
        assert second.quit() == 0
        assert_no_complaint(second.console())
    finally:
        second.close()
    wait_until(lambda: not is_alive(door.server.pid) if door.server else True, "the idle server's end")
