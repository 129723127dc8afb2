"""The card that lies beside an exported network: what it learned from, how well, and its limits."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from deocc.data.dataset.read import Body, Manifest
from deocc.data.split import TRAIN
from deocc.training.journal import NAME as LOG
from deocc.training.plan import Plan
from deocc.training.state import Spent, State

FIGURES = {
    "visible": "amodal IoU of the given object mask alone",
    "iou": "amodal IoU of the most expected completion",
    "iou_mean": "amodal IoU of drawn completions, mean",
    "iou_best": "amodal IoU of drawn completions, best of 8",
    "columns": "IoU of the two depths as columns, most expected completion",
    "columns_mean": "the same of drawn completions, mean",
    "columns_best": "the same of drawn completions, best of 8",
}
LIMITS = (
    "It sees 128 × 128 pixels: what is thinner than a hundredth of the object may be lost.",
    "Two depths per pixel: what lies between them, the inside of a cup or the gap behind a chair's back, is "
    "filled.",
    "It learned from rendered pictures of everyday things and of a few dozen figures of people; animals' "
    "fur, glass and water are foreign to it.",
    "Of what is wholly hidden it gives what is usual, not what is there; other seeds give other guesses.",
    "Colours of hidden parts and of the back are blurred.",
)


def draft_card(
    manifest: Manifest, state: State, look: Mapping[str, float] | None, other: Spent | None = None
) -> str:
    """Markdown. look: the figures of the exported network, None where there are none.  other: what the
    training had spent whose weights were averaged with these."""
    parts = [
        "# The draft's network",
        "From a photo's crop with the masks of object, occluders and what is to be kept: the whole object's "
        "mask, its front and back depth and colour, how wrong each may be, and the camera's elevation. Made "
        "by us, from data and by code of this repository; licence GPL-3.0-or-later, like the rest of it.",
        "## Training",
        _spent(state)
        + _averaged(other)
        + f" Drawn from {_views(manifest)} (dataset digest `{manifest.digest()}`). "
        + _phases(state.plan),
        "## Figures",
        "On pictures of objects that it never saw, drawn like those it learned from; where over 40 % is "
        "hidden in the right column. What they come to in three dimensions is in docs/benchmark.md.",
        _figures(look),
        "## Limits",
        "\n".join(f"* {one}" for one in LIMITS),
        "## Data and attributions",
        _sources(manifest),
    ]
    return "\n\n".join(parts) + "\n"


def _spent(state: State) -> str:
    hours, before = state.seconds / 3600, state.before
    told = f"{state.step} steps, {state.plan.first_picture(state.step)} pictures, {hours:.2f} hours"
    if not before.pictures:
        return f"{told} in all."
    earlier = f"{before.pictures} pictures and {before.seconds / 3600:.2f} hours"
    return f"{told}, begun with the weights of trainings of {earlier}."


def _averaged(other: Spent | None) -> str:
    if other is None:
        return ""
    spent = f"{other.pictures} pictures and {other.seconds / 3600:.2f} hours"
    return f" The weights are the mean of its own and those of a training of {spent}."


def _views(manifest: Manifest) -> str:
    trained = [body for body in manifest.bodies if body.split == TRAIN and body.views]
    meshes = [body for body in trained if body.kind == "mesh"]
    solids = [body for body in trained if body.kind == "solid"]
    views = sum(body.views for body in trained)
    return f"{views} views of {len(meshes)} meshes and {len(solids)} solids that we made"


def _phases(plan: Plan) -> str:
    told = ", then ".join(f"{one.steps} steps of {one.batch} at {one.side} px" for one in plan.phases)
    return f"First {told}; Muon and AdamW, rate {plan.rate:g}, bfloat16, the weights' moving average is kept."


def last_look(folder: Path) -> dict[str, float] | None:
    """The figures of the last look in a training's log."""
    log = folder / LOG
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()] if log.is_file() else []
    looks = [line for line in lines if "iou" in line]
    return looks[-1] if looks else None


def _figures(last: Mapping[str, float] | None) -> str:
    if last is None:
        return "None were measured."
    rows = [
        f"| {words} | {last[name]:.3f} | {last.get(f'{name}_much_hidden', float('nan')):.3f} |"
        for name, words in FIGURES.items()
        if name in last
    ]
    head = ["| | all | over 40 % hidden |", "|---|---|---|"]
    error = f"The camera's elevation is off by {last['elevation_error_deg']:.1f}° on average."
    return "\n".join([*head, *rows]) + f"\n\n{error}"


def _sources(manifest: Manifest) -> str:
    """Every mesh that it learned from, by licence and attribution, as these ask."""
    learned = [body for body in manifest.bodies if body.split == TRAIN and body.kind == "mesh" and body.views]
    grouped: dict[tuple[str, str], list[Body]] = {}
    for body in learned:
        grouped.setdefault((body.licence, body.attribution), []).append(body)
    counts = Counter(body.licence for body in learned)
    head = "Meshes by licence: " + ", ".join(
        f"{name or 'not told'} {count}" for name, count in counts.most_common()
    )
    lines = [
        f"* {attribution or 'no attribution told'} ({licence}): {', '.join(body.id for body in bodies)}"
        for (licence, attribution), bodies in sorted(grouped.items())
    ]
    return head + ".\n\n" + "\n".join(lines)
