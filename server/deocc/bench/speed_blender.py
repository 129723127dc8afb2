"""The extension's figures for `deocc bench speed`: a large package into Blender, and the longest other step.

Blender runs in another process, on a script of the checkout: the server shares no code with the extension.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from importlib import util
from pathlib import Path

import numpy as np
from PIL import Image

from deocc.bench.figure import Figure
from deocc.bench.speed_draft import synthetic_observation
from deocc.errors import DeoccError
from deocc.geometry.cameras import VIEW_SIZE_PX, view_cameras
from deocc.geometry.mesh import Mesh
from deocc.package import Recipe, Reconstruction, package_files, write_zip

IMPORT_GOAL_S, STEP_GOAL_S = 1.0, 0.050
TRIANGLES, TEXTURE_PX = 100_000, 2048
SCRIPT = Path(__file__).resolve().parents[3] / "deocc_blender" / "measure_import.py"
LIMIT_S = 300.0  # it takes about fifteen seconds


def missing_for_blender() -> str:
    """Why nothing can be measured here, as a sentence; "" where it can."""
    if not SCRIPT.is_file():
        return "Blender is not measured: that needs a checkout of the project."
    if util.find_spec("bpy") is None:
        return "Blender is not measured: it is not there as a Python module (pip install -e '.[blender]')."
    return ""


def measure_blender() -> list[Figure]:
    """Import and longest other step on Blender's main thread; none where `missing_for_blender` says why."""
    if missing_for_blender():
        return []
    with tempfile.TemporaryDirectory(prefix="deocc-speed-") as folder:
        package, photo = Path(folder) / "package.zip", Path(folder) / "photo.png"
        write_zip(large_package(), package)
        _write_photo(photo)
        command = [sys.executable, str(SCRIPT), str(package), str(photo)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S)
        except subprocess.TimeoutExpired as error:
            raise _not_measured(f"It took more than {LIMIT_S:.0f} s.") from error
    if done.returncode != 0:
        raise _not_measured((done.stderr.strip().splitlines() or ["No reason given."])[-1])
    found = json.loads(done.stdout.strip().splitlines()[-1])  # Blender itself talks before
    size = f"{found['triangles']} triangles, texture {TEXTURE_PX}²"
    return [
        Figure(f"extension: import of {size}", found["import_s"], "s", IMPORT_GOAL_S),
        Figure("extension: checking it before, in a thread", found["check_s"], "s"),
        Figure(
            f"extension: longest other step ({found['longest_step']})",
            found["longest_step_s"],
            "s",
            STEP_GOAL_S,
        ),
    ]


def _not_measured(why: str) -> DeoccError:
    return DeoccError("blender_not_measured", "Measuring the extension in Blender failed.", why)


def large_package() -> dict[str, bytes]:
    """A speckled ball; its pictures hold noise, as photos do: a plain one would be read in no time."""
    random = np.random.default_rng(0)
    mesh = ball(TRIANGLES)
    texture = random.integers(0, 256, (TEXTURE_PX // 4, TEXTURE_PX // 4, 3), np.uint8)
    view = random.integers(0, 256, (VIEW_SIZE_PX, VIEW_SIZE_PX, 4), np.uint8)
    result = Reconstruction(
        mesh,
        texture.repeat(4, axis=0).repeat(4, axis=1),
        view_cameras(),
        (view,) * 6,
        random.integers(0, 256, (800, 1250, 4), np.uint8),
    )
    recipe = Recipe("Ball", "draft", {}, 0, "0" * 64, "0" * 64)
    return package_files(result, recipe, {"total": 0.0}, 0.0)


def ball(triangles: int) -> Mesh:
    """A closed ball of radius 0.5 on a grid of longitude and latitude, split along the seam of its UVs."""
    rows = int((triangles / 4) ** 0.5) + 1  # 4 * rows * (rows - 1) triangles
    columns = 2 * rows
    v, u = np.mgrid[0 : rows + 1, 0 : columns + 1] / np.array([rows, columns]).reshape(2, 1, 1)
    longitude, latitude = 2 * np.pi * (u % 1), np.pi * (v - 0.5)
    level = np.where((v == 0) | (v == 1), 0.0, np.cos(latitude))  # exactly one point at each pole
    points = np.stack([level * np.cos(longitude), level * np.sin(longitude), np.sin(latitude)], -1) / 2
    corner = np.arange(rows * (columns + 1)).reshape(rows, columns + 1)[:, :-1].reshape(-1)
    above, beside = corner + columns + 1, corner + 1
    faces = np.concatenate(
        [np.stack([corner, beside, above], -1)[columns:], np.stack([beside, above + 1, above], -1)[:-columns]]
    )
    vertices = points.reshape(-1, 3).astype(np.float32)
    uv = np.stack([u, v], -1).reshape(-1, 2).astype(np.float32)
    return Mesh(vertices, faces.astype(np.int32), uv, (vertices[:, 1] < 0).astype(np.float32))


def _write_photo(path: Path) -> None:
    """A photo of one megapixel with its masks beside it, as the extension finds them."""
    seen = synthetic_observation("mug")
    Image.fromarray(seen.photo).save(path)
    for word, mask in (("object", seen.object_mask), ("occluder", seen.occluder_mask)):
        Image.fromarray(mask).save(path.with_name(f"{path.stem}_{word}.png"))
