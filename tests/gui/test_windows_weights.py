"""Weights in real windows: what is missing is said, and downloaded after a look at sizes, or imported."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deocc.contract import WeightsState
from tests.fake_weights import FakeWeights
from tests.gui.server_door import ServerDoor
from tests.gui.sidebar import Sidebar
from tests.gui.snippets import JOB_S, open_photo
from tests.gui.test_windows import BROWSING, VIEWPORT, choose_file
from tests.gui.window import Window

pytestmark = pytest.mark.gui

NEWS_S = 10  # a table comes twice a second
POINT_AT = """
preferences().server_token, preferences().server_address = "right", URL
bpy.context.preferences.system.use_online_access = False
bpy.ops.deocc.server_start()
"""
POINT_BACK = """
bpy.context.preferences.system.use_online_access = False
preferences().server_token = preferences().server_address = ""
"""
GO_ONLINE = """
bpy.context.preferences.system.use_online_access = True
for area in areas("VIEW_3D"):
    area.tag_redraw()
"""
OPEN_PANELS = """
panel = ours("panel")
for kind in panel.CLASSES:
    bpy.utils.unregister_class(kind)
for kind in panel.CLASSES:
    shown = getattr(kind, "bl_options", set()) - {"DEFAULT_CLOSED"}
    if "quality" not in kind.bl_idname or QUALITY:
        kind.bl_options = shown
    bpy.utils.register_class(kind)
"""
STATES = "{row.name: row.state for row in ours('watch').board.weights.rows}"


@pytest.fixture
def fake(window: Window) -> Iterator[FakeWeights]:
    with FakeWeights() as running:
        window.ask(POINT_AT.replace("URL", repr(running.url)))
        window.wait_for("len(ours('watch').board.weights.rows)", timeout_s=NEWS_S)
        yield running
        window.ask(POINT_BACK)


def choose(window: Window, backend: str) -> Sidebar:
    window.ask(f"bpy.ops.deocc.choose_backend(name={backend!r})")
    return Sidebar(window, "VIEW_3D")


def test_missing_weights_are_downloaded_after_a_look_at_sizes_and_licences(
    window: Window, fake: FakeWeights, photo: Path, pictures: Path
) -> None:
    window.ask(open_photo(photo))
    choose(window, "heavy")
    window.screen.photograph(pictures / f"{window.version}_weights_offline.png")
    window.ask(GO_ONLINE)
    sidebar = Sidebar(window, "VIEW_3D")
    window.screen.photograph(pictures / f"{window.version}_weights_missing.png")

    fake.holds = True
    sidebar.press("deocc.weights_fetch")
    time.sleep(1.5)  # Blender draws its dialog
    window.screen.photograph(pictures / f"{window.version}_weights_dialog.png")
    assert not any(asked.method == "POST" for asked in fake.asked)  # nothing moves before Download
    window.screen.press("Return")
    window.wait_for(f"{STATES}['views-unet'] == 'fetching'", timeout_s=NEWS_S)
    fake.change("views-unet", fetched_bytes=12 * 10**8)
    sidebar.rest()
    window.screen.photograph(pictures / f"{window.version}_weights_fetching.png")

    sidebar.press("deocc.weights_cancel")
    window.wait_for(f"{STATES}['views-unet'] == 'partial'", timeout_s=NEWS_S)
    sidebar.rest()
    window.screen.photograph(pictures / f"{window.version}_weights_broken_off.png")
    fake.holds = False
    sidebar.press("deocc.weights_fetch")
    time.sleep(1.5)
    window.screen.press("Return")
    window.wait_for("ours('watch').board.link.card('heavy').ready", timeout_s=NEWS_S)
    sidebar.rest()
    window.screen.photograph(pictures / f"{window.version}_weights_here.png")


def test_unpublished_weights_come_from_a_file(
    window: Window, fake: FakeWeights, photo: Path, pictures: Path, ground: Path
) -> None:
    fake.change("lrm-large", state=WeightsState.READY)
    window.ask(open_photo(photo))
    sidebar = choose(window, "student")
    window.screen.photograph(pictures / f"{window.version}_weights_unpublished.png")
    checkpoint = ground / "student.safetensors"
    checkpoint.write_bytes(b"tensors" * 10_000)
    sidebar.press("deocc.weights_import")
    window.wait_for(BROWSING, timeout_s=NEWS_S)
    time.sleep(1.5)
    window.screen.photograph(pictures / f"{window.version}_weights_import.png")
    choose_file(window, checkpoint)
    window.wait_for("ours('watch').board.link.card('student').ready", timeout_s=NEWS_S)
    assert [(name, body) for name, _, body in fake.uploads] == [("student", checkpoint.read_bytes())]
    window.screen.point(*VIEWPORT)
    sidebar = Sidebar(window, "VIEW_3D")
    sidebar.rest()
    window.screen.photograph(pictures / f"{window.version}_weights_imported.png")


def test_the_real_servers_options_and_weights_are_shown(
    window: Window, door: ServerDoor, photo: Path, pictures: Path
) -> None:
    """To be looked at: long choices, numbers and switches of a heavy backend, and the table of weights."""
    window.ask(open_photo(photo))
    window.ask("bpy.ops.deocc.server_start()")
    window.wait_for("len(ours('watch').board.weights.rows)", timeout_s=JOB_S)
    for backend, quality in (("deocc123", True), ("3drecon", False)):
        window.ask(OPEN_PANELS.replace("QUALITY", str(quality)))
        sidebar = choose(window, backend)
        window.screen.photograph(pictures / f"{window.version}_{backend}_top.png")
        sidebar.scroll(down=True)
        window.screen.photograph(pictures / f"{window.version}_{backend}_bottom.png")
    assert window.ask(f"answer = {STATES}")["deocc123"] == "unpublished"
