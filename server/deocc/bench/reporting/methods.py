"""Tables that compare methods over the whole set, in the shape of the papers' tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from deocc.bench.reporting.layout import Cell, Column, Span, Table, empty_reasons
from deocc.bench.reporting.measures import MEASURES
from deocc.bench.reporting.summary import Numbers

SETS = {
    "kid": Column("KID ↓", 4),
    "fid": Column("FID ↓", 2),
    "p_fid": Column("P-FID ↓", 2),
    "cov": Column("COV, % ↑", 1),
    "mmd": Column("MMD, ‰ ↓", 3),
}
SHOWN_TIMES = {"cov": 100, "mmd": 1000}  # as the papers print them
COUNTS = (Column("n"), Column("failed"), Column("missing"))
NO_COLOURS = "the method gives no colours, or views from cameras that the benchmark has not."
WHY_EMPTY = {
    "amodal_iou": "the method completes no silhouette.",
    "psnr": NO_COLOURS,
    "ssim": NO_COLOURS,
    "psnr_random": NO_COLOURS,
    "ssim_random": NO_COLOURS,
    "psnr_photo": "the method completes no picture.",
}
PUBLISHED_COSTS = {"deocc123": (325.0, 1.5), "3drecon": (325.0, 1.5)}  # TFLOP, 10^9 parameters: its Table 4
WITHOUT_NETWORK = ("draft-geometric", "extrude", "ellipsoid", "hull", "truth")
OWN_COSTS = {"draft": ("0.01", "0.006"), "draft-learned": ("0.01", "0.006")}  # three passes of 3.4 GFLOP


class Rows:
    """One table's columns of measures over methods, with the reasons for what is empty."""

    def __init__(
        self, numbers: Numbers, measures: Sequence[str], spans: Sequence[str], reasons: Mapping[str, str]
    ):
        self.numbers, self.measures, self.spans = numbers, measures, spans
        self.reasons = {**WHY_EMPTY, **reasons}

    def columns(self) -> list[Column]:
        return [_column(name, name in self.spans) for name in self.measures]

    def cells(self, one: Mapping[str, Any]) -> list[Cell]:
        return [span(one, name) if name in self.spans else _shown(one, name) for name in self.measures]

    def notes(self) -> list[str]:
        cells = {
            _column(name).title: [one.get(name) for one in self.numbers.values()] for name in self.measures
        }
        titled = {_column(name).title: reason for name, reason in self.reasons.items()}
        return empty_reasons(cells, titled)


def _column(name: str, spans: bool = False) -> Column:
    if name in SETS:
        return SETS[name]
    return Column(MEASURES[name].title, MEASURES[name].digits, spans)


def _shown(one: Mapping[str, Any], name: str) -> float | None:
    value = one.get(name)
    return None if value is None else value * SHOWN_TIMES.get(name, 1)


def span(one: Mapping[str, Any], name: str) -> Span:
    interval = one.get(f"{name}_interval")
    return Span(one.get(name), *(interval or ()))


def comparison(
    name: str,
    title: str,
    numbers: Numbers,
    measures: Sequence[str],
    spans: Sequence[str] = (),
    reasons: Mapping[str, str] | None = None,
    notes: Sequence[str] = (),
) -> Table:
    """A row a method: what it was given, its frame, the measures, and how many results there are."""
    rows = Rows(numbers, measures, spans, reasons or {})
    return Table(
        name,
        title,
        [Column("method"), Column("given"), Column("frame"), *rows.columns(), *COUNTS],
        [
            [
                method,
                ", ".join(one["given"]),
                one["frame"],
                *rows.cells(one),
                *(one[count] for count in ("n", "failures", "missing")),
            ]
            for method, one in numbers.items()
        ],
        [*notes, *rows.notes()],
    )


def views_table(numbers: Numbers, reasons: Mapping[str, str], note: str) -> Table:
    measures = ("kid", "fid", "clip", "psnr", "ssim", "lpips", "silhouette_iou", "psnr_random", "ssim_random")
    notes = [note, "`hull` is carved from the six true silhouettes it is compared with."]
    return comparison(
        "table2-views",
        "Views (DeOcc-1-to-3 Table 2)",
        numbers,
        measures,
        ("psnr", "ssim"),
        reasons,
        notes if "hull" in numbers else notes[:1],
    )


