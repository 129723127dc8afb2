"""A folder that a build fills: held by one at a time, of one recipe, without halves; and its faults."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from deocc.errors import DeoccError, InputFault, is_disk_full
from deocc.lock import lock_file
from deocc.package import write_beside

BEGUN = "build.json"  # what decides every byte: written before the first part, so that nothing mixes
LOCK = ".lock"
_HALF = re.compile(r"^\..*\.[0-9a-f]{32}$")  # what write_folder and write_beside leave when they are killed
_UNCHANGED = "Choose another folder; nothing was changed."


@contextmanager
def opened(out: Path, begun: Mapping[str, Any], parts: str) -> Iterator[None]:
    """The folder made, checked to be of the same build and held, so that no second one writes to it.

    begun: as JSON has it; nested by one level at most.  parts: the folder inside, made too, for what is
    built.  InputFault where it holds something else or a build of other choices; `disk_full`.
    """
    try:
        _refuse_others(out, begun, parts)
        (out / parts).mkdir(parents=True, exist_ok=True)
        lock = lock_file(out / LOCK)
    except BlockingIOError:
        raise InputFault(
            "busy", f"Another build is writing to “{out}”.", "Wait until it has ended."
        ) from None
    except OSError as error:
        raise write_fault(error, out) from error
    with lock:
        try:
            clear_halves(out)
            clear_halves(out / parts)
            if not (out / BEGUN).is_file():
                write_beside(json.dumps(begun, indent=1).encode(), out / BEGUN)
        except OSError as error:
            raise write_fault(error, out) from error
        yield


def clear_halves(folder: Path) -> None:
    """Takes away what a killed build left half written."""
    for path in folder.iterdir() if folder.is_dir() else ():
        if _HALF.match(path.name):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def write_fault(error: OSError, out: Path) -> DeoccError:
    """What a write into the folder that failed tells a person."""
    if not is_disk_full(error):
        return InputFault("cant_write", f"“{out}” can't be written to.", "Choose another folder.")
    return DeoccError(
        "disk_full",
        f"The disk of “{out}” is full.",
        "Free some space and build the same again; what is there is kept.",
        "free_space",
        507,
    )


def _refuse_others(out: Path, begun: Mapping[str, Any], parts: str) -> None:
    if not out.exists():
        return
    if not out.is_dir():
        raise InputFault("not_a_folder", f"“{out}” is no folder.", _UNCHANGED)
    try:
        before = json.loads((out / BEGUN).read_text("utf-8"))
    except FileNotFoundError:
        known = {parts}
        foreign = [one for one in out.iterdir() if not one.name.startswith(".") and one.name not in known]
        if foreign or any((out / parts).glob("*")):
            raise InputFault(
                "not_a_build", f"“{out}” holds something that no build made.", _UNCHANGED
            ) from None
        return
    except (OSError, ValueError) as error:
        raise InputFault("bad_build", f"“{out / BEGUN}” can't be read: {error}.", _UNCHANGED) from error
    if before != begun:
        other = ", ".join(_differences(before, begun)) or "another format"
        raise InputFault("other_build", f"“{out}” was built otherwise: {other}.", _UNCHANGED)


def _differences(before: Any, now: Mapping[str, Any]) -> list[str]:
    """In words, what one build has otherwise than another; a change of seed says enough."""
    if not isinstance(before, dict):
        return []
    if before.get("seed") != now.get("seed"):
        return [f"seed {before.get('seed')}, not {now.get('seed')}"]
    found = []
    for part, new in now.items():
        old = before.get(part)
        if isinstance(new, Mapping) and isinstance(old, dict):
            names = sorted({*old, *new})
            found += [
                f"{one} {old.get(one)}, not {new.get(one)}" for one in names if old.get(one) != new.get(one)
            ]
        elif old != new:
            found.append(f"{part} {old}, not {new}")
    return found
