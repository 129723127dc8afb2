"""`deocc bench`: what can be measured, and each measurement as text; light until one is asked for."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from deocc.data.arguments import add_machines, number_from
from deocc.data.lists import NAMED, ids_of
from deocc.errors import DeoccError, InputFault
from deocc.settings import default_data_dir, default_weights_dir

ALIGNMENTS = ("yaw", "icp", "brute", "none")  # metrics/alignment.py has them; this module stays light
LIBRARIES = {
    "igl": "libigl",
    "matplotlib": "matplotlib",
    "pebble": "pebble",
    "skimage": "scikit-image",
}  # module -> package, of the extra “bench”
KINDS = ("placed", "pasted", "shapes", "contact", "amodal3r", "photo")


@dataclass(frozen=True)
class Console:
    """say: a line about what is being measured.  progress(done, total, words): for a bar."""

    say: Callable[[str], None]
    progress: Callable[[int, int, str], None]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The kinds of measurement; the chosen one is `measure(arguments, console) -> text` of the arguments."""
    kinds = parser.add_subparsers(required=True, metavar="WHAT")
    _add_build(kinds)
    _add_run(kinds)
    _add_report(kinds)
    speed = kinds.add_parser("speed", help="this machine's times and memory beside their goals")
    speed.set_defaults(measure=_speed)
    networks = kinds.add_parser(
        "networks", help="a backend's networks at full size, stage by stage, with random weights"
    )
    networks.add_argument("--backend", default="deocc123")
    networks.add_argument(
        "--oracle",
        type=Path,
        metavar="DIR",
        help="recorded times of the published code (else $DEOCC_ORACLE), told beside ours",
    )
    networks.set_defaults(measure=_networks)
    for one in (speed, networks):
        one.add_argument("--json", action="store_true")


# -- occluded objects with known shape (docs/benchmark.md) --


def _add_build(kinds: Any) -> None:
    parser = kinds.add_parser("build", help="occluded objects of known shape, from a folder of meshes")
    parser.add_argument("--objects", type=Path, metavar="DIR", help="meshes (.glb .gltf .obj .ply .stl .off)")
    parser.add_argument("--photos", type=Path, metavar="DIR", help="real photos with masks: has photos.json")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="everything is drawn from it")
    parser.add_argument(
        "--only", default="", metavar="LIST", help=f"{', '.join(NAMED)}, a file of ids, or ids"
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="may hold a part of it already"
    )
    add_machines(parser)
    parser.set_defaults(measure=_build)


def _add_run(kinds: Any) -> None:
    parser = kinds.add_parser("run", help="backends, floors and ceilings over a built benchmark")
    parser.add_argument(
        "methods", nargs="+", metavar="BACKEND", help="a backend, extrude, ellipsoid, hull, …"
    )
    parser.add_argument("--bench", type=Path, required=True, metavar="DIR", help="what build made")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="may hold a part of it already"
    )
    parser.add_argument(
        "--seeds", type=number_from(1), default=1, metavar="K", help="seeds 0 … K-1 of each (default 1)"
    )
    parser.add_argument(
        "--kinds",
        nargs="+",
        choices=KINDS,
        default=["placed", "photo"],
        metavar="KIND",
        help=f"of occlusion: {', '.join(KINDS)} (default: placed photo)",
    )
    parser.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="of the backends that have it; again for each",
    )
    parser.add_argument(
        "--timeout", type=float, default=3600.0, metavar="S", help="of one result, in seconds"
    )
    parser.add_argument(
        "--weights-dir",
        type=Path,
        metavar="DIR",
        help="where weights lie (else $DEOCC_WEIGHTS_DIR, else “weights” in the data folder)",
    )
    add_machines(parser)
    parser.set_defaults(measure=_run)


def _add_report(kinds: Any) -> None:
    parser = kinds.add_parser("report", help="the papers' tables, with intervals, of what run made")
    parser.add_argument("run", type=Path, metavar="DIR", help="what run made")
    parser.add_argument("--bench", type=Path, metavar="DIR", help="what build made, if it has moved")
    parser.add_argument(
        "--alignment",
        choices=ALIGNMENTS,
        default="yaw",
        help="how shapes are laid over each other (default yaw)",
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="also write tables, plots and contact sheets")
    parser.add_argument(
        "--weights-dir", type=Path, metavar="DIR", help="its “metrics” has FID's, CLIP's networks"
    )
    add_machines(parser)
    parser.set_defaults(measure=_report)


