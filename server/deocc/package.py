"""A result package: written beside and renamed, read back and checked (docs/package.md)."""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
import time
import uuid
import zipfile
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deocc import __version__
from deocc.errors import InputFault
from deocc.geometry.cameras import Camera
from deocc.geometry.glb import write_glb
from deocc.geometry.mesh import Mesh
from deocc.png import png

FORMAT_VERSION = 1
LIBRARIES = ("numpy", "scipy", "opencv-python-headless", "embreex")  # that every result depends on
REPLACE_TRIES, REPLACE_WAIT_S = 40, 0.05  # two seconds: a reader of a file this size is done by then


@dataclass(frozen=True)
class PackedMesh:
    """`mesh.glb`, and what package.json says of the mesh."""

    glb: bytes
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Reconstruction:
    """What a backend makes of one seed.

    mesh: object frame (+Z up, front −Y, inside the sphere of radius 0.5 about the origin).
    texture: (H, W, 3) uint8 sRGB base colour, row 0 at the top (v = 1), or None where the mesh has colours.
    views: six (320, 320, 4) uint8 RGBA in the order of cameras.  completed: (H, W, 4) uint8 RGBA at the
    photo's size, the whole object as the photo would show it.
    photo_camera: the photo's camera in the object frame, where the method knows it.
    normals: normal maps of the views (geometry/normals.py), where they were asked for.
    notes: sentences for the user about how this came to be, where it is not what might be expected.
    packages: libraries it came from beyond those its backend always needs, by their names in the registry.
    packed_mesh: `pack_mesh_soon(mesh, texture)`, where the backend had work left to do meanwhile.
    """

    mesh: Mesh
    texture: NDArray[np.uint8] | None
    cameras: tuple[Camera, ...]
    views: tuple[NDArray[np.uint8], ...]
    completed: NDArray[np.uint8]
    photo_camera: Camera | None = None
    normals: tuple[NDArray[np.uint8], ...] = ()
    notes: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)  # per stage
    packed_mesh: Future[PackedMesh] | None = None


@dataclass(frozen=True)
class Recipe:
    """What made a package: the same recipe on the same device and versions gives the same mesh."""

    name: str
    backend: str
    options: Mapping[str, Any]
    seed: int
    photo: str  # sha256
    object_mask: str
    occluder_mask: str | None = None
    keep_mask: str | None = None
    weights: Mapping[str, str] | None = None  # name -> sha256


def package_files(
    result: Reconstruction,
    recipe: Recipe,
    seconds: Mapping[str, float],
    peak_memory_gb: float,
    encoded: Mapping[str, bytes] | None = None,
    packages: tuple[str, ...] = (),
) -> dict[str, bytes]:
    """The files of a package by their names in it.

    seconds: per stage, with "total".  encoded: pictures of the result that are PNG files already, by name.
    packages: libraries that the backend always needs beyond the server's own.
    """
    pictures = {"completed.png": result.completed} | {f"views/{i}.png": v for i, v in enumerate(result.views)}
    pictures |= {f"normals/{i}.png": one for i, one in enumerate(result.normals)}
    encoded = encoded or {}
    packed = result.packed_mesh.result() if result.packed_mesh else _pack_mesh(result.mesh, result.texture)
    files = {"mesh.glb": packed.glb}
    files |= {name: encoded.get(name) or png(pixels) for name, pixels in pictures.items()}
    about = {
        "format": FORMAT_VERSION,
        "recipe": asdict(recipe),
        "versions": {"deocc": __version__, **_library_versions(LIBRARIES + packages + result.packages)},
        "seconds": {stage: round(value, 4) for stage, value in seconds.items()},
        "peak_memory_gb": round(peak_memory_gb, 3),
        "cameras": [_camera(one) for one in result.cameras],
        "photo_camera": _camera(result.photo_camera) if result.photo_camera else None,
        "mesh": packed.facts,
    } | ({"notes": list(result.notes)} if result.notes else {})
    files["package.json"] = json.dumps(about, indent=1).encode()
    return files


def pack_mesh_soon(mesh: Mesh, texture: NDArray[np.uint8] | None) -> Future[PackedMesh]:
    """Packs the mesh in a thread: for a backend that has it long before its views are drawn."""
    pool = ThreadPoolExecutor(1)
    packing = pool.submit(_pack_mesh, mesh, texture)
    pool.shutdown(wait=False)  # its thread ends with this one task
    return packing


def _pack_mesh(mesh: Mesh, texture: NDArray[np.uint8] | None) -> PackedMesh:
    low, high = mesh.bounds()
    bounds = [low.tolist(), high.tolist()]
    facts = {"triangles": len(mesh.faces), "watertight": mesh.is_watertight(), "bounds": bounds}
    return PackedMesh(write_glb(mesh, None if texture is None else png(texture)), facts)


def write_folder(files: Mapping[str, bytes], folder: Path) -> None:
    """Writes a package as a folder, whole or not at all; InputFault `exists` where `folder` is there."""
    if folder.exists():
        raise InputFault("exists", f"{folder} is there already.", "Choose another folder or remove it.")
    beside = folder.with_name(f".{folder.name}.{uuid.uuid4().hex}")
    try:
        for name, data in files.items():
            (beside / name).parent.mkdir(parents=True, exist_ok=True)
            (beside / name).write_bytes(data)
        os.rename(beside, folder)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise


def write_zip(files: Mapping[str, bytes], path: Path) -> None:
    """Writes a package as one zip (stored: its files are packed already), whole or not at all."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    write_beside(packed.getvalue(), path)


def write_beside(data: bytes, path: Path) -> None:
    """Writes a file beside its place, then renames it there: a path is complete or does not exist."""
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        beside.write_bytes(data)
        put_in_place(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def put_in_place(beside: Path, path: Path) -> None:
    """Renames a complete file to its place; on Windows it waits while somebody reads the file it replaces."""
    for left in reversed(range(REPLACE_TRIES)):
        try:
            return os.replace(beside, path)
        except PermissionError:
            if sys.platform != "win32" or not left:
                raise
            time.sleep(REPLACE_WAIT_S)


@cache
def _library_versions(names: tuple[str, ...]) -> dict[str, str]:
    """Of those that are installed by this name: onnxruntime-gpu or another OpenCV does the same work."""
    installed = {}
    for name in names:
        with suppress(PackageNotFoundError):
            installed[name] = version(name)
    return installed


def _camera(camera: Camera) -> dict[str, Any]:
    return {
        "width": camera.width,
        "height": camera.height,
        "fx": camera.fx,
        "fy": camera.fy,
        "cx": camera.cx,
        "cy": camera.cy,
        "object_from_camera": np.asarray(camera.object_from_camera).tolist(),
    }
