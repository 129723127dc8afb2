"""A mesh as glTF 2.0 binary: one mesh of one part, its texture or vertex colours, what is known per vertex.

Written here and not by trimesh: that takes 30 ms of every job, and 100 MB of a process that only reads types.
"""

from __future__ import annotations

import json
import struct

import numpy as np
from numpy.typing import NDArray

from deocc.geometry.mesh import Mesh, area_normals

GLTF_FROM_OBJECT = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]], np.float32)  # +Z up -> +Y up
_FLOAT, _UINT32 = 5126, 5125  # glTF 2.0, 3.6.2.2: component types
_VERTEX_BUFFER, _INDEX_BUFFER = 34962, 34963  # glTF 2.0, 5.11.5: what a view is for


def write_glb(mesh: Mesh, texture_png: bytes | None) -> bytes:
    """The file's bytes. texture_png: base colour, sRGB, row 0 at v = 1; None where the mesh has colours."""
    points = mesh.vertices @ GLTF_FROM_OBJECT.T  # (N, 3)
    attributes = {"POSITION": points, "NORMAL": vertex_normals(points, mesh.faces)}
    if texture_png is not None:
        attributes["TEXCOORD_0"] = mesh.uv * (1, -1) + (0, 1)  # glTF counts v from the top
    elif mesh.colours is not None:
        attributes["COLOR_0"] = linear(
            mesh.colours
        )  # glTF 2.0, 3.7.2.1: linear, unlike a base-colour texture
    attributes["_SEEN"] = mesh.seen
    if mesh.confidence is not None:
        attributes["_CONFIDENCE"] = mesh.confidence
    parts = [np.ascontiguousarray(array, "<f4") for array in attributes.values()]
    indices = np.ascontiguousarray(mesh.faces, "<u4").reshape(-1)
    accessors = [_accessor(i, array, _FLOAT) for i, array in enumerate(parts)]
    accessors[0] |= {"min": parts[0].min(axis=0).tolist(), "max": parts[0].max(axis=0).tolist()}
    accessors.append(_accessor(len(parts), indices, _UINT32))
    chunks = [array.tobytes() for array in (*parts, indices)] + (
        [texture_png] if texture_png is not None else []
    )
    views = _views([len(chunk) for chunk in chunks])
    for i, view in enumerate(views[: len(parts) + 1]):
        view["target"] = _INDEX_BUFFER if i == len(parts) else _VERTEX_BUFFER
    binary = b"".join(chunk + bytes(-len(chunk) % 4) for chunk in chunks)
    primitive = {
        "attributes": {name: i for i, name in enumerate(attributes)},
        "indices": len(parts),
        "material": 0,
    }
    about = {
        "asset": {"version": "2.0", "generator": "DeOcc"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"name": "object", "mesh": 0}],
        "meshes": [{"name": "object", "primitives": [primitive]}],
        "materials": [_material(texture_png is not None)],
        **(_texture(len(views) - 1) if texture_png is not None else {}),
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": len(binary)}],
    }
    return _container(json.dumps(about, separators=(",", ":")).encode(), binary)


def linear(srgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """sRGB of 0..255 -> linear light of 0..1, as IEC 61966-2-1 has it."""
    shares = np.arange(256) / 255
    curve = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    return curve.astype(np.float32)[srgb]


def vertex_normals(points: NDArray, faces: NDArray) -> NDArray[np.float64]:
    """(N, 3) unit normals, the faces' weighted by area; +Y for a vertex without one."""
    normals = area_normals(points, faces)
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    return np.where(lengths > 0, normals / np.maximum(lengths, 1e-300), (0.0, 1.0, 0.0))


def _accessor(view: int, array: NDArray, component: int) -> dict:
    kind = {1: "SCALAR", 2: "VEC2", 3: "VEC3"}[1 if array.ndim == 1 else array.shape[1]]
    return {"bufferView": view, "componentType": component, "count": len(array), "type": kind}


def _views(sizes: list[int]) -> list[dict]:
    """Where each chunk lies in the binary part, each begun at a multiple of four bytes."""
    views, start = [], 0
    for size in sizes:
        views.append({"buffer": 0, "byteOffset": start, "byteLength": size})
        start += size + -size % 4
    return views


def _material(textured: bool) -> dict:
    surface: dict = {"baseColorTexture": {"index": 0}} if textured else {}
    return {
        "name": "DeOcc",
        "pbrMetallicRoughness": surface | {"metallicFactor": 0.0, "roughnessFactor": 1.0},
    }


def _texture(view: int) -> dict:
    return {
        "textures": [{"source": 0, "sampler": 0}],
        "samplers": [{}],
        "images": [{"name": "base_colour", "mimeType": "image/png", "bufferView": view}],
    }


def _container(about: bytes, binary: bytes) -> bytes:
    """glTF 2.0, 4.4: a header and two chunks, JSON padded with spaces and binary with zeros."""
    about += b" " * (-len(about) % 4)
    length = 12 + 8 + len(about) + 8 + len(binary)
    header = struct.pack("<4sII", b"glTF", 2, length)
    return (
        header
        + struct.pack("<I4s", len(about), b"JSON")
        + about
        + struct.pack("<I4s", len(binary), b"BIN\0")
        + binary
    )
