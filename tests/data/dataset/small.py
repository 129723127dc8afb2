"""A tiny dataset for the tests: a few meshes, two solids, a handful of views; a second or two to build."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import trimesh
import trimesh.visual

from deocc.data.dataset.plan import DataRequest


def meshes_folder(folder: Path, *names: str) -> Path:
    """A .ply of each name: "ball…" a ball, "broken…" no mesh, all others boxes; with their objects.json."""
    meshes = folder / "meshes"
    meshes.mkdir(parents=True, exist_ok=True)
    for i, name in enumerate(names):
        path = meshes / f"{name}.ply"
        if name.startswith("broken"):
            path.write_bytes(b"ply\nthis is none")
            continue
        size = 1 + 0.1 * i
        made = trimesh.creation.box((size, 0.7 * size, 1.3 * size))
        if name.startswith("ball"):
            made = trimesh.creation.icosphere(subdivisions=2, radius=size)
        made.visual = trimesh.visual.ColorVisuals(
            made, vertex_colors=[[60, 200, 90, 255]] * len(made.vertices)
        )
        made.export(path)
    told = {"category": "thing", "source": "made", "licence": "CC0"}
    listed = [{"id": name, **told, "attribution": f"{name} by nobody | of us"} for name in names]
    (folder / "objects.json").write_text(json.dumps(listed))
    return meshes


def asked(folder: Path, *names: str, out: str = "out", **changes) -> DataRequest:
    """A build of a folder's meshes, made at the first call: 10 views of each, 3 solids of 2."""
    meshes = folder / "meshes"
    if names:
        meshes_folder(folder, *names)
    request = DataRequest(
        objects=(meshes,),
        out=folder / out,
        seed=5,
        views=10,
        held_out_views=6,
        solids=3,
        views_per_solid=2,
        backdrops=3,
        draws=12,
    )
    return replace(request, **changes)
