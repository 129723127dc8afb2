"""An editor's sidebar as a hand finds it: its tab, its buttons by what they do, and real clicks on them.

Blender tells no script where its buttons are. So for one picture they are all painted magenta, and what one
of them does is asked as a user can ask: pointed at, Ctrl+C copies its operator to the clipboard.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from tests.gui.window import Window, WindowFault

PATIENCE_S = 20.0  # a sidebar comes to rest in a second, on a busy machine in a few
COPIES = 5  # a busy Blender may see the keys before the pointer
LAYOUTS = 3  # a state that changes meanwhile moves the buttons below it
MIN_BUTTON_PX = 12  # smaller specks are the inside of a letter

OPERATORS, CHOICES = "wcol_tool", "wcol_radio"  # what the theme calls the two kinds of buttons
PAINT = """
theme = bpy.context.preferences.themes[0].user_interface.KIND
bpy.app.driver_namespace["inner"] = (tuple(theme.inner), tuple(theme.inner_sel), theme.show_shaded)
theme.inner, theme.inner_sel, theme.show_shaded = (1, 0, 1, 1), (1, 0, 1, 1), False
"""
UNPAINT = """
theme = bpy.context.preferences.themes[0].user_interface.KIND
theme.inner, theme.inner_sel, theme.show_shaded = bpy.app.driver_namespace["inner"]
"""
EDGES = """
sidebar = region(areas("AREA")[0], "UI")
height = bpy.context.window_manager.windows[0].height
answer = sidebar.x, height - sidebar.y - sidebar.height, sidebar.x + sidebar.width, height - sidebar.y
"""
TAKE_COPY = """
answer, bpy.context.window_manager.clipboard = bpy.context.window_manager.clipboard, ""
"""
TURN_TO = """
area = areas("AREA")[0]
area.spaces.active.show_region_ui = True
sidebar = region(area, "UI")
if sidebar.active_panel_category != "DeOcc" and sidebar.active_panel_category != "UNSUPPORTED":
    sidebar.active_panel_category = "DeOcc"
answer = sidebar.active_panel_category
area.tag_redraw()
"""


@dataclass(frozen=True)
class Button:
    """Where a button is, in screen pixels."""

    left: int
    top: int
    width: int
    height: int


class Sidebar:
    """The DeOcc tab of the first area of a kind ("VIEW_3D")."""

    def __init__(self, window: Window, area: str) -> None:
        self._window, self._area = window, area
        end = time.monotonic() + PATIENCE_S
        # a sidebar has no tabs until it was drawn once
        while window.ask(TURN_TO.replace("AREA", area)) != "DeOcc":
            if time.monotonic() > end:
                raise WindowFault(f"the {area} has no tab DeOcc")
        time.sleep(0.5)
        self.scroll(down=False)

    @property
    def width(self) -> int:
        left, _, right, _ = self._edges()
        return right - left

    def scroll(self, down: bool) -> None:
        """Turns the wheel over the sidebar as far as it goes."""
        left, top, right, bottom = self._edges()
        self._window.screen.point((left + right) // 2, (top + bottom) // 2)
        self._window.screen.turn_wheel(30, down)
        self.rest()

    def widen_to(self, width_px: int) -> None:
        """Drags the sidebar's inner edge, which Blender 4.3 has where its panels begin."""
        left, top, right, _ = self._edges()
        for inside in (0, 8):
            if self.width != right - left:
                break
            self._window.screen.drag(left + inside, top + 60, right - width_px + inside, top + 60)
        self.rest()

    def rest(self) -> None:
        """Waits until the sidebar looks the same for a while: previews that come late push buttons down."""
        end = time.monotonic() + PATIENCE_S
        edges = self._edges()
        before = self._window.screen.pixels(*edges)
        while time.monotonic() < end:
            time.sleep(0.4)
            shown = self._window.screen.pixels(*edges)
            if np.array_equal(shown, before):
                return
            before = shown

    def rest_briefly(self) -> None:
        """One redraw; a sidebar with a running job never rests."""
        time.sleep(1.0)

    def press(self, operator: str) -> None:
        """A real click on the button of an operator ("deocc.cancel")."""
        wanted, asked = f"bpy.ops.{operator}(", [""]
        for _ in range(LAYOUTS):
            asked = []
            for button in self._buttons(OPERATORS):
                self._point_at(button)
                asked.append(self._pointed_at())
                if asked[-1].startswith(wanted):
                    self._window.screen.click()
                    return
        raise WindowFault(f"no button does {operator}; those there are do {asked}")

    def choose(self, place: int, of: int) -> None:
        """A real click on one of the choices that stand side by side, of which there is one row in sight."""
        row = sorted(self._buttons(CHOICES), key=lambda one: one.left)
        if len(row) != of or len({one.top for one in row}) != 1:
            raise WindowFault(f"no row of {of} choices, but {row}")
        self._point_at(row[place])
        self.rest()  # a click is lost on a Blender that has not seen the pointer yet, and it then lights up
        self._window.screen.click()

    def _point_at(self, button: Button) -> None:
        self._window.screen.point(button.left + button.width // 2, button.top + button.height // 2)

    def _pointed_at(self) -> str:
        """The operator of the button under the pointer, as Python would call it; "" where it has none."""
        for _ in range(COPIES):
            self._window.screen.press("ctrl+c")
            said = self._window.ask(TAKE_COPY)
            if said:
                return said
        return ""

    def _buttons(self, kind: str) -> list[Button]:
        """The buttons of a kind in sight, the largest first."""
        left, top, right, bottom = self._edges()
        self._window.screen.point(left // 2, (top + bottom) // 2)  # a button under the pointer looks lighter
        self._window.ask(PAINT.replace("KIND", kind) + TAKE_COPY)
        try:
            found: list[Button] = []
            end = time.monotonic() + PATIENCE_S
            while time.monotonic() < end:
                time.sleep(0.4)
                before, found = found, magenta(self._window.screen.pixels(left, top, right, bottom))
                if found and found == before:
                    break
        finally:
            self._window.ask(UNPAINT.replace("KIND", kind))
        found = [Button(left + one.left, top + one.top, one.width, one.height) for one in found]
        return sorted(found, key=lambda one: -one.width * one.height)

    def _edges(self) -> tuple[int, int, int, int]:
        left, top, right, bottom = self._window.ask(EDGES.replace("AREA", self._area))
        return left, top, right, bottom


def magenta(shown: NDArray[np.uint8]) -> list[Button]:
    """The magenta rectangles in a picture (H, W, 3)."""
    marked = (shown[..., 0] > 230) & (shown[..., 1] < 30) & (shown[..., 2] > 230)
    labels: Any = ndimage.label(marked)[0]  # type: ignore[index]
    found = [
        Button(x.start, y.start, x.stop - x.start, y.stop - y.start) for y, x in ndimage.find_objects(labels)
    ]
    return [one for one in found if min(one.width, one.height) >= MIN_BUTTON_PX]
