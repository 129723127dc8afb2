"""Records -> scores: per method, measure, object and case, failures scored and missing results named.

A failed result scores as measures.py says, never nothing; a result that was never run is missing and scores
nothing. A method that sees the clean photo has one result an object, which counts at every level.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from deocc.bench.built import LEVEL_SHARES, BenchObject, Case, Entry, Missing, read_manifest, read_object
from deocc.bench.metrics.interval import level_mean
from deocc.bench.reporting.measures import MEASURES
from deocc.bench.running.record import FAILED, Key, Record, Run
from deocc.errors import InputFault

MAIN = "placed"  # the kind of cases of the main table
CLEAN, PHOTO = "clean", "photo"
OBJECT = "object.json"

Values = Mapping[str, Mapping[str, float]]  # by object, then by case


@dataclass(frozen=True)
class Slot:
    """One case of one object as one method was asked to solve it; record None: it is missing."""

    method: str
    object: BenchObject
    case: Case
    key: Key
    record: Record | None

    @property
    def failed(self) -> bool:
        return self.record is not None and self.record.state == FAILED


@dataclass(frozen=True)
class Scores:
    """All results of one kind of cases and one seed, scored in one alignment.

    methods: in the run's order, those that were asked for this kind.
    """

    kind: str
    alignment: str
    methods: tuple[str, ...]
    slots: tuple[Slot, ...]

    @cached_property
    def _done(self) -> Mapping[str, Mapping[str, list[float]]]:
        """Every value of every done result: by method, then by measure."""
        found: dict[str, dict[str, list[float]]] = {method: {} for method in self.methods}
        for slot in self.slots:
            for name, value in self._measured(slot).items():
                if value is not None:
                    found[slot.method].setdefault(name, []).append(value)
        return found

    @cached_property
    def _solved(self) -> frozenset[str]:
        return frozenset(slot.method for slot in self.slots if slot.record and not slot.failed)

    def _measured(self, slot: Slot) -> Mapping[str, float | None]:
        if slot.record is None or slot.failed:
            return {}
        return slot.record.measures.get(self.alignment, {})

    def worst(self, measure: str) -> float | None:
        """The worst value that any method reached on any case; None where none has one."""
        return self._worst[measure]

    def _find_worst(self, measure: str) -> float | None:
        values = [value for by_name in self._done.values() for value in by_name.get(measure, ())]
        if not values:
            return None
        return min(values) if MEASURES[measure].higher_is_better else max(values)

    def score(self, slot: Slot, measure: str) -> float | None:
        """A slot's value; None where it is missing or the measure does not apply."""
        if not slot.failed:
            return self._measured(slot).get(measure)
        has_it = measure in self._done[slot.method] or slot.method not in self._solved
        if not has_it or not applies(measure, slot):
            return None
        rule = MEASURES[measure].failure
        return 0.0 if rule == "zero" else self.worst(measure) if rule == "worst" else None

    def of(self, method: str) -> list[Slot]:
        return [slot for slot in self.slots if slot.method == method]

    def by_case(self, method: str, measure: str) -> Values:
        """The scores of a method by object and case, those there are."""
        return self._values.get((method, measure), {})

    @cached_property
    def _values(self) -> Mapping[tuple[str, str], Values]:
        values: dict[tuple[str, str], dict[str, dict[str, float]]] = {}
        for slot in self.slots:
            for measure in MEASURES:
                score = self.score(slot, measure)
                if score is not None:
                    by_object = values.setdefault((slot.method, measure), {})
                    by_object.setdefault(slot.object.id, {})[slot.case.name] = score
        return values

    @cached_property
    def _worst(self) -> Mapping[str, float | None]:
        return {name: self._find_worst(name) for name in MEASURES}

    @cached_property
    def levels(self) -> Mapping[tuple[str, str], int | None]:
        """The level of each (object, case)."""
        return {(slot.object.id, slot.case.name): slot.case.level for slot in self.slots}

    def per_object(self, method: str, measure: str) -> dict[str, float]:
        """One value an object: over its levels by Table 1's shares in the main kind, else of cases."""
        return {name: self._object_mean(name, cases) for name, cases in self.by_case(method, measure).items()}

    def mean_of(self, values: Values) -> float | None:
        """The mean over objects of values by object and case; None where there is none."""
        means = [self._object_mean(name, cases) for name, cases in values.items() if cases]
        return float(np.mean(means)) if means else None

    def at_level(self, method: str, measure: str, level: int) -> dict[str, float]:
        """One value an object of its cases at one level, of those objects that have one."""
        found = {}
        for name, cases in self.by_case(method, measure).items():
            values = [value for case, value in cases.items() if self.levels[name, case] == level]
            if values:
                found[name] = float(np.mean(values))
        return found

    def pairs(self, method: str, other: str, measure: str) -> tuple[list[float], list[float]]:
        """One value an object of each of two methods, over the cases that both have: a case that one of them
        lacks would change what levels its mean is of."""
        ours, theirs = self.by_case(method, measure), self.by_case(other, measure)
        both = {name: [case for case in ours[name] if case in theirs.get(name, ())] for name in sorted(ours)}
        first, second = (
            [
                self._object_mean(name, {case: of[name][case] for case in both[name]})
                for name in both
                if both[name]
            ]
            for of in (ours, theirs)
        )
        return first, second

    def _object_mean(self, name: str, cases: Mapping[str, float]) -> float:
        if self.kind != MAIN:
            return float(np.mean(list(cases.values())))
        by_level: dict[int, list[float]] = {}
        for case, value in cases.items():
            level = self.levels[name, case]
            if level is not None:
                by_level.setdefault(level, []).append(value)
        mean = level_mean({level: float(np.mean(values)) for level, values in by_level.items()})
        return mean.mean if mean else float(np.mean(list(cases.values())))

    def without_levels(self, method: str) -> dict[str, tuple[int, ...]]:
        """The objects that lack a result at some levels, and those levels, whose shares went to others."""
        there: dict[str, set[int]] = {name: set() for name in self.objects(method)}
        for slot in self.of(method):
            if slot.record is not None and slot.case.level is not None:
                there[slot.object.id].add(slot.case.level)
        every = range(1, len(LEVEL_SHARES) + 1)
        lacking = {name: tuple(level for level in every if level not in has) for name, has in there.items()}
        return {name: levels for name, levels in lacking.items() if levels}

    def failures(self, method: str) -> list[Key]:
        return sorted({slot.key for slot in self.of(method) if slot.failed})

    def missing(self, method: str) -> list[Key]:
        return sorted({slot.key for slot in self.of(method) if slot.record is None})

    def objects(self, method: str) -> dict[str, BenchObject]:
        """The objects of which there is any result, failed ones too."""
        return {slot.object.id: slot.object for slot in self.of(method) if slot.record is not None}


