"""Scores -> numbers: every figure of a report by method, as `deocc bench report --json` prints it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from deocc.bench.built import LEVELS, BenchObject
from deocc.bench.metrics.interval import Seeds, bootstrap, over_seeds, paired
from deocc.bench.reporting.collect import MAIN, Scores, Values
from deocc.bench.reporting.measures import MEASURES, SET_MEASURES
from deocc.bench.running.record import Key, Run

Numbers = dict[str, dict[str, Any]]
AMBIGUITY = ("cd", "f@0.05", "iou", "amodal_iou")
GROUPINGS: Mapping[str, Callable[[BenchObject], str]] = {
    "by_group": lambda one: one.group or "not told",
    "by_source": lambda one: one.source or "not told",
    "by_watertight": lambda one: {True: "watertight", False: "not watertight", None: "no mesh"}[
        one.watertight
    ],
}


@dataclass(frozen=True)
class Extras:
    """What is measured of whole sets: by method, then by name ("kid", "cov", …); None where it can't be.
    floor: by measure, what a perfect shape scores."""

    by_method: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)
    floor: Mapping[str, float] = field(default_factory=dict)

    def of(self, method: str) -> dict[str, Any]:
        every: dict[str, Any] = dict.fromkeys(SET_MEASURES)
        return every | dict(self.by_method.get(method, {})) | {"sampling_floor": dict(self.floor)}


def summarise(
    run: Run, scores: Mapping[str, Scores], seeds: Sequence[Scores], extras: Extras | None = None
) -> Numbers:
    """All numbers of a run.

    scores: by kind, of seed 0; where the main kind is not among them its numbers are None.
    seeds: of the main kind, one for every seed.  extras: what is measured of sets.
    """
    main = scores.get(MAIN)
    numbers: Numbers = {}
    for method, facts in run.methods.items():
        one: dict[str, Any] = {"frame": facts.frame, "given": list(facts.given), "sees": facts.sees}
        one |= _whole(main, method) if main and method in main.methods else _nothing()
        one |= (extras or Extras()).of(method)
        one["by_kind"] = {
            kind: _short(other, method)
            for kind, other in scores.items()
            if kind != MAIN and method in other.methods
        }
        one["ambiguity"] = ambiguity(seeds, method)
        one |= _costs(run, method)
        numbers[method] = one
    return numbers


def _nothing() -> dict[str, Any]:
    """A method that was not asked for the main kind of cases."""
    empty: dict[str, Any] = {"n": 0, "failures": 0, "failed_results": [], "missing": 0, "missing_results": []}
    for name in MEASURES:
        empty |= {name: None, f"{name}_interval": None}
    return empty | {"paired": {}, "by_level": {}} | {name: {} for name in GROUPINGS}


def _whole(scores: Scores, method: str) -> dict[str, Any]:
    body = _short(scores, method)
    for name in MEASURES:
        values = list(scores.per_object(method, name).values())
        interval = bootstrap(np.array(values), _generator(method, name))
        body[f"{name}_interval"] = [interval.low, interval.high] if interval else None
    body["paired"] = {name: pair(scores, method, name) for name in MEASURES}
    body["by_level"] = {
        str(level): _means(lambda name, level=level: scores.at_level(method, name, level))
        for level in range(1, len(LEVELS) + 2)
    }
    for grouping, of in GROUPINGS.items():
        body[grouping] = by(scores, method, of)
    return body


def _short(scores: Scores, method: str) -> dict[str, Any]:
    """The means of one kind of cases, and how many results there are not."""
    failed, missing = scores.failures(method), scores.missing(method)
    return {
        **_means(lambda name: scores.per_object(method, name)),
        "n": len(scores.objects(method)),
        "failures": len(failed),
        "failed_results": [_words(key) for key in failed],
        "missing": len(missing),
        "missing_results": [_words(key) for key in missing],
    }


def by(scores: Scores, method: str, of: Callable[[BenchObject], str]) -> dict[str, dict[str, float | None]]:
    """The means over the objects of each group, with n of each."""
    groups: dict[str, set[str]] = {}
    for name, one in scores.objects(method).items():
        groups.setdefault(of(one), set()).add(name)
    per_object = {name: scores.per_object(method, name) for name in MEASURES}

    def within(measure: str, members: Iterable[str]) -> dict[str, float]:
        return {name: value for name, value in per_object[measure].items() if name in members}

    return {
        group: {
            **_means(lambda measure, members=members: within(measure, members)),
            "n": len(members),
        }
        for group, members in sorted(groups.items())
    }


def _means(values_of: Callable[[str], Mapping[str, float]]) -> dict[str, float | None]:
    """The mean of every measure over objects, and n: how many objects the fullest of them has."""
    values = {name: values_of(name) for name in MEASURES}
    means: dict[str, float | None] = {
        name: float(np.mean(list(found.values()))) if found else None for name, found in values.items()
    }
    return means | {"n": max((len(found) for found in values.values()), default=0)}


def pair(scores: Scores, method: str, measure: str) -> dict[str, Any] | None:
    """The method's difference to the run's first method over the objects and cases that both have, without an
    interval below ten objects; None for the first itself."""
    first = scores.methods[0]
    ours, theirs = scores.pairs(method, first, measure)
    if method == first or not ours:
        return None
    a, b = np.array(ours), np.array(theirs)
    interval = paired(a, b, _generator(method, measure, "paired"))
    return {
        "to": first,
        "difference": float((a - b).mean()),
        "low": interval.low if interval else None,
        "high": interval.high if interval else None,
        "n": len(ours),
    }


def ambiguity(seeds: Sequence[Scores], method: str) -> dict[str, Any] | None:
    """Best of k seeds, their mean and spread (standard deviation), case by case; None for a single seed."""
    asked = [scores for scores in seeds if method in scores.methods]
    if len(asked) < 2:
        return None
    body: dict[str, Any] = {"k": len(asked)}
    for name in AMBIGUITY:
        several = [scores.by_case(method, name) for scores in asked]
        joined = _joined(several, bool(MEASURES[name].higher_is_better))
        for what in ("best", "mean", "spread"):
            values = {
                one: {case: getattr(seeds, what) for case, seeds in of.items()} for one, of in joined.items()
            }
            body[f"{name}_{what}"] = asked[0].mean_of(values)
    return body


def _joined(several: Sequence[Values], larger_is_better: bool) -> dict[str, dict[str, Seeds]]:
    """Values of several seeds joined case by case, of the cases that every seed has."""
    return {
        name: {
            case: over_seeds([values[name][case] for values in several], larger_is_better)
            for case in cases
            if all(case in values.get(name, {}) for values in several)
        }
        for name, cases in several[0].items()
    }


def _costs(run: Run, method: str) -> dict[str, float | None]:
    """Mean seconds and the largest peak of memory of the results that were made."""
    made = [one for one in run.records if one.method == method and one.state == "done"]
    seconds = [one.seconds for one in made if one.seconds is not None]
    memory = [one.peak_memory_gb for one in made if one.peak_memory_gb is not None]
    return {
        "seconds": float(np.mean(seconds)) if seconds else None,
        "peak_memory_gb": max(memory, default=None),
    }


def _generator(*words: str) -> np.random.Generator:
    """The same draws for the same method and measure, whatever else is in the report."""
    return np.random.default_rng(int.from_bytes(hashlib.sha256("|".join(words).encode()).digest()[:8]))


def _words(key: Key) -> str:
    _, of_object, case, seed = key
    return f"{of_object}/{case}/seed-{seed}"
