"""The card of a built dataset: what is in it, how it was drawn, what training draws from it, whom to name.

The same text for the same dataset and the same draws.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np

from deocc.data.dataset.choices import CHOICES
from deocc.data.dataset.read import ELEVATION_BINS_DEG, Body, Dataset, Manifest
from deocc.data.draws.draw import draw_sample
from deocc.data.draws.sample import KINDS
from deocc.data.markdown import markdown_table
from deocc.data.split import HELD_OUT, SPLITS, TRAIN

DRAW = 4  # first number after the seed: beside plan's MESH, SOLID, PICTURE
SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)  # where columns of hidden shares begin


def card(dataset: Dataset, draws: int) -> str:
    """Markdown. draws: samples that are counted."""
    manifest = dataset.manifest
    parts = [
        "# Training views of whole objects\n",
        _summary(manifest),
        _counts(manifest),
        _split(manifest),
        "## How it was made\n",
        "Everything is drawn from the seed, a body's id and a number of its own (a numpy generator on them): "
        "no view depends on which others were built, by how many processes, or in which order.\n",
        markdown_table(("what", "how", "why, or source"), CHOICES),
        _elevations(manifest),
        _hidden(dataset, draws),
        _weaknesses(manifest),
        _missing(manifest),
        _attributions(manifest),
    ]
    return "\n".join(parts)


def _summary(manifest: Manifest) -> str:
    views = sum(one.views for one in manifest.shards)
    versions = ", ".join(f"{name} {one or 'missing'}" for name, one in sorted(manifest.versions.items()))
    return (
        f"{views} views of {sum(one.views > 0 for one in manifest.bodies)} bodies in {len(manifest.shards)} "
        f"shards, {manifest.counts['backdrops']} backdrops; seed {manifest.seed}; digest "
        f"`{manifest.digest()}`.\n\nMade by {versions}. Other versions may give other bytes.\n"
    )


# -- what is in it --


def _counts(manifest: Manifest) -> str:
    shown = [one for one in manifest.bodies if one.views]
    rows = []
    for kind in ("mesh", "solid"):
        for split in SPLITS:
            found = [one for one in shown if (one.kind, one.split) == (kind, split)]
            if found:
                rows.append((kind, split, str(len(found)), str(sum(one.views for one in found))))
    sources = Counter((one.source or "not told", one.licence or "not told") for one in shown)
    views: Counter[tuple[str, str]] = Counter()
    for one in shown:
        views[one.source or "not told", one.licence or "not told"] += one.views
    told = [(*key, str(count), str(views[key])) for key, count in sorted(sources.items())]
    return (
        "## What is in it\n\n"
        + markdown_table(("kind", "split", "bodies", "views"), rows)
        + "\n"
        + markdown_table(("source", "licence", "bodies", "views"), told)
    )


def _split(manifest: Manifest) -> str:
    ours = {name for names in HELD_OUT.values() for name in names}
    meshes = [one for one in manifest.bodies if one.kind == "mesh"]
    held = [one.id for one in meshes if one.split != TRAIN]
    lines = [
        f"- {reason}: {_ids(name for name in names if name in held)}" for reason, names in HELD_OUT.items()
    ]
    lines.append(f"- held out by whoever built this: {_ids(name for name in held if name not in ours)}")
    return (
        f"## Split\n\nBy object. {len(held)} of {len(meshes)} meshes are never trained on, nor shapes made "
        "of them; their views lie in shards of their own. All solids are for training.\n\n"
        + "\n".join(lines)
        + "\n"
    )


def _ids(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "none"


def _elevations(manifest: Manifest) -> str:
    head = [f"{low} to {high}°" for low, high in pairwise(ELEVATION_BINS_DEG)]
    rows = []
    for split in SPLITS:
        shards = [one.elevations for one in manifest.shards if one.split == split]
        if shards:
            counted = np.sum(shards, axis=0)
            rows.append((split, *(f"{100 * one / counted.sum():.1f} %" for one in counted)))
    return "### Cameras' elevations, as drawn\n\n" + markdown_table(("split", *head), rows)


# -- what training draws from it --


def _hidden(dataset: Dataset, draws: int) -> str:
    views = dataset.views[TRAIN]
    if not len(views):
        return "### Hidden shares\n\nThere are no views to train on.\n"
    shares: dict[str, list[float]] = {}
    for index in range(draws):
        rng = np.random.default_rng([dataset.manifest.seed, DRAW, index])
        sample = draw_sample(views, dataset.backdrops, int(rng.integers(len(views))), rng)
        shares.setdefault(sample.kind, []).append(sample.hidden_share)
    kinds = [*KINDS, *sorted(shares.keys() - set(KINDS))]
    rows = [_share_row(kind, shares[kind], draws) for kind in kinds if kind in shares]
    rows.append(_share_row("all", [one for several in shares.values() for one in several], draws))
    names = [f"{100 * low:.0f}-{100 * high:.0f} %" for low, high in pairwise(SHARES)]
    head = ("kind", "of all", "mean", *names, f"≥ {100 * SHARES[-1]:.0f} %")
    return (
        f"### Hidden shares\n\nOf the whole object's pixels, in {draws} samples as training draws them; "
        "“none” are the pairs in which nothing hides the object.\n\n" + markdown_table(head, rows)
    )


def _share_row(kind: str, shares: Sequence[float], draws: int) -> tuple[str, ...]:
    counted = np.histogram(np.clip(shares, 0, 1), [*SHARES, 1.0 + 1e-9])[0]
    cells = (f"{100 * one / len(shares):.1f} %" for one in counted)
    return (kind, f"{100 * len(shares) / draws:.1f} %", f"{np.mean(shares):.3f}", *cells)


# -- what is not, and whom to name --


def _weaknesses(manifest: Manifest) -> str:
    meshes = [one for one in manifest.bodies if one.kind == "mesh" and one.split == TRAIN and one.views]
    lines = [
        f"- {len(meshes)} meshes of {len({one.source for one in meshes})} collections: households, toys and "
        "vehicles, no people, hardly an animal or a plant. Solids are many but simple.",
        "- Depth is of the nearest and the farthest surface: what lies between (the inside of a cup, a gap "
        "seen through neither) is not kept.",
        "- Light is one sun with its shadow on the body and an even rest; nothing casts a shadow on the body "
        "from outside, and nothing shines or is seen through.",
        "- Backgrounds are imagined, not photographed.",
        "- Packaging shows brands.",
    ]
    return "## Known weaknesses\n\n" + "\n".join(lines) + "\n"


def _missing(manifest: Manifest) -> str:
    lines = [f"- `{one.id}`: {one.reason}" for one in manifest.missing]
    return "## Missing\n\n" + "\n".join(lines or ["Nothing."]) + "\n"


def _attributions(manifest: Manifest) -> str:
    def row(one: Body) -> tuple[str, str, str]:
        return (f"`{one.id}`", one.licence or "not told", one.attribution or "not told")

    return (
        "## Attributions\n\nTo be given wherever a view of an object is published. All meshes were centred "
        "and scaled; views for training also show deformed and recoloured ones. Solids need no name.\n\n"
        + markdown_table(
            ("object", "licence", "attribution"), [row(one) for one in manifest.bodies if one.kind == "mesh"]
        )
    )
