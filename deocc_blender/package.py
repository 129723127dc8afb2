"""Opens and checks a result package (docs/package.md) before anything of it reaches Blender. No bpy.

Nothing is written to disk and no name from the archive becomes a path.
"""

from __future__ import annotations

import io
import json
import math
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .glb import MeshData, read_glb
from .replies import ServerFault

FORMAT_VERSION = 1
VIEWS = 6
LIMITS = {  # every file a package may hold, with its largest size in bytes
    "package.json": 2**20,
    "mesh.glb": 384 * 2**20,
    "completed.png": 128 * 2**20,
    **{f"views/{i}.png": 16 * 2**20 for i in range(VIEWS)},
}
ON_REQUEST = {f"normals/{i}.png": 16 * 2**20 for i in range(VIEWS)}  # all six or none
UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, struct.error)  # zipfile's own list
MAX_SIDE_PX = 16384  # what Blender holds as one texture
MAX_NOTES, MAX_NOTE = 8, 400  # sentences that a panel has room for, and letters of each


@dataclass(frozen=True)
class Camera:
    """A pinhole camera in the object frame, OpenCV axes; object_from_camera is four rows of four."""

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    object_from_camera: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Package:
    """One seed's result. recipe: JSON text as it came; views, completed, normals (six or none): PNG bytes.

    notes: sentences for the user, each one line.
    """

    name: str
    seed: int
    backend: str
    recipe: str
    mesh: MeshData
    cameras: tuple[Camera, ...]
    photo_camera: Camera | None
    views: tuple[bytes, ...]
    completed: bytes
    normals: tuple[bytes, ...] = ()
    notes: tuple[str, ...] = ()


def read_package(data: bytes) -> Package:
    """The checked package; ServerFault `bad_package` or `newer_package` for anything else."""
    files = _files(data)
    try:
        about = json.loads(files["package.json"])
        version = about["format"]
        if isinstance(version, int) and version > FORMAT_VERSION:
            raise ServerFault(
                "newer_package", f"The result has format {version}, this add-on reads {FORMAT_VERSION}.",
                "Update the add-on.", "update_addon",
            )  # fmt: skip
        if version != FORMAT_VERSION:
            raise _bad("its format version")
        recipe = about["recipe"]
        cameras = tuple(_camera(one) for one in about["cameras"])
        if len(cameras) != VIEWS:
            raise _bad("not six cameras")
        photo_camera = _camera(about["photo_camera"]) if about.get("photo_camera") else None
        notes = _notes(about.get("notes", []))
        words = json.dumps({"recipe": recipe, "versions": about["versions"]}, sort_keys=True)
        name, seed, backend = str(recipe["name"])[:60], int(recipe["seed"]), str(recipe["backend"])[:60]
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:  # JSON knows Infinity
        raise _bad(f"package.json: {type(error).__name__} {error}") from error
    pictures = {name: _checked_png(name, data) for name, data in files.items() if name.endswith(".png")}
    views = tuple(pictures[f"views/{i}.png"] for i in range(VIEWS))
    normals = tuple(pictures[name] for name in ON_REQUEST if name in pictures)
    mesh, completed = read_glb(files["mesh.glb"]), pictures["completed.png"]
    return Package(name, seed, backend, words, mesh, cameras, photo_camera, views, completed, normals, notes)


def _files(data: bytes) -> dict[str, bytes]:
    """Exactly the files a package holds, each below its limit however well it is packed."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            names = [entry.filename for entry in entries]
            limits = LIMITS | ON_REQUEST if set(names) & set(ON_REQUEST) else LIMITS
            if sorted(names) != sorted(limits):
                strange = sorted(set(names) ^ set(limits)) or ["a name twice"]
                raise _bad(f"its files: {strange[0][:60]}")
            files = {}
            for entry in entries:
                limit = limits[entry.filename]
                with archive.open(entry) as packed:
                    files[entry.filename] = packed.read(limit + 1)
                if len(files[entry.filename]) > limit:
                    raise _bad(f"{entry.filename} is over {limit // 2**20} MB")
            return files
    except UNREADABLE as error:
        raise _bad("not a whole archive") from error


def _checked_png(name: str, data: bytes) -> bytes:
    if len(data) < 33 or data[:8] != b"\x89PNG\r\n\x1a\n" or data[12:16] != b"IHDR":
        raise _bad(f"{name} is no PNG")
    width, height = struct.unpack(">II", data[16:24])
    if not (0 < width <= MAX_SIDE_PX and 0 < height <= MAX_SIDE_PX):
        raise _bad(f"{name} has {width}×{height} pixels")
    return data


def _camera(said: Mapping[str, Any]) -> Camera:
    rows = tuple(tuple(float(number) for number in row) for row in said["object_from_camera"])
    numbers = [float(said[name]) for name in ("fx", "fy", "cx", "cy")]
    if [len(row) for row in rows] != [4, 4, 4, 4] or rows[3] != (0.0, 0.0, 0.0, 1.0):
        raise _bad("a camera's pose")
    if not all(map(math.isfinite, [*numbers, *sum(rows, ())])) or min(numbers[:2]) <= 0:
        raise _bad("a camera's numbers")
    width, height = int(said["width"]), int(said["height"])
    if not (0 < width <= 65536 and 0 < height <= 65536):
        raise _bad("a camera's picture size")
    fx, fy, cx, cy = numbers
    return Camera(width, height, fx, fy, cx, cy, rows)


def _notes(said: Any) -> tuple[str, ...]:
    """Each as one line, without what no text in Blender holds: half a surrogate pair, a C string's end."""
    if not isinstance(said, list) or not all(isinstance(one, str) for one in said):
        raise _bad("its notes")
    lines = (" ".join(one[:MAX_NOTE].split()) for one in said[:MAX_NOTES])
    printable = ("".join(letter for letter in line if letter.isprintable()) for line in lines)
    return tuple(line for line in printable if line)


def _bad(why: str) -> ServerFault:
    words = f"The result can't be used ({why})."
    return ServerFault("bad_package", words, "Try again; then see the log.", "retry")
