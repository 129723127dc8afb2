"""The files that a mesh file names: buffers, materials, textures. Where it goes, they must go too."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

_LIBRARY = re.compile(rb"^\s*mtllib\s+(.+?)\s*$", re.MULTILINE)
_PICTURE = re.compile(rb"^\s*map_\w+\s+(.+?)\s*$", re.MULTILINE | re.IGNORECASE)


def gltf_json(path: Path) -> dict[str, Any]:
    """What a .gltf or .glb file says of itself, without its arrays. ValueError, struct.error, OSError."""
    with path.open("rb") as file:
        start = file.read(20)
        is_binary = start[:4] == b"glTF"
        text = file.read(struct.unpack("<I", start[12:16])[0]) if is_binary else start + file.read()
    return json.loads(text)


def companions(path: Path) -> list[str]:
    """Sorted names, relative to the mesh file's folder, of the files in it that the mesh file needs.

    Those that are not there or lie elsewhere are left out; none where the mesh file can't be read.
    """
    try:
        named = set(_named(path))
    except (OSError, ValueError, TypeError, LookupError, AttributeError, struct.error):
        return []
    folder = path.parent.resolve()
    found = [name for name in named if (folder / name).resolve().is_relative_to(folder)]
    return sorted(name for name in found if (folder / name).is_file())


def _named(path: Path) -> Iterator[str]:
    ending = path.suffix.lower()
    if ending in (".gltf", ".glb"):
        about = gltf_json(path)
        for one in (*about.get("buffers", ()), *about.get("images", ())):
            if not one.get("uri", "data:").startswith("data:"):
                yield unquote(one["uri"])
    elif ending == ".obj":
        for library in _matches(_LIBRARY, path):
            yield library
            room = Path(library).parent
            pictures = _matches(_PICTURE, path.parent / library) if (path.parent / library).is_file() else ()
            for words in pictures:
                yield str(room / words)
                yield str(room / words.split()[-1])  # options may stand before the name


def _matches(pattern: re.Pattern[bytes], path: Path) -> list[str]:
    return [
        found.decode("utf-8", "replace").replace("\\", "/") for found in pattern.findall(path.read_bytes())
    ]
