"""The meshes of a folder, and all that the data room knows of a mesh: the door to mesh_file and textured."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deocc.data.companions import companions
from deocc.data.mesh_file import ENDINGS, read_mesh
from deocc.data.textured import Textured, load_mesh, normalised, oddities, save_mesh
from deocc.errors import InputFault

__all__ = [
    "MeshFile",
    "Textured",
    "companions",
    "entries_of",
    "list_meshes",
    "load_mesh",
    "namesakes",
    "normalised",
    "oddities",
    "read_mesh",
    "save_mesh",
]


@dataclass(frozen=True)
class MeshFile:
    """A file with a mesh and what `objects.json` says of it; "" where it says nothing.

    id: the file's name without its ending, unique in the folder.  sha256: of the file, as the list has it.
    """

    id: str
    path: Path
    category: str = ""
    source: str = ""
    licence: str = ""
    attribution: str = ""
    sha256: str = ""


def list_meshes(folder: Path) -> list[MeshFile]:
    """The meshes in a folder, sorted by id; InputFault where there are none.

    `objects.json`, a list of objects with "id" and more of MeshFile's fields, may lie in the folder or in
    the one above.
    """
    if not folder.is_dir():
        raise InputFault("no_meshes", f"“{folder}” is no folder.", "Name a folder of meshes.")
    paths = _mesh_paths(folder)
    if not paths and (folder / "objects").is_dir():
        return list_meshes(folder / "objects")
    if not paths:
        endings = " ".join(ENDINGS)
        raise InputFault("no_meshes", f"There are no meshes in “{folder}”.", f"It needs files of {endings}.")
    told = _told(folder)
    found: dict[str, MeshFile] = {}
    for path in paths:
        found.setdefault(path.stem, MeshFile(path.stem, path, **told.get(path.stem, {})))
    return [found[name] for name in sorted(found)]


def namesakes(listed: Sequence[MeshFile]) -> dict[str, MeshFile]:
    """Names of files that list_meshes left out because another of their id came first, and that one."""
    first = {one.id: one for one in listed}
    beside = (path for folder in {one.path.parent for one in listed} for path in _mesh_paths(folder))
    return {path.name: first[path.stem] for path in beside if path != first[path.stem].path}


def _mesh_paths(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in ENDINGS and path.is_file())


def _told(folder: Path) -> dict[str, dict[str, str]]:
    """What objects.json says, by id."""
    for path in (folder / "objects.json", folder.parent / "objects.json"):
        if path.is_file():
            return entries_of(path)
    return {}


def entries_of(path: Path) -> dict[str, dict[str, str]]:
    """What an objects.json says, by id; InputFault where it can't be read."""
    fields = ("category", "source", "licence", "attribution", "sha256")
    try:
        listed = json.loads(path.read_text("utf-8"))
        return {str(one["id"]): {name: str(one.get(name) or "") for name in fields} for one in listed}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputFault(
            "bad_object_list",
            f"“{path}” can't be read as a list of objects.",
            "Mend it or take it away: meshes need no list.",
        ) from error
