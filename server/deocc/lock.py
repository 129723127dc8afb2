"""One process at a time: a file locked as long as it is open; the system lets it go if the process dies."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO


def lock_file(path: Path) -> IO[str]:
    """The file, made where there is none, open and locked; BlockingIOError where another process holds it."""
    lock = open(path, "a+")  # its holder closes it
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:  # the systems name it differently
        lock.close()
        raise BlockingIOError(f"{path} is held by another process") from error
    return lock
