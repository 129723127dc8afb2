"""What decides the bytes of a built part: its recipe's digest, the libraries' versions, the files' hashes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from deocc import __version__


def recipe_digest(recipe: Mapping[str, Any]) -> str:
    """sha256 of everything that decides a part's bytes; the same for equal recipes."""
    return hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()


def library_versions(recipe: int, libraries: Iterable[str]) -> dict[str, str]:
    """Of this package, the recipe that is written in it, and libraries; "" for what is not installed."""
    return {"deocc": __version__, "recipe": str(recipe), **{name: _version(name) for name in libraries}}


def sha256_of(path: Path) -> str:
    """Of a file; "" where it can't be read."""
    try:
        with open(path, "rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError:
        return ""


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
