"""Folders of small meshes for the tests: closed, open, broken, with and without objects.json."""

from __future__ import annotations

import json
from pathlib import Path

import trimesh
import trimesh.visual

from deocc.bench.building.settings import BuildSettings

SMALL = BuildSettings(
    photo_px=96, view_px=48, photo_samples=1, view_samples=1, candidates=3, cutouts=1
)  # the shape of a build, in a second an object
CHANNELS = {"ball": 0, "box": 1, "open": 2}  # red, green, blue: who is seen where shows


def meshes_folder(folder: Path, *names: str, listed: bool = True) -> Path:
    """A .ply of each name: "box…" a box, "ball…" a ball, "open…" a box without a face, "broken…" no mesh."""
    meshes = folder / "meshes"
    meshes.mkdir(parents=True)
    for i, name in enumerate(names):
        path = meshes / f"{name}.ply"
        if name.startswith("broken"):
            path.write_bytes(b"ply\nthis is none")
            continue
        _mesh(name, 1 + 0.1 * i).export(path)
    if listed:
        entries = [
            {
                "id": name,
                "category": "box",
                "source": "made",
                "licence": "CC0",
                "attribution": f"{name} by nobody",
            }
            for name in names
        ]
        (folder / "objects.json").write_text(json.dumps(entries))
    return meshes


def _mesh(name: str, size: float) -> trimesh.Trimesh:
    made = trimesh.creation.box((size, 0.7 * size, 1.3 * size))
    if name.startswith("ball"):
        made = trimesh.creation.icosphere(subdivisions=2, radius=size)
    if name.startswith("open"):
        made.update_faces([True] * (len(made.faces) - 2) + [False] * 2)
    colour = [60, 60, 60, 255]
    colour[CHANNELS.get(name, 0)] = 200
    made.visual = trimesh.visual.ColorVisuals(made, vertex_colors=[colour] * len(made.vertices))
    return made
