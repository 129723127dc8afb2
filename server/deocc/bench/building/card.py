"""The card of a built benchmark: what is in it, every choice, what is missing, whom to name.

The same text for the same benchmark.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from deocc.bench.building.cases import names_of
from deocc.bench.building.choices import choices
from deocc.bench.building.settings import KINDS
from deocc.bench.built import LEVEL_NAMES, LEVEL_SHARES, BenchObject, Case, Manifest
from deocc.data.markdown import markdown_table

KNOWN_TO_MODELS = ("ycb", "gso")  # sources that published models have very likely seen
UNDEFINED = (
    (
        "Number of objects",
        "not given (DeOcc-1-to-3)",
        "as many as the folder has; their ids and hashes are published",
    ),
    ("Which share is the level", "as hidden and as visible area", "the hidden share of the object's pixels"),
    (
        "Camera set",
        "v1.1 or v1.2 of Zero123++ not told",
        "both sets of views are built; results are seen from v1.2",
    ),
    ("Frontal", "no angles", "drawn about the mesh's own front, see above"),
    ("Occluder's size and place", "not given", "see placed, pasted"),
    ("Contact ratio", "0.4 to 0.6 (paper), 0.2 to 0.5 (script)", "the paper's"),
    (
        "Chamfer squared or not, F threshold, IoU grid",
        "not given",
        "the report has both, several, and names its grid",
    ),
    (
        "Point counts, alignment",
        "differ from paper to paper",
        "one main alignment for all; the papers' own by name",
    ),
)


def card(manifest: Manifest, objects: Sequence[BenchObject]) -> str:
    """Markdown. objects: all of the manifest's, in its order."""
    parts = [
        "# Benchmark of occluded objects with known shape\n",
        _summary(manifest, objects),
        _counts(objects),
        "## Choices\n",
        "Everything that is drawn comes from the seed, the object's id and the purpose alone (a numpy "
        "generator on their sha256): no object depends on which others were built. It does depend on "
        "which meshes lie in the folder, since occluders come from there.\n",
        *(_section(title, rows) for title, rows in choices(dict(manifest.settings)).items()),
        "## What the papers leave undefined\n",
        markdown_table(("what", "in the papers", "here"), UNDEFINED),
        _weaknesses(objects),
        _missing(manifest, objects),
        _odd(objects),
        _attributions(objects),
    ]
    return "\n".join(parts)


def _section(title: str, rows: Iterable[tuple[str, str, str]]) -> str:
    return f"### {title}\n\n" + markdown_table(("what", "how", "why, or source"), rows)


def _summary(manifest: Manifest, objects: Sequence[BenchObject]) -> str:
    photos = sum(_is_photo(one) for one in objects)
    versions = ", ".join(
        f"{name} {version or 'missing'}" for name, version in sorted(manifest.versions.items())
    )
    return (
        f"{len(objects) - photos} objects with known shape, {photos} targets in real photos; seed "
        f"{manifest.seed}; digest `{manifest.digest()}`.\n\n"
        f"Made by {versions}. Other versions may give other bytes.\n"
    )


def _is_photo(one: BenchObject) -> bool:
    return any(case.kind == "photo" for case in one.cases)


# -- what is in it --


def _counts(objects: Sequence[BenchObject]) -> str:
    parts = ["## What is in it\n", _levels(objects)]
    fields: dict[str, Callable[[BenchObject], str]] = {
        "group": lambda one: one.group,
        "category": lambda one: one.category,
        "source": lambda one: one.source,
        "licence": lambda one: one.licence,
    }
    for title, read in fields.items():
        counted = Counter(read(one) or "not told" for one in objects)
        rows = [
            (name, str(count)) for name, count in sorted(counted.items(), key=lambda one: (-one[1], one[0]))
        ]
        if title == "category":
            single = sum(count == 1 for count in counted.values())
            parts.append(
                f"{len(counted)} categories, {single} of them with a single object: read groups instead.\n"
            )
        else:
            parts.append(markdown_table((title, "objects"), rows))
    closed = Counter(one.watertight for one in objects)
    parts.append(
        f"True meshes: {closed[True]} watertight, {closed[False]} not (volume by winding number), "
        f"{closed[None]} unknown.\n"
    )
    return "\n".join(parts)