def applies(measure: str, slot: Slot) -> bool:
    """Whether the benchmark knows the truth that a measure needs."""
    one = slot.object
    return {
        "mesh": bool(one.mesh),
        "views": any(one.views.get(name) for name in ("v1.1", "v1.2")),
        "random": bool(one.views.get("random")),
        "mask": True,
        "clean": any(case.kind == CLEAN for case in one.cases),
    }[MEASURES[measure].needs]


def collect(run: Run, objects: Mapping[str, BenchObject], kind: str, alignment: str, seed: int = 0) -> Scores:
    """The scores of every method that was asked for cases of a kind, or for the clean photo instead."""
    planned, records = set(run.planned), {one.key: one for one in run.records}
    slots = []
    for method in run.methods:
        for one in objects.values():
            for case in (case for case in one.cases if case.kind == kind):
                own, clean = (method, one.id, case.name, seed), (method, one.id, CLEAN, seed)
                stands_in = clean in planned and run.methods[method].sees == CLEAN and kind != PHOTO
                key = own if own in planned else clean if stands_in else None
                if key:
                    slots.append(Slot(method, one, case, key, records.get(key)))
    asked = {slot.method for slot in slots}
    methods = tuple(method for method in run.methods if method in asked)
    return Scores(kind, alignment, methods, tuple(slots))


def kinds_of(run: Run, objects: Mapping[str, BenchObject]) -> tuple[str, ...]:
    """The kinds of cases that the run was asked for, the main one first; "clean" where it was not only asked
    for in the place of others."""
    kind_of = {(one.id, case.name): case.kind for one in objects.values() for case in one.cases}
    found: dict[str, set[str]] = {}
    for method, of_object, case, _ in run.planned:
        if (of_object, case) in kind_of:
            found.setdefault(kind_of[of_object, case], set()).add(run.methods[method].sees)
    if found.get(CLEAN) == {CLEAN}:  # only methods that see nothing else
        del found[CLEAN]
        found = found or {MAIN: set()}
    return tuple(sorted(found, key=lambda kind: (kind != MAIN, kind)))


def read_bench(bench: Path, run: Run) -> tuple[dict[str, BenchObject], tuple[Missing, ...]]:
    """Every object of the run's benchmark by id, and what could not be built; InputFault where it is another
    or was changed."""
    manifest = read_manifest(bench)
    if manifest.digest() != run.digest:
        raise InputFault(
            "other_bench", f"The run was made on another benchmark than that in “{bench}”.", "Name its own."
        )
    return {entry.id: _read_object(bench, entry) for entry in manifest.objects}, manifest.missing


def _read_object(bench: Path, entry: Entry) -> BenchObject:
    path = bench / "objects" / entry.id / OBJECT
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputFault("bad_bench", f"{path} can't be read.", "Build it again.") from error
    if hashlib.sha256(data).hexdigest() != entry.files.get(OBJECT):
        raise InputFault("bad_bench", f"{path} was changed since it was built.", "Build it again.")
    return read_object(data)
