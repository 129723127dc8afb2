"""The buttons pressed for real in windows of Blender 4.3 and 5.2: click, wait, look, cancel, undo, save."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from tests.gui.window import REDRAW_S, Button, Window

pytestmark = pytest.mark.gui

DEMO = Path(__file__).resolve().parents[2] / "demo"
JOB_S = 60  # the draft takes one second; its worker's first start and a slow machine the rest
VIEWPORT = (500, 500)  # in the 3D View, away from its sidebar

OPEN_PHOTO = """
window = bpy.context.window_manager.windows[0]
if "Cube" in bpy.data.objects:
    bpy.data.objects.remove(bpy.data.objects["Cube"])
area = areas("VIEW_3D")[0]
area.spaces.active.show_region_ui = True
area.spaces.active.shading.color_type = "TEXTURE"
with bpy.context.temp_override(window=window, area=area):
    bpy.ops.deocc.open_photo(filepath=PHOTO)
settings = bpy.context.scene.deocc
settings.name = "Cracker box"
answer = [image and image.name for image in (settings.photo, settings.object_mask, settings.occluder_mask)]
"""
SHOW_TAB = 'region(areas("AREA")[0], "UI").active_panel_category = "DeOcc"'
PLACEHOLDERS = 'sum(one.type == "EMPTY" and "deocc_job" in one for one in bpy.data.objects)'
BODIES = 'sum(one.type == "MESH" and "deocc_recipe" in one for one in bpy.data.objects)'
DESCRIBE = """
body = bpy.data.objects["Cracker box"]
textures = [node.image for node in body.data.materials[0].node_tree.nodes if node.type == "TEX_IMAGE"]
views = [one for one in body.children if one.type == "EMPTY" and one.data is not None]
answer = {
    "materials": len(body.data.materials),
    "triangles": len(body.data.polygons),
    "packed": [image.packed_file is not None for image in textures],
    "sides": [list(image.size) for image in textures],
    "views": [list(one.data.size) for one in views],
    "seen": "_SEEN" in body.data.attributes,
    "active": bpy.context.view_layer.objects.active == body,
}
"""
LOOK_CLOSER = """
area = areas("VIEW_3D")[0]
override = {"window": bpy.context.window_manager.windows[0], "area": area, "region": region(area, "WINDOW")}
with bpy.context.temp_override(**override):
    bpy.ops.view3d.view_selected()
"""
SLOW_PUPPET = """
settings = bpy.context.scene.deocc
settings.backend = "puppet"
wanted = {"steps": ("as_int", 400), "step_s": ("as_float", 0.1)}
for option in settings.options_of("puppet"):
    if option.name in wanted:
        setattr(option, *wanted[option.name])
answer = settings.option_values()
"""


@pytest.fixture(scope="module")
def photo(ground: Path) -> Path:
    """The demo's photo and masks where the window can read them."""
    folder = ground / "photo"
    if not folder.exists():
        folder.mkdir()
        for path in DEMO.glob("table*"):
            shutil.copy(path, folder)
    return folder / "table.jpg"


@pytest.fixture
def version(window: Window) -> str:
    return window.ask('answer = "{}.{}".format(*bpy.app.version)')


def big_button(window: Window, area: str) -> Button:
    """Reconstruct Occluded Object: no other operator's button is as large."""
    return max(window.buttons(area), key=lambda button: button.width * button.height)


def open_tab(window: Window, area: str) -> None:
    time.sleep(REDRAW_S)  # the sidebar has no tabs until it was drawn once
    window.ask(SHOW_TAB.replace("AREA", area))
    time.sleep(REDRAW_S)
    window.scroll(area, down=False)


