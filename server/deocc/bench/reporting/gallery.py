"""A run's files -> the rows of a contact sheet."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from deocc.bench.built import BenchObject, Case
from deocc.bench.reporting.collect import CLEAN, MAIN, PHOTO, Scores, Slot
from deocc.bench.reporting.marks import crop_around
from deocc.bench.reporting.measures import MEASURES, number
from deocc.bench.reporting.sheet import Row, compose
from deocc.bench.running.record import result_folder
from deocc.errors import InputFault

MOST_ROWS = 24
LEVEL = 3  # the case shown: the paper's commonest
SHOWN_VIEWS = (0, 2, 4)  # of the six: azimuths 30, 150, 270
TRUE_VIEWS = ("v1.2", "v1.1")  # by preference, where a result names no set
CROP_MARGIN = 0.35  # of the object's longer side, around it
RENDERED = "The objects, rendered here in new scenes and partly hidden; reconstructions are made from those:"
CREDITS = {
    PHOTO: "The photos, cut, with the object and what hides it marked; reconstructions are made from them:"
}
FIGURES = ("cd", "f@0.05", "iou", "amodal_iou")


def contact_sheets(
    out: Path, bench: Path, scores: Scores, given: Mapping[str, tuple[str, ...]]
) -> dict[str, bytes]:
    """JPEG files by name, one a method: `sheet-draft.jpg`, of another kind `sheet-photo-draft.jpg`."""
    kind = "" if scores.kind == MAIN else f"{scores.kind}-"
    return {
        f"sheet-{kind}{method}.jpg": _sheet(out, bench, scores, method, given[method])
        for method in scores.methods
    }


def _sheet(out: Path, bench: Path, scores: Scores, method: str, given: tuple[str, ...]) -> bytes:
    slots = shown_slots(scores, method)
    every = -(-len(slots) // MOST_ROWS)
    rows = [row_of(out, bench, scores, slot) for slot in slots[:: max(every, 1)]]
    which = (
        f"{len(rows)} of {len(slots)} objects (every {_nth(every)})" if every > 1 else f"{len(slots)} objects"
    )
    what = f"level {LEVEL} of occlusion" if scores.kind != PHOTO else "real photos"
    return compose(
        f"{method}: {which}, {what}",
        f"Given: {', '.join(given)}.  Seed 0.  Figures: alignment “{scores.alignment}”; views as made.",
        rows,
        CREDITS.get(scores.kind, RENDERED),
    )


def _nth(count: int) -> str:
    return f"{count}{ {2: 'nd', 3: 'rd'}.get(count, 'th') }"


def shown_slots(scores: Scores, method: str) -> list[Slot]:
    """One slot an object that was run: of level 3 where there is one, else the first."""
    found: dict[str, Slot] = {}
    for slot in scores.of(method):
        if slot.record is None:
            continue
        if slot.object.id not in found or (slot.case.level == LEVEL and scores.kind != PHOTO):
            found[slot.object.id] = slot
    return list(found.values())


def row_of(out: Path, bench: Path, scores: Scores, slot: Slot) -> Row:
    """What a slot's method was shown and made, and the truth beside it."""
    source, result = bench / "objects" / slot.object.id, result_folder(out, slot.key)
    case = _case_seen(slot)
    photo = _picture(source / case.photo)
    if photo is None:
        raise InputFault("bad_bench", f"{source / case.photo} can't be read.", "Build it again.")
    nothing = np.zeros(photo.shape[:2], bool)
    object_mask, hides, amodal = (
        _mask(source, name, nothing) for name in (case.object_mask, case.occluder_mask, case.amodal_mask)
    )
    fault = slot.record.fault if slot.record else None
    view_set = slot.record.view_set if slot.record else ""
    hidden = f"hidden {slot.case.hidden_share:.0%}" if case.kind != CLEAN else "unoccluded photo"
    return Row(
        name=slot.object.id,
        words=[*_figures(scores, slot), hidden],
        photo=photo,
        object_mask=object_mask,
        occluder_mask=hides,
        completed=None if fault else _picture(result / "completed.png"),
        pairs=_pairs(source, result, slot.object, view_set, bool(fault)),
        fault=fault.message if fault else "",
        attribution=_attribution(slot.object),
        crop=crop_around(amodal, CROP_MARGIN),
        amodal_mask=amodal,
    )


def _attribution(one: BenchObject) -> str:
    """With the licence, where the words don't name it."""
    named = one.licence.replace("-", " ") in one.attribution.replace("-", " ")
    return one.attribution if named or not one.attribution else f"{one.attribution} ({one.licence})"


def _case_seen(slot: Slot) -> Case:
    """The case whose photo the method saw: the clean one where that stands in for all."""
    return slot.object.case(slot.key[2])


def _figures(scores: Scores, slot: Slot) -> list[str]:
    values = {name: scores.score(slot, name) for name in FIGURES}
    return [
        f"{MEASURES[name].label} {number(value, MEASURES[name].digits)}"
        for name, value in values.items()
        if value is not None
    ]


def _pairs(source: Path, result: Path, one: BenchObject, view_set: str, failed: bool):
    """True and made pictures; a failed result has no views: the first set's are shown beside nothing."""
    true = one.views.get(view_set) or next(
        (one.views[name] for name in TRUE_VIEWS if one.views.get(name)), ()
    )
    return [
        (
            _picture(source / true[i].picture) if i < len(true) else None,
            None if failed else _picture(result / "views" / f"{i}.png"),
        )
        for i in SHOWN_VIEWS
    ]


def _mask(source: Path, name: str, nothing: NDArray[np.bool_]) -> NDArray[np.bool_]:
    picture = _picture(source / name) if name else None
    return nothing if picture is None else picture[..., 0] >= 128


def _picture(path: Path) -> NDArray[np.uint8] | None:
    """(H, W, 3 or 4) uint8; None where there is no such file."""
    if not path.is_file():
        return None
    with Image.open(path) as image:
        return np.asarray(image if image.mode == "RGBA" else image.convert("RGB"))
