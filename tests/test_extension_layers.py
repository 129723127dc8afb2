"""The extension's own rule: a module that says “No bpy” neither imports it nor a module that might."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "deocc_blender"
TREES = {path.stem: ast.parse(path.read_text("utf-8")) for path in SOURCE.glob("*.py")}
WITHOUT_BPY = {name for name, tree in TREES.items() if "No bpy" in (ast.get_docstring(tree) or "")}
OF_BLENDER = {"bpy", "bpy_extras", "mathutils", "blf", "gpu", "addon_utils"}


def imports_of(name: str) -> tuple[set[str], set[str]]:
    """Top-level names that a module imports from elsewhere, and its neighbours."""
    elsewhere: set[str] = set()
    neighbours: set[str] = set()
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.Import):
            elsewhere |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            elsewhere.add((node.module or "").split(".")[0])
        elif isinstance(node, ast.ImportFrom):
            neighbours |= {node.module} if node.module else {alias.name for alias in node.names}
    return elsewhere, neighbours


def test_what_runs_in_threads_is_among_them():
    threads = {"client", "follow", "look", "errands", "pictures", "server_process"}
    threads |= {"thumbnail", "package", "glb", "picture"}
    assert threads <= WITHOUT_BPY


@pytest.mark.parametrize("name", sorted(WITHOUT_BPY))
def test_a_module_without_bpy_imports_nothing_with_it(name: str):
    elsewhere, neighbours = imports_of(name)
    assert not elsewhere & OF_BLENDER
    assert neighbours <= WITHOUT_BPY


def test_no_operator_is_called_in_a_temp_override():
    """Up to Python 3.11 Blender reads it without Python's lock, and our threads make that a crash."""
    for path in SOURCE.rglob("*.py"):
        assert "temp_override(" not in path.read_text("utf-8"), path
