"""The buttons pressed for real in windows of Blender 4.3 and 5.2: from a photo to an object and variants."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.gui.server_door import ServerDoor
from tests.gui.sidebar import Sidebar
from tests.gui.snippets import DESCRIBE, JOB_S, LOOK_CLOSER, open_photo
from tests.gui.window import Window

pytestmark = pytest.mark.gui

VIEWPORT = (500, 500)  # in the 3D View, away from its sidebar
CHOOSE_FILE = """
browser = areas("FILE_BROWSER")[0].spaces.active
browser.params.directory, browser.params.filename = FOLDER, NAME
"""
READ_SETTINGS = """
settings = bpy.context.scene.deocc
answer = [image and image.name for image in (settings.photo, settings.object_mask, settings.occluder_mask)]
"""
SHOW_TEXTURES = """
areas("VIEW_3D")[0].spaces.active.shading.color_type = "TEXTURE"
"""
OPEN_IN_BLENDER = """
area = areas("VIEW_3D")[0]
area.type = "IMAGE_EDITOR"
area.spaces.active.show_region_ui = True
override = {"window": bpy.context.window_manager.windows[0], "area": area}
with bpy.context.temp_override(**override, region=region(area, "WINDOW")):
    for name in ("table_object.png", "table_occluder.png", "table.jpg"):
        bpy.ops.image.open(filepath=FOLDER + "/" + name)
images, settings = bpy.data.images, bpy.context.scene.deocc
images["table_occluder.png"].pixels[0] = 0.0  # as a stroke of a brush leaves it: not what is in its file
settings.photo = area.spaces.active.image = images["table.jpg"]
settings.object_mask, settings.occluder_mask = images["table_object.png"], images["table_occluder.png"]
answer = images["table_occluder.png"].is_dirty
"""
VIEW_ALL = """
area = areas("IMAGE_EDITOR")[0]
override = {"window": bpy.context.window_manager.windows[0], "area": area, "region": region(area, "WINDOW")}
with bpy.context.temp_override(**override):
    bpy.ops.image.view_all(fit_view=True)
"""
BACK_TO_THE_SCENE = """
area = areas("IMAGE_EDITOR")[0]
area.type = "VIEW_3D"
area.spaces.active.shading.color_type = "TEXTURE"
"""
LOG_IN_SIGHT = """
[area] = [area for area in bpy.context.window_manager.windows[-1].screen.areas if area.type == "TEXT_EDITOR"]
answer = area.spaces.active.top, len(area.spaces.active.text.lines)
"""
CLOSE_LAST_WINDOW = """
with bpy.context.temp_override(window=bpy.context.window_manager.windows[-1]):
    bpy.ops.wm.window_close()
