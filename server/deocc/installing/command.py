"""`deocc weights list | fetch | verify | import | remove`: words and progress; `cli` prints what this says.

With `--json`, `list` and `verify` say one JSON document, and the others one JSON line for each step:
{"stage", "fetched_bytes", "size_bytes"}, and at the end {"done": true} or {"error": Fault}.
"""

from __future__ import annotations

import _thread
import argparse
import dataclasses
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from deocc.backends.readiness import Readiness
from deocc.backends.weights_list import weights_list
from deocc.contract import WeightsList, WeightsState, as_fault
from deocc.errors import DeoccError, InputFault
from deocc.installing.installer import Installer, Step
from deocc.weights import table
from deocc.weights.faults import folder_fault
from deocc.weights.folder import gigabytes
from deocc.weights.preparing import CAMERAS, PrepareOptions
from deocc.weights.source import HUB, Source

STEP_INTERVAL_S = 0.2  # progress within one stage is told at most so often
BAR = 24  # characters

Say = Callable[[str], None]


@dataclasses.dataclass(frozen=True)
class Console:
    """How this speaks with whoever started it. say: a line.  draw: a progress line over the one before.
    ask: a question, and what was typed; None where nobody can type."""

    say: Say
    draw: Say
    ask: Callable[[str], str] | None


def add_arguments(parser: argparse.ArgumentParser, weights_flags: Callable[..., None]) -> None:
    """The subcommands; weights_flags adds those that every command about weights has."""
    kinds = parser.add_subparsers(required=True, metavar="WHAT")
    listing = kinds.add_parser("list", help="what there is, how large, under which licence, and what is here")
    fetch = kinds.add_parser("fetch", help="download and prepare; goes on where it was cut off, mends damage")
    verify = kinds.add_parser("verify", help="read every byte and compare with the recorded checksums")
    bring = kinds.add_parser("import", help="take a file or folder that is on this disk")
    remove = kinds.add_parser("remove", help="delete weights with all that was fetched for them")
    for one, act in (
        (listing, list_weights), (fetch, fetch_weights), (verify, verify_weights), (bring, import_weights),
        (remove, remove_weights),
    ):  # fmt: skip
        one.set_defaults(weights_act=act)
        one.add_argument("--json", action="store_true")
        one.add_argument("--data-dir", type=Path, metavar="DIR", help="the server's data folder")
        one.add_argument("--until-stdin-ends", action="store_true", help=argparse.SUPPRESS)
        weights_flags(one)
    for one in (fetch, remove):
        one.add_argument("names", nargs="+", metavar="NAME")
        one.add_argument("--yes", action="store_true", help="don't ask")
    fetch.add_argument(
        "--mirror", metavar="URL", help="instead of the hub ($DEOCC_WEIGHTS_MIRROR, $HF_ENDPOINT)"
    )
    fetch.add_argument("--proxy", metavar="URL", help="else the usual environment variables")
    fetch.add_argument("--alone", action="store_true", help="without the pipeline that it needs")
    verify.add_argument("names", nargs="*", metavar="NAME", help="all that are installed if left out")
    verify.add_argument("--repair", action="store_true", help="fetch again what is damaged")
    bring.add_argument("path", type=Path, metavar="FILE|FOLDER")
    bring.add_argument("--as", dest="name", required=True, metavar="NAME", help="a name from the list")
    bring.add_argument("--base", default="", metavar="NAME", help="the pipeline that it was fine-tuned from")
    bring.add_argument("--cameras", default="", choices=("", *CAMERAS), help="of the views that it makes")
    bring.add_argument(
        "--background", type=_colour, metavar="white|grey|R,G,B", help="of its training photos"
    )


