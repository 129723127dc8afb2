"""Stands in for the rendering of an object where a test is about the build around it: no Blender, no time."""

from __future__ import annotations

import os
import time

from deocc.bench.building.source import ObjectTask, readable
from deocc.bench.built import BenchObject, Case, object_json


def quick_object(task: ObjectTask) -> dict[str, bytes]:
    """Tells what it was made from. "crash…" ends its process, "slow…" takes time, "big…" fills 3 MB."""
    if task.source.id.startswith("crash"):
        os._exit(7)
    if task.source.id.startswith("slow"):
        time.sleep(0.5)
    mesh = task.source.read().mesh
    others = ",".join(name for name, _ in readable(task.candidates, task.settings.candidates))
    case = Case(
        "clean", "clean", None, 0.0, "clean/photo.png", "clean/photo.png", "clean/photo.png", occluder=others
    )
    source = task.source
    told = (source.category, "other", source.source, source.licence, source.attribution)
    photo = f"seed {task.seed}, {len(mesh.faces)} faces".encode()
    files = {"clean/photo.png": photo + bytes(3_000_000 if source.id.startswith("big") else 0)}
    return {"object.json": object_json(BenchObject(source.id, *told, cases=(case,))), **files}