"""
BROWSING = "any(area.spaces.active.params is not None for area in areas('FILE_BROWSER'))"
VARIANTS = "[mesh['deocc_seed'] for mesh in ours('scene').variants(bodies()[0])]"


def choose_file(window: Window, path: Path) -> None:
    """Fills in the open File Browser and presses Return over it."""
    window.wait_for(BROWSING, timeout_s=10)
    folder, name = repr(str(path.parent).encode()), repr(path.name)
    window.ask(CHOOSE_FILE.replace("FOLDER", folder).replace("NAME", name))
    window.screen.point(*VIEWPORT)
    window.screen.press("Return")


def test_one_click_makes_an_object_of_a_photo_and_undo_takes_it_away(
    window: Window, photo: Path, pictures: Path, ground: Path
) -> None:
    sidebar = Sidebar(window, "VIEW_3D")
    window.screen.photograph(pictures / f"{window.version}_first_sight.png")
    sidebar.press("deocc.open_photo")
    choose_file(window, photo)
    window.wait_for("bpy.context.scene.deocc.photo is not None", timeout_s=10)
    opened = window.ask(READ_SETTINGS)
    assert opened == ["table.jpg", "table_object.png", "table_occluder.png"]
    sidebar = Sidebar(window, "VIEW_3D")
    sidebar.press("deocc.open_photo")  # once more: it asks for a file again, it does not take the last one
    window.wait_for(BROWSING, timeout_s=10)
    window.screen.press("Escape")
    window.wait_for("areas('VIEW_3D') and not areas('FILE_BROWSER')", timeout_s=10)
    window.ask(SHOW_TEXTURES)
    sidebar = Sidebar(window, "VIEW_3D")
    window.screen.photograph(pictures / f"{window.version}_before.png")

    sidebar.press("deocc.reconstruct")
    window.wait_for("len(placeholders()) or len(bodies())", timeout_s=5)
    window.screen.photograph(pictures / f"{window.version}_placeholder.png")
    window.wait_for("len(bodies())", timeout_s=JOB_S)
    window.ask(LOOK_CLOSER)
    sidebar.rest()
    window.screen.photograph(pictures / f"{window.version}_placed.png")

    found = window.ask(DESCRIBE)
    assert found["name"] == "table" and found["active"] and found["seen"]
    assert found["materials"] == 1 and found["packed"] == [True]
    assert 5_000 <= found["triangles"] <= 40_000  # what the draft backend promises
    assert found["views"] == [[320, 320]] * 6
    assert min(found["sides"][0]) >= 64  # an atlas, not the 1×1 of a failed load
    assert window.ask("answer = len(placeholders())") == 0

    window.screen.point(*VIEWPORT)
    window.screen.press("ctrl+z")  # the import
    window.wait_for("not bodies() and len(placeholders()) == 1", timeout_s=10)
    window.screen.press("ctrl+z")  # the button
    window.wait_for("not placeholders()", timeout_s=10)
    for _ in range(2):
        window.screen.press("ctrl+shift+z")
        time.sleep(1.0)  # a second step that comes while the first is drawn would be lost
    window.wait_for("bodies() and bodies()[0].users_scene and not placeholders()", timeout_s=10)
    assert window.ask(DESCRIBE) == found

    saved = str(ground / f"{window.version}.blend")
    window.ask(f"bpy.ops.wm.save_as_mainfile(filepath={saved!r})")
    window.ask(f"bpy.ops.wm.open_mainfile(filepath={saved!r})")
    assert window.ask(DESCRIBE) == found
    Sidebar(window, "VIEW_3D")
    window.screen.photograph(pictures / f"{window.version}_reopened.png")


def test_images_open_in_blender_are_taken_in_the_image_editor_too(
    window: Window, photo: Path, pictures: Path
) -> None:
    assert window.ask(OPEN_IN_BLENDER.replace("FOLDER", repr(str(photo.parent))))
    sidebar = Sidebar(window, "IMAGE_EDITOR")
    window.ask(VIEW_ALL)
    sidebar.rest()
    window.screen.photograph(pictures / f"{window.version}_image_editor.png")

    sidebar.press("deocc.reconstruct")
    window.wait_for("len(bodies())", timeout_s=JOB_S)
    sidebar.rest()
    window.screen.photograph(pictures / f"{window.version}_image_editor_done.png")
    window.ask(BACK_TO_THE_SCENE)
    window.ask(LOOK_CLOSER)
    Sidebar(window, "VIEW_3D")
    window.screen.photograph(pictures / f"{window.version}_from_open_images.png")
    assert window.ask(DESCRIBE)["name"] == "table"


def test_another_seed_is_a_variant_that_the_arrows_swap_in_place(
    window: Window, photo: Path, pictures: Path
) -> None:
    window.ask(open_photo(photo))
    sidebar = Sidebar(window, "VIEW_3D")
    sidebar.press("deocc.reconstruct")
    window.wait_for("len(bodies())", timeout_s=JOB_S)
    window.ask(LOOK_CLOSER)
    sidebar.rest()

    sidebar.press("deocc.new_seeds")
    window.wait_for(f"len({VARIANTS}) == 2", timeout_s=JOB_S)
    assert window.ask(f"answer = {VARIANTS}") == ["0", "1"]
    assert window.ask("answer = bodies()[0]['deocc_seed']") == "1"
    sidebar.rest()
    window.screen.photograph(pictures / f"{window.version}_new_seed.png")

    sidebar.press("deocc.variant_step")
    window.wait_for("bodies()[0]['deocc_seed'] == '0'", timeout_s=5)
    sidebar.rest()
    window.screen.photograph(pictures / f"{window.version}_first_variant.png")
    sidebar.press("deocc.variant_keep")
    window.wait_for(f"{VARIANTS} == ['0']", timeout_s=5)


def test_the_servers_log_opens_with_its_last_lines_in_sight(window: Window, door: ServerDoor) -> None:
    window.ask("bpy.ops.deocc.server_start()")
    window.wait_for("ours('watch').board.link.state == 'ready'", timeout_s=JOB_S)
    for more in ("", "one more line\n" * 200):
        with (door.data_dir / "server.log").open("a") as log:
            log.write(more)
        window.ask("bpy.ops.deocc.server_log()")
        time.sleep(1.0)  # Blender scrolls to a text's cursor when it first draws it
        top, lines = window.ask(LOG_IN_SIGHT)
        window.ask(CLOSE_LAST_WINDOW)
        assert top == max(0, lines - 40)  # a window has room for some 50
