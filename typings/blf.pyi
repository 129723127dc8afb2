"""Blender's modules ship no types: everything of them is Any."""

from typing import Any

def __getattr__(name: str) -> Any: ...
