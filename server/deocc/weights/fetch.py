"""Fetches the source files of one row into a staging folder: resumes, retries, checks, never half a file.

A file on its way is `<path>.part`, with `<path>.part.json` saying of which file; done, it has its own name
and a line in `fetched.json`. Whoever comes next goes on from there.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx

from deocc.errors import DeoccError
from deocc.weights.folder import FileRecord, check_room, gigabytes
from deocc.weights.part import Damaged, Part
from deocc.weights.source import Announced, PassingFault, Source, open_file, source_fault
from deocc.weights.table import Row, SourceFile

TRIES = 6  # without a step forward
STEP_BYTES = 2**20  # a try that brought so much was a step forward
LONGEST_WAIT_S = 60.0
APPROXIMATE = 2.5  # a size worked out from parameters is off by less than this factor
SMALL_BYTES = 16 * 2**20  # and of a small file by less than this
NOTES = "fetched.json"

log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]  # (bytes here, bytes in all); what it raises ends the fetch


@dataclass(frozen=True)
class Fetched:
    """revision: the source's commit, "" where it names none.  files: what lies in the staging folder now."""

    revision: str
    files: Mapping[str, FileRecord]


def fetch_row(
    row: Row,
    folder: Path,
    source: Source,
    progress: Progress,
    known: Mapping[str, FileRecord],
    revision: str = "",
    only: frozenset[str] | None = None,
    wait_s: float = 1.0,
) -> Fetched:
    """Brings the row's files into `folder`, and tells of every step.

    known: what an earlier fetch found of the files; the same must come again.  revision: an earlier fetch's.
    only: these of its files, None: all.  wait_s: before the second try; twice as long before each next.
    Raises DeoccError weights_source, weights_not_found, weights_changed, disk_full; OSError of the disk.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [file for file in row.files if only is None or file.path in only]
    fetch = _Fetch(row, folder, source, progress, wanted, dict(known), wait_s, row.revision or revision)
    with source.client() as client:
        for file in wanted:
            fetch.file(client, file)
    return Fetched(fetch.revision, fetch.done)


class _Fetch:
    """One fetch of one row. done: the files that are whole, by their paths."""

    def __init__(
        self,
        row: Row,
        folder: Path,
        source: Source,
        progress: Progress,
        wanted: list[SourceFile],
        known: dict[str, FileRecord],
        wait_s: float,
        revision: str,
    ):
        self._row, self._folder, self._source, self._progress = row, folder, source, progress
        self._known, self._wait_s = known, wait_s
        self._sizes = {file.path: file.size_bytes for file in wanted}
        self.revision, self.done = self._read_notes()
        if revision and revision != self.revision:
            self.revision, self.done = revision, {}  # what lies there is another revision's
        parts = {file.path: folder / f"{file.path}.part" for file in wanted}
        self._here = {path: part.stat().st_size for path, part in parts.items() if part.exists()}
        self._here |= {path: record.size for path, record in self.done.items() if path in self._sizes}

    def file(self, client: httpx.Client, file: SourceFile) -> None:
        """Brings one file, however often the connection breaks, as long as each few tries bring it on."""
        if file.path in self.done:
            self._sizes[file.path] = self.done[file.path].size
            self._tell(file, self.done[file.path].size)
            return
        part, tries, damaged = Part(self._folder / file.path), 0, 0
        while True:
            before = self._here.get(file.path, 0)
            try:
                self._try(client, file, part)
                return
            except PassingFault as fault:
                forward = self._here.get(file.path, 0) - before >= STEP_BYTES
                tries = 1 if forward else tries + 1
                if tries >= TRIES:
                    raise source_fault(f"{file.path} can't be fetched: {fault.why}.") from fault
                wait = self._wait_s * 2 ** (tries - 1) if fault.wait_s is None else fault.wait_s
                log.info("%s: %s; try %d in %.1f s", file.path, fault.why, tries + 1, wait)
                time.sleep(min(wait, LONGEST_WAIT_S))
            except Damaged as fault:
                damaged += 1
                if damaged == 2:
                    raise source_fault(
                        f"{file.path} came damaged twice: {fault}.", "Use another mirror, or import it."
                    ) from fault
                log.info("%s: %s; it is fetched again", file.path, fault)
            except DeoccError as fault:
                if file.optional and fault.code == "weights_not_found":
                    del self._sizes[file.path]
                    return
                raise

    def _try(self, client: httpx.Client, file: SourceFile, part: Part) -> None:
        """Goes on with a file, or begins it."""
        try:
            if part.of is None or part.size != part.of.size_bytes:  # else it lacks but its name
                self._receive(client, file, part)
            self._check_whole(file, part)
        except Damaged:
            part.discard()
            raise
        except PassingFault as fault:
            if fault.anew:
                part.discard()
            raise
        finally:
            self._here[file.path] = part.size
        self.done[file.path] = part.finish()
        self._sizes[file.path] = part.size
        self._write_notes()
        self._tell(file, part.size)

    def _receive(self, client: httpx.Client, file: SourceFile, part: Part) -> None:
        url = self._source.url(self._row.repository, self.revision or "main", file.path)
        with open_file(client, url, part.size, part.of.identity if part.of else "") as opened:
            self._check_announced(file, opened.announced)
            if opened.begin == 0:
                part.restart(opened.announced)
            expected = opened.announced.size_bytes
            check_room(self._folder, (expected or file.size_bytes) - part.size, file.path)
            limit = self._most(file) if expected is None else expected
            part.append(opened.chunks, limit, lambda here: self._tell(file, here))

    def _check_announced(self, file: SourceFile, announced: Announced) -> None:
        """Another file than the pinned or the earlier one is told before it is fetched."""
        if announced.revision:
            if not self.revision:
                self.revision = announced.revision
                self._write_notes()
            elif self.revision != announced.revision:
                raise _changed(file, "its source names another revision")
        sha256, size = self._expected(file)
        if sha256 and announced.sha256 and announced.sha256 != sha256:
            raise _changed(file, "its source announces another checksum")
        if size and announced.size_bytes is not None and announced.size_bytes != size:
            raise _changed(file, f"its source announces {announced.size_bytes} bytes instead of {size}")
        if announced.size_bytes is not None:
            if announced.size_bytes > max(file.size_bytes * APPROXIMATE, SMALL_BYTES):
                raise _changed(file, f"its source announces {gigabytes(announced.size_bytes)}")
            self._sizes[file.path] = announced.size_bytes

    def _expected(self, file: SourceFile) -> tuple[str, int]:
        """sha256 and size that are pinned, or that an earlier fetch found; "" and 0 where not known."""
        before = self._known.get(file.path)
        sha256 = file.sha256 or (before.sha256 if before else "")
        return sha256, (file.size_bytes if file.exact else before.size if before else 0)

    def _most(self, file: SourceFile) -> int:
        """The most bytes that may come where the source announces nothing."""
        return self._expected(file)[1] or int(max(file.size_bytes * APPROXIMATE, SMALL_BYTES))

    def _check_whole(self, file: SourceFile, part: Part) -> None:
        size, announced_sha256 = (part.of.size_bytes, part.of.sha256) if part.of else (None, None)
        if size is not None and part.size < size:
            raise PassingFault("the connection ended early")
        wanted = self._expected(file)[0] or announced_sha256
        if wanted and part.record.sha256 != wanted:
            raise Damaged("its checksum is wrong")

    def _tell(self, file: SourceFile, here: int) -> None:
        self._here[file.path] = here
        self._progress(sum(self._here.values()), max(sum(self._sizes.values()), sum(self._here.values())))

    def _read_notes(self) -> tuple[str, dict[str, FileRecord]]:
        """The revision and the whole files of a fetch before; a file whose size is another is none."""
        try:
            notes = json.loads((self._folder / NOTES).read_text("utf-8"))
            files = {path: FileRecord(**record) for path, record in notes["files"].items()}
            revision = str(notes["revision"])
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return "", {}
        paths = {path: self._folder / path for path in files}
        whole = {p: r for p, r in files.items() if paths[p].is_file() and paths[p].stat().st_size == r.size}
        return revision, whole

    def _write_notes(self) -> None:
        notes = {
            "revision": self.revision,
            "files": {path: asdict(record) for path, record in self.done.items()},
        }
        beside = self._folder / f"{NOTES}.new"
        beside.write_text(json.dumps(notes), "utf-8")
        beside.replace(self._folder / NOTES)


def _changed(file: SourceFile, why: str) -> DeoccError:
    return DeoccError(
        "weights_changed",
        f"{file.path} is not the file that was expected: {why}.",
        "Nothing was fetched. Use another mirror, or import a file you trust.",
        "weights_import",
        502,
    )
