"""Arguments that the commands which build from meshes share: numbers, and the machines they work on."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable


def number_from(least: int) -> Callable[[str], int]:
    """Reads a number of things, or a seed: none would be a run that does nothing and says it is done."""

    def read(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"“{text}” is no number from {least} on")
        return int(text)

    return read


def add_machines(parser: argparse.ArgumentParser) -> None:
    """--workers, --ray and --json: `workers`, `ray` and `json` of the arguments."""
    parser.add_argument(
        "--workers",
        type=number_from(1),
        default=os.cpu_count() or 1,
        metavar="K",
        help="processes at a time, one core each (default: all cores)",
    )
    parser.add_argument(
        "--ray", default="", metavar="ADDRESS", help="on this Ray cluster instead (“auto” or host:port)"
    )
    parser.add_argument("--json", action="store_true")
