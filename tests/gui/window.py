"""A real Blender window on a virtual screen: started, clicked, typed at, photographed, asked by snippets."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

WIDTH_PX, HEIGHT_PX = 1600, 1000
REDRAW_S = 1.5  # a full redraw takes 0.13 s with software rendering
STILL_AFTER = 8  # pictures of a sidebar that does not come to rest
MIN_BUTTON_PX = 12  # smaller specks are the inside of a letter
DRIVER = Path(__file__).with_name("driver.py")

PAINT_BUTTONS = """
theme = bpy.context.preferences.themes[0].user_interface.wcol_tool
bpy.app.driver_namespace["inner"] = (tuple(theme.inner), theme.show_shaded)
theme.inner, theme.show_shaded = (1, 0, 1, 1), False
"""
UNPAINT_BUTTONS = """
theme = bpy.context.preferences.themes[0].user_interface.wcol_tool
theme.inner, theme.show_shaded = bpy.app.driver_namespace["inner"]
"""
SIDEBAR_EDGES = """
sidebar = region(areas("AREA")[0], "UI")
height = bpy.context.window_manager.windows[0].height
answer = sidebar.x, sidebar.x + sidebar.width, height - sidebar.y - sidebar.height, height - sidebar.y
"""


@dataclass(frozen=True)
class Button:
    """Where a button is, in screen pixels."""

    left: int
    top: int
    width: int
    height: int


class WindowFault(AssertionError):
    """The window ended, did not answer, or a snippet raised in it."""


class Screen:
    """A virtual X screen of its own, with a display number that nobody else has."""

    def __init__(self) -> None:
        read, write = os.pipe()
        command = ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{WIDTH_PX}x{HEIGHT_PX}x24"]
        self.process = subprocess.Popen(
            [*command, "+extension", "GLX", "-nolisten", "tcp"],
            pass_fds=[write],
            stderr=subprocess.DEVNULL,
        )
        os.close(write)
        with os.fdopen(read) as pipe:
            number = pipe.readline().strip()
        if not number:
            raise WindowFault("Xvfb did not start.")
        self.display = f":{number}"

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=10)


class Window:
    """One Blender of one version, its settings in `resources`, its mailbox and pictures in `folder`."""

    def __init__(self, tool: Path, version: str, screen: Screen, resources: Path, folder: Path) -> None:
        self.screen, self.folder = screen, folder
        self.mailbox = folder / "mailbox"
        self.mailbox.mkdir(parents=True)
        self.log = folder / "blender.log"
        self._count = 0
        self._environment = {
            **os.environ,
            "DISPLAY": screen.display,
            "BLENDER_USER_RESOURCES": str(resources),
        }
        # the driver is copied: only /tmp and the folder the tool is called from are seen inside its root
        driver = folder / DRIVER.name
        driver.write_text(DRIVER.read_text())
        command = [str(tool), "run", version, "--gpu-backend", "opengl", "--window-geometry", "0", "0"]
        command += [str(WIDTH_PX), str(HEIGHT_PX), "--python", str(driver), "--", str(self.mailbox)]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                cwd=folder,
                env=self._environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def ask(self, snippet: str, timeout_s: float = 60.0) -> Any:
        """Runs `snippet` in Blender's main thread and gives back what it left in `answer`."""
        self._count += 1
        path = self.mailbox / f"{self._count:04d}.py"
        beside = path.with_suffix(".new")
        beside.write_text(snippet)
        os.replace(beside, path)
        reply_path = path.with_suffix(".json")
        end = time.monotonic() + timeout_s
        while not reply_path.exists():
            if self.process.poll() is not None:
                raise WindowFault(f"Blender ended ({self.process.returncode}):\n{self.log_tail()}")
            if time.monotonic() > end:
                raise WindowFault(f"No answer within {timeout_s:.0f} s to:\n{snippet}\n{self.log_tail()}")
            time.sleep(0.05)
        reply = json.loads(reply_path.read_text())
        if reply["error"]:
            raise WindowFault(f"{reply['error']}\nfrom:\n{snippet}")
        return reply["answer"]

    def wait_for(self, expression: str, timeout_s: float, prelude: str = "") -> Any:
        """Asks until `expression` is true and gives its value; WindowFault after timeout_s."""
        end = time.monotonic() + timeout_s
        while True:
            value = self.ask(f"{prelude}\nanswer = {expression}")
            if value:
                return value
            if time.monotonic() > end:
                raise WindowFault(
                    f"{expression} was still {value!r} after {timeout_s:.0f} s\n{self.log_tail()}"
                )
            time.sleep(0.3)

    def pixels(self) -> NDArray[np.uint8]:
        """The screen now, (H, W, 3) uint8."""
        path = self.folder / "screen.png"
        self.photograph(path)
        return np.asarray(Image.open(path).convert("RGB"))

    def photograph(self, path: Path) -> None:
        subprocess.run(
            ["import", "-window", "root", str(path)],
            env=self._environment,
            check=True,
            timeout=30,
        )

    def buttons(self, area: str) -> list[Button]:
        """The operator buttons in the sidebar of the first area of a kind ("VIEW_3D"), from the top down.

        Blender tells no script where its buttons are, so for one picture they are all painted magenta.
        """
        left, right, top, bottom = self.ask(SIDEBAR_EDGES.replace("AREA", area))
        self.xdotool("mousemove", str(left // 2), str((top + bottom) // 2))  # a button under it looks lighter
        self.ask(PAINT_BUTTONS)
        found: list[Button] = []
        for _ in range(STILL_AFTER):
            before, found = found, self._magenta(left, right, top, bottom)
            if found and found == before:  # previews that load late push the buttons down
                break
        self.ask(UNPAINT_BUTTONS)
        return found

    def _magenta(self, left: int, right: int, top: int, bottom: int) -> list[Button]:
        """The magenta rectangles in a part of the screen, from the top down."""
        time.sleep(REDRAW_S)
        shown = self.pixels()[top:bottom, left:right].astype(int)
        magenta = (shown[..., 0] > 230) & (shown[..., 1] < 30) & (shown[..., 2] > 230)
        labels: Any = ndimage.label(magenta)[0]  # type: ignore[index]
        found = [
            Button(left + x.start, top + y.start, x.stop - x.start, y.stop - y.start)
            for y, x in ndimage.find_objects(labels)
        ]
        return [one for one in found if min(one.width, one.height) >= MIN_BUTTON_PX]

    def scroll(self, area: str, down: bool) -> None:
        """Turns the wheel over an area's sidebar as far as it goes."""
        left, right, top, bottom = self.ask(SIDEBAR_EDGES.replace("AREA", area))
        self.xdotool("mousemove", str((left + right) // 2), str((top + bottom) // 2))
        self.xdotool("click", "--repeat", "30", "--delay", "20", "5" if down else "4")
        time.sleep(REDRAW_S)

    def click(self, button: Button) -> None:
        """A real click in a button's middle; the pauses let Blender see the pointer arrive."""
        x, y = button.left + button.width // 2, button.top + button.height // 2
        self.xdotool("mousemove", str(x - 3), str(y - 1))
        time.sleep(0.3)
        self.xdotool("mousemove", str(x), str(y))
        time.sleep(0.3)
        self.xdotool("click", "1")

    def key(self, keys: str, x: int, y: int) -> None:
        """A real key ("ctrl+z") with the pointer over (x, y)."""
        self.xdotool("mousemove", str(x), str(y))
        time.sleep(0.3)
        self.xdotool("key", keys)

    def xdotool(self, *arguments: str) -> None:
        subprocess.run(["xdotool", *arguments], env=self._environment, check=True, timeout=30)

    def log_tail(self) -> str:
        return self.log.read_text(errors="replace")[-3000:]

    def close(self) -> None:
        for kill in (signal.SIGTERM, signal.SIGKILL):
            if self.process.poll() is None:
                os.killpg(self.process.pid, kill)
            try:
                self.process.wait(timeout=5)
                return
            except subprocess.TimeoutExpired:
                continue
