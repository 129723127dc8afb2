"""The draft's network chosen in the panel, and the note of a result that was made without it, to be seen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.gui.sidebar import Sidebar
from tests.gui.snippets import JOB_S, LOOK_CLOSER, open_photo
from tests.gui.window import Window

pytestmark = pytest.mark.gui

FEW_PX = 12  # side of the square that is seen: 144 pixels, where the network wants 200
QUALITY_OPENS = """
panel = ours("panel")
for kind in panel.CLASSES:
    bpy.utils.unregister_class(kind)
for kind in panel.CLASSES:
    if "quality" in kind.bl_idname:
        kind.bl_options = OPTIONS
    bpy.utils.register_class(kind)
"""
METHOD = "next(one for one in bpy.context.scene.deocc.options_of('draft') if one.name == 'method')"
NOTES = "ours('scene').notes(bodies()[0])"


@pytest.fixture
def barely_seen(photo: Path, ground: Path) -> Path:
    """The demo's photo with nearly all of its object behind something."""
    folder = ground / "barely seen"
    folder.mkdir(exist_ok=True)
    whole = np.asarray(Image.open(photo.with_name("table_object.png")).convert("L")) > 127
    seen = np.zeros_like(whole)
    row, column = (int(place) for place in np.argwhere(whole)[np.count_nonzero(whole) // 2])
    seen[row : row + FEW_PX, column : column + FEW_PX] = True
    for name, mask in (("object", seen), ("occluder", whole & ~seen)):
        Image.fromarray((mask * 255).astype(np.uint8)).save(folder / f"table_{name}.png")
    Image.open(photo).save(folder / "table.png")
    return folder / "table.png"


@pytest.fixture
def quality_open(window: Window) -> Iterator[None]:
    window.ask(QUALITY_OPENS.replace("OPTIONS", "set()"))
    yield
    window.ask(QUALITY_OPENS.replace("OPTIONS", "{'DEFAULT_CLOSED'}"))


@pytest.mark.usefixtures("quality_open")
def test_the_network_is_chosen_in_the_panel_and_a_result_without_it_says_so(
    window: Window, photo: Path, barely_seen: Path, pictures: Path
) -> None:
    window.ask(open_photo(photo))
    window.ask("bpy.ops.deocc.server_start()")
    window.wait_for("len(ours('watch').board.link.backends)", timeout_s=JOB_S)
    window.ask("bpy.context.scene.deocc.backend = 'draft'")
    sidebar = Sidebar(window, "VIEW_3D")
    reconstruct(window, sidebar, "learned", pictures)
    assert window.ask(f"answer = {NOTES}") == []
    assert "onnxruntime" in window.ask("answer = bodies()[0]['deocc_versions']")
    assert "_CONFIDENCE" in window.ask("answer = list(bodies()[0].data.attributes.keys())")

    window.ask("bpy.data.objects.remove(bodies()[0])")
    window.ask(open_photo(barely_seen))
    reconstruct(window, sidebar, "auto", pictures)
    [note] = window.ask(f"answer = {NOTES}")
    assert note.startswith("Geometry alone was used: ")
    assert "onnxruntime" not in window.ask("answer = bodies()[0]['deocc_versions']")


def reconstruct(window: Window, sidebar: Sidebar, method: str, pictures: Path) -> None:
    """A click on the method, one on the big button, and the object looked at."""
    sidebar.scroll(down=True)
    methods = window.ask(f"answer = {METHOD}.choices.split()")
    sidebar.choose(methods.index(method), of=len(methods))
    sidebar.rest()
    window.screen.photograph(pictures / f"{window.version}_{method}_chosen.png")
    window.wait_for(f"{METHOD}.as_choice == {method!r}", timeout_s=10)
    sidebar.scroll(down=False)
    sidebar.press("deocc.reconstruct")
    window.wait_for("len(bodies())", timeout_s=JOB_S)
    window.ask(LOOK_CLOSER)
    sidebar.rest()
    window.screen.photograph(pictures / f"{window.version}_{method}.png")
