"""CLIP score and LPIPS of every result's six views, FID and KID of a method's views as a set.

Features are kept beside the pictures they were made of, named by the network's files, so a second report
reads them.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from deocc.bench.built import BenchObject
from deocc.bench.metrics.pictures import on_white
from deocc.bench.metrics.sets import frechet_distance, kernel_distance, mean_cosine
from deocc.bench.reporting.collect import Scores
from deocc.bench.reporting.kept import Machines, Work, keep
from deocc.bench.reporting.networks import Found
from deocc.bench.running.record import DONE, Key, Record, Run, result_folder

LEVEL = 3  # of FID and KID: as many pictures from a method that sees the clean photo as from any other
VIEWS = 6
TrueViews = tuple[str, str]  # object, set of views
NOTE = (
    f"KID and FID: the six views of each object's case at level {LEVEL}, on white, as made, not aligned; "
    "reference: the true six views of all these objects, of those too that a method failed on; a failed "
    "result is no part of the made set. KID stands first: FID of so few pictures is biased. "
    "The row `truth`, where it is, tells what the true mesh scores through the same renderer."
)


@dataclass(frozen=True)
class ViewTask:
    """One network over one folder's views. files: the network's, on every machine at the same place.
    pictures: PNG files.  true: for a distance of pairs, else empty."""

    network: str
    files: tuple[Path, ...]
    pictures: tuple[bytes, ...]
    true: tuple[bytes, ...]


@dataclass(frozen=True)
class ViewFigures:
    """of_results: by result, then by measure.  of_sets: by method, then by measure."""

    of_results: Mapping[Key, Mapping[str, float]]
    of_sets: Mapping[str, Mapping[str, float | None]]


@dataclass(frozen=True)
class Pair:
    """A result's six views and which of its object's true ones they stand for."""

    key: Key
    view_set: str

    @property
    def object(self) -> str:
        return self.key[1]


class Views:
    """Where the views of a run and of its benchmark lie, and the features of them are kept."""

    def __init__(self, out: Path, bench: Path, objects: Mapping[str, BenchObject], digest: str):
        self.out, self.bench, self.objects = out, bench, objects
        self.store = out / "truth-features" / digest[:16]

    def true(self, of_object: str, view_set: str) -> tuple[Path, ...]:
        views = self.objects[of_object].views.get(view_set, ())
        return tuple(self.bench / "objects" / of_object / view.picture for view in views)

    def made(self, key: Key) -> tuple[Path, ...]:
        """Empty where the result has not all of them."""
        paths = tuple(result_folder(self.out, key) / "views" / f"{i}.png" for i in range(VIEWS))
        return paths if all(path.is_file() for path in paths) else ()

    def kept(self, key: Key, found: Found) -> Path:
        return result_folder(self.out, key) / f"{found.network.name}-{found.key}.npy"

    def kept_true(self, of_object: str, view_set: str, found: Found) -> Path:
        return self.store / view_set / f"{of_object}-{found.network.name}-{found.key}.npy"


def view_figures(
    views: Views, run: Run, main: Scores | None, found: Mapping[str, Found | str], machines: Machines
) -> ViewFigures:
    """What the networks that are here say of every done result and of each method. main: of seed 0."""
    sets_of = {one.key: one.view_set for one in run.records if _comparable(one, run) and views.made(one.key)}
    keys = [key for key, view_set in sets_of.items() if len(views.true(key[1], view_set)) == VIEWS]
    pairs = [Pair(key, sets_of[key]) for key in keys]
    at_level = _at_level(main, {pair.key: pair for pair in pairs})
    references = _references(views, at_level)
    wanted = {
        "clip": pairs,
        "lpips": pairs,
        "inception": [pair for several in at_level.values() for pair in several],
    }
    here = [one for one in found.values() if isinstance(one, Found) and one.network.name in wanted]
    for one in here:
        of_sets = references.values() if one.network.name == "inception" else ()
        true = [of_object for reference in of_sets for of_object in reference]
        keep(features_of, _works(views, one, wanted[one.network.name], true), machines, one.network.title)
    figures: dict[Key, dict[str, float]] = {}
    sets: dict[str, dict[str, float | None]] = {}
    for one in here:
        if one.network.name == "inception":
            sets = {
                method: _distances(views, one, several, references[method])
                for method, several in at_level.items()
            }
            continue
        for pair in pairs:
            value = _of_result(views, one, pair)
            if value is not None:
                figures.setdefault(pair.key, {})[one.network.name] = value
    return ViewFigures(figures, sets)


def _comparable(record: Record, run: Run) -> bool:
    """Whether a result has coloured views from the cameras of true ones: floors are grey."""
    of_run = next(iter(record.measures.values()), {})
    return record.state == DONE and bool(record.view_set) and of_run.get("psnr") is not None


def with_figures(run: Run, alignment: str, figures: ViewFigures) -> Run:
    """The run with what the networks say among its records' measures."""

    def more(record: Record) -> Record:
        added = figures.of_results.get(record.key)
        if not added:
            return record
        measures = {**record.measures.get(alignment, {}), **added}
        return replace(record, measures={**record.measures, alignment: measures})

    return replace(run, records=tuple(more(record) for record in run.records))


