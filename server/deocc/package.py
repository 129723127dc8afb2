"""A result package: written beside and renamed, read back and checked (docs/package.md)."""

from __future__ import annotations

import io
import json
import os
import shutil
import uuid
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from deocc import __version__
from deocc.errors import InputFault
from deocc.geometry.cameras import Camera
from deocc.geometry.glb import write_glb
from deocc.geometry.mesh import Mesh

FORMAT_VERSION = 1


@dataclass(frozen=True)
class Reconstruction:
    """What a backend makes of one seed.

    mesh: object frame (+Z up, front −Y, inside the sphere of radius 0.5 about the origin).
    texture: (H, W, 3) uint8 sRGB base colour, row 0 at the top (v = 1).
    views: six (320, 320, 4) uint8 RGBA in the order of cameras.  completed: (H, W, 4) uint8 RGBA at the
    photo's size, the whole object as the photo would show it.
    photo_camera: the photo's camera in the object frame, where the method knows it.
    """

    mesh: Mesh
    texture: NDArray[np.uint8]
    cameras: tuple[Camera, ...]
    views: tuple[NDArray[np.uint8], ...]
    completed: NDArray[np.uint8]
    photo_camera: Camera | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)  # per stage


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
    files = {"mesh.glb": write_glb(result.mesh, png(result.texture))}
    files |= {name: encoded.get(name) or png(pixels) for name, pixels in pictures.items()}
    low, high = result.mesh.bounds()
    facts = {
        "triangles": len(result.mesh.faces),
        "watertight": result.mesh.is_watertight(),
        "bounds": [low.tolist(), high.tolist()],
    }
    about = {
        "format": FORMAT_VERSION,
        "recipe": asdict(recipe),
        "versions": {"deocc": __version__, "numpy": np.__version__, "trimesh": version("trimesh")},
        "seconds": {stage: round(value, 4) for stage, value in seconds.items()},
        "peak_memory_gb": round(peak_memory_gb, 3),
        "cameras": [_camera(one) for one in result.cameras],
        "photo_camera": _camera(result.photo_camera) if result.photo_camera else None,
        "mesh": facts,
    }
    files["package.json"] = json.dumps(about, indent=1).encode()
    return files


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
        os.replace(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def png(pixels: NDArray[np.uint8]) -> bytes:
    """(H, W[, 3 or 4]) uint8 as PNG; level 1, three times as fast as the default for a tenth more bytes."""
    packed = io.BytesIO()
    Image.fromarray(pixels).save(packed, "PNG", compress_level=1)
    return packed.getvalue()


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
