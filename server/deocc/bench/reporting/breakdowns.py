"""Tables that show where methods differ: by level, group, source and kind of occlusion; photos; seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from deocc.bench.built import LEVEL_NAMES, LEVEL_SHARES, BenchObject
from deocc.bench.reporting.collect import MAIN
from deocc.bench.reporting.layout import Cell, Column, Span, Table
from deocc.bench.reporting.measures import MEASURES
from deocc.bench.reporting.methods import COUNTS
from deocc.bench.reporting.summary import AMBIGUITY, Numbers

SHOWN = ("cd", "f@0.05", "iou", "amodal_iou")
WORDS = {
    "placed": "another object stands in front (main table)",
    "pasted": "a cut-out is pasted over the photo (DeOcc-1-to-3, ZeroShape-W)",
    "shapes": "random 2D shapes (Amodal3R)",
    "contact": "faces in contact hidden, the same in 3D (Amodal3R)",
    "amodal3r": "Amodal3R's four views: contact and random shapes",
    "clean": "nothing hides it",
}


def levels_table(objects: Mapping[str, BenchObject]) -> Table:
    """DeOcc-1-to-3's Table 1: shares of levels, the paper's beside the built ones."""
    built = [case for one in objects.values() for case in one.cases if case.kind == MAIN]
    rows: list[list[Cell]] = []
    for level, (name, share) in enumerate(zip(LEVEL_NAMES, LEVEL_SHARES, strict=True), 1):
        cases = [case for case in built if case.level == level]
        hidden = sum(case.hidden_share for case in cases) / len(cases) if cases else None
        rows.append(
            [level, name, 100 * share, 100 * len(cases) / len(built) if built else None, len(cases), hidden]
        )
    columns = (
        Column("level"),
        Column("hidden share of the object"),
        Column("paper, % of objects", 1),
        Column("built, % of cases", 1),
        Column("cases"),
        Column("mean hidden share", 3),
    )
    note = (
        "Every object is built at all levels; its mean over them is weighted by the paper's shares. The "
        "level is that of the measured hidden share, 1 − visible area / whole area."
    )
    return Table("table1-levels", "Levels (DeOcc-1-to-3 Table 1)", columns, rows, [note])


def by_level_table(numbers: Numbers) -> Table:
    rows: list[list[Cell]] = []
    for measure in (*SHOWN, "normal_consistency", "psnr"):
        for method, one in numbers.items():
            levels = [one["by_level"].get(str(level), {}) for level in range(1, len(LEVEL_NAMES) + 1)]
            values = [level.get(measure) for level in levels]
            if any(value is not None for value in values):
                rows.append([MEASURES[measure].title, method, *(_cell(value, measure) for value in values)])
    counts = {
        level: max((one["by_level"].get(str(level), {}).get("n", 0) for one in numbers.values()), default=0)
        for level in range(1, len(LEVEL_NAMES) + 1)
    }
    columns = [Column(f"{name} (n = {counts[level]})") for level, name in enumerate(LEVEL_NAMES, 1)]
    head = [Column("measure"), Column("method"), *columns]
    return Table("by-level", "By level of occlusion", head, rows, ["Hidden share of the object's area."])


def grouped_table(name: str, title: str, grouping: str, numbers: Numbers, notes: Sequence[str] = ()) -> Table:
    """A row for each group and measure, a column a method, n objects in each group.

    grouping: "by_group", "by_source", …, as in the numbers.
    """
    groups: dict[str, int] = {}
    for one in numbers.values():
        for group, means in one[grouping].items():
            groups[group] = max(groups.get(group, 0), means["n"])
    rows: list[list[Cell]] = []
    for group, count in sorted(groups.items(), key=lambda one: (one[0] != MAIN, one[0])):
        for measure in SHOWN:
            values = [one[grouping].get(group, {}).get(measure) for one in numbers.values()]
            if any(value is not None for value in values):
                cells = [_cell(value, measure) for value in values]
                rows.append([WORDS.get(group, group), count, MEASURES[measure].title, *cells])
    columns = [
        Column(grouping.removeprefix("by_")),
        Column("n"),
        Column("measure"),
        *(Column(method) for method in numbers),
    ]
    return Table(name, title, columns, rows, notes)


def photo_table(numbers: Numbers) -> Table:
    """Real photos: amodal masks and, after alignment, shape; poses and views are not known."""
    measures = ("amodal_iou", "cd", "cd_squared", "f@0.05", "iou", "normal_consistency")
    unknown = (Column("rotation °"), Column("PSNR, six views"))
    rows = [
        [
            method,
            ", ".join(one["given"]),
            one["frame"],
            *(photo.get(name) for name in measures),
            *(None for _ in unknown),
            *(photo[count] for count in ("n", "failures", "missing")),
        ]
        for method, one in numbers.items()
        if (photo := one["by_kind"].get("photo"))
    ]
    columns = [
        Column("method"),
        Column("given"),
        Column("frame"),
        *(Column(MEASURES[name].title, MEASURES[name].digits) for name in measures),
        *unknown,
        *COUNTS,
    ]
    notes = [
        "Rotation and views stay empty: the poses of the real photos are not known.",
        "Shape is measured after the report's alignment, on those photos whose true mesh is known; the "
        "hidden part of an amodal mask was drawn by a person.",
    ]
    return Table("photos", "Real photos", columns, rows, notes)


def ambiguity_table(numbers: Numbers) -> Table | None:
    """Best of k seeds, mean and spread; None where every method ran with one seed."""
    rows: list[list[Cell]] = []
    for method, one in numbers.items():
        several: Mapping[str, Any] | None = one["ambiguity"]
        if several:
            parts = ("best", "mean", "spread")
            rows.append(
                [method, several["k"], *(several[f"{m}_{part}"] for m in AMBIGUITY for part in parts)]
            )
    if not rows:
        return None
    columns = [Column("method"), Column("k")]
    for name in AMBIGUITY:
        label, digits = MEASURES[name].label, MEASURES[name].digits
        columns += [Column(f"{label}, {part}", digits) for part in ("best of k", "mean", "spread")]
    note = (
        "Best of k is chosen case by case with the truth in hand: what is possible, not what a user gets. "
        "Spread is the standard deviation over seeds. The other tables show seed 0 alone."
    )
    return Table("ambiguity", "Several seeds", columns, rows, [note])


def _cell(value: float | None, measure: str) -> Span:
    return Span(value, digits=MEASURES[measure].digits)
