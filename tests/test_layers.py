"""The import rules of the server as a table: imports go down only, and the two halves share no code."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SERVER = ROOT / "server" / "deocc"
BACKENDS = SERVER / "backends"

LAYERS = {
    "errors": 0,
    "contract": 1, "settings": 1, "lock": 1, "stopwatch": 1,
    "picture_file": 2, "geometry": 2, "place": 1, "weights": 2, "pace": 2, "guard": 2,
    "observation": 3, "png": 3,
    "package": 4,
    "calibration": 5,
    "segment": 6, "backends": 6,
    "reconstruct": 7,
    "worker": 8, "database": 7, "store": 8, "files": 8, "data_folder": 8,
    "worker_process": 9, "door": 9, "event_stream": 9,
    "jobs": 10, "installing": 10,
    "http": 11, "run_photo": 11,
    "serve": 12,
    "data": 13, "demo": 13,
    "training": 14, "bench": 14,
    "cli": 15,
    "__main__": 16,
}  # fmt: skip
BESIDE = {"data", "training", "bench", "demo"}  # only cli and their own folder import these
READERS = {"data": {"training", "bench"}}  # but what is made of meshes serves both
BLENDER = SERVER / "data"  # the one room of the server where Blender is a library; files named blender*.py
STDLIB_ONLY = {"errors", "contract", "settings"}


def imports_of(path: Path) -> set[str]:
    """Every module a file imports anywhere, functions included, as dotted names."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 or "deocc_blender" in path.parts, f"{path} imports relatively"
            module = node.module or ""
            found |= {module} | {f"{module}.{alias.name}" for alias in node.names}
    return found


def parts_of(names: set[str]) -> set[str]:
    """The top-level parts of deocc among dotted names."""
    parts = {name.split(".")[1] for name in names if name.startswith("deocc.")}
    return {part for part in parts if part in LAYERS}


def server_files() -> list[Path]:
    return [path for path in sorted(SERVER.rglob("*.py")) if path != SERVER / "__init__.py"]


@pytest.mark.parametrize("path", server_files(), ids=lambda path: str(path.relative_to(SERVER)))
def test_a_server_file_imports_only_from_lower_layers(path: Path):
    own = path.relative_to(SERVER).parts[0].removesuffix(".py")
    assert own in LAYERS, f"{own} has no layer: add it to the table"
    for part in parts_of(imports_of(path)) - {own}:
        assert LAYERS[part] < LAYERS[own], (
            f"{own} (layer {LAYERS[own]}) imports {part} (layer {LAYERS[part]})"
        )
        may = part not in BESIDE or own == "cli" or own in READERS.get(part, set())
        assert may, f"{own} imports {part}, which only cli may"


@pytest.mark.parametrize("path", sorted(BACKENDS.glob("*/**/*.py")), ids=lambda path: str(path))
def test_a_backend_imports_no_other_backend(path: Path):
    others = {name for name in imports_of(path) if name.startswith("deocc.backends.")}
    allowed = (f"deocc.backends.{path.relative_to(BACKENDS).parts[0]}", "deocc.backends.base")
    assert all(name.startswith(allowed) for name in others), others


@pytest.mark.parametrize("name", sorted(STDLIB_ONLY))
def test_the_lowest_layer_imports_the_standard_library_alone(name: str):
    import sys

    tops = {module.split(".")[0] for module in imports_of(SERVER / f"{name}.py")}
    assert tops <= set(sys.stdlib_module_names) | {"deocc"}, tops


def test_the_two_halves_share_no_code():
    extension = sorted((ROOT / "deocc_blender").rglob("*.py"))
    assert extension, "the extension's folder is empty"
    for path in extension:
        assert not any(name.split(".")[0] == "deocc" for name in imports_of(path)), path
    for path in server_files():
        tops = {name.split(".")[0] for name in imports_of(path)}
        assert "deocc_blender" not in tops, path
        assert not tops & {"bpy", "mathutils"} or (
            path.parent == BLENDER and path.stem.startswith("blender")
        ), path
