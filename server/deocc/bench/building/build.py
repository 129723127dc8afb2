"""`deocc bench build`: a folder of meshes, and one of photos -> a built benchmark (built.py).

A build that was ended anyhow goes on when it is started again: an object's folder is whole or absent, and one
that is there stays only where its files are still those of the same recipe. Manifest and card come last.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from deocc.bench.building.card import card
from deocc.bench.building.kept import kept_files, write_object
from deocc.bench.building.one_object import build_object
from deocc.bench.building.photos import PREFIX, build_photo
from deocc.bench.building.plan import BuildRequest, Plan, plan_build
from deocc.bench.built import FORMAT, Entry, Manifest, Missing, manifest_json, read_manifest, read_object
from deocc.data.engine import each
from deocc.data.folder import opened, write_fault
from deocc.errors import InputFault, is_disk_full
from deocc.package import write_beside

__all__ = ["BuildRequest", "build"]
log = logging.getLogger(__name__)
Progress = Callable[[int, int, str], None]  # done, of how many, words about the last one

OBJECT_LIMIT_S = 1800.0  # 200 times what one takes: past it, something hangs
DISK_FULL = "the disk was full"


def build(request: BuildRequest, progress: Progress = lambda done, total, words: None) -> Manifest:
    """Builds what is missing of the request and writes manifest and card.

    What can't be built is the manifest's `missing`, with a sentence. InputFault before anything is written
    where there is nothing to build, or `out` was made otherwise; DeoccError `disk_full` where not even the
    manifest finds room.
    """
    plan = plan_build(request)
    settings = _plain(asdict(request.settings))
    begun = {"format": FORMAT, "seed": request.seed, "settings": settings, "versions": dict(plan.versions)}
    with opened(request.out, begun, "objects"):
        outcome = _Outcome(request.out / "objects", len(plan.objects) + len(plan.photos), progress)
        outcome.missing.update({one.id: one.reason for one in plan.missing})
        _build_photos(plan, outcome)
        _build_objects(request, plan, outcome)
        _carry_over(request, outcome)
        manifest = Manifest(
            seed=request.seed,
            settings=settings,
            versions=dict(plan.versions),
            objects=tuple(Entry(name, outcome.built[name]) for name in sorted(outcome.built)),
            missing=tuple(Missing(name, outcome.missing[name]) for name in sorted(outcome.missing)),
        )
        _write_summary(request.out, manifest)
    return manifest


class _Outcome:
    """What has become of the objects so far. built: id -> sha256 of its files.  missing: id -> why."""

    def __init__(self, folder: Path, total: int, progress: Progress):
        self.folder, self._total, self._progress = folder, total, progress
        self.built: dict[str, Mapping[str, str]] = {}
        self.missing: dict[str, str] = {}
        self._done = 0

    def keep(self, name: str, digest: str) -> bool:
        """Whether the object is there already, whole and of this recipe."""
        found = kept_files(self.folder / name, digest)
        if found is not None:
            self.built[name] = found
            self._tell(f"{name}: there already")
        return found is not None

    def put(self, name: str, files: Mapping[str, bytes], digest: str) -> None:
        try:
            self.built[name] = write_object(self.folder / name, files, digest)
        except OSError as error:
            if not is_disk_full(error):
                raise write_fault(error, self.folder) from error
            self.lack(name, DISK_FULL)
        else:
            self._tell(name)

    def lack(self, name: str, reason: str) -> None:
        log.warning("%s is missing: %s", name, reason)
        self.missing[name] = reason
        self._tell(f"{name} is missing: {reason}")

    def _tell(self, words: str) -> None:
        self._done += 1
        self._progress(self._done, self._total, words)


def _build_photos(plan: Plan, outcome: _Outcome) -> None:
    """In this process: they are few, and no more than files checked and copied."""
    for name, (source, digest) in plan.photos.items():
        if outcome.keep(name, digest):
            continue
        try:
            outcome.put(name, build_photo(source), digest)
        except InputFault as fault:
            outcome.lack(name, str(fault))


def _build_objects(request: BuildRequest, plan: Plan, outcome: _Outcome) -> None:
    todo = [name for name, (_, digest) in plan.objects.items() if not outcome.keep(name, digest)]
    tasks = (plan.objects[name][0] for name in todo)
    if request.ray_address:
        tasks = (task.carried() for task in tasks)  # its machines don't see this one's files
    for done in each(build_object, tasks, request.workers, request.ray_address, OBJECT_LIMIT_S):
        name = todo[done.index]
        if done.value is None:
            outcome.lack(name, done.fault.message if done.fault else "nothing came of it")
        else:
            outcome.put(name, done.value, plan.objects[name][1])


def _carry_over(request: BuildRequest, outcome: _Outcome) -> None:
    """What an earlier build of the same folder listed and this one was not asked for stays listed; of what it
    was asked for without a list of ids, nothing that is gone from there."""
    out = request.out
    if not (out / "manifest.json").is_file():
        return
    before = read_manifest(out)
    settled = {*outcome.built, *outcome.missing}

    def stays(name: str) -> bool:
        whence = request.photos if name.startswith(PREFIX) else request.objects
        return name not in settled and (bool(request.only) or whence is None)

    for entry in before.objects:
        if stays(entry.id) and kept_files(out / "objects" / entry.id) == entry.files:
            outcome.built[entry.id] = entry.files
    for one in before.missing:
        if stays(one.id):
            outcome.missing[one.id] = one.reason


def _write_summary(out: Path, manifest: Manifest) -> None:
    """Card and manifest, the manifest last: where it is, the benchmark is complete."""
    objects = [
        read_object((out / "objects" / one.id / "object.json").read_bytes()) for one in manifest.objects
    ]
    try:
        write_beside(card(manifest, objects).encode(), out / "card.md")
        write_beside(manifest_json(manifest), out / "manifest.json")
    except OSError as error:
        raise write_fault(error, out) from error


def _plain(settings: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON gives them back: lists for tuples."""
    return json.loads(json.dumps(settings))
