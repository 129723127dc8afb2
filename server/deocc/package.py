"""A result package: written beside and renamed, read back and checked (docs/package.md)."""

from __future__ import annotations

import io
import json
import os
import shutil
import struct
import sys
import time
import uuid
import zipfile
import zlib
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deocc import __version__
from deocc.errors import InputFault
from deocc.geometry.cameras import Camera
from deocc.geometry.glb import write_glb
from deocc.geometry.mesh import Mesh
from deocc.place import core_count

FORMAT_VERSION = 1
DEFLATE_BLOCK_BYTES = 2**19
REPLACE_TRIES, REPLACE_WAIT_S = 40, 0.05  # two seconds: a reader of a file this size is done by then


@dataclass(frozen=True)
class Reconstruction:
    """What a backend makes of one seed.

    mesh: object frame (+Z up, front −Y, inside the sphere of radius 0.5 about the origin).
    texture: (H, W, 3) uint8 sRGB base colour, row 0 at the top (v = 1).
    views: six (320, 320, 4) uint8 RGBA in the order of cameras.  completed: (H, W, 4) uint8 RGBA at the
    photo's size, the whole object as the photo would show it.
    photo_camera: the photo's camera in the object frame, where the method knows it.
    texture_png: `png_soon(texture)`, where the backend had work left to do meanwhile.
    """

    mesh: Mesh
    texture: NDArray[np.uint8]
    cameras: tuple[Camera, ...]
    views: tuple[NDArray[np.uint8], ...]
    completed: NDArray[np.uint8]
    photo_camera: Camera | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)  # per stage
    texture_png: Future[bytes] | None = None


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
) -> dict[str, bytes]:
    """The files of a package by their names in it.

    seconds: per stage, with "total".  encoded: pictures of the result that are PNG files already, by name.
    """
    pictures = {"completed.png": result.completed} | {f"views/{i}.png": v for i, v in enumerate(result.views)}
    encoded = encoded or {}
    texture_png = result.texture_png or png_soon(result.texture)
    with ThreadPoolExecutor(1) as pool:
        facts = pool.submit(_mesh_facts, result.mesh)
        files = {"mesh.glb": write_glb(result.mesh, texture_png.result())}
    files |= {name: encoded.get(name) or png(pixels) for name, pixels in pictures.items()}
    about = {
        "format": FORMAT_VERSION,
        "recipe": asdict(recipe),
        "versions": {"deocc": __version__, "numpy": np.__version__, "trimesh": version("trimesh")},
        "seconds": {stage: round(value, 4) for stage, value in seconds.items()},
        "peak_memory_gb": round(peak_memory_gb, 3),
        "cameras": [_camera(one) for one in result.cameras],
        "photo_camera": _camera(result.photo_camera) if result.photo_camera else None,
        "mesh": facts.result(),
    }
    files["package.json"] = json.dumps(about, indent=1).encode()
    return files


def _mesh_facts(mesh: Mesh) -> dict[str, Any]:
    low, high = mesh.bounds()
    bounds = [low.tolist(), high.tolist()]
    return {"triangles": len(mesh.faces), "watertight": mesh.is_watertight(), "bounds": bounds}


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


def png(pixels: NDArray[np.uint8]) -> bytes:
    """(H, W, 3 or 4) uint8 sRGB as PNG; four times as fast as Pillow's fastest, and no larger.

    Pillow tries all five filters on every row; here each row is filtered as "up".
    """
    height, width, channels = pixels.shape
    lines = np.empty((height, 1 + width * channels), np.uint8)
    rows = pixels.reshape(height, -1)
    lines[:, 0] = 2  # PNG 9.2: the filter "up", what a row adds to the one above
    lines[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=lines[1:, 1:])
    colour = {3: 2, 4: 6}[channels]  # PNG 11.2.1: RGB, RGBA
    head = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", _deflated(lines)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def png_soon(pixels: NDArray[np.uint8]) -> Future[bytes]:
    """What `png` makes of them, in a thread: begun where they are known long before the package is made."""
    pool = ThreadPoolExecutor(1)
    coming = pool.submit(png, pixels)
    pool.shutdown(wait=False)  # its thread ends with this one task
    return coming


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _deflated(lines: NDArray[np.uint8]) -> bytes:
    """A zlib stream (RFC 1950) of runs, its blocks packed side by side: zlib works without Python's lock."""
    step = max(1, DEFLATE_BLOCK_BYTES // lines.shape[1])
    blocks = [lines[start : start + step] for start in range(0, len(lines), step)]

    def pack(block: NDArray[np.uint8]) -> bytes:
        packer = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS, strategy=zlib.Z_RLE)
        return packer.compress(block.data) + packer.flush(zlib.Z_SYNC_FLUSH)

    with ThreadPoolExecutor(core_count()) as pool:
        check = pool.submit(zlib.adler32, lines.data)
        packed = b"".join(pool.map(pack, blocks))
    end = b"\x03\x00"  # an empty last block
    return b"\x78\x01" + packed + end + struct.pack(">I", check.result())


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
