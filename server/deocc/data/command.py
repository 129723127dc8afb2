"""`deocc data`: training views from meshes and solids, a sheet of samples; light until one is asked for."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from deocc.data.arguments import add_machines, number_from
from deocc.data.lists import ids_of

Progress = Callable[[int, int, str], None]  # done, of how many, words: for a bar
COUNTS = (  # option, the least it may be, its default, its letter in the help, what is counted
    ("views", 1, 512, "K", "of each mesh to train on"),
    ("held-out-views", 1, 64, "K", "of each mesh that training never sees"),
    ("solids", 0, 4000, "S", "made by itself"),
    ("views-per-solid", 1, 8, "V", "of each solid"),
    ("backdrops", 1, 1024, "B", "imagined backgrounds"),
    ("draws", 1, 2000, "N", "samples that the card counts"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be done; the chosen one is `make(arguments, progress) -> text` of the arguments."""
    kinds = parser.add_subparsers(required=True, metavar="WHAT")
    _add_build(kinds)
    _add_look(kinds)
    _add_unpack(kinds)


def _add_build(kinds: Any) -> None:
    parser = kinds.add_parser("build", help="views with depth and colour of both sides, in shards")
    parser.add_argument(
        "--objects",
        type=Path,
        nargs="+",
        default=[],
        metavar="DIR",
        help="folders of meshes (.glb .gltf .obj .ply .stl .off)",
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="may hold a part of it already"
    )
    parser.add_argument(
        "--seed", type=number_from(0), default=0, metavar="N", help="everything is drawn from it"
    )
    for name, least, default, letter, what in COUNTS:
        parser.add_argument(
            f"--{name}",
            type=number_from(least),
            default=default,
            metavar=letter,
            help=f"{what} (default {default})",
        )
    parser.add_argument(
        "--held-out",
        default="",
        metavar="LIST",
        help="meshes to hold out beside those of our own split: a file of ids, or ids with commas",
    )
    add_machines(parser)
    parser.set_defaults(make=_build)


def _add_look(kinds: Any) -> None:
    parser = kinds.add_parser("look", help="a sheet of samples as training draws them")
    parser.add_argument("folder", type=Path, metavar="DIR", help="what build made")
    parser.add_argument("--out", type=Path, required=True, metavar="PNG")
    parser.add_argument(
        "--count", type=number_from(1), default=24, metavar="N", help="of samples (default 24)"
    )
    parser.add_argument("--seed", type=number_from(0), default=0, metavar="N")
    parser.add_argument("--held-out", action="store_true", help="of the objects that training never sees")
    parser.set_defaults(make=_look)


def _add_unpack(kinds: Any) -> None:
    parser = kinds.add_parser("unpack", help="Sweet Home 3D's furniture libraries as a folder of meshes")
    parser.add_argument("libraries", type=Path, nargs="+", metavar="SH3F", help="a file of .sh3f")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="may hold a part of it already"
    )
    add_machines(parser)
    parser.set_defaults(make=_unpack)


def _unpack(arguments: argparse.Namespace, progress: Progress) -> str:
    from deocc.data.furniture import unpack

    found = unpack(arguments.libraries, arguments.out, arguments.workers, arguments.ray, progress)
    if arguments.json:
        told = {"out": str(arguments.out), "meshes": found.count, "missing": found.missing}
        return json.dumps(told, indent=1)
    lines = [f"{found.count} meshes in {arguments.out}."]
    return "\n".join(lines + [f"missing: {name}: {reason}" for name, reason in found.missing.items()])


def _build(arguments: argparse.Namespace, progress: Progress) -> str:
    from deocc.data.dataset.build import DataRequest, build

    manifest = build(
        DataRequest(
            objects=tuple(arguments.objects),
            out=arguments.out,
            seed=arguments.seed,
            views=arguments.views,
            held_out_views=arguments.held_out_views,
            solids=arguments.solids,
            views_per_solid=arguments.views_per_solid,
            backdrops=arguments.backdrops,
            held_out=ids_of(arguments.held_out),
            workers=arguments.workers,
            ray_address=arguments.ray,
            draws=arguments.draws,
        ),
        progress,
    )
    missing = {one.id: one.reason for one in manifest.missing}
    count = sum(one.views for one in manifest.shards)
    if arguments.json:
        told = {"out": str(arguments.out), "digest": manifest.digest(), "views": count, "missing": missing}
        return json.dumps(told, indent=1)
    shown = sum(one.views > 0 for one in manifest.bodies)
    lines = [f"{count} views of {shown} bodies in {arguments.out}; every choice is in its card.md."]
    return "\n".join(lines + [f"missing: {name}: {reason}" for name, reason in missing.items()])


def _look(arguments: argparse.Namespace, progress: Progress) -> str:
    from deocc.data.dataset.look import look

    look(arguments.folder, arguments.out, arguments.count, arguments.seed, arguments.held_out)
    return str(arguments.out)
