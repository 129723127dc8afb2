"""A virtual X screen with pointer, keys and pictures: all that a desk has, and nothing of Blender."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

WIDTH_PX, HEIGHT_PX = 1600, 1000
TOOL_S = 30  # xdotool and import take a tenth of a second; longer is a screen that died


class Screen:
    """A screen of its own, with a display number that nobody else has."""

    def __init__(self) -> None:
        read, write = os.pipe()
        command = ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{WIDTH_PX}x{HEIGHT_PX}x24"]
        self._process = subprocess.Popen(
            [*command, "+extension", "GLX", "-nolisten", "tcp"],
            pass_fds=[write],
            stderr=subprocess.DEVNULL,
        )
        os.close(write)
        with os.fdopen(read) as pipe:
            number = pipe.readline().strip()
        assert number, "Xvfb did not start"
        self.environment = {**os.environ, "DISPLAY": f":{number}"}

    def point(self, x: int, y: int) -> None:
        """Moves the pointer, in two steps: Blender sees what is pointed at once the pointer moves on it."""
        self._xdotool("mousemove", str(x - 3), str(y - 1), "mousemove", str(x), str(y))

    def click(self) -> None:
        self._xdotool("mousedown", "1", "sleep", "0.1", "mouseup", "1")

    def drag(self, x: int, y: int, to_x: int, to_y: int) -> None:
        self.point(x, y)
        self._xdotool("sleep", "0.5", "mousedown", "1", "sleep", "0.3")
        for part in (0.3, 0.6, 0.9, 1.0):
            place = (round(x + (to_x - x) * part), round(y + (to_y - y) * part))
            self._xdotool("mousemove", *map(str, place), "sleep", "0.2")
        self._xdotool("mouseup", "1")

    def turn_wheel(self, steps: int, down: bool) -> None:
        self._xdotool("click", "--repeat", str(steps), "--delay", "20", "5" if down else "4")

    def press(self, keys: str) -> None:
        """Presses a key or a chord, as "ctrl+z"."""
        self._xdotool("key", keys)

    def pixels(self, left: int, top: int, right: int, bottom: int) -> NDArray[np.uint8]:
        """A part of the screen as it is now, (H, W, 3) uint8."""
        part = f"{right - left}x{bottom - top}+{left}+{top}"
        command = ["import", "-window", "root", "-crop", part, "-depth", "8", "rgb:-"]
        done = subprocess.run(command, env=self.environment, check=True, capture_output=True, timeout=TOOL_S)
        return np.frombuffer(done.stdout, np.uint8).reshape(bottom - top, right - left, 3)

    def photograph(self, path: Path) -> None:
        command = ["import", "-window", "root", str(path)]
        subprocess.run(command, env=self.environment, check=True, timeout=TOOL_S)

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=10)

    def _xdotool(self, *arguments: str) -> None:
        subprocess.run(["xdotool", *arguments], env=self.environment, check=True, timeout=TOOL_S)
