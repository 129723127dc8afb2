"""The one kind of GLB a package holds, read with numpy: one mesh, one part, a texture or colours. No bpy.

Blender's own importer changes mode and selection and splits vertices along UV seams; this one runs in a
thread and leaves arrays that the main thread only has to copy.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .replies import ServerFault

COMPONENTS = {5121: np.uint8, 5123: np.uint16, 5125: np.uint32, 5126: np.float32}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
MAX_TRIANGLES = 5_000_000


@dataclass(frozen=True)
class MeshData:
    """A welded triangle mesh in the object frame (+Z up, front −Y).

    vertices: (N, 3) float32.  faces: (M, 3) int32.  seen: (N,) float32.
    loop_uv: (M * 3, 2) float32, v up, one per face corner.  texture: the base colour's file bytes.
    texture_type: "image/png" or "image/jpeg".  colours: (N, 3) float32 linear light, 0..1, of a mesh without
    texture, whose loop_uv and texture are None.  confidence: (N,) float32 0..1, or None where none is told.
    """

    vertices: NDArray[np.float32]
    faces: NDArray[np.int32]
    loop_uv: NDArray[np.float32] | None
    seen: NDArray[np.float32]
    texture: bytes | None
    texture_type: str
    roughness: float
    metallic: float
    colours: NDArray[np.float32] | None = None
    confidence: NDArray[np.float32] | None = None


def read_glb(data: bytes) -> MeshData:
    """The mesh of a package; ServerFault `bad_package` for anything that is not such a file."""
    try:
        return _read(data)
    except (KeyError, IndexError, TypeError, ValueError, OverflowError, struct.error) as error:
        raise _bad(f"{type(error).__name__}: {error}") from error


def _read(data: bytes) -> MeshData:
    about, binary = _chunks(data)
    if len(about["meshes"]) != 1 or len(about["meshes"][0]["primitives"]) != 1:
        raise _bad("not one mesh of one part")
    part = about["meshes"][0]["primitives"][0]
    if part.get("mode", 4) != 4:
        raise _bad("not triangles")
    names = part["attributes"]
    points = _accessor(about, binary, names["POSITION"], "VEC3").astype(np.float32)
    told = [name for name in ("_SEEN", "_CONFIDENCE") if name == "_SEEN" or name in names]
    told = [_accessor(about, binary, names[name], "SCALAR").astype(np.float32).reshape(-1) for name in told]
    coloured = "COLOR_0" in names
    skin, kind = (names["COLOR_0"], "VEC3") if coloured else (names["TEXCOORD_0"], "VEC2")
    skin = _accessor(about, binary, skin, kind)
    corners = _accessor(about, binary, part["indices"], "SCALAR").reshape(-1)
    if {len(points)} != {len(skin), *map(len, told)} or len(corners) % 3 or len(corners) > 3 * MAX_TRIANGLES:
        raise _bad("arrays of different lengths")
    if len(corners) == 0 or int(corners.max()) >= len(points):
        raise _bad("a face names a vertex that is not there")
    if skin.dtype.kind != "f":
        raise _bad("uv or colours that are not floats")
    skin = skin.astype(np.float32)
    if not (np.isfinite(points).all() and np.isfinite(skin).all() and np.isfinite(told).all()):
        raise _bad("numbers that are none")
    vertices, place, welded = _weld(points, np.stack(told))
    seen, confidence = welded[0], welded[1] if len(welded) > 1 else None
    faces = place[corners.astype(np.int64)].reshape(-1, 3).astype(np.int32)
    surface = about["materials"][part["material"]]["pbrMetallicRoughness"]
    finish = float(surface.get("roughnessFactor", 1.0)), float(surface.get("metallicFactor", 0.0))
    if coloured:
        colours = np.zeros((len(vertices), 3), np.float32)
        colours[place] = np.clip(skin, 0, 1)
        return MeshData(vertices, faces, None, seen, None, "", *finish, colours, confidence)
    skin[:, 1] = 1 - skin[:, 1]  # glTF counts v from the top
    texture, kind = _texture(about, binary, surface)
    return MeshData(vertices, faces, skin[corners], seen, texture, kind, *finish, confidence=confidence)


def _weld(
    points: NDArray[np.float32], told: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.float32]]:
    """Joins vertices at the same place, which UV seams split, and turns glTF's +Y up to +Z up: the places
    (K, 3), which of them each vertex is at (N,), and the larger of what is told of each (A, N) as (A, K)."""
    points = points + 0.0  # −0 and 0 are one place
    order = np.lexsort(points.T)
    sorted_points = points[order]
    fresh = np.ones(len(points), bool)
    fresh[1:] = (sorted_points[1:] != sorted_points[:-1]).any(axis=1)
    place = np.empty(len(points), np.int64)
    place[order] = np.cumsum(fresh) - 1
    unique = sorted_points[fresh]
    welded = np.zeros((len(told), len(unique)), np.float32)
    for of_places, of_vertices in zip(welded, told, strict=True):
        np.maximum.at(of_places, place, of_vertices)
    object_points = np.stack([unique[:, 0], -unique[:, 2], unique[:, 1]], axis=1)
    return np.ascontiguousarray(object_points), place, welded


def _chunks(data: bytes) -> tuple[Mapping[str, Any], memoryview]:
    magic, version, length = struct.unpack_from("<4sII", data)
    if magic != b"glTF" or version != 2 or length != len(data):
        raise _bad("not glTF 2.0")
    size, kind = struct.unpack_from("<I4s", data, 12)
    if kind != b"JSON" or 20 + size > len(data):
        raise _bad("no JSON part")
    about = json.loads(data[20 : 20 + size])
    start = 20 + size
    binary_size, kind = struct.unpack_from("<I4s", data, start)
    if kind != b"BIN\0" or start + 8 + binary_size > len(data):
        raise _bad("no binary part")
    return about, memoryview(data)[start + 8 : start + 8 + binary_size]


def _accessor(about: Mapping[str, Any], binary: memoryview, index: int, kind: str) -> NDArray:
    said = about["accessors"][index]
    if said["type"] != kind or "sparse" in said:
        raise _bad(f"an array that is not {kind}")
    view = about["bufferViews"][said["bufferView"]]
    dtype, width, count = np.dtype(COMPONENTS[said["componentType"]]), WIDTHS[kind], int(said["count"])
    if view.get("byteStride", dtype.itemsize * width) != dtype.itemsize * width:
        raise _bad("interleaved arrays")
    start = int(view.get("byteOffset", 0)) + int(said.get("byteOffset", 0))
    if start < 0 or count < 0 or start + count * width * dtype.itemsize > len(binary):
        raise _bad("an array beyond the file's end")
    array = np.frombuffer(binary, dtype.newbyteorder("<"), count * width, start)
    return array.reshape(count, width)


def _texture(about: Mapping[str, Any], binary: memoryview, surface: Mapping[str, Any]) -> tuple[bytes, str]:
    """The base colour's file and its type."""
    image = about["images"][about["textures"][surface["baseColorTexture"]["index"]]["source"]]
    kind = image["mimeType"]
    if kind not in ("image/png", "image/jpeg"):
        raise _bad(f"a texture of type {str(kind)[:40]}")
    view = about["bufferViews"][image["bufferView"]]
    start, size = int(view.get("byteOffset", 0)), int(view["byteLength"])
    if start < 0 or size < 0 or start + size > len(binary):
        raise _bad("a texture beyond the file's end")
    return bytes(binary[start : start + size]), kind


def _bad(why: str) -> ServerFault:
    words = f"The result's mesh can't be read ({why})."
    return ServerFault("bad_package", words, "Try again; then see the log.", "retry")
