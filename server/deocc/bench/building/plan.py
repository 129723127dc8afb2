"""What a build consists of: every object with its recipe, checked at the door before anything is written."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from deocc.bench.building.draws import draw_candidates
from deocc.bench.building.photos import PhotoSource, list_photos
from deocc.bench.building.settings import DEFAULTS, RECIPE, BuildSettings
from deocc.bench.building.source import ObjectTask
from deocc.bench.built import Missing
from deocc.data.meshes import MeshFile, list_meshes, namesakes
from deocc.data.recipe import library_versions, recipe_digest, sha256_of
from deocc.data.source import Source, source_of
from deocc.errors import InputFault

LIBRARIES = ("bpy", "embreex", "numpy", "opencv-python-headless", "pillow", "scipy", "trimesh")


@dataclass(frozen=True)
class BuildRequest:
    """What to build. objects: folder of meshes, or None.  photos: folder with photos.json, or None.
    only: ids to build, () for all.  workers: processes.  ray_address: "" for this machine."""

    objects: Path | None
    photos: Path | None
    out: Path
    seed: int
    only: tuple[str, ...] = ()
    workers: int = 1
    ray_address: str = ""
    settings: BuildSettings = DEFAULTS


@dataclass(frozen=True)
class Plan:
    """objects, photos: what is asked for, by id, with its recipe's digest.  missing: known beforehand."""

    versions: Mapping[str, str]
    objects: Mapping[str, tuple[ObjectTask, str]]
    photos: Mapping[str, tuple[PhotoSource, str]]
    missing: tuple[Missing, ...]


def plan_build(request: BuildRequest) -> Plan:
    """InputFault where there is nothing to build, an id is unknown, or Blender is missing."""
    if request.objects is None and request.photos is None:
        raise InputFault(
            "nothing_to_build", "There is neither a folder of meshes nor one of photos.", "Name one of them."
        )
    versions = library_versions(RECIPE, LIBRARIES)
    meshes = list_meshes(request.objects) if request.objects is not None else []
    tasks = _tasks(request, meshes)
    photos, missing = list_photos(request.photos) if request.photos is not None else ([], [])
    sources = {one.id: one for one in photos}
    known = {*tasks, *sources, *(one.id for one in missing)}
    unknown = [one for one in request.only if one not in known]
    if unknown:
        raise InputFault(
            "unknown_object", f"There is no object “{unknown[0]}”.", "Names are files' without ending."
        )
    twice = sorted(tasks.keys() & sources.keys())
    if twice:
        raise InputFault("same_id", f"A mesh and a photo are both called “{twice[0]}”.", "Rename the mesh.")
    if tasks and not request.ray_address and importlib.util.find_spec("bpy") is None:
        raise InputFault(
            "blender_missing", "Blender as a Python module is missing.", "Install it: pip install bpy."
        )
    asked = set(request.only) or known
    asked_photos = asked - tasks.keys() or known  # a list of meshes alone leaves all photos in
    twins = {name: first for name, first in namesakes(meshes).items() if first.id in asked}
    return Plan(
        versions,
        {name: (task, _object_recipe(task, versions)) for name, task in tasks.items() if name in asked},
        {name: (one, _photo_recipe(one, versions)) for name, one in sources.items() if name in asked_photos},
        (
            *(Missing(name, f"“{first.path.name}” has the same name.") for name, first in twins.items()),
            *(one for one in missing if one.id in asked_photos),
        ),
    )


def _tasks(request: BuildRequest, meshes: Sequence[MeshFile]) -> dict[str, ObjectTask]:
    """A task for every mesh of the folder: occluders come from all of it, whatever is built."""
    files = {one.id: one for one in meshes}

    @cache
    def source(name: str) -> Source:
        return source_of(files[name])

    count = 2 * request.settings.candidates  # some may turn out to be unreadable
    return {
        name: ObjectTask(
            request.seed,
            request.settings,
            source(name),
            tuple(source(other) for other in draw_candidates(request.seed, name, list(files), count)),
        )
        for name in files
    }


def _object_recipe(task: ObjectTask, versions: Mapping[str, str]) -> str:
    return recipe_digest(
        {
            "seed": task.seed,
            "settings": asdict(task.settings),
            "versions": dict(versions),
            "source": _told(task.source),
            "candidates": [[one.id, one.sha256] for one in task.candidates],
        }
    )


def _photo_recipe(one: PhotoSource, versions: Mapping[str, str]) -> str:
    return recipe_digest(
        {
            "versions": dict(versions),
            "files": {what: sha256_of(path) for what, path in one.files().items()},
            "told": [one.id, one.source, one.licence, one.occluder, one.note],
            "mesh": _told(one.mesh) if one.mesh else None,
        }
    )


def _told(source: Source) -> list[str]:
    """What of a source comes into the built files; not where it lies."""
    return [
        source.id, source.path.suffix, source.category, source.source, source.licence, source.attribution,
        source.sha256,
    ]  # fmt: skip
