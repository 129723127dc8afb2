"""The sentences of a report: how it was measured, what failed, what is missing, what is odd."""

from __future__ import annotations

from collections.abc import Mapping

from deocc.bench.built import BenchObject, Missing
from deocc.bench.reporting.collect import MAIN, PHOTO, Scores
from deocc.bench.reporting.networks import FOLDER, NETWORKS
from deocc.bench.reporting.summary import Numbers
from deocc.bench.running.record import FAILED, Run

MOST_NAMED = 30  # failures or missing results; the JSON has all
POSE_NOTE = (
    "Rotation and scale error: by how much the alignment turned a result, and |ln| of its scaling, of those "
    "that did not fail. A shape with symmetries, as an ellipsoid, is turned by any of several angles, a "
    "result in the photo's view also by the elevation of the photo's camera. Canonical results have none."
)
ALIGNMENTS = {
    "yaw": "yaw: unit spheres, 24 yaws, then ICP with scale; lengths in radii of the truth's unit sphere",
    "icp": "icp: unit spheres, then rigid ICP alone; lengths in radii of the truth's unit sphere",
    "brute": "brute: ZeroShape's 6,912 rotations, 1,000 points, the best 20 again with 10,000; lengths in "
    "ZeroShape's own normalisation",
    "none": "none: unit spheres, nothing turned; lengths in radii of the truth's unit sphere",
}


def foreword(run: Run, scores: Mapping[str, Scores], alignment: str, floor: Mapping[str, float]) -> str:
    main = scores.get(MAIN)
    solids, photos = (
        {name for one in several for method in one.methods for name in one.objects(method)}
        for several in (
            [one for kind, one in scores.items() if kind != PHOTO],
            [one for kind, one in scores.items() if kind == PHOTO],
        )
    )
    lines = [
        "# Benchmark report",
        "",
        f"Benchmark `{run.digest[:12]}`, {_several(len(solids), len(photos))}, {len(run.methods)} methods, "
        f"{run.seeds} seed{'s' if run.seeds > 1 else ''}; all tables but “Several seeds” show seed 0.",
        "",
        f"- **Alignment**, the same for every method: {ALIGNMENTS.get(alignment, alignment)}.",
        "- **Means**: per object over its levels, weighted by the shares of DeOcc-1-to-3's Table 1, then "
        "over objects. [low, high]: 95 % bootstrap over objects; none below 10 objects.",
        "- **Failures** score F 0, every IoU 0, normal consistency 0, and the worst distance, PSNR, SSIM, "
        "LPIPS and CLIP of the whole set over all methods. Results that were never made are missing: named, "
        "and not scored.",
        "- A method that sees the clean photo has one result an object; it counts at every level.",
    ]
    if floor:
        lines.append(
            f"- **Sampling floor**, of a perfect shape in its unit sphere: CD {floor['cd']:.4f}, CD² "
            f"{floor['cd_squared']:.6f}, F@0.01 {floor['f@0.01']:.3f}, F@0.02 {floor['f@0.02']:.4f}, normal "
            f"consistency {floor['normal_consistency']:.3f}."
        )
    lacking = {method: main.without_levels(method) for method in main.methods} if main else {}
    for method, several in lacking.items():
        if several:
            lines.append(
                f"- {method}: {len(several)} objects lack a level; its share went to the others: "
                + _some([f"{name} ({', '.join(map(str, levels))})" for name, levels in several.items()])
                + "."
            )
    return "\n".join([*lines, ""])


def _several(solids: int, photos: int) -> str:
    words = [f"{solids} objects"] if solids or not photos else []
    return ", ".join(words + ([f"{photos} real photos"] if photos else []))


def incidents(run: Run) -> str:
    """What failed and what is missing, by name; "" where nothing did."""
    failed = [one for one in run.records if one.state == FAILED]
    lines = []
    if failed:
        lines += ["### Failed results", ""]
        for one in failed[:MOST_NAMED]:
            why = one.fault.message if one.fault else "no reason told"
            lines.append(f"- {one.method}: {one.object}/{one.case}, seed {one.seed}: {why}")
        lines += _rest(len(failed))
    if run.missing:
        lines += ["### Missing results", "", "Asked for, but not there: run the same command again.", ""]
        for method, of_object, case, seed in run.missing[:MOST_NAMED]:
            lines.append(f"- {method}: {of_object}/{case}, seed {seed}")
        lines += _rest(len(run.missing))
    return "\n".join(lines)


def unbuilt_words(unbuilt: tuple[Missing, ...]) -> str:
    """Objects that could not be built, each with its reason; "" where there is none."""
    if not unbuilt:
        return ""
    lines = [f"- {one.id}: {one.reason}" for one in unbuilt[:MOST_NAMED]]
    rest = _rest(len(unbuilt), "the benchmark's manifest.json")
    return "\n".join(["### Not built", "", "These are no part of any figure.", "", *lines, *rest])


def _rest(count: int, where: str = "report.json") -> list[str]:
    more = count - MOST_NAMED
    return [f"- … and {more} more (all are in {where})", ""] if more > 0 else [""]


def object_notes(objects: Mapping[str, BenchObject]) -> str:
    """What is odd about true meshes, a line a sentence with the objects it is said of."""
    told: dict[str, list[str]] = {}
    for one in objects.values():
        for note in one.notes:
            told.setdefault(note, []).append(one.id)
    if not told:
        return ""
    lines = [f"- {note.rstrip('.')}: {_some(names)}." for note, names in sorted(told.items())]
    return "\n".join(["### Odd objects", "", *lines, ""])


def network_words() -> str:
    """Which networks some measures look through, and where their files belong."""
    lines = [
        "### Networks of measures",
        "",
        f"Looked for in `{FOLDER}/` of the weights folder; never downloaded.",
        "",
        "| measure | network | file or folder | from | licence |",
        "|---|---|---|---|---|",
    ]
    for network in NETWORKS:
        for one in network.files:
            measures = ", ".join(network.measures).upper().replace("_", "-")
            lines.append(
                f"| {measures} | {network.title} | `{one.names[0]}` | {one.source} | {one.licence} |"
            )
    return "\n".join([*lines, ""])


def volume_words(scores: Scores) -> str:
    """How volume IoU is found, and of how many meshes only by winding number."""
    objects = {name: one for method in scores.methods for name, one in scores.objects(method).items()}
    open_ones = sum(one.watertight is False for one in objects.values())
    return (
        "Volume IoU fills both meshes by their winding number on a grid of 64 cells along the longest side "
        "of their common box; a mesh that is not watertight has one too, as good as its winding number is. "
        f"True meshes here that are not watertight: {open_ones} of {len(objects)}."
    )


def set_sizes(numbers: Numbers) -> dict[str, str]:
    """How many pictures and shapes the measures of sets were made of, in words."""
    return {
        "views": _sizes(numbers, "views_n", "views_reference", "pictures"),
        "shapes": _sizes(numbers, "cov_n", "cov_reference", "shapes"),
    }


def _sizes(numbers: Numbers, made: str, reference: str, what: str) -> str:
    known = {method: one for method, one in numbers.items() if one.get(made)}
    if not known:
        return ""
    words = [f"{method} {one[made]}" for method, one in known.items()]
    largest = max(one[reference] for one in known.values())
    return f"N, {what}: {', '.join(words)}; reference {largest}."


def _some(names: list[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
