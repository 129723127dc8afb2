"""The installed zip under the bpy wheel: each scene a process of its own, the server another."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path

import pytest

from deocc_blender.build import build
from deocc_blender.connection import Connection
from deocc_blender.replies import LinkFault
from deocc_blender.server_process import stop
from tests import pictures

ROOT = Path(__file__).resolve().parents[2]
SCENES = Path(__file__).parent / "scenes"
SCENE_S = 120  # Blender as a module starts in two seconds, a draft takes one: a longer scene hangs


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if importlib.util.find_spec("bpy") is not None:
        return
    for item in items:
        if item.get_closest_marker("bpy"):
            item.add_marker(pytest.mark.skip(reason="needs Blender as a module: pip install -e '.[blender]'"))


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Blender's user folder with the extension installed by Blender's own tool."""
    folder = tmp_path_factory.mktemp("blender")
    repository = folder / "extensions" / "user_default"
    repository.mkdir(parents=True)
    spec = importlib.util.find_spec("bpy")
    assert spec is not None and spec.origin is not None
    [tool] = Path(spec.origin).parent.glob("*/scripts/addons_core/bl_pkg/cli/blender_ext.py")
    command = [sys.executable, "-I", str(tool), "install-files", "--local-dir", str(repository)]
    command += ["--blender-version", metadata.version("bpy")]
    command += ["--python-version", ".".join(map(str, sys.version_info[:3]))]
    command += [str(build(tmp_path_factory.mktemp("dist")))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A photo with its masks beside it, and others that the scenes use."""
    (tmp_path / "mug.png").write_bytes(pictures.photo_file())
    (tmp_path / "mug_mask.png").write_bytes(pictures.object_file())
    (tmp_path / "mug_occluder.png").write_bytes(pictures.occluder_file())
    return tmp_path


@pytest.fixture
def play(installed: Path, folder: Path) -> Iterator[Callable[..., str]]:
    """Plays a scene in a Blender of its own on `folder`; scenes of one test share their server."""
    user = folder / "user"
    shutil.copytree(installed, user)
    (folder / "home").mkdir()
    data_dir = folder / "data"
    own = {"BLENDER_USER_RESOURCES": user, "HOME": folder / "home", "DEOCC_DATA_DIR": data_dir}
    python = {"DEOCC_SERVER_PYTHON": sys.executable, "PYTHONPATH": str(ROOT)}
    environment = {**os.environ, **{name: str(path) for name, path in own.items()}, **python}

    def run(scene: str, scene_s: float = SCENE_S, **more: str) -> str:
        done = subprocess.run(
            [sys.executable, str(SCENES / f"{scene}.py"), str(folder)],
            env={**environment, **more},
            capture_output=True,
            text=True,
            timeout=scene_s,
        )
        said = f"{done.stdout[-6000:]}\n{done.stderr[-6000:]}"
        assert done.returncode == 0 and "scene ended" in done.stdout, said
        return said

    yield run
    try:
        stop(Connection(data_dir, ""))
    except LinkFault:
        pass  # it had ended by itself