def _at_level(main: Scores | None, pairs: Mapping[Key, Pair]) -> dict[str, list[Pair]]:
    """By method, one result an object."""
    found: dict[str, dict[str, Pair]] = {}
    for slot in main.slots if main else ():
        if slot.case.level == LEVEL and slot.key in pairs:
            found.setdefault(slot.method, {}).setdefault(slot.object.id, pairs[slot.key])
    return {method: list(of_objects.values()) for method, of_objects in found.items()}


def _references(views: Views, at_level: Mapping[str, list[Pair]]) -> dict[str, list[TrueViews]]:
    """By method, the true views of every object that any method has: who fails on some objects is compared
    with as many as who does not."""
    every = dict.fromkeys(pair.object for several in at_level.values() for pair in several)
    return {
        method: [
            (name, several[0].view_set)
            for name in every
            if len(views.true(name, several[0].view_set)) == VIEWS
        ]
        for method, several in at_level.items()
    }


def _works(views: Views, found: Found, pairs: list[Pair], more: list[TrueViews]) -> list[Work]:
    """Each result's views, and each object's true ones unless the network compares pairs. more: true views
    beside those of the results."""
    beside = found.network.name == "lpips"
    works = [
        _work(
            found,
            views.kept(pair.key, found),
            views.made(pair.key),
            views.true(pair.object, pair.view_set) if beside else (),
        )
        for pair in pairs
    ]
    own = () if beside else ((pair.object, pair.view_set) for pair in pairs)
    true = dict.fromkeys([*own, *more])
    return works + [_work(found, views.kept_true(*one, found), views.true(*one), ()) for one in true]


def _work(found: Found, kept: Path, pictures: tuple[Path, ...], true: tuple[Path, ...]) -> Work:
    def load() -> ViewTask:
        made, beside = (tuple(path.read_bytes() for path in paths) for paths in (pictures, true))
        return ViewTask(found.network.name, found.files, made, beside)

    return Work(kept, load)


def features_of(task: ViewTask) -> bytes:
    """The features (N, D), or the distances of pairs (N,), float32, as .npy."""
    from deocc.bench.reporting.encoders import ENCODERS

    encode: Any = ENCODERS[task.network](*task.files)
    pictures = [_opened(task.pictures)] + ([_opened(task.true)] if task.true else [])
    data = io.BytesIO()
    np.save(data, np.asarray(encode(*pictures), np.float32))
    return data.getvalue()


def _opened(files: tuple[bytes, ...]) -> NDArray[np.uint8]:
    """(N, H, W, 3) uint8, on white."""
    pictures = []
    for file in files:
        with Image.open(io.BytesIO(file)) as image:
            pictures.append(on_white(np.asarray(image.convert("RGBA"))).round().astype(np.uint8))
    return np.stack(pictures)


def _of_result(views: Views, found: Found, pair: Pair) -> float | None:
    path = views.kept(pair.key, found)
    if not path.exists():
        return None
    values = np.load(path, allow_pickle=False)
    if found.network.name == "lpips":
        return float(values.mean())
    true = views.kept_true(pair.object, pair.view_set, found)
    return mean_cosine(values, np.load(true, allow_pickle=False)) if true.exists() else None


def _distances(
    views: Views, found: Found, pairs: list[Pair], reference: list[TrueViews]
) -> dict[str, float | None]:
    kept = (
        [views.kept(pair.key, found) for pair in pairs],
        [views.kept_true(*one, found) for one in reference],
    )
    there = [[path for path in several if path.exists()] for several in kept]
    if not all(there):
        return {"kid": None, "fid": None}
    made, true = (
        np.concatenate([np.load(path, allow_pickle=False) for path in several]) for several in there
    )
    return {
        "kid": kernel_distance(made, true, np.random.default_rng(0)),
        "fid": frechet_distance(made, true),
        "views_n": len(made),
        "views_reference": len(true),
    }