def list_weights(arguments: argparse.Namespace, ready: Readiness, console: Console) -> None:
    rows = weights_list(ready)
    if arguments.json:
        console.say(json.dumps(dataclasses.asdict(WeightsList(rows)), indent=1))
        return
    for row in rows:
        about = "about " if row.approximate and row.size_bytes else ""
        size = f"{about}{gigabytes(row.size_bytes)}" if row.size_bytes else "not published"
        console.say(f"{row.name:<20} {row.state:<12} {size:>13}  {row.title}")
        users = f"; for {', '.join(row.backends)}" if row.backends else ""
        console.say(f"{'':<20} licence: {row.licence}{users}")


def fetch_weights(arguments: argparse.Namespace, ready: Readiness, console: Console) -> None:
    folder = ready.weights
    asked = arguments.names if arguments.alone else folder.with_bases(arguments.names)
    names = [name for name in asked if folder.state(name) != WeightsState.READY]
    for name in asked:
        if name not in names:
            _tell(arguments, console, f"{name} is here already.")
    ready.check_licences(tuple(names))
    _agree(arguments, [folder.row(name) for name in names], console)
    source = Source(_mirror(arguments), getattr(arguments, "proxy", None))
    for name in names:
        steps = _Steps(arguments, console, name)
        Installer(ready, source, steps).fetch(name)
        steps.close()
        _tell(arguments, console, f"{name} is ready.")


def verify_weights(arguments: argparse.Namespace, ready: Readiness, console: Console) -> None:
    """Raises InputFault where something is damaged and was not mended."""
    names = arguments.names or [row.name for row in table.TABLE if ready.weights.installed(row.name)]
    found = {}
    for name in names:
        steps = _Steps(arguments, console, name)
        found[name] = Installer(ready, Source(), steps if not arguments.json else _quiet).verify(name)
        steps.close()
        words = f"damaged: {', '.join(found[name])}" if found[name] else "every byte is as it was installed."
        _tell(arguments, console, f"{name}: {words}")
    if arguments.json:
        console.say(json.dumps({"damaged": found}, indent=1))
    damaged = [name for name in names if found[name]]
    if damaged and arguments.repair:
        arguments.names, arguments.yes, arguments.alone = damaged, True, True
        fetch_weights(arguments, ready, console)
    elif damaged:
        raise InputFault("weights_damaged", f"Damaged: {', '.join(damaged)}.", "Mend them with --repair.")


def import_weights(arguments: argparse.Namespace, ready: Readiness, console: Console) -> None:
    steps = _Steps(arguments, console, arguments.name)
    options = PrepareOptions(arguments.name, arguments.base, arguments.cameras, arguments.background)
    taken_as = Installer(ready, Source(), steps).import_from(arguments.path, options)
    steps.close()
    more = f", taken as: {taken_as}" if taken_as else ""
    _tell(arguments, console, f"{arguments.name} is installed{more}.")
    for name in ready.weights.with_bases([arguments.name]):
        if ready.weights.state(name) != WeightsState.READY:
            _tell(arguments, console, f"It needs {name} too: deocc weights fetch {name}")


def remove_weights(arguments: argparse.Namespace, ready: Readiness, console: Console) -> None:
    for name in arguments.names:
        Installer(ready, Source()).remove(name)
        _tell(arguments, console, f"{name} is gone.")


def run(arguments: argparse.Namespace, ready: Readiness, console: Console) -> None:
    """Runs the subcommand; a fault is said as a JSON line too where JSON is asked for."""
    if arguments.until_stdin_ends:
        threading.Thread(target=_end_with_stdin, daemon=True).start()
    in_lines = arguments.json and arguments.weights_act in (fetch_weights, import_weights, remove_weights)
    try:
        arguments.weights_act(arguments, ready, console)
    except (DeoccError, OSError) as error:
        fault = error if isinstance(error, DeoccError) else folder_fault(error, ready.weights.root)
        if in_lines:
            console.say(json.dumps({"error": dataclasses.asdict(as_fault(fault))}))
        raise fault from error
    if in_lines:
        console.say(json.dumps({"done": True}))


