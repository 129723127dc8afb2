"""One mesh file of the common formats -> a Textured in object axes; where it can't be, a sentence why."""

from __future__ import annotations

import logging
import struct
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import trimesh
from numpy.typing import NDArray

from deocc.data.companions import gltf_json
from deocc.data.join import Part, joined
from deocc.data.part_colour import Colours, TextureTooLarge
from deocc.data.textured import Textured
from deocc.errors import InputFault

ENDINGS = (".glb", ".gltf", ".obj", ".off", ".ply", ".stl")
MAX_BYTES = 256 * 2**20
MAX_TRIANGLES = 2_000_000
LARGEST = 1e12  # units; beyond it, or below its reciprocal, squares leave the range of float32
_Y_UP = (".glb", ".gltf", ".obj")  # the others are taken as +Z up, as scanners and printers have it
_OBJECT_FROM_Y_UP = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
_PACKED = ("KHR_draco_mesh_compression", "EXT_meshopt_compression")

# trimesh's readers check little: what a broken file makes of them is any of these
_BROKEN = (
    ValueError, TypeError, LookupError, AttributeError, ArithmeticError, AssertionError, RuntimeError,
    OSError, EOFError, SyntaxError, ImportError, MemoryError, struct.error, zlib.error,
)  # fmt: skip

logging.getLogger("trimesh").setLevel(logging.CRITICAL)  # it tells faults that are told here


def read_mesh(path: Path) -> Textured:
    """All that a file draws as one mesh in object axes (+Z up), its bounding box centred, not scaled.

    glTF and OBJ files are taken as +Y up, others as +Z up. Nodes' places are applied, several materials
    become one texture or vertex colours, faces without area are left out; `notes` say what was changed.
    InputFault `mesh_unreadable`, `mesh_empty`, `mesh_not_finite`, `mesh_too_large`.
    """
    _check_size(path)
    try:
        _check_head(path)
        scene: Any = trimesh.load(path, force="scene", process=False)
        parts = _parts(path, scene)
        _check_places(path, parts)
        return joined(parts, path.name)
    except TextureTooLarge as error:
        raise _too_large(path, str(error)) from None
    except _BROKEN as error:
        raise InputFault(
            "mesh_unreadable", f"“{path.name}” can't be read as a mesh.", "Export it again."
        ) from error


def _check_size(path: Path) -> None:
    """Refuses from the name and the file's size alone."""
    if path.suffix.lower() not in ENDINGS:
        endings = " ".join(ENDINGS)
        raise InputFault("mesh_unreadable", f"“{path.name}” is no mesh file.", f"It may be {endings}.")
    try:
        size = path.stat().st_size
    except OSError as error:
        raise InputFault("mesh_unreadable", f"“{path.name}” can't be read: {error.strerror}.") from error
    if size > MAX_BYTES:
        raise _too_large(path, f"has {size // 2**20} MB; {MAX_BYTES // 2**20} is the most")
    if size == 0:
        raise InputFault("mesh_empty", f"“{path.name}” is an empty file.", "Export it again.")


def _check_head(path: Path) -> None:
    """Refuses a glTF from its JSON: a few bytes there can claim arrays of gigabytes."""
    if path.suffix.lower() not in (".glb", ".gltf"):
        return
    about = gltf_json(path)
    packed = set(about.get("extensionsRequired", ())) & set(_PACKED)
    if packed:
        raise InputFault(
            "mesh_unreadable", f"“{path.name}” is packed by {min(packed)}.", "Export it without compression."
        )
    if any(accessor["count"] > 3 * MAX_TRIANGLES for accessor in about.get("accessors", ())):
        raise _too_large(path, f"has more than {MAX_TRIANGLES:,} triangles")
    if sum(buffer["byteLength"] for buffer in about.get("buffers", ())) > MAX_BYTES:
        raise _too_large(path, f"is over {MAX_BYTES // 2**20} MB with its buffers")


def _check_places(path: Path, parts: list[Part]) -> None:
    if not parts:
        raise InputFault("mesh_empty", f"“{path.name}” holds no triangles.", "It needs a surface.")
    if not all(np.isfinite(part.vertices).all() for part in parts):
        raise InputFault(
            "mesh_not_finite", f"“{path.name}” has vertices that are no numbers.", "Export it again."
        )
    places = np.concatenate([part.vertices for part in parts])
    size = float(np.ptp(places, axis=0).max())
    if size > LARGEST or 0 < size < 1 / LARGEST:
        raise InputFault("mesh_not_finite", f"“{path.name}” is {size:.0e} units large.", "Scale it.")


def _parts(path: Path, scene: trimesh.Scene) -> list[Part]:
    """What the scene draws, by geometry; those without triangles left out."""
    upright = _OBJECT_FROM_Y_UP if path.suffix.lower() in _Y_UP else np.eye(3)
    colours = Colours(is_linear=path.suffix.lower() in (".glb", ".gltf"))
    parts: list[Part] = []
    triangles = 0
    for geometry, transform in _drawn(scene):
        triangles += len(geometry.faces)
        if triangles > MAX_TRIANGLES:
            raise _too_large(path, f"has more than {MAX_TRIANGLES:,} triangles")
        if len(geometry.faces):
            part = colours.of(geometry)
            places = part.vertices @ transform[:3, :3].T + transform[:3, 3]
            turned = np.linalg.det(transform[:3, :3]) < 0  # a mirror turns faces inside out
            faces = part.faces[:, ::-1] if turned else part.faces
            parts.append(replace(part, vertices=places @ upright.T, faces=faces))
    return parts


def _drawn(scene: trimesh.Scene) -> Iterator[tuple[Any, NDArray[np.float64]]]:
    """Each mesh that the scene's nodes show, and where: (4, 4). Points and lines are none."""
    for node in scene.graph.nodes_geometry:
        transform, name = scene.graph[node]
        geometry = scene.geometry[name]
        if isinstance(geometry, trimesh.Trimesh):
            yield geometry, np.asarray(transform, np.float64)


def _too_large(path: Path, why: str) -> InputFault:
    return InputFault("mesh_too_large", f"“{path.name}” {why}.", "Decimate it first.", status=413)
