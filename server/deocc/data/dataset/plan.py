"""What a dataset consists of: bodies, and tasks of one shard each, checked before anything is written.

Every task draws from the seed, its own body and a group's number alone, so that a shard is the same bytes
whatever else is asked for and whoever builds it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from deocc.data.dataset.read import FORMAT, Body, Missing
from deocc.data.meshes import MeshFile, list_meshes, namesakes
from deocc.data.recipe import library_versions, recipe_digest
from deocc.data.source import Source, source_of
from deocc.data.split import HELD_OUT_SPLIT, TRAIN, split_of
from deocc.errors import InputFault

RECIPE = 1  # raised by whoever changes what views, solids or backdrops look like
LIBRARIES = ("embreex", "manifold3d", "numpy", "opencv-python-headless", "pillow", "scipy", "trimesh")
SHARD_VIEWS = 256  # 48 MB: few files, and little to lose in a kill
PICTURES = 64  # backdrops a task
SOLID_LICENCE = "CC0-1.0"
MESH, SOLID, PICTURE = 1, 2, 3  # first number after the seed, so that no two kinds draw alike


@dataclass(frozen=True)
class DataRequest:
    """What to build. objects: folders of meshes.  views: of each mesh to train on;
    held_out_views: of each that training never sees.  solids: bodies that are made, not read.
    held_out: ids to hold out beside ours.  draws: samples that the card counts.
    ray_address: "" for this machine."""

    objects: tuple[Path, ...]
    out: Path
    seed: int
    views: int
    held_out_views: int
    solids: int
    views_per_solid: int
    backdrops: int
    held_out: tuple[str, ...] = ()
    workers: int = 1
    ray_address: str = ""
    draws: int = 2000


@dataclass(frozen=True)
class MeshTask:
    """Views of one mesh, the count's first being number `start`. deforms: whether half are of variants."""

    seed: int
    body: int
    source: Source
    start: int
    count: int
    deforms: bool

    def carried(self) -> MeshTask:
        """The same with the bytes of its files: for another machine."""
        return replace(self, source=self.source.carried())


@dataclass(frozen=True)
class SolidTask:
    """`each` views of the solids number first … first + count - 1; body: the first one's index."""

    seed: int
    body: int
    first: int
    count: int
    each: int


@dataclass(frozen=True)
class PictureTask:
    """Backdrops number first … first + count - 1."""

    seed: int
    first: int
    count: int


@dataclass(frozen=True)
class Shard:
    """name: its file's.  digest: of all that decides its bytes.  ids: of its bodies."""

    name: str
    split: str
    task: MeshTask | SolidTask
    digest: str
    ids: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """bodies: without their count of views, which the shards will tell.  missing: known beforehand."""

    counts: Mapping[str, int]
    versions: Mapping[str, str]
    bodies: tuple[Body, ...]
    shards: tuple[Shard, ...]
    pictures: tuple[PictureTask, ...]
    pictures_digest: str
    missing: tuple[Missing, ...]

    def size_bytes(self, view_bytes: int) -> int:
        """Of all shards."""
        return view_bytes * sum(
            one.task.count * (one.task.each if isinstance(one.task, SolidTask) else 1) for one in self.shards
        )


