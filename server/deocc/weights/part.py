"""A file on its way: the bytes that came so far, and of which file they are the beginning.

`<path>.part` holds the bytes, `<path>.part.json` what the source announced of that file; at the end the part
gets the file's own name. Killed at any moment, it is gone on with or begun anew, never taken for the whole.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from deocc.weights.folder import FileRecord
from deocc.weights.source import Announced


class Damaged(Exception):
    """What came is not the file that was announced or pinned."""


class Part:
    """of: what the source announced of the file whose beginning lies here, None: nothing that counts."""

    def __init__(self, target: Path):
        self._target = target
        self._path, self._note = (target.with_name(target.name + end) for end in (".part", ".part.json"))
        target.parent.mkdir(parents=True, exist_ok=True)
        self.of = self._read_note()
        self._digest = hashlib.sha256()
        self.size = self._path.stat().st_size if self.of and self.of.identity and self._path.exists() else 0
        if self.size:
            with open(self._path, "rb") as file:
                while block := file.read(2**20):
                    self._digest.update(block)

    @property
    def record(self) -> FileRecord:
        return FileRecord(self.size, self._digest.hexdigest())

    def restart(self, announced: Announced) -> None:
        """Forgets what lies here; from now on it is the beginning of the announced file."""
        self.discard()
        self._note.write_text(json.dumps(asdict(announced)), "utf-8")
        self.of = announced

    def append(self, chunks: Iterator[bytes], limit: int, tell: Callable[[int], None]) -> None:
        """Adds what comes; tell gets the size after each chunk. Damaged where more than `limit` comes."""
        with open(self._path, "ab") as file:
            for chunk in chunks:
                if self.size + len(chunk) > limit:
                    raise Damaged("it is longer than announced")
                file.write(chunk)
                self._digest.update(chunk)
                self.size += len(chunk)
                tell(self.size)

    def discard(self) -> None:
        self._path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)
        self._digest, self.size, self.of = hashlib.sha256(), 0, None

    def finish(self) -> FileRecord:
        """Gives the part its file's name."""
        self._path.touch()  # a file of no bytes
        self._path.replace(self._target)
        self._note.unlink(missing_ok=True)
        return self.record

    def _read_note(self) -> Announced | None:
        try:
            return Announced(**json.loads(self._note.read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return None
