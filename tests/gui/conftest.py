"""Real Blender windows with the real extension, installed as users install it, and a server outside of them.

Opening windows takes minutes and may install Blender, so these tests run only where DEOCC_GUI=1 asks.
DEOCC_BLENDER_ROOT names the tool that installs and runs Blender (default: ../shared/tools/blender-root).
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

from tests.gui.window import Screen, Window
from tests.server_under_test import ServerUnderTest

CHECKOUT = Path(__file__).resolve().parents[2]
VERSIONS = ("4.3", "5.2")
CANNOT = 3  # the tool's exit code where this machine has no right to mount, or no Debian mirror
INSTALL_S = 900  # a first installation downloads 1.5 GB


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if os.environ.get("DEOCC_GUI") == "1":
        return
    unasked = pytest.mark.skip(reason="real windows open only when asked: DEOCC_GUI=1 pytest -m gui")
    for item in items:
        if item.get_closest_marker("gui"):
            item.add_marker(unasked)


@pytest.fixture(scope="session")
def tool() -> Path:
    path = Path(os.environ.get("DEOCC_BLENDER_ROOT", CHECKOUT.parent / "shared" / "tools" / "blender-root"))
    if not path.is_file():
        pytest.skip(f"no tool for real Blender windows at {path} (DEOCC_BLENDER_ROOT)")
    return path.resolve()


@pytest.fixture(scope="session")
def ground() -> Iterator[Path]:
    """A folder under /tmp: the one place that the tests and the Blenders in their roots see alike."""
    folder = Path(tempfile.mkdtemp(prefix="deocc-gui.", dir="/tmp"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def pictures() -> Path:
    """Where the windows' pictures are kept, to be looked at."""
    folder = CHECKOUT / "build" / "windows"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def extension_zip(ground: Path) -> Path:
    build = CHECKOUT / "deocc_blender" / "build.py"
    subprocess.run([sys.executable, str(build)], check=True, capture_output=True, timeout=300)
    newest = max((CHECKOUT / "dist").glob("deocc_blender-*.zip"), key=lambda path: path.stat().st_mtime)
    return Path(shutil.copy(newest, ground))


@pytest.fixture(scope="session")
def data_dir(ground: Path) -> Iterator[Path]:
    """The data folder of a server that runs in this environment, outside of the windows' roots."""
    running = ServerUnderTest(ground / "data", "--idle-exit", "never")
    yield running.data_dir
    running.stop()


@pytest.fixture(scope="module", params=VERSIONS)
def window(
    request: pytest.FixtureRequest,
    tool: Path,
    ground: Path,
    extension_zip: Path,
    data_dir: Path,
) -> Iterator[Window]:
    """A window of one Blender with the extension enabled and pointed at the server."""
    version = request.param
    installed = subprocess.run(
        [str(tool), "install", version], capture_output=True, text=True, timeout=INSTALL_S
    )
    if installed.returncode == CANNOT:
        pytest.skip(f"this machine can't open Blender {version}: {installed.stderr.strip()}")
    assert installed.returncode == 0, installed.stderr
    folder = ground / version
    folder.mkdir()
    resources = folder / "resources"
    command = [
        str(tool),
        "run",
        version,
        "--command",
        "extension",
        "install-file",
        "-r",
        "user_default",
        "--enable",
    ]
    environment = {**os.environ, "BLENDER_USER_RESOURCES": str(resources)}
    done = subprocess.run(
        [*command, str(extension_zip)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    screen = Screen()
    try:
        opened = Window(tool, version, screen, resources, folder)
        try:
            opened.ask(f"""
[ours] = [one for one in bpy.context.preferences.addons if one.module.endswith(".deocc")]
ours.preferences.data_dir = {str(data_dir)!r}
""")
            yield opened
        finally:
            opened.close()
    finally:
        screen.close()