def _need_libraries() -> None:
    """InputFault where the extra “bench” is not installed."""
    missing = [package for module, package in LIBRARIES.items() if find_spec(module) is None]
    if missing:
        raise InputFault(
            "packages_missing",
            f"The benchmark needs libraries that are not installed: {', '.join(missing)}.",
            "Install them: pip install 'deocc[blender,bench]', in a clone with “-e .” for “deocc”.",
            "install_packages",
        )


def _build(arguments: argparse.Namespace, console: Console) -> str:
    _need_libraries()
    from deocc.bench.building.build import BuildRequest, build

    manifest = build(
        BuildRequest(
            objects=arguments.objects,
            photos=arguments.photos,
            out=arguments.out,
            seed=arguments.seed,
            only=ids_of(arguments.only),
            workers=arguments.workers,
            ray_address=arguments.ray,
        ),
        console.progress,
    )
    missing = {one.id: one.reason for one in manifest.missing}
    if arguments.json:
        return _json({"out": str(arguments.out), "digest": manifest.digest(), "missing": missing})
    lines = [f"{len(manifest.objects)} objects in {arguments.out}; every choice is in its card.md."]
    return "\n".join(lines + [f"missing: {name}: {reason}" for name, reason in missing.items()])


def _run(arguments: argparse.Namespace, console: Console) -> str:
    _need_libraries()
    from deocc.bench.running.run import RunRequest, run

    summary = run(
        RunRequest(
            methods=tuple(arguments.methods),
            bench=arguments.bench,
            out=arguments.out,
            seeds=arguments.seeds,
            kinds=tuple(arguments.kinds),
            options=_options(arguments.option),
            workers=arguments.workers,
            ray_address=arguments.ray,
            weights=_weights(arguments),
            timeout_s=arguments.timeout,
        ),
        console.progress,
    )
    if summary.unwritten:
        raise DeoccError(
            "disk_full",
            f"The disk was full: {summary.unwritten} results are missing.",
            "Free some space and run the same again; what is there is kept.",
        )
    if arguments.json:
        return _json(dataclasses.asdict(summary))
    return (
        f"{summary.done} results in {arguments.out}, {summary.failed} of them failures. "
        f"See them: deocc bench report {arguments.out}"
    )


def _options(words: list[str]) -> dict[str, Any]:
    """NAME=VALUE words -> values, numbers and true/false read as such."""
    values = {}
    for word in words:
        name, _, value = word.partition("=")
        try:
            values[name.replace("-", "_")] = json.loads(value)
        except ValueError:
            values[name.replace("-", "_")] = value
    return values


def _report(arguments: argparse.Namespace, console: Console) -> str:
    _need_libraries()
    from deocc.bench.reporting.report import report

    made = report(
        arguments.run,
        alignment=arguments.alignment,
        bench=arguments.bench,
        folder=arguments.out,
        workers=arguments.workers,
        ray_address=arguments.ray,
        weights=_weights(arguments),
        progress=console.progress,
    )
    return _json(made.numbers) if arguments.json else made.markdown


def _weights(arguments: argparse.Namespace) -> Path:
    return arguments.weights_dir or default_weights_dir() or default_data_dir() / "weights"


# -- this machine --


def _speed(arguments: argparse.Namespace, console: Console) -> str:
    from deocc.bench.speed import measure_speed, speed_table

    rows = measure_speed(console.say)
    return _json([dataclasses.asdict(row) for row in rows]) if arguments.json else speed_table(rows)


def _networks(arguments: argparse.Namespace, console: Console) -> str:
    from deocc.bench.networks.report import measure_networks, networks_table

    given = arguments.oracle or os.environ.get("DEOCC_ORACLE")
    measured = measure_networks(arguments.backend, Path(given) if given else None, console.say)
    return _json(dataclasses.asdict(measured)) if arguments.json else networks_table(measured)


def _json(content: object) -> str:
    return json.dumps(content, indent=1)
