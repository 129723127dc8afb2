"""What tests of builds share: hashes of what was built, a build without processes, a build that is killed."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from deocc.contract import as_fault
from deocc.data.engine import Done
from deocc.errors import DeoccError

ROOT = Path(__file__).resolve().parents[2]
BEGIN_S = 60.0  # so long a killed build may take to its first parts


def tree(folder: Path) -> dict[str, str]:
    """sha256 of every file under a folder."""
    files = sorted(one for one in folder.rglob("*") if one.is_file())
    return {str(one.relative_to(folder)): hashlib.sha256(one.read_bytes()).hexdigest() for one in files}


def each_here(function: Callable, items: Iterable, *_) -> Iterator[Done]:
    """As engine.each, in this process, one after another: starting processes costs seconds."""
    for index, item in enumerate(items):
        try:
            yield Done(index, function(item))
        except DeoccError as fault:
            yield Done(index, None, as_fault(fault))


def kill_in_the_middle(program: str, folder: Path, is_time: Callable[[], bool]) -> None:
    """Runs a program with `folder` as its argument and kills it as soon as it is time."""
    script = folder / "killed.py"
    script.write_text(program)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    running = subprocess.Popen([sys.executable, str(script), str(folder)], env=environment)
    deadline = time.monotonic() + BEGIN_S
    while not is_time():
        assert time.monotonic() < deadline and running.poll() is None
        time.sleep(0.01)
    running.kill()
    running.wait()
