"""One shard: drawn by a worker from its task, written with its facts, and known again when it is there."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deocc.data.dataset.plan import (
    MESH,
    PICTURE,
    SOLID,
    MeshTask,
    PictureTask,
    Shard,
    SolidTask,
    solid_id,
    stream,
)
from deocc.data.dataset.read import elevation_counts
from deocc.data.meshes import Textured, normalised
from deocc.data.recipe import sha256_of
from deocc.data.solids.draw import drawn_solid
from deocc.data.views.deform import deformed
from deocc.data.views.patterns import backdrop
from deocc.data.views.record import VIEW
from deocc.data.views.render import render_views
from deocc.errors import DeoccError
from deocc.package import write_beside

VARIANT_VIEWS = 4  # views of one shape, undeformed or a variant: making a variant costs as much as a view
BACKDROP_PX = 192  # crops of the network's 128 lie in it at many places
# what libraries of geometry raise on a shape that they can't take
_UNRENDERABLE = (DeoccError, ValueError, ArithmeticError, LookupError, RuntimeError)


@dataclass(frozen=True)
class Part:
    """What a task came to. array: (N,) VIEW, or (N, B, B, 3) uint8 pictures.  missing: id -> why."""

    array: NDArray
    missing: dict[str, str]


@dataclass(frozen=True)
class ShardFacts:
    """views: how many by body's id.  elevations: how many by read.ELEVATION_BINS_DEG."""

    sha256: str
    views: dict[str, int]
    elevations: tuple[int, ...]
    missing: dict[str, str]


def draw_part(task: MeshTask | SolidTask | PictureTask) -> Part:
    """The task's views or pictures, from its numbers alone; a body that can't be rendered is `missing`."""
    if isinstance(task, PictureTask):
        numbers = range(task.first, task.first + task.count)
        drawn = [backdrop(_rng(task.seed, PICTURE, i), BACKDROP_PX) for i in numbers]
        return Part(np.stack(drawn), {})
    if isinstance(task, MeshTask):
        return _gathered({task.source.id: lambda: _mesh_views(task)})
    return _gathered({solid_id(task.first + i): _solid_drawing(task, i) for i in range(task.count)})


def _rng(seed: int, kind: int, *numbers: int | str) -> np.random.Generator:
    return np.random.default_rng(stream(seed, kind, *numbers))


def _gathered(drawings: dict[str, Callable[[], NDArray[np.void]]]) -> Part:
    views, missing = [np.empty(0, VIEW)], {}
    for name, draw in drawings.items():
        try:
            views.append(draw())
        except _UNRENDERABLE as error:
            missing[name] = str(error).strip() or type(error).__name__
    return Part(np.concatenate(views), missing)


def _mesh_views(task: MeshTask) -> NDArray[np.void]:
    mesh = normalised(task.source.read())
    return np.concatenate(list(_groups(task, mesh)))


def _groups(task: MeshTask, mesh: Textured) -> Iterator[NDArray[np.void]]:
    """Views by groups of one shape: where meshes are deformed, every second one is a variant."""
    for first in range(task.start, task.start + task.count, VARIANT_VIEWS):
        group = first // VARIANT_VIEWS
        rng = _rng(task.seed, MESH, task.source.id, group)
        shape = deformed(mesh, rng) if task.deforms and group % 2 else mesh
        count = min(VARIANT_VIEWS, task.start + task.count - first)
        yield render_views(shape, count, rng, task.body)


def _solid_drawing(task: SolidTask, i: int) -> Callable[[], NDArray[np.void]]:
    def draw() -> NDArray[np.void]:
        rng = _rng(task.seed, SOLID, task.first + i)
        return render_views(drawn_solid(rng), task.each, rng, task.body + i)

    return draw


# -- on disk --


def array_bytes(array: NDArray) -> bytes:
    """A .npy file, uncompressed."""
    packed = io.BytesIO()
    np.lib.format.write_array(packed, np.ascontiguousarray(array), version=(1, 0), allow_pickle=False)
    return packed.getvalue()


def write_shard(folder: Path, shard: Shard, part: Part) -> ShardFacts:
    """The file, then its seal: a shard without a seal is drawn again. OSError."""
    data = array_bytes(part.array)
    first = shard.task.body
    counted = np.bincount(part.array["body"] - first, minlength=len(shard.ids))
    facts = ShardFacts(
        hashlib.sha256(data).hexdigest(),
        {name: int(count) for name, count in zip(shard.ids, counted, strict=True)},
        elevation_counts(part.array["elevation_deg"]),
        part.missing,
    )
    write_beside(data, folder / f"{shard.name}.npy")
    seal = {"recipe": shard.digest, **asdict(facts)}
    write_beside(json.dumps(seal, indent=1).encode(), folder / f"{shard.name}.json")
    return facts


def kept_shard(folder: Path, shard: Shard) -> ShardFacts | None:
    """The facts of a shard that is there, whole, unchanged and of this recipe."""
    try:
        seal = json.loads((folder / f"{shard.name}.json").read_text("utf-8"))
        if seal.pop("recipe") != shard.digest:
            return None
        facts = ShardFacts(**{**seal, "elevations": tuple(seal["elevations"])})
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return facts if sha256_of(folder / f"{shard.name}.npy") == facts.sha256 else None
