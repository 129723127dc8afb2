"""`deocc bench build`: a folder of meshes, and one of photos -> a built benchmark (built.py).

A build that was ended anyhow goes on when it is started again: an object's folder is whole or absent, and one
that is there stays only where its files are still those of the same recipe. Manifest and card come last.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from deocc.bench.building.card import card
from deocc.bench.building.kept import clear_halves, kept_files, write_object
from deocc.bench.building.one_object import build_object
from deocc.bench.building.photos import PREFIX, build_photo
from deocc.bench.building.plan import BuildRequest, Plan, plan_build
from deocc.bench.built import FORMAT, Entry, Manifest, Missing, manifest_json, read_manifest, read_object
from deocc.data.engine import each
from deocc.errors import DeoccError, InputFault, is_disk_full
from deocc.lock import lock_file
from deocc.package import write_beside

__all__ = ["BuildRequest", "build"]
log = logging.getLogger(__name__)
Progress = Callable[[int, int, str], None]  # done, of how many, words about the last one

BEGUN = "build.json"  # seed, settings and versions: written before the first object, so that nothing mixes
LOCK = ".lock"
OBJECT_LIMIT_S = 1800.0  # 200 times what one takes: past it, something hangs
DISK_FULL = "the disk was full"


def build(request: BuildRequest, progress: Progress = lambda done, total, words: None) -> Manifest:
    """Builds what is missing of the request and writes manifest and card.

    What can't be built is the manifest's `missing`, with a sentence. InputFault before anything is written
    where there is nothing to build, or `out` was made otherwise; DeoccError `disk_full` where not even the
    manifest finds room.
    """
    plan = plan_build(request)
    with _opened(request, plan):
        outcome = _Outcome(request.out / "objects", len(plan.objects) + len(plan.photos), progress)
        outcome.missing.update({one.id: one.reason for one in plan.missing})
        _build_photos(plan, outcome)
        _build_objects(request, plan, outcome)
        _carry_over(request, outcome)
        manifest = Manifest(
            seed=request.seed,
            settings=_plain(asdict(request.settings)),
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
                raise _unwritable(self.folder) from error
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
        raise _fault_of(error, out) from error


# -- the folder --


@contextmanager
def _opened(request: BuildRequest, plan: Plan) -> Iterator[None]:
    """The folder made, checked to be of the same build and held, so that no second one writes to it."""
    out = request.out
    begun = {
        "format": FORMAT,
        "seed": request.seed,
        "settings": _plain(asdict(request.settings)),
        "versions": dict(plan.versions),
    }
    try:
        _refuse_others(out, begun)
        (out / "objects").mkdir(parents=True, exist_ok=True)
        lock = lock_file(out / LOCK)
    except BlockingIOError:
        raise InputFault(
            "busy", f"Another build is writing to “{out}”.", "Wait until it has ended."
        ) from None
    except OSError as error:
        raise _fault_of(error, out) from error
    with lock:
        try:
            clear_halves(out)
            clear_halves(out / "objects")
            if not (out / BEGUN).is_file():
                write_beside(json.dumps(begun, indent=1).encode(), out / BEGUN)
        except OSError as error:
            raise _fault_of(error, out) from error
        yield


def _refuse_others(out: Path, begun: Mapping[str, Any]) -> None:
    """InputFault where the folder holds something else, or a build with another seed, settings, versions."""
    if not out.exists():
        return
    hint = "Choose another folder; nothing was changed."
    if not out.is_dir():
        raise InputFault("not_a_folder", f"“{out}” is no folder.", hint)
    try:
        before = json.loads((out / BEGUN).read_text("utf-8"))
    except FileNotFoundError:
        foreign = sorted(
            one.name for one in out.iterdir() if not one.name.startswith(".") and one.name != "objects"
        )
        if foreign or any((out / "objects").glob("*")):
            raise InputFault("not_a_bench", f"“{out}” holds something that no build made.", hint) from None
        return
    except (OSError, ValueError) as error:
        raise InputFault("bad_bench", f"“{out / BEGUN}” can't be read: {error}.", hint) from error
    if before != begun:
        other = ", ".join(_differences(before, begun)) or "another format"
        raise InputFault("other_build", f"“{out}” was built otherwise: {other}.", hint)


def _differences(before: Any, now: Mapping[str, Any]) -> list[str]:
    """In words, what one build has otherwise than another."""
    if not isinstance(before, dict):
        return []
    if before.get("seed") != now["seed"]:
        return [f"seed {before.get('seed')}, not {now['seed']}"]
    found = []
    for part in ("settings", "versions"):
        old, new = before.get(part) or {}, now[part]
        names = sorted({*old, *new})
        found += [
            f"{one} {old.get(one)}, not {new.get(one)}" for one in names if old.get(one) != new.get(one)
        ]
    return found


def _fault_of(error: OSError, out: Path) -> DeoccError:
    if not is_disk_full(error):
        return _unwritable(out)
    return DeoccError(
        "disk_full",
        f"The disk of “{out}” is full.",
        "Free some space and build the same again; what is there is kept.",
        "free_space",
        507,
    )


def _unwritable(out: Path) -> InputFault:
    return InputFault("cant_write", f"“{out}” can't be written to.", "Choose another folder.")


def _plain(settings: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON gives them back: lists for tuples."""
    return json.loads(json.dumps(settings))
