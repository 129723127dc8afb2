"""A real Blender window on a screen: started, asked by snippets that run in it, quit, and looked after."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.gui.screen import HEIGHT_PX, WIDTH_PX, Screen

DRIVER = Path(__file__).with_name("driver.py")
ANSWER_S = 60.0  # a redraw takes 0.2 s with software rendering; a minute is a hang


@dataclass(frozen=True)
class Blender:
    """One installed Blender: the tool that runs it, its version, and the user's settings it keeps."""

    tool: Path
    version: str
    resources: Path

    def run(self, folder: Path, *arguments: str, **options: Any) -> subprocess.Popen[Any]:
        """Starts it in `folder`: that and /tmp are all it sees of this machine."""
        environment = {**options.pop("env", os.environ), "BLENDER_USER_RESOURCES": str(self.resources)}
        command = [str(self.tool), "run", self.version, *arguments]
        return subprocess.Popen(command, cwd=folder, env=environment, start_new_session=True, **options)


class WindowFault(AssertionError):
    """The window ended, did not answer, or a snippet raised in it."""


class Window:
    """One running Blender with its window, its mailbox and its console's log in `folder`."""

    def __init__(self, blender: Blender, screen: Screen, folder: Path, *arguments: str) -> None:
        self.screen, self.version = screen, blender.version
        self._mailbox = folder / "mailbox"
        self._mailbox.mkdir(parents=True)
        self._log = folder / "blender.log"
        self._count = 0
        # the driver is copied: only /tmp and the folder the tool is called from are seen inside its root
        driver = folder / DRIVER.name
        driver.write_text(DRIVER.read_text())
        size = ["--window-geometry", "0", "0", str(WIDTH_PX), str(HEIGHT_PX)]
        drive = ["--python", str(driver), "--", str(self._mailbox)]
        with self._log.open("wb") as log:
            self._process = blender.run(
                folder, "--gpu-backend", "opengl", *size, *arguments, *drive,
                env=screen.environment, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip

    def ask(self, snippet: str, timeout_s: float = ANSWER_S) -> Any:
        """Runs `snippet` in Blender's main thread and gives back what it left in `answer`."""
        reply_path = self._send(snippet)
        end = time.monotonic() + timeout_s
        while not reply_path.exists():
            if self._process.poll() is not None:
                raise self._fault(f"Blender ended ({self._process.returncode})")
            if time.monotonic() > end:
                raise self._fault(f"No answer within {timeout_s:.0f} s to:\n{snippet}")
            time.sleep(0.02)
        reply = json.loads(reply_path.read_text())
        if reply["error"]:
            raise WindowFault(f"{reply['error']}\nfrom:\n{snippet}")
        return reply["answer"]

    def wait_for(self, expression: str, timeout_s: float) -> Any:
        """Asks until `expression` is true and gives its value; WindowFault after timeout_s."""
        end = time.monotonic() + timeout_s
        while True:
            value = self.ask(f"answer = {expression}")
            if value:
                return value
            if time.monotonic() > end:
                raise self._fault(f"{expression} was still {value!r} after {timeout_s:.0f} s")
            time.sleep(0.2)

    def quit(self, timeout_s: float = 20.0) -> int:
        """Quits as File > Quit does and returns Blender's exit code; WindowFault where it hangs."""
        self._send("bpy.ops.wm.quit_blender()")
        try:
            return self._process.wait(timeout=timeout_s)
        except subprocess.TimeoutExpired as fault:
            raise self._fault(f"Blender did not quit within {timeout_s:.0f} s") from fault

    def processes(self) -> list[str]:
        """What runs of this Blender and whatever it started in its session; a server has one of its own."""
        command = ["ps", "-o", "pid=,stat=,args=", "-s", str(self._process.pid)]
        lines = subprocess.run(command, capture_output=True, text=True).stdout.splitlines()
        return [line for line in lines if not line.split()[1].startswith("Z")]

    def console(self) -> str:
        """All that Blender has printed."""
        return self._log.read_text(errors="replace")

    def close(self) -> None:
        for kill in (signal.SIGTERM, signal.SIGKILL):
            if self._process.poll() is None:
                os.killpg(self._process.pid, kill)
            try:
                self._process.wait(timeout=5)
                return
            except subprocess.TimeoutExpired:
                continue

    def _fault(self, words: str) -> WindowFault:
        return WindowFault(f"{words}\nThe console's end:\n{self.console()[-3000:]}")

    def _send(self, snippet: str) -> Path:
        """Leaves a snippet in the mailbox; returns where its answer will be."""
        self._count += 1
        path = self._mailbox / f"{self._count:04d}.py"
        beside = path.with_suffix(".new")
        beside.write_text(snippet)
        os.replace(beside, path)
        return path.with_suffix(".json")
