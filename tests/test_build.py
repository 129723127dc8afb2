"""The extension's zip: exactly what it must hold, valid for Blender, and the same from the same sources."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from deocc_blender.build import build

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def extension(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("dist"))


def test_the_zip_is_named_by_the_manifests_version(extension: Path):
    version = tomllib.loads((ROOT / "blender_manifest.toml").read_text())["version"]
    assert extension.name == f"deocc_blender-{version}.zip"


def test_the_zip_holds_the_folder_flattened_and_nothing_else(extension: Path):
    with zipfile.ZipFile(extension) as archive:
        names = set(archive.namelist())
    modules = {
        path.relative_to(ROOT / "deocc_blender").as_posix() for path in (ROOT / "deocc_blender").rglob("*.py")
    }
    wheels = {name for name in names if name.endswith(".whl")}
    assert names - wheels == (modules - {"build.py", "measure_import.py"}) | {
        "blender_manifest.toml",
        "LICENSE",
    }
    assert len(wheels) == 1 and wheels.pop().startswith("server/deocc-")


def test_the_wheel_inside_is_the_servers_whole_code_and_no_one_elses(extension: Path):
    with zipfile.ZipFile(extension) as archive:
        [wheel] = [name for name in archive.namelist() if name.endswith(".whl")]
        with archive.open(wheel) as packed, zipfile.ZipFile(packed) as inner:
            names = {name for name in inner.namelist() if ".dist-info/" not in name}
    sources = {path.relative_to(ROOT / "server").as_posix() for path in (ROOT / "server/deocc").rglob("*.py")}
    assert sources <= names
    assert all(name.startswith("deocc/") for name in names)


def test_the_manifest_lists_no_wheels(extension: Path):
    """Blender would install the server into its own Python."""
    with zipfile.ZipFile(extension) as archive:
        assert "wheels" not in tomllib.loads(archive.read("blender_manifest.toml").decode())


def test_the_same_sources_give_the_same_zip(extension: Path, tmp_path: Path):
    """But for the wheel, in which setuptools writes the time of day."""

    def sums(path: Path) -> dict[str, int]:
        with zipfile.ZipFile(path) as archive:
            return {one.filename: one.CRC for one in archive.infolist() if not one.filename.endswith(".whl")}

    assert sums(build(tmp_path)) == sums(extension)


def test_blenders_own_tool_calls_the_zip_valid(extension: Path):
    spec = importlib.util.find_spec("bpy")
    if spec is None or spec.origin is None:
        pytest.skip("Blender as a module is not installed: pip install -e '.[blender]'")
    [tool] = Path(spec.origin).parent.glob("*/scripts/addons_core/bl_pkg/cli/blender_ext.py")
    done = subprocess.run(
        [sys.executable, "-I", str(tool), "validate", str(extension)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