class _Steps:
    """Tells an installation's steps: as JSON lines, as a bar where a person looks on, else not at all."""

    def __init__(self, arguments: argparse.Namespace, console: Console, name: str):
        self._json, self._console, self._name = arguments.json, console, name
        self._stage, self._told, self._drawn = "", 0.0, False
        self._began, self._began_bytes = time.monotonic(), -1

    def __call__(self, step: Step) -> None:
        now = time.monotonic()
        if self._began_bytes < 0:
            self._began, self._began_bytes = now, step.here_bytes
        if step.stage == self._stage and now - self._told < STEP_INTERVAL_S:
            return
        self._stage, self._told = step.stage, now
        if self._json:
            facts = {
                "stage": step.stage,
                "fetched_bytes": step.here_bytes,
                "size_bytes": step.size_bytes,
            }
            self._console.say(json.dumps(facts))
        elif sys.stderr.isatty():
            self._drawn = True
            self._console.draw(self._line(step, now))

    def close(self) -> None:
        if self._drawn:
            self._console.draw("\n")

    def _line(self, step: Step, now: float) -> str:
        share = step.here_bytes / max(step.size_bytes, 1)
        filled = round(share * BAR)
        bar = "█" * filled + "░" * (BAR - filled)
        line = f"{self._name} {bar} {gigabytes(step.here_bytes)} of {gigabytes(step.size_bytes)} {step.stage}"
        rate = (step.here_bytes - self._began_bytes) / max(now - self._began, 0.1)
        if step.stage == "fetching" and rate > 0:
            left_s = (step.size_bytes - step.here_bytes) / rate
            left = f"{left_s / 60:.0f} min" if left_s > 90 else f"{left_s:.0f} s"
            line += f", {gigabytes(int(rate))}/s, {left} left"
        return f"\r{line:<100}"


def _quiet(_step: Step) -> None:
    """Says nothing."""


def _tell(arguments: argparse.Namespace, console: Console, words: str) -> None:
    if not arguments.json:
        console.say(words)


def _agree(arguments: argparse.Namespace, rows: list[table.Row], console: Console) -> None:
    """Shows sizes and licences, then asks; InputFault where nobody agreed."""
    rows = [row for row in rows if row.published]
    if not rows:
        return
    for row in rows:
        about = "about " if row.approximate else ""
        _tell(arguments, console, f"{row.title}: {about}{gigabytes(row.size_bytes)} from {row.repository}")
        _tell(arguments, console, f"  licence: {row.licence} {row.licence_url}")
    if arguments.yes:
        return
    if console.ask is None or arguments.json:
        raise InputFault("not_agreed", "Nothing was fetched: nobody was there to agree.", "Give --yes.")
    if console.ask("Type yes to fetch: ").strip().lower() != "yes":
        raise InputFault("not_agreed", "Nothing was fetched.", "Type yes to agree.")


def _mirror(arguments: argparse.Namespace) -> str:
    named = getattr(arguments, "mirror", None)
    return named or os.environ.get("DEOCC_WEIGHTS_MIRROR") or os.environ.get("HF_ENDPOINT") or HUB


def _colour(text: str) -> tuple[int, int, int]:
    """(r, g, b) of 0..255 from "white", "grey" (127, as stock Zero123++ has it) or three numbers."""
    named = {"white": "255,255,255", "grey": "127,127,127"}.get(text, text)
    parts = named.split(",")
    if len(parts) != 3 or not all(part.isdecimal() and int(part) < 256 for part in parts):
        raise argparse.ArgumentTypeError(f"“{text}” is neither white, grey nor three numbers of 0 to 255")
    r, g, b = map(int, parts)
    return r, g, b


def _end_with_stdin() -> None:
    """Ends this process when its standard input does: the server that started it is gone or wants so."""
    while sys.stdin.read(1):
        continue
    _thread.interrupt_main()
    time.sleep(1.0)
    os._exit(130)  # it works in a library that doesn't hear of it; all that is half made is in the staging