def test_one_click_makes_an_object_of_a_photo_and_undo_takes_it_away(
    window: Window, photo: Path, pictures: Path, ground: Path, version: str
) -> None:
    opened = window.ask(OPEN_PHOTO.replace("PHOTO", repr(str(photo))))
    assert opened == ["table.jpg", "table_object.png", "table_occluder.png"]
    open_tab(window, "VIEW_3D")
    window.photograph(pictures / f"{version}_before.png")

    window.click(big_button(window, "VIEW_3D"))
    window.wait_for(f"{PLACEHOLDERS} or {BODIES}", timeout_s=5)
    window.wait_for(BODIES, timeout_s=JOB_S)
    window.ask(LOOK_CLOSER)
    time.sleep(REDRAW_S)
    window.photograph(pictures / f"{version}_placed.png")

    found = window.ask(DESCRIBE)
    assert found["materials"] == 1 and found["packed"] == [True] and found["seen"] and found["active"]
    assert 5_000 <= found["triangles"] <= 40_000  # what the draft backend promises
    assert found["views"] == [[320, 320]] * 6
    assert min(found["sides"][0]) >= 64  # an atlas, not the 1×1 of a failed load
    assert window.ask(f"answer = {PLACEHOLDERS}") == 0

    window.key("ctrl+z", *VIEWPORT)
    window.wait_for(f"not {BODIES}", timeout_s=10)
    window.key("ctrl+shift+z", *VIEWPORT)
    window.wait_for(BODIES, timeout_s=10)
    assert window.ask(DESCRIBE) == found

    saved = str(ground / version / "scene.blend")
    window.ask(f"bpy.ops.wm.save_as_mainfile(filepath={saved!r})")
    window.ask(f"bpy.ops.wm.open_mainfile(filepath={saved!r})")
    window.wait_for(BODIES, timeout_s=10)
    assert window.ask(DESCRIBE) == found


def test_new_seeds_gives_the_same_object_another_variant(
    window: Window, pictures: Path, version: str
) -> None:
    open_tab(window, "VIEW_3D")
    window.scroll("VIEW_3D", down=True)
    window.click(window.buttons("VIEW_3D")[-1])  # New Seeds is the last while the panels below it are closed
    window.wait_for('sum("deocc_group" in mesh for mesh in bpy.data.meshes) == 2', timeout_s=JOB_S)
    assert window.ask(f"answer = {BODIES}") == 1
    assert window.ask('answer = bpy.data.objects["Cracker box"]["deocc_seed"]') == "1"
    time.sleep(REDRAW_S)
    window.photograph(pictures / f"{version}_new_seed.png")


def test_cancel_ends_the_job_and_takes_its_placeholder_away(
    window: Window, photo: Path, pictures: Path, version: str
) -> None:
    window.ask(OPEN_PHOTO.replace("PHOTO", repr(str(photo))))
    assert window.ask(SLOW_PUPPET)["steps"] == 400
    open_tab(window, "VIEW_3D")
    bodies = window.ask(f"answer = {BODIES}")
    big = big_button(window, "VIEW_3D")

    window.click(big)
    time.sleep(2)
    window.photograph(Path("/tmp/w/win/mag1.png"))
    shutil.copy(window.folder / "screen.png", "/tmp/w/win/mag2.png")
    window.wait_for(PLACEHOLDERS, timeout_s=5)
    time.sleep(3)  # of the 40 s the puppet takes: enough to be running, and to show its first picture
    window.photograph(pictures / f"{version}_running.png")
    window.photograph(Path("/tmp/w/win/mag0.png"))
    print("BIG", big, window.buttons("VIEW_3D"))
    shutil.copy(window.folder / "screen.png", "/tmp/w/win/mag.png")
    below = [button for button in window.buttons("VIEW_3D") if button.top > big.top + big.height]
    window.click(below[0])  # the newest job stands right below the big button

    window.wait_for(f"not {PLACEHOLDERS}", timeout_s=15)
    assert window.ask(f"answer = {BODIES}") == bodies
    time.sleep(REDRAW_S)
    window.photograph(pictures / f"{version}_cancelled.png")


def test_the_image_editor_has_the_same_panel(window: Window, pictures: Path, version: str) -> None:
    window.ask("""
area = areas("VIEW_3D")[0]
area.type = "IMAGE_EDITOR"
area.spaces.active.show_region_ui = True
area.spaces.active.image = bpy.context.scene.deocc.photo
""")
    open_tab(window, "IMAGE_EDITOR")
    window.photograph(pictures / f"{version}_image_editor.png")
    assert big_button(window, "IMAGE_EDITOR").height >= 30  # 1.8 times a usual button's 20 pixels