def _levels(objects: Sequence[BenchObject]) -> str:
    """Cases and their mean hidden share by kind and level, beside Table 1's shares."""
    found = [case for one in objects for case in one.cases if case.level is not None]
    kinds = list(dict.fromkeys(sorted((case.kind for case in found), key=_order)))

    def row(level: int) -> tuple[str, ...]:
        of_level = [case for case in found if case.level == level]
        cells = (_cell([case for case in of_level if case.kind == kind]) for kind in kinds)
        return (LEVEL_NAMES[level - 1], f"{100 * LEVEL_SHARES[level - 1]:.1f} %", *cells)

    totals = ("all", "100 %", *(_cell([case for case in found if case.kind == kind]) for kind in kinds))
    return (
        "Cases by measured hidden share, with their mean; the second column is DeOcc-1-to-3's Table 1, by "
        "which reports weigh the levels. Every mesh has a clean photo beside these.\n\n"
        + markdown_table(("hidden", "Table 1", *kinds), [*map(row, range(1, 6)), totals])
    )


def _cell(cases: Sequence[Case]) -> str:
    if not cases:
        return "0"
    return f"{len(cases)} ({sum(case.hidden_share for case in cases) / len(cases):.3f})"


def _order(kind: str) -> tuple[int, str]:
    known = (*KINDS, "photo")
    return (known.index(kind) if kind in known else len(known), kind)


# -- what is not, and whom to name --


def _weaknesses(objects: Sequence[BenchObject]) -> str:
    total = max(len(objects), 1)
    seen = sum(one.source.lower() in KNOWN_TO_MODELS for one in objects)
    open_ones = sum(one.watertight is False for one in objects)
    lines = [
        f"- {seen} of {total} objects come from collections that published models have trained on or met "
        f"({', '.join(KNOWN_TO_MODELS)}): their results flatter whoever has seen them.",
        "- Many categories have one object; nothing can be said of a category from one.",
        f"- {open_ones} true meshes are not closed. What is inside them is a matter of the winding "
        "number; their Chamfer distance and F-score mean more than their volume IoU.",
        "- Scans of thin things (cutlery, clamps) are rough themselves: a method can be more exact than "
        "the truth.",
        "- In contact and amodal3r cases a part of the object's own surface counts as hidden: its mask and "
        "the occluder's together are nearly its whole outline, but for the random shapes. Amodal masks are "
        "found more easily there than in placed cases.",
        "- Packaging shows brands.",
        "- Which side of a mesh is its front was decided by whoever made the file.",
        "- Materials are matte, light is one sun and an even sky, the floor is plain: photos are easier "
        "than life.",
        "- Masks of the real photos were drawn by hand, a few pixels off; the hidden outline in them is "
        "an estimate, and the objects' poses are not known.",
    ]
    return "## Known weaknesses\n\n" + "\n".join(lines) + "\n"


def _missing(manifest: Manifest, objects: Sequence[BenchObject]) -> str:
    lines = [f"- `{one.id}`: {one.reason}" for one in manifest.missing]
    expected = names_of(manifest.settings["kinds"])
    for one in objects:
        lacking = [] if _is_photo(one) else sorted({*expected} - {case.name for case in one.cases})
        if lacking:
            lines.append(
                f"- `{one.id}`: no {', no '.join(lacking)}: all that was drawn hid too little or too much."
            )
    return "## Missing\n\n" + "\n".join(lines or ["Nothing."]) + "\n"


def _odd(objects: Sequence[BenchObject]) -> str:
    lines = [f"- `{one.id}`: {'; '.join(one.notes)}" for one in objects if one.notes]
    return "## Odd\n\n" + "\n".join(lines or ["Nothing."]) + "\n"


def _attributions(objects: Sequence[BenchObject]) -> str:
    rows = [(f"`{one.id}`", one.licence or "not told", one.attribution or "not told") for one in objects]
    return (
        "## Attributions\n\nTo be given wherever an object or a picture of it is published; those of the "
        "objects that stand before it are among them. All meshes were turned, centred and scaled.\n\n"
        + markdown_table(("object", "licence", "attribution"), rows)
    )
