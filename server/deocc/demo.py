"""`deocc demo`: builds the extension, installs it for the bpy module, presses its buttons in another process.

Nothing of the user's own Blender or data folder is touched: settings, extension and server data live in a
temporary folder that goes when the demo ends.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import metadata, util
from pathlib import Path
from typing import TextIO

from deocc.errors import DeoccError, InputFault
from deocc.run_photo import make_folder

CHECKOUT = Path(__file__).resolve().parents[2]
SAID = "demo: "  # lines of the press script that are meant for people; the rest is Blender's own talk
RESULTS = {
    "picture.jpg": "look at this first: photo, whole object, three sides rendered by Blender, six views",
    "scene.blend": "open it in Blender: the object with its material, and the six views as images",
    "package": "the result as files: mesh.glb, views, completed.png, package.json",
}


def run_demo(out: Path, say: Callable[[str], None]) -> None:
    """Leaves picture.jpg, scene.blend, package/ and demo.log in `out`; InputFault where it can't run here."""
    press = CHECKOUT / "demo" / "press.py"
    if not press.is_file():
        raise InputFault(
            "no_checkout",
            "deocc demo runs in a checkout of the project.",
            "Clone it, then pip install -e '.[blender]' there.",
        )
    if util.find_spec("bpy") is None:
        raise InputFault(
            "no_bpy", "deocc demo needs Blender as a Python module.", "pip install -e '.[blender]'"
        )
    start = time.monotonic()
    out = out.absolute()
    make_folder(out)
    with (
        tempfile.TemporaryDirectory(prefix="deocc-demo.", ignore_cleanup_errors=True) as home,
        (out / "demo.log").open("w", encoding="utf-8") as record,
    ):
        try:
            say("Building the extension and installing it into a folder of its own …")
            environment = _environment(Path(home))
            _install(_build(record), Path(environment["BLENDER_USER_RESOURCES"]), record)
            _press([sys.executable, "-u", str(press), str(out)], environment, record, say)
        except subprocess.CalledProcessError as error:
            raise DeoccError(
                "demo_failed", "The demo did not finish.", f"{out / 'demo.log'} says why."
            ) from error
    say(f"Done in {time.monotonic() - start:.0f} s. Made in {out}:")
    for name, words in RESULTS.items():
        say(f"  {name:<12} {words}")


def _environment(home: Path) -> dict[str, str]:
    """The press script's environment: Blender's settings, our data and its home in the temporary folder."""
    places = {"BLENDER_USER_RESOURCES": "blender", "DEOCC_DATA_DIR": "data", "HOME": "home"}
    for place in places.values():
        (home / place).mkdir()
    own = {name: str(home / place) for name, place in places.items()}
    return {**os.environ, **own, "DEOCC_SERVER_PYTHON": sys.executable}


def _build(record: TextIO) -> Path:
    build = CHECKOUT / "deocc_blender" / "build.py"
    subprocess.run([sys.executable, str(build)], check=True, stdout=record, stderr=record)
    return max((CHECKOUT / "dist").glob("deocc_blender-*.zip"), key=lambda path: path.stat().st_mtime)


def _install(extension: Path, resources: Path, record: TextIO) -> None:
    """What Blender does with a zip dropped on its window, by the same program of its own."""
    spec = util.find_spec("bpy")
    assert spec and spec.origin
    program = next(Path(spec.origin).parent.glob("*/scripts/addons_core/bl_pkg/cli/blender_ext.py"))
    repository = resources / "extensions" / "user_default"
    repository.mkdir(parents=True)
    command = [sys.executable, "-I", str(program), "install-files", "--local-dir", str(repository)]
    command += ["--blender-version", metadata.version("bpy")]
    command += ["--python-version", ".".join(map(str, sys.version_info[:3])), str(extension)]
    subprocess.run(command, check=True, stdout=record, stderr=record)


def _press(
    command: list[str], environment: dict[str, str], record: TextIO, say: Callable[[str], None]
) -> None:
    """Runs the press script; says what it has to say and keeps the rest in the record."""
    with subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        assert process.stdout
        for line in process.stdout:
            record.write(line)
            if line.startswith(SAID):
                say(line.removeprefix(SAID).rstrip())
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
