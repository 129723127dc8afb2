"""Furniture libraries of Sweet Home 3D (.sh3f) -> a folder of meshes with objects.json, as builds take it.

A library is a zip: OBJ models with their pictures, and a Java properties file that numbers them, with name,
category and author of each. Doors, windows and what is cut into a wall are left out: they are no objects.
"""

from __future__ import annotations

import json
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import numpy as np

from deocc.data.engine import each
from deocc.data.folder import write_fault
from deocc.data.mesh_file import MAX_BYTES, read_mesh
from deocc.data.meshes import entries_of
from deocc.data.textured import Textured
from deocc.errors import InputFault
from deocc.geometry.glb import write_glb
from deocc.package import write_beside
from deocc.png import png

CATALOG = "PluginFurnitureCatalog.properties"
LICENCES = {  # as libraries word them -> SPDX
    "public domain": "CC0-1.0",
    "creative commons attribution 3.0 united states": "CC-BY-3.0-US",
    "creative commons attribution 3.0": "CC-BY-3.0",
}
LIST = "objects.json"
UPRIGHT = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
_Y_UP_FROM_OBJECT = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)")


@dataclass(frozen=True)
class Model:
    """One model of a library. id: of letters, digits, “_” and “-”.  place: its OBJ file in the zip.
    turn: (9,) row by row, the rotation that stands it upright, +Y up."""

    id: str
    library: Path
    place: str
    category: str
    source: str
    licence: str
    attribution: str
    turn: tuple[float, ...] = UPRIGHT

    def entry(self) -> dict[str, str]:
        """What objects.json says of it."""
        return {name: getattr(self, name) for name in ("category", "source", "licence", "attribution")}


@dataclass(frozen=True)
class Unpacked:
    """count: of the meshes that lie in the folder.  missing: id -> why a model could not be read."""

    count: int
    missing: Mapping[str, str]


def unpack(
    libraries: Sequence[Path],
    out: Path,
    workers: int,
    ray_address: str,
    progress: Callable[[int, int, str], None],
) -> Unpacked:
    """A GLB for each model, and the list of them. Models that lie in the folder already stay, and so does
    what objects.json says of other meshes; what can't be read is named and left out. InputFault
    `bad_library`, `same_library`, `bad_object_list`, `cant_write`; `disk_full`."""
    if len({library.stem.lower() for library in libraries}) < len(libraries):
        raise InputFault("same_library", "Two libraries have the same name.", "Give each a name of its own.")
    models = [model for library in libraries for model in models_of(library)]
    try:
        out.mkdir(parents=True, exist_ok=True)
        before = entries_of(out / LIST) if (out / LIST).is_file() else {}
        todo = [one for one in models if not (out / f"{one.id}.glb").is_file()]
        missing: dict[str, str] = {}
        for done, one in enumerate(each(_glb, todo, workers, ray_address), 1):
            model = todo[one.index]
            progress(done, len(todo), model.id)
            if one.value is None:
                missing[model.id] = one.fault.message if one.fault else "It could not be read."
            else:
                write_beside(one.value, out / f"{model.id}.glb")
        told = before | {one.id: one.entry() for one in models if one.id not in missing}
        listed = [{"id": name, **entry} for name, entry in told.items()]
        write_beside(json.dumps(listed, indent=1, ensure_ascii=False).encode(), out / LIST)
    except OSError as error:
        raise write_fault(error, out) from error
    return Unpacked(len(models) - len(missing), missing)


def models_of(library: Path) -> list[Model]:
    """The models that a library lists; InputFault where it is none."""
    try:
        with zipfile.ZipFile(library) as archive:
            told = properties(archive.read(CATALOG).decode("latin-1"))
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise InputFault(
            "bad_library", f"“{library.name}” is no furniture library.", "It needs a file of .sh3f."
        ) from error
    return list(_listed(library, told))


def _listed(library: Path, told: Mapping[str, str]) -> Iterator[Model]:
    words = told.get("license", "")
    licence = next((spdx for known, spdx in LICENCES.items() if words.lower().startswith(known)), words)
    title, provider = told.get("name", library.stem), told.get("provider", "")
    taken: set[str] = set()
    for key in (key for key in told if key.startswith("name#")):
        number = key.removeprefix("name#")
        place = told.get(f"model#{number}", "").lstrip("/")
        if not place.lower().endswith(".obj") or told.get(f"doorOrWindow#{number}") == "true":
            continue
        name = re.sub(r"[^A-Za-z0-9_-]+", "_", f"{library.stem}_{PurePosixPath(place).stem}").lower()
        if name in taken:
            name = f"{name}-{number}"
        taken.add(name)
        author = told.get(f"creator#{number}", "unknown")
        yield Model(
            name,
            library,
            place,
            told.get(f"category#{number}", ""),
            title,
            licence,
            f"{author}, {title} ({provider}); {words}",
            _turn(told.get(f"modelRotation#{number}", "")),
        )


def _turn(words: str) -> tuple[float, ...]:
    """Nine numbers; none at all where they are not that."""
    try:
        turn = tuple(float(one) for one in words.split())
    except ValueError:
        return UPRIGHT
    return turn if len(turn) == 9 and np.isfinite(turn).all() else UPRIGHT


def properties(text: str) -> dict[str, str]:
    """Keys and values of a Java properties file, as far as catalogs use it: `key=value` lines, comments,
    escaped characters, lines that go on behind a backslash."""
    found = {}
    for line in re.sub(r"\\\r?\n[ \t]*", "", text).splitlines():
        key, equals, value = line.strip().partition("=")
        if equals and not key.startswith(("#", "!")):
            found[key.strip()] = _ESCAPE.sub(_unescaped, value.strip())
    return found


def _unescaped(match: re.Match[str]) -> str:
    code = match[1]
    if len(code) == 5:
        return chr(int(code[1:], 16))
    return {"n": "\n", "t": "\t", "r": "\r", "f": "\f"}.get(code, code)


def _glb(model: Model) -> bytes:
    """The model as a GLB, upright; InputFault where it can't be read."""
    with tempfile.TemporaryDirectory(prefix="deocc-") as folder, zipfile.ZipFile(model.library) as archive:
        home = PurePosixPath(model.place).parent
        for info in archive.infolist():
            place = PurePosixPath(info.filename)
            if place.parent == home and not info.is_dir():
                if info.file_size > MAX_BYTES:
                    raise InputFault("mesh_too_large", f"“{place.name}” is over {MAX_BYTES // 2**20} MB.")
                (Path(folder) / place.name).write_bytes(archive.read(info))
        path = Path(folder) / PurePosixPath(model.place).name
        return _written(read_mesh(path), model)


def _written(textured: Textured, model: Model) -> bytes:
    upright = np.array(model.turn).reshape(3, 3)
    turn = _Y_UP_FROM_OBJECT.T @ upright @ _Y_UP_FROM_OBJECT
    places = (textured.mesh.vertices @ turn.T).astype(np.float32)
    mesh = replace(textured.mesh, vertices=places)
    return write_glb(mesh, None if textured.texture is None else png(textured.texture))
