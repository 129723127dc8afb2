"""`deocc bench`: what can be measured, and each measurement as text; light until one is asked for."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
from collections.abc import Callable
from pathlib import Path

Say = Callable[[str], None]  # hears what is being measured


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The kinds of measurement; the chosen one is `measure(arguments, say) -> text` of the arguments."""
    kinds = parser.add_subparsers(required=True, metavar="WHAT")
    photos = kinds.add_parser(
        "photos", help="real photos with masks: silhouettes and shapes beside the truth"
    )
    photos.add_argument("--photos", type=Path, required=True, metavar="DIR", help="holds photos.json")
    photos.set_defaults(measure=_photos)
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
    for one in (photos, speed, networks):
        one.add_argument("--json", action="store_true")


def _photos(arguments: argparse.Namespace, _say: Say) -> str:
    from deocc.bench.photos import measure_photos, photo_table

    rows = measure_photos(arguments.photos)
    return _json([dataclasses.asdict(row) for row in rows]) if arguments.json else photo_table(rows)


def _speed(arguments: argparse.Namespace, say: Say) -> str:
    from deocc.bench.speed import measure_speed, speed_table

    rows = measure_speed(say)
    return _json([dataclasses.asdict(row) for row in rows]) if arguments.json else speed_table(rows)


def _networks(arguments: argparse.Namespace, say: Say) -> str:
    from deocc.bench.networks.report import measure_networks, networks_table

    given = arguments.oracle or os.environ.get("DEOCC_ORACLE")
    measured = measure_networks(arguments.backend, Path(given) if given else None, say)
    return _json(dataclasses.asdict(measured)) if arguments.json else networks_table(measured)


def _json(content: object) -> str:
    return json.dumps(content, indent=1)
