"""What a run is to make: all that is asked for, checked before any work, and what `out` holds already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from deocc.backends.readiness import Readiness
from deocc.bench.built import BenchObject, load_object, read_manifest
from deocc.bench.running import methods, recipes
from deocc.bench.running.methods import Method
from deocc.bench.running.record import RUN, Key, MethodFacts, Run, read_run
from deocc.contract import OptionValue
from deocc.errors import InputFault
from deocc.weights.folder import WeightsFolder

MAIN = ("yaw",)  # what every record is measured in; other alignments are measured from the stored shapes


@dataclass(frozen=True)
class RunRequest:
    """methods: names.  bench: a built benchmark.  out: the run's folder, which may hold a part of it.
    seeds: of each method that has any, 0 .. seeds - 1.  kinds: of cases.  options: for the backends that have
    them.  weights: the folder of all weights.  workers, ray_address, timeout_s: see engine.each."""

    methods: tuple[str, ...]
    bench: Path
    out: Path
    weights: Path
    seeds: int = 1
    kinds: tuple[str, ...] = ("placed", "photo")
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    workers: int = 1
    ray_address: str = ""
    timeout_s: float | None = 3600.0
    commercial_only: bool = False


@dataclass(frozen=True)
class Plan:
    """run: as its file will have it, without records.  wanted: what is asked for now.  methods: those
    asked for, by name.  objects: of the benchmark, by id."""

    run: Run
    wanted: tuple[Key, ...]
    methods: Mapping[str, Method]
    objects: Mapping[str, BenchObject]


def make_plan(request: RunRequest) -> Plan:
    """Raises InputFaults: no benchmark, a damaged one, an unknown method or option, a
    backend that can't run here, nothing to run, an `out` that holds another benchmark's run."""
    asked = methods.chosen(request.methods)
    recipes.check_options(asked, request.options)
    if request.seeds < 1 or request.workers < 1:
        raise InputFault("bad_count", "A run needs at least one seed and one worker.")
    ready = Readiness(WeightsFolder(request.weights), request.commercial_only)
    measured_by = recipes.measuring_digest()
    facts = {one.name: recipes.facts(one, request.options, ready, measured_by) for one in asked}
    manifest = read_manifest(request.bench)
    objects = {one.id: load_object(request.bench, one)[0] for one in manifest.objects}
    wanted = tuple(_results(asked, objects, request))
    if not wanted:
        raise InputFault(
            "nothing_to_run", "The benchmark has no case for these methods.", "Choose other --kinds."
        )
    now = Run(request.bench, manifest.digest(), facts, request.kinds, request.seeds, MAIN, wanted)
    return Plan(_joined(now, request.out), wanted, {one.name: one for one in asked}, objects)


def _results(asked: list[Method], objects: Mapping[str, BenchObject], request: RunRequest) -> Iterator[Key]:
    """Method by method, so that a worker keeps its backend loaded."""
    for method in asked:
        for about in objects.values():
            for case in method.cases(about, request.kinds):
                for seed in range(request.seeds if method.seeded else 1):
                    yield (method.name, about.id, case.name, seed)


def _joined(now: Run, out: Path) -> Run:
    """What `out` then holds: what was asked for before, and what is asked for now."""
    if not (out / RUN).exists():
        return now
    before = read_run(out)
    if before.digest != now.digest:
        raise InputFault("other_bench", f"{out} holds a run over another benchmark.", "Choose another --out.")
    facts: dict[str, MethodFacts] = {**before.methods, **now.methods}
    return replace(
        now,
        methods=facts,
        kinds=tuple(dict.fromkeys((*before.kinds, *now.kinds))),
        seeds=max(before.seeds, now.seeds),
        planned=tuple(dict.fromkeys((*before.planned, *now.planned))),
    )
