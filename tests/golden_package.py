"""The package that is checked in, by which both halves notice a change of the format.

The server's test holds that it still writes it, the extension's that it still reads it. After a deliberate
change, with another `format` where older readers would stumble, it is written anew:
`python -m tests.golden_package`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from deocc.geometry.cameras import look_at_origin, pinhole, view_cameras
from deocc.geometry.mesh import Mesh
from deocc.package import Recipe, Reconstruction, package_files, write_zip
from tests.puppet.backend import box

GOLDEN = Path(__file__).with_name("golden") / "package.zip"
RECIPE = Recipe(
    name="Tea box",
    backend="draft",
    options={"shape": "box", "thickness": 1.5, "triangles": 20000, "mirrored": True},
    seed=2**63 - 1,  # the largest there is
    photo="1" * 64,
    object_mask="2" * 64,
    occluder_mask="3" * 64,
    keep_mask=None,
    weights={"none.safetensors": "4" * 64},
)
SECONDS = {"silhouette": 0.25, "shape": 0.5, "total": 0.75}
PEAK_MEMORY_GB = 0.125
NOTES = ("Geometry alone was used: only 150 pixels of the object are seen.", "Its back is guessed.")


def mesh() -> Mesh:
    """A box, 0.6 × 0.4 × 0.2, of which one corner is split by a seam and four of nine vertices were seen."""
    cube = box()
    vertices = np.concatenate([cube.vertices, cube.vertices[:1]]) * np.array([0.6, 0.4, 0.2], np.float32)
    uv = np.concatenate([cube.uv, np.array([[1.0, 0.25]], np.float32)])
    faces = cube.faces.copy()
    faces[-1][faces[-1] == 0] = 8
    seen = np.array([1, 1, 0, 0, 1, 1, 0, 0, 0], np.float32)
    return Mesh(vertices, faces, uv, seen)


def texture() -> np.ndarray:
    """(8, 16, 3) uint8: red grows to the right, green downwards."""
    down, right = np.indices((8, 16))
    return np.stack([right * 17, down * 36, np.full_like(down, 128)], -1).astype(np.uint8)


def result() -> Reconstruction:
    views = tuple(np.full((320, 320, 4), (40 * i, 255 - 40 * i, 7, 255), np.uint8) for i in range(6))
    completed = np.zeros((20, 30, 4), np.uint8)
    completed[5:15, 8:25] = (200, 100, 50, 255)
    photo_camera = pinhole(30, 20, 40.0, look_at_origin(0.0, 20.0, 2.0))
    made = Reconstruction(mesh(), texture(), view_cameras(), views, completed, photo_camera)
    return replace(made, notes=NOTES, packages=("onnxruntime",))


def files() -> dict[str, bytes]:
    return package_files(result(), RECIPE, SECONDS, PEAK_MEMORY_GB)


if __name__ == "__main__":
    GOLDEN.parent.mkdir(exist_ok=True)
    write_zip(files(), GOLDEN)
