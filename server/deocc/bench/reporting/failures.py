"""Where a method fails: its worst results as a contact sheet, found by rule and not picked by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from deocc.bench.reporting.collect import MAIN, PHOTO, Scores, Slot
from deocc.bench.reporting.gallery import CREDITS, RENDERED, row_of
from deocc.bench.reporting.marks import Crop, crop_around, silhouette_of
from deocc.bench.reporting.measures import MEASURES, number
from deocc.bench.reporting.sheet import Row, compose
from deocc.bench.running.methods import OCCLUDED
from deocc.bench.running.record import Key, MethodFacts

WORST = 8  # rows by each measure; of failed results as well
RANKED = {"amodal_iou": "Lowest amodal IoU", "cd": "Largest Chamfer distance (CD)"}
MARGIN = 0.2  # around the silhouettes, in shares of their longer side
FIGURES = "Figures: alignment “{}”, in brackets their rank, 1 the worst; views as made."
CHOSEN = (
    "Worst first, by rule and not picked by hand: of every method that is given the half-hidden photo, up to "
    f"{WORST} results that failed with an error, then the {WORST} objects of lowest amodal IoU, then the "
    f"{WORST} of largest Chamfer distance, each by the worst of all its cases (a case that is both stands "
    "once). Silhouettes: grey is as true, orange too much, blue too little."
)


@dataclass(frozen=True)
class Ranking:
    """A method's done cases by one measure. ranks: of every case, 1 the worst.  shown: of each of the WORST
    objects its worst case, worst first.  others: by the case shown, the ranks of the same object's other
    cases that are worse than the last one shown."""

    measure: str
    ranks: Mapping[Key, int]
    shown: tuple[Slot, ...]
    others: Mapping[Key, tuple[int, ...]]


def failure_sheets(
    out: Path, bench: Path, scores: Scores, methods: Mapping[str, MethodFacts]
) -> dict[str, bytes]:
    """JPEG files by name, one a method that is given the photo with what hides the object:
    `failures-draft.jpg`, of another kind `failures-photo-draft.jpg`."""
    kind = "" if scores.kind == MAIN else f"{scores.kind}-"
    found = {}
    for method in scores.methods:
        facts = methods[method]
        rows = _rows(out, bench, scores, method) if reconstructs(facts) else []
        if rows:
            found[f"failures-{kind}{method}.jpg"] = compose(
                f"{method}: where it fails, worst first, {_what(scores, method)}",
                f"Given: {', '.join(facts.given)}.  Seed 0.  {FIGURES.format(scores.alignment)}",
                rows,
                CREDITS.get(scores.kind, RENDERED),
                compared=True,
            )
    return found


def failure_words(names: Iterable[str]) -> str:
    """The report's part with these sheets and how their rows were chosen; "" without any."""
    pictures = [f"![{name.rsplit('.', 1)[0]}]({name})\n" for name in names]
    return "\n".join(["### Failure cases", "", CHOSEN, "", *pictures]) if pictures else ""


def reconstructs(facts: MethodFacts) -> bool:
    """Neither a floor, which is given no photo, nor a ceiling, which sees more than the photo shows."""
    return facts.sees == OCCLUDED and "photo" in facts.given


def ranking(scores: Scores, method: str, measure: str) -> Ranking:
    """Equal values stand in the order of the objects' and cases' names."""
    higher = MEASURES[measure].higher_is_better
    values = [(scores.score(slot, measure), slot) for slot in scores.of(method) if not slot.failed]
    known = [(value if higher else -value, slot) for value, slot in values if value is not None]
    ordered = [slot for _, slot in sorted(known, key=lambda one: (one[0], one[1].key))]
    ranks = {slot.key: rank for rank, slot in enumerate(ordered, 1)}
    of_object: dict[str, list[Slot]] = {}
    for slot in ordered:
        of_object.setdefault(slot.object.id, []).append(slot)
    shown = tuple(first for first, *_ in of_object.values())[:WORST]
    last = ranks[shown[-1].key] if shown else 0
    others = {
        one.key: tuple(ranks[slot.key] for slot in of_object[one.object.id][1:] if ranks[slot.key] < last)
        for one in shown
    }
    return Ranking(measure, ranks, shown, others)


def _what(scores: Scores, method: str) -> str:
    count = sum(slot.record is not None for slot in scores.of(method))
    if scores.kind == PHOTO:
        return f"of {count} real photos"
    return f"of {count} cases at all levels of occlusion" if scores.kind == MAIN else f"of {count} cases"


def _rows(out: Path, bench: Path, scores: Scores, method: str) -> list[Row]:
    failed = [slot for slot in scores.of(method) if slot.failed]
    rows = _headed(
        [_failed_row(out, bench, scores, slot) for slot in failed[:WORST]],
        f"Failed with an error: {_some(len(failed))}",
    )
    rankings = [ranking(scores, method, measure) for measure in RANKED]
    above: set[Key] = set()
    for one in rankings:
        new = [slot for slot in one.shown if slot.key not in above]
        again = [f"{slot.object.id} {slot.case.name}" for slot in one.shown if slot.key in above]
        heading = f"{RANKED[one.measure]}, each object's worst case: {_some(_objects(one))} objects"
        heading += f"; shown above already: {', '.join(again)}" if again else ""
        rows += _headed([_ranked_row(out, bench, scores, slot, rankings) for slot in new], heading)
        above |= {slot.key for slot in new}
    return rows


def _headed(rows: Sequence[Row], heading: str) -> list[Row]:
    return [replace(row, heading=heading if i == 0 else "") for i, row in enumerate(rows)]


def _some(count: int) -> str:
    return f"{WORST} of {count}" if count > WORST else f"{count}"


def _objects(one: Ranking) -> int:
    return len({of_object for _, of_object, *_ in one.ranks})


def _failed_row(out: Path, bench: Path, scores: Scores, slot: Slot) -> Row:
    row = row_of(out, bench, scores, slot)
    return replace(row, fault=f"{_case(slot)}. {row.fault}")


def _ranked_row(out: Path, bench: Path, scores: Scores, slot: Slot, rankings: Sequence[Ranking]) -> Row:
    row = row_of(out, bench, scores, slot)
    words = [_case(slot)]
    for one in rankings:
        if slot.key in one.ranks:
            measure = MEASURES[one.measure]
            value = number(scores.score(slot, one.measure), measure.digits)
            words.append(f"{measure.label} {value} ({one.ranks[slot.key]} of {len(one.ranks)})")
        if one.others.get(slot.key):
            words.append(f"its other cases: rank {', '.join(map(str, one.others[slot.key]))}")
    return replace(row, words=words, crop=_around_both(row))


def _around_both(row: Row) -> Crop:
    """Around the true silhouette and the one that was made, so that what is too much is in the picture."""
    if row.amodal_mask is None or row.completed is None:
        return row.crop
    return crop_around(row.amodal_mask | silhouette_of(row.completed, row.amodal_mask.shape), MARGIN)


def _case(slot: Slot) -> str:
    return f"{slot.case.name}, {slot.case.hidden_share:.0%} hidden"