def shape_table(numbers: Numbers, notes: Sequence[str]) -> Table:
    measures = ("cd", "cd_squared", "f@0.05", "iou", "normal_consistency", "rotation_deg", "scale_error")
    spans = ("cd", "f@0.05", "iou", "normal_consistency")
    return comparison("table3-shape", "Shape (DeOcc-1-to-3 Table 3)", numbers, measures, spans, notes=notes)


def paired_table(numbers: Numbers) -> Table:
    """Differences to the run's first method, object by object."""
    first = next(iter(numbers), "")
    measures = ("cd", "f@0.05", "iou", "normal_consistency", "amodal_iou", "psnr")
    rows: list[list[Cell]] = []
    for method, one in numbers.items():
        pairs = one["paired"]
        if method == first or not any(pairs.get(name) for name in measures):
            continue
        differences = [pairs.get(name) or {} for name in measures]
        cells = [Span(pair.get("difference"), pair.get("low"), pair.get("high")) for pair in differences]
        rows.append([method, *cells, max(pair.get("n", 0) for pair in differences)])
    columns = [Column(MEASURES[name].label, MEASURES[name].digits, True) for name in measures]
    return Table(
        "table3-paired",
        f"Difference to {first}, paired over objects",
        [Column("method"), *columns, Column("n")],
        rows,
        [
            f"The method's value less that of {first}, over the cases that both have, with 95 % bootstrap "
            "intervals of the mean difference; they need 10 objects."
        ],
    )


def cost_table(numbers: Numbers) -> Table:
    rows: list[list[Cell]] = []
    published = False
    for method, one in numbers.items():
        name = method.removesuffix("-unoccluded")
        tflop, parameters = PUBLISHED_COSTS.get(name, (None, None))
        published |= name in PUBLISHED_COSTS
        if name in WITHOUT_NETWORK:
            tflop, parameters = "no network", "no network"
        tflop, parameters = OWN_COSTS.get(name, (tflop, parameters))
        rows.append([method, one["seconds"], tflop, parameters, one["peak_memory_gb"]])
    notes = [
        "Mean wall-clock seconds of the method alone on one thread of the machine that ran it, over all its "
        "results, and the largest peak of memory of any: of the whole process, the benchmark's own part "
        "(about what `ellipsoid` takes) with it."
    ]
    if published:
        notes.append(
            "TFLOP and parameters of networks: as DeOcc-1-to-3's Table 4 prints them, not measured here."
        )
    columns = (
        Column("method"),
        Column("seconds", 2),
        Column("TFLOP", 0),
        Column("parameters, 10⁹", 1),
        Column("peak memory, GB", 2),
    )
    return Table("table4-cost", "Cost (DeOcc-1-to-3 Table 4)", columns, rows, notes)


def amodal3r_table(numbers: Numbers, reasons: Mapping[str, str], note: str) -> Table:
    measures = ("kid", "fid", "clip", "p_fid", "cov", "mmd")
    title = "Sets of shapes and views (Amodal3R Tables 1 and 2)"
    return comparison("amodal3r", title, numbers, measures, reasons=reasons, notes=[note])


def f_score_table(numbers: Numbers) -> Table:
    measures = ("f@0.05", "f@0.1", "f@0.15", "f@0.25", "cd", "f@0.005", "f@0.01", "f@0.02", "f@0.2")
    note = "τ = 0.05: FS@τ, 2τ, 3τ and 5τ first; then the distance, and the thresholds of ZeroShape's code."
    return comparison(
        "zeroshape-w", "F-scores (ZeroShape-W Table 1)", numbers, measures, ("f@0.05",), notes=[note]
    )


def pix2gestalt_table(numbers: Numbers, reasons: Mapping[str, str]) -> Table:
    measures = ("amodal_iou", "psnr_photo", "psnr", "ssim", "lpips", "cd", "iou")
    title = "Amodal completion, views, shape (pix2gestalt Tables 1, 3 and 4)"
    note = (
        "PSNR of the completed photo: inside the true whole silhouette, beside the same photo with nothing "
        "in front. Equal pictures, whose PSNR is infinite, count as 100 dB. Who is given the amodal mask or "
        "the true mesh has the amodal IoU from there."
    )
    return comparison("pix2gestalt", title, numbers, measures, ("amodal_iou",), reasons, [note])
