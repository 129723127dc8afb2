"""Scores of hand-made runs that are on no disk."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from deocc.bench.built import BenchObject
from deocc.bench.reporting.collect import Scores, collect
from deocc.bench.running.record import DONE, FAILED, MethodFacts, Record, Run
from deocc.contract import Fault

Values = Mapping[
    tuple[str, str], Mapping[str, float | None] | None
]  # (object, case) -> measures; None: failed
BROKE = Fault("unexpected", "It broke.")


def made_run(
    methods: Mapping[str, Values],
    objects: Mapping[str, BenchObject],
    sees: Mapping[str, str] | None = None,
    missing: tuple[tuple[str, str, str], ...] = (),
    seeds: Mapping[int, Mapping[str, Values]] | None = None,
) -> Run:
    """missing: (method, object, case) that were asked for and are not there.  seeds: more than seed 0."""
    records = []
    for seed, of_methods in {0: methods, **(seeds or {})}.items():
        for method, values in of_methods.items():
            for (name, case_name), measures in values.items():
                records.append(_record(method, objects[name], case_name, seed, measures))
    facts = {
        name: MethodFacts("upright", ("photo",), (sees or {}).get(name, "occluded"), "") for name in methods
    }
    planned = [one.key for one in records] + [(*key, 0) for key in missing]
    return Run(
        Path(), "digest", facts, ("placed",), 1 + len(seeds or {}), ("yaw",), tuple(planned), tuple(records)
    )


def _record(
    method: str, one: BenchObject, case_name: str, seed: int, measures: Mapping[str, float | None] | None
) -> Record:
    shown = one.case(case_name)
    return Record(
        *(
            method,
            one.id,
            case_name,
            shown.kind,
            shown.level,
            shown.hidden_share,
            seed,
            "upright",
            ("photo",),
        ),
        state=FAILED if measures is None else DONE,
        fault=BROKE if measures is None else None,
        seconds=1.0 + seed,
        peak_memory_gb=0.25,
        measures={} if measures is None else {"yaw": measures},
        bench="digest",
    )


def main_scores(run: Run, objects: Mapping[str, BenchObject]) -> Scores:
    return collect(run, objects, "placed", "yaw")
