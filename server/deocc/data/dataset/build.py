"""`deocc data build`: a folder of meshes and a number of solids -> a dataset (read.py).

A build that was ended anyhow goes on when it is started again: a shard is whole or absent, and one that is
there stays where its recipe is still the same. So more solids, or views by whole shards, only add to a
folder; another seed or version is refused. Shards that are no longer asked for go. Card and manifest come
last.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deocc.data.dataset.card import card
from deocc.data.dataset.plan import DataRequest, MeshTask, PictureTask, Plan, Shard, begun, plan_dataset
from deocc.data.dataset.read import (
    BACKDROPS,
    MANIFEST,
    SHARDS,
    Manifest,
    Missing,
    ShardEntry,
    dataset_of,
    manifest_json,
)
from deocc.data.dataset.shard import Part, ShardFacts, array_bytes, draw_part, kept_shard, write_shard
from deocc.data.engine import each
from deocc.data.folder import opened, write_fault
from deocc.data.recipe import sha256_of
from deocc.data.views.record import VIEW
from deocc.errors import DeoccError
from deocc.package import write_beside

__all__ = ["DataRequest", "build"]
log = logging.getLogger(__name__)
Progress = Callable[[int, int, str], None]  # done, of how many, words about the last one

SEAL = "backdrops.json"
SHARD_LIMIT_S = 600.0  # twenty times what one takes: past it, something hangs
Task = MeshTask | PictureTask


def build(request: DataRequest, progress: Progress = lambda done, total, words: None) -> Manifest:
    """Builds what is missing of the request, counts what training will draw, writes manifest and card.

    What can't be rendered is the manifest's `missing`, with a sentence. InputFault before anything is written
    where there is nothing to build, or `out` was made otherwise; DeoccError `disk_full` where a shard finds
    no room: what is there is kept.
    """
    plan = plan_dataset(request)
    with opened(request.out, begun(request, plan), SHARDS):
        outcome = _Outcome(plan, progress)
        try:
            _build_parts(request, plan, outcome)
            manifest = _manifest(request, plan, outcome)
            _write_summary(request, manifest)
            _clear_others(request.out / SHARDS, plan)
        except OSError as error:
            raise write_fault(error, request.out) from error
    return manifest


@dataclass
class _Outcome:
    """What has become of the parts so far. shards: name -> facts.  lost: name -> why a shard is not there."""

    plan: Plan
    progress: Progress
    shards: dict[str, ShardFacts] = field(default_factory=dict)
    lost: dict[str, str] = field(default_factory=dict)
    backdrops_sha256: str = ""
    done: int = 0

    def tell(self, words: str) -> None:
        self.done += 1
        self.progress(self.done, len(self.plan.shards) + len(self.plan.pictures), words)


def _build_parts(request: DataRequest, plan: Plan, outcome: _Outcome) -> None:
    out = request.out
    todo: list[Shard | PictureTask] = [*_pictures_to_do(out, plan, outcome)]
    for shard in plan.shards:
        facts = kept_shard(out / SHARDS, shard)
        if facts is None:
            todo.append(shard)
        else:
            outcome.shards[shard.name] = facts
            outcome.tell(f"{shard.name}: there already")
    if todo:
        (out / MANIFEST).unlink(missing_ok=True)  # an earlier build's: some of its shards may go now
    _refuse_small_disk(out, plan, [one for one in todo if isinstance(one, Shard)])
    tasks = (_task(one, bool(request.ray_address)) for one in todo)
    pictures: dict[int, NDArray[np.uint8]] = {}
    for done in each(draw_part, tasks, request.workers, request.ray_address, SHARD_LIMIT_S):
        one = todo[done.index]
        reason = done.fault.message if done.fault else "nothing came of it"
        if isinstance(one, Shard):
            _keep_shard(out, one, done.value, reason, outcome)
        elif done.value is None:
            raise DeoccError("no_backdrops", f"Backdrops can't be drawn: {reason}")
        else:
            pictures[one.first] = done.value.array
            outcome.tell("backdrops")
            if len(pictures) == len(plan.pictures):
                _write_backdrops(out, plan, pictures, outcome)


def _task(one: Shard | PictureTask, travels: bool):
    task = one.task if isinstance(one, Shard) else one
    return task.carried() if travels and isinstance(task, MeshTask) else task


def _keep_shard(out: Path, shard: Shard, part: Part | None, reason: str, outcome: _Outcome) -> None:
    if part is None:
        log.warning("%s is missing: %s", shard.name, reason)
        outcome.lost[shard.name] = reason
        outcome.tell(f"{shard.name} is missing: {reason}")
        return
    for name, why in part.missing.items():
        log.warning("%s is missing: %s", name, why)
    outcome.shards[shard.name] = write_shard(out / SHARDS, shard, part)
    outcome.tell(shard.name)


def _refuse_small_disk(out: Path, plan: Plan, todo: list[Shard]) -> None:
    """DeoccError before hours are spent on what will find no room."""
    needed = replace(plan, shards=tuple(todo)).size_bytes(VIEW.itemsize)
    free = shutil.disk_usage(out).free
    if needed > free:
        raise DeoccError(
            "disk_full",
            f"This needs {needed / 1e9:.1f} GB more, and the disk of “{out}” has {free / 1e9:.1f} GB free.",
            "Free some space, or ask for fewer views; what is there is kept.",
            "free_space",
            507,
        )


# -- backdrops --


def _pictures_to_do(out: Path, plan: Plan, outcome: _Outcome) -> tuple[PictureTask, ...]:
    """None where the file is there, whole and of this recipe."""
    try:
        recipe, sha256 = (out / SEAL).read_text("utf-8").split()
    except (OSError, ValueError):
        return plan.pictures
    if recipe != plan.pictures_digest or sha256_of(out / BACKDROPS) != sha256:
        return plan.pictures
    outcome.backdrops_sha256 = sha256
    for _ in plan.pictures:
        outcome.tell("backdrops: there already")
    return ()


def _write_backdrops(out: Path, plan: Plan, pictures: Mapping[int, NDArray], outcome: _Outcome) -> None:
    data = array_bytes(np.concatenate([pictures[first] for first in sorted(pictures)]))
    outcome.backdrops_sha256 = hashlib.sha256(data).hexdigest()
    write_beside(data, out / BACKDROPS)
    write_beside(f"{plan.pictures_digest} {outcome.backdrops_sha256}\n".encode(), out / SEAL)


# -- what it came to --


def _manifest(request: DataRequest, plan: Plan, outcome: _Outcome) -> Manifest:
    views: Counter[str] = Counter()
    for facts in outcome.shards.values():
        views.update(facts.views)
    return Manifest(
        seed=request.seed,
        counts=dict(plan.counts),
        versions=dict(plan.versions),
        backdrops_sha256=outcome.backdrops_sha256,
        bodies=tuple(replace(one, views=views[one.id]) for one in plan.bodies),
        shards=tuple(
            ShardEntry(one.name, facts.sha256, one.split, sum(facts.views.values()), facts.elevations)
            for one in plan.shards
            if (facts := outcome.shards.get(one.name)) and sum(facts.views.values())
        ),
        missing=tuple(dict.fromkeys((*plan.missing, *_missing(plan, outcome)))),
    )


def _missing(plan: Plan, outcome: _Outcome) -> Iterator[Missing]:
    """A body once, however many of its shards are lacking for the same reason."""
    for shard in plan.shards:
        if shard.name in outcome.lost:
            for name in shard.ids:
                yield Missing(name, outcome.lost[shard.name])
        else:
            for name, reason in outcome.shards[shard.name].missing.items():
                yield Missing(name, reason)


def _write_summary(request: DataRequest, manifest: Manifest) -> None:
    """Card and manifest, the manifest last: where it is, the dataset is complete."""
    out = request.out
    write_beside(card(dataset_of(out, manifest), request.draws).encode(), out / "card.md")
    write_beside(manifest_json(manifest), out / MANIFEST)


def _clear_others(folder: Path, plan: Plan) -> None:
    """Takes away the shards that an earlier build wanted and this one does not."""
    wanted = {f"{one.name}{ending}" for one in plan.shards for ending in (".npy", ".json")}
    for path in folder.iterdir():
        if path.suffix in (".npy", ".json") and path.name not in wanted:
            path.unlink()
