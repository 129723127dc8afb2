"""What a report measures by itself is kept beside what it was measured on, so that a second one reads it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from deocc.bench import metrics
from deocc.bench.running.recipes import sources_digest
from deocc.contract import Fault
from deocc.data.engine import each
from deocc.errors import DeoccError, is_disk_full
from deocc.package import write_beside

Progress = Callable[[int, int, str], None]  # done, of how many, words
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Machines:
    """Where measuring happens: processes here, or a Ray cluster; see engine.each."""

    workers: int = 1
    ray_address: str = ""
    progress: Progress = lambda _done, _total, _words: None


@dataclass(frozen=True)
class Work:
    """kept: the file that is missing.  load: reads what is measured, when its turn comes; values, so that no
    other machine needs this one's folders."""

    kept: Path
    load: Callable[[], Any]


@lru_cache
def code_digest() -> str:
    """Of the sources of all metrics: part of the names of what is kept, so that a changed metric is never
    answered with what an older one measured."""
    return sources_digest(Path(metrics.__file__).parent)[:12]


def keep(
    function: Callable[[Any], bytes | None], works: Sequence[Work], machines: Machines, words: str
) -> dict[Path, Fault]:
    """function(load()) of every work whose file is not there yet, written to its file; None writes none.

    function: importable by name. Returns the faults of those that failed.
    """
    waiting = [work for work in works if not work.kept.exists()]
    faults = {}
    if waiting:
        items = (work.load() for work in waiting)
        for count, done in enumerate(each(function, items, machines.workers, machines.ray_address), 1):
            path = waiting[done.index].kept
            if done.fault:
                faults[path] = done.fault
                log.warning("%s: %s is not there: %s", words, path, done.fault.message)
            elif done.value is not None:
                _write(done.value, path)
            machines.progress(count, len(waiting), words)
    return faults


def _write(data: bytes, path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_beside(data, path)
    except OSError as error:
        raise unwritten(error, path.parent) from error


def unwritten(error: OSError, folder: Path) -> DeoccError:
    """The fault of a folder that a report can't write to."""
    if is_disk_full(error):
        hint = "Free some space and ask for the report again; what was measured is kept."
        return DeoccError("disk_full", f"The disk with {folder} is full.", hint, status=507)
    return DeoccError("not_written", f"{folder} can't be written to: {error.strerror or error}.")
