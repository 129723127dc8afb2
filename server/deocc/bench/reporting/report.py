"""`deocc bench report`: a run's records -> every number by method, tables, plots and contact sheets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deocc.bench.built import BenchObject, Missing
from deocc.bench.reporting.breakdowns import (
    ambiguity_table,
    by_level_table,
    grouped_table,
    levels_table,
    photo_table,
)
from deocc.bench.reporting.collect import MAIN, PHOTO, Scores, collect, kinds_of, read_bench
from deocc.bench.reporting.failures import failure_sheets, failure_words
from deocc.bench.reporting.floor import mean_floor
from deocc.bench.reporting.gallery import contact_sheets
from deocc.bench.reporting.kept import Machines, Progress, unwritten
from deocc.bench.reporting.layout import Table
from deocc.bench.reporting.methods import (
    amodal3r_table,
    cost_table,
    f_score_table,
    paired_table,
    pix2gestalt_table,
    shape_table,
    views_table,
)
from deocc.bench.reporting.networks import find_all, lacking
from deocc.bench.reporting.plots import level_plots
from deocc.bench.reporting.realign import realigned
from deocc.bench.reporting.shape_sets import NOTE as SHAPE_SETS_NOTE
from deocc.bench.reporting.shape_sets import shape_sets
from deocc.bench.reporting.summary import Extras, Numbers, summarise
from deocc.bench.reporting.view_sets import NOTE as VIEW_SETS_NOTE
from deocc.bench.reporting.view_sets import Views, view_figures, with_figures
from deocc.bench.reporting.words import (
    POSE_NOTE,
    foreword,
    incidents,
    network_words,
    object_notes,
    set_sizes,
    unbuilt_words,
    volume_words,
)
from deocc.bench.running.record import Run, read_records
from deocc.package import write_beside


@dataclass(frozen=True)
class Report:
    """numbers: by method, then by measure.  markdown: all tables.  tables: the same, one by one.
    missing: results that were asked for and are not there, all methods and kinds."""

    numbers: Numbers
    markdown: str
    tables: tuple[Table, ...] = ()
    missing: int = 0


@dataclass(frozen=True)
class Gathered:
    """All that tables are made of. unbuilt: objects that the benchmark lacks.  scores: by kind, seed 0.
    reasons: by measure, why it is empty."""

    run: Run
    objects: Mapping[str, BenchObject]
    unbuilt: tuple[Missing, ...]
    scores: Mapping[str, Scores]
    numbers: Numbers
    reasons: Mapping[str, str]
    floor: Mapping[str, float] = field(default_factory=dict)


def report(
    out: Path,
    alignment: str = "yaw",
    bench: Path | None = None,
    folder: Path | None = None,
    workers: int = 1,
    ray_address: str = "",
    weights: Path | None = None,
    progress: Progress | None = None,
) -> Report:
    """Everything a run tells, in one alignment; what no earlier report measured is measured by `workers`
    processes, or on a Ray cluster, and kept in the run's folder.

    bench: where the benchmark lies now, if not where the run found it.  folder: gets report.md, report.json,
    a .csv a table, plots and contact sheets.  weights: the weights folder, whose metrics/ may hold networks.
    InputFault where there is no run, no benchmark, or another one.
    """
    machines = Machines(workers, ray_address, progress) if progress else Machines(workers, ray_address)
    gathered, where = gather(out, alignment, bench, machines, weights)
    tables = all_tables(gathered)
    plots, sheets, failures = {}, {}, {}
    if folder:
        if MAIN in gathered.scores:
            plots = level_plots(gathered.scores[MAIN], list(gathered.run.methods))
        given = {name: facts.given for name, facts in gathered.run.methods.items()}
        for kind in set(gathered.scores) & {MAIN, PHOTO} or set(gathered.scores):
            sheets |= contact_sheets(out, where, gathered.scores[kind], given)
            failures |= failure_sheets(out, where, gathered.scores[kind], gathered.run.methods)
    markdown = _markdown(gathered, alignment, tables, [*plots, *sorted(sheets)], sorted(failures))
    if folder:
        numbers = json.dumps(gathered.numbers, indent=1, allow_nan=False).encode()
        pages = {f"{table.name}.csv": table.csv().encode() for table in tables}
        pictures = {**plots, **sheets, **failures}
        _write({"report.md": markdown.encode(), "report.json": numbers, **pages, **pictures}, folder)
    return Report(gathered.numbers, markdown, tuple(tables), len(gathered.run.missing))


def _write(files: Mapping[str, bytes], folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            write_beside(data, folder / name)
    except OSError as error:
        raise unwritten(error, folder) from error


def gather(
    out: Path, alignment: str, bench: Path | None, machines: Machines, weights: Path | None
) -> tuple[Gathered, Path]:
    """Reads, measures what is not measured yet, and scores; also where the benchmark lies."""
    run = read_records(out)
    where = bench or run.bench
    objects, unbuilt = read_bench(where, run)
    run = realigned(run, out, where, objects, alignment, machines)
    networks = find_all(weights)
    views = Views(out, where, objects, run.digest)
    seen = view_figures(views, run, collect(run, objects, MAIN, alignment), networks, machines)
    run = with_figures(run, alignment, seen)
    scores = {kind: collect(run, objects, kind, alignment) for kind in kinds_of(run, objects)}
    main = scores.get(MAIN)
    extras, seeds = Extras(), []
    if main:
        shapes = shape_sets(out, where, main, run.digest, machines)
        sets = {method: {**seen.of_sets.get(method, {}), **found} for method, found in shapes.items()}
        shown = {name: one for method in main.methods for name, one in main.objects(method).items()}
        extras = Extras(sets, mean_floor(out, where, shown.values(), run.digest, machines))
        seeds = [collect(run, objects, MAIN, alignment, seed) for seed in range(run.seeds)]
    numbers = summarise(run, scores, seeds, extras)
    return Gathered(run, objects, unbuilt, scores, numbers, lacking(networks), extras.floor), where


def all_tables(gathered: Gathered) -> list[Table]:
    """The tables of a report, those of the papers first."""
    numbers, reasons, tables = gathered.numbers, gathered.reasons, []
    if MAIN in gathered.scores:
        main = {method: numbers[method] for method in gathered.scores[MAIN].methods}
        sizes = set_sizes(main)
        watertight = [volume_words(gathered.scores[MAIN])]
        tables += [
            levels_table(gathered.objects),
            views_table(main, reasons, f"{VIEW_SETS_NOTE} {sizes['views']}"),
            shape_table(main, [*watertight, POSE_NOTE]),
            paired_table(main),
            cost_table(main),
            amodal3r_table(main, reasons, f"{SHAPE_SETS_NOTE} {sizes['shapes']}"),
            f_score_table(main),
            pix2gestalt_table(main, reasons),
            by_level_table(main),
            grouped_table("by-group", "By group of categories", "by_group", main),
            grouped_table("by-source", "By source of the meshes", "by_source", main),
            grouped_table(
                "by-watertight", "By whether the true mesh is watertight", "by_watertight", main, watertight
            ),
        ]
        ambiguous = ambiguity_table(main)
        tables += [ambiguous] if ambiguous else []
    if any(kind not in (MAIN, PHOTO) for kind in gathered.scores):
        tables.append(grouped_table("by-kind", "By kind of occlusion", "by_kind", _every_kind(numbers)))
    if PHOTO in gathered.scores:
        tables.append(photo_table(numbers))
    return tables


def _every_kind(numbers: Numbers) -> Numbers:
    """The numbers with the main kind among the others, without photos, which have a table of their own."""
    return {
        method: {**one, "by_kind": {MAIN: one, **{k: v for k, v in one["by_kind"].items() if k != PHOTO}}}
        for method, one in numbers.items()
    }


def _markdown(
    gathered: Gathered, alignment: str, tables: list[Table], pictures: list[str], failures: list[str]
) -> str:
    parts = [foreword(gathered.run, gathered.scores, alignment, gathered.floor)]
    parts += [table.markdown() for table in tables]
    parts += [f"![{name.rsplit('.', 1)[0]}]({name})\n" for name in pictures]
    parts += [
        failure_words(failures),
        incidents(gathered.run),
        unbuilt_words(gathered.unbuilt),
        object_notes(gathered.objects),
        network_words(),
    ]
    return "\n".join(part for part in parts if part)