def plan_dataset(request: DataRequest) -> Plan:
    """InputFault where there is nothing to build, or an id is held out that is not there."""
    if not request.objects and not request.solids:
        raise InputFault(
            "nothing_to_build", "There is neither a folder of meshes nor a number of solids.", "Give one."
        )
    versions = library_versions(RECIPE, LIBRARIES)
    files = _files(request.objects)
    unknown = sorted({*request.held_out} - {one.id for one in files})
    if unknown:
        raise InputFault(
            "unknown_object", f"There is no object “{unknown[0]}”.", "Names are files' without ending."
        )
    sources = [source_of(one) for one in files]
    bodies = [_mesh_body(one, split_of(one.id, request.held_out)) for one in sources]
    shards = [shard for i, one in enumerate(sources) for shard in _mesh_shards(request, i, one, bodies[i])]
    shards += _solid_shards(request, len(bodies))
    bodies += [_solid_body(i) for i in range(request.solids)]
    counts = {
        "views": request.views,
        "held_out_views": request.held_out_views,
        "solids": request.solids,
        "views_per_solid": request.views_per_solid,
        "backdrops": request.backdrops,
    }
    return Plan(
        counts,
        versions,
        tuple(bodies),
        tuple(_sealed(one, versions) for one in shards),
        tuple(
            PictureTask(request.seed, first, min(PICTURES, request.backdrops - first))
            for first in range(0, request.backdrops, PICTURES)
        ),
        recipe_digest({"versions": versions, "seed": request.seed, "backdrops": request.backdrops}),
        tuple(
            Missing(name, f"“{first.path.name}” has the same name.")
            for name, first in namesakes(files).items()
        ),
    )


def _files(folders: Sequence[Path]) -> list[MeshFile]:
    """The meshes of all folders; InputFault where two have one name, by which they are told apart."""
    found: dict[str, MeshFile] = {}
    for one in (file for folder in folders for file in list_meshes(folder)):
        if one.id in found:
            raise InputFault(
                "two_of_a_name",
                f"“{found[one.id].path}” and “{one.path}” have the same name.",
                "Rename one: meshes are told apart by their names.",
            )
        found[one.id] = one
    return list(found.values())


def begun(request: DataRequest, plan: Plan) -> dict:
    """What the parts of one folder have in common: all else may change from one build to the next."""
    return {"format": FORMAT, "seed": request.seed, "versions": dict(plan.versions)}


def stream(seed: int, kind: int, *numbers: int | str) -> list[int]:
    """The entropy of one purpose; a word counts by its sha256."""
    plain = (_number(one) if isinstance(one, str) else one for one in numbers)
    return [seed, kind, *plain]


def solid_id(number: int) -> str:
    return f"solid_{number:06d}"


def _number(word: str) -> int:
    return int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")


def _mesh_body(one: Source, split: str) -> Body:
    return Body(one.id, "mesh", split, one.category, one.source, one.licence, one.attribution, one.sha256, 0)


def _solid_body(number: int) -> Body:
    return Body(solid_id(number), "solid", TRAIN, "", "made by deocc", SOLID_LICENCE, "none needed", "", 0)


def _mesh_shards(request: DataRequest, body: int, source: Source, told: Body) -> Sequence[Shard]:
    held = told.split == HELD_OUT_SPLIT
    count = request.held_out_views if held else request.views
    return [
        Shard(
            f"{source.id}-{start // SHARD_VIEWS}",
            told.split,
            MeshTask(request.seed, body, source, start, min(SHARD_VIEWS, count - start), deforms=not held),
            "",
            (source.id,),
        )
        for start in range(0, count, SHARD_VIEWS)
    ]


def _solid_shards(request: DataRequest, first_body: int) -> Sequence[Shard]:
    several = max(1, SHARD_VIEWS // request.views_per_solid)
    found = []
    for first in range(0, request.solids, several):
        count = min(several, request.solids - first)
        task = SolidTask(request.seed, first_body + first, first, count, request.views_per_solid)
        ids = tuple(solid_id(first + i) for i in range(count))
        found.append(Shard(f"{ids[0]}-{count}", TRAIN, task, "", ids))
    return found


def _sealed(shard: Shard, versions: Mapping[str, str]) -> Shard:
    """With its digest: of what comes into its bytes; not of where a mesh lies or whom to name for it."""
    told = asdict(shard.task)
    source = told.pop("source", None)
    mesh = [source["id"], source["path"].suffix, source["sha256"]] if source else None
    kind = type(shard.task).__name__
    recipe = {"versions": dict(versions), "kind": kind, "task": told, "mesh": mesh}
    return replace(shard, digest=recipe_digest(recipe))
