"""Real Blender windows with the real extension, installed as users install it, and a server outside of them.

Opening windows takes minutes and may install Blender, so these tests run only where DEOCC_GUI=1 asks; asked,
a window that can't be had is a failure. DEOCC_BLENDER_ROOT names the tool that installs and runs Blender
(default: ../shared/tools/blender-root), DEOCC_GUI_PICTURES the folder that keeps the windows' pictures.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gui.screen import Screen
from tests.gui.server_door import ServerDoor
from tests.gui.window import Blender, Window

CHECKOUT = Path(__file__).resolve().parents[2]
VERSIONS = ("4.3", "5.2")
INSTALL_S = 900  # a first installation downloads 1.5 GB
BLENDERS_OWN = "extensions.blender.org"  # which Blender 5.2 asks by itself once online access is on
POINT_AT_SERVER = """
preferences().server_python = PYTHON
preferences().data_dir = DATA_DIR
"""
START_OVER = """
bpy.ops.preferences.addon_disable(module="bl_ext.user_default.deocc")
bpy.ops.wm.read_homefile()
bpy.ops.preferences.addon_enable(module="bl_ext.user_default.deocc")
bpy.data.objects.remove(bpy.data.objects["Cube"])
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if os.environ.get("DEOCC_GUI") == "1":
        return
    tool = tool_path()
    words = "real windows open only when asked: DEOCC_GUI=1 pytest -m gui"
    if not tool.is_file():
        words = f"no tool for real Blender windows at {tool} (DEOCC_BLENDER_ROOT)"
    for item in items:
        if item.get_closest_marker("gui"):
            item.add_marker(pytest.mark.skip(reason=words))


def tool_path() -> Path:
    default = CHECKOUT.parent / "shared" / "tools" / "blender-root"
    return Path(os.environ.get("DEOCC_BLENDER_ROOT") or default)


@pytest.fixture(scope="session")
def tool() -> Path:
    path = tool_path()
    if not path.is_file():
        words = f"DEOCC_GUI=1 asks for real windows, but there is no tool for them at {path}"
        pytest.fail(f"{words} (DEOCC_BLENDER_ROOT)", pytrace=False)
    return path.resolve()


@pytest.fixture(scope="session")
def ground() -> Iterator[Path]:
    """A folder under /tmp: the one place that the tests and the Blenders in their roots see alike."""
    folder = Path(tempfile.mkdtemp(prefix="real-windows.", dir="/tmp"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def pictures() -> Path:
    """Where the windows' pictures are kept, to be looked at."""
    folder = Path(os.environ.get("DEOCC_GUI_PICTURES") or CHECKOUT / "build" / "windows")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def photo(ground: Path) -> Path:
    """The demo's photo with its masks beside it, where the windows can read them."""
    folder = ground / "photo"
    folder.mkdir()
    for path in (CHECKOUT / "demo").glob("table*"):
        shutil.copy(path, folder)
    return folder / "table.jpg"


@pytest.fixture(scope="session")
def extension_zip(ground: Path) -> Path:
    build = CHECKOUT / "deocc_blender" / "build.py"
    command = [sys.executable, str(build), "--out", str(ground / "dist")]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    [built] = (ground / "dist").glob("deocc_blender-*.zip")
    return built


@pytest.fixture(scope="session", params=VERSIONS)
def blender(request: pytest.FixtureRequest, tool: Path, ground: Path, extension_zip: Path) -> Blender:
    """A Blender with the extension installed and enabled from its zip, by Blender's own command."""
    version = request.param
    done = subprocess.run([str(tool), "install", version], capture_output=True, text=True, timeout=INSTALL_S)
    if done.returncode != 0:
        pytest.fail(f"this machine can't open Blender {version}: {done.stderr.strip()}", pytrace=False)
    folder = ground / version
    folder.mkdir()
    blender = Blender(tool, version, folder / "resources")
    words = ["extension", "install-file", "-r", "user_default", "--enable", str(extension_zip)]
    installing = blender.run(folder, "--command", *words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said = installing.communicate(timeout=120)[0].decode()
    assert installing.returncode == 0, said
    return blender


@pytest.fixture(scope="session")
def screen(tool: Path) -> Iterator[Screen]:
    screen = Screen()
    yield screen
    screen.close()


@pytest.fixture(scope="session")
def door(blender: Blender) -> Iterator[ServerDoor]:
    door = ServerDoor(blender.resources.parent)
    yield door
    door.stop()


@pytest.fixture(scope="session")
def open_window(blender: Blender, screen: Screen, door: ServerDoor) -> Iterator[Window]:
    """The window that the tests of one Blender share."""
    window = Window(blender, screen, blender.resources.parent / "shared")
    try:
        yield window
        assert window.quit() == 0 and window.processes() == []
    finally:
        window.close()


@pytest.fixture
def window(open_window: Window, door: ServerDoor) -> Iterator[Window]:
    """A window with a new file without its cube; what Blender prints during the test is no complaint."""
    printed = len(open_window.console())
    open_window.ask(START_OVER)
    point_at(open_window, door)
    yield open_window
    assert_no_complaint(open_window.console()[printed:])


def point_at(window: Window, door: ServerDoor) -> None:
    """Fills in the preferences."""
    values = {"PYTHON": str(door.python), "DATA_DIR": str(door.data_dir)}
    snippet = POINT_AT_SERVER
    for name, value in values.items():
        snippet = snippet.replace(name, repr(value))
    window.ask(snippet)


def assert_no_complaint(printed: str) -> None:
    complaints = ("Traceback", "Error", "Exception", "deocc", "blender.crash", "Warning")
    lines = [line for line in printed.splitlines() if any(word in line for word in complaints)]
    lines = [line for line in lines if BLENDERS_OWN not in line]
    assert not lines, f"Blender's console says:\n{printed}"
