"""Weights from a source or from a file to their folder: fetched or found, prepared, checked, put in place.

The only writer of the weights' folder. Every step happens in `<weights>/.staging/`; a name in `<weights>/`
either is not there or is complete. It runs in a process of its own (`deocc weights …`), which loads torch.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from deocc import backends
from deocc.backends.readiness import Readiness, users_of
from deocc.calibration import measured_once
from deocc.contract import WeightsState
from deocc.errors import DeoccError, InputFault
from deocc.lock import lock_file
from deocc.place import choose_place
from deocc.weights.fetch import Fetched, fetch_row
from deocc.weights.folder import (
    DAMAGED,
    STAGING,
    FileRecord,
    Installed,
    WeightsFolder,
    check_room,
    installed_json,
    unpublished,
)
from deocc.weights.folder import INSTALLED as INSTALLED_NAME
from deocc.weights.preparing import PrepareOptions
from deocc.weights.source import Source
from deocc.weights.table import Row

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Step:
    """What an installation is doing. stage: "fetching", "checking" or "preparing"; bytes of the sources."""

    stage: str
    here_bytes: int
    size_bytes: int


Report = Callable[[Step], None]  # what it raises ends the installation; what was fetched stays


class Installer:
    """Fetches, imports, verifies and removes in one folder; one installation of a name at a time.

    ready: its folder, and whether only commercially usable weights may come in.
    """

    def __init__(self, ready: Readiness, source: Source, report: Report = lambda step: None):
        self._ready, self._folder, self._source, self._report = ready, ready.weights, source, report

    def fetch(self, name: str) -> None:
        """Installs a published row, or mends it; nothing where it is whole.

        Raises weights_unpublished, weights_noncommercial, packages_missing, weights_busy, disk_full, and
        what `fetch_row` and the preparer raise.
        """
        row = self._folder.row(name)
        self._ready.check_installable(row.name)
        if not row.published:
            raise unpublished(row)
        with _held(self._folder, name):
            state, held = self._folder.state(name), self._folder.installed(name)
            if state == WeightsState.READY:
                return
            if state == WeightsState.DAMAGED and held and self._mend(row, held):
                return
            known = held.sources if held and held.source == row.repository else {}
            revision = held.revision if held and known else ""
            here = self._folder.fetched_bytes(name)
            check_room(self._folder.root, max(row.size_bytes - here, 0) + row.size_bytes, row.title)
            fetched = self._bring(row, self._folder.staging(name), known, revision)
            source = self._folder.staging(name)
            if len(row.files) == 1:
                source = source / row.files[0].path
            self._install(row, source, row.repository, fetched, PrepareOptions(name))
            shutil.rmtree(self._folder.staging(name))

    def import_from(self, path: Path, options: PrepareOptions) -> str:
        """Installs a file or folder that is on this disk; it is read, never moved. Replaces what was there.

        Returns what the preparer took for granted, in words.
        Raises no_file, weights_wrong, weights_noncommercial, packages_missing, weights_busy, disk_full.
        """
        row = self._folder.row(options.name)
        self._ready.check_installable(row.name)
        _check_readable(path)
        _check_outside(path, self._folder.path(row.name))
        self._folder.row(options.base or row.name)  # a base that nobody knows is told before the work
        with _held(self._folder, row.name):
            sources = {}
            sizes = {one: one.stat().st_size for one in _files_of(path)}
            check_room(self._folder.root, sum(sizes.values()), row.title)
            done = 0
            for one, size in sizes.items():
                self._report(Step("checking", done, sum(sizes.values())))
                relative = one.name if one == path else one.relative_to(path).as_posix()
                try:
                    sources[relative] = _record(one)
                except OSError as error:
                    raise _unreadable(one, error) from error
                done += size
            return self._install(row, path, f"imported: {path.name}", Fetched("", sources), options)

    def remove(self, name: str) -> None:
        """Removes a name with all that was fetched for it; harmless where there is nothing."""
        with _held(self._folder, name):
            with self._out_of_the_way(self._folder.path(name)):
                shutil.rmtree(self._folder.staging(name), ignore_errors=True)

    def verify(self, name: str) -> list[str]:
        """Reads every byte; the damaged or missing files, which are remembered until they are mended."""
        held = self._folder.installed(name)
        if held is None:
            self._folder.require([name])
            return []
        with _held(self._folder, name):
            folder, size = self._folder.path(name), sum(record.size for record in held.files.values())
            done, damaged = 0, []
            for relative, record in held.files.items():
                self._report(Step("checking", done, size))
                if not (folder / relative).is_file() or _record(folder / relative) != record:
                    damaged.append(relative)
                done += record.size
            self._remember(folder, damaged)
        return damaged

    def _mend(self, row: Row, held: Installed) -> bool:
        """Fetches only the damaged files, where each is a source file as it is; whether that was all."""
        damaged = self._folder.damaged_files(row.name, held)
        by_hash = {record.sha256: path for path, record in held.sources.items()}
        sources = {relative: by_hash.get(held.files[relative].sha256, "") for relative in damaged}
        if held.source != row.repository or not all(sources.values()):
            return False
        staging = self._folder.staging(row.name)
        self._bring(row, staging, held.sources, held.revision, frozenset(sources.values()))
        for relative, path in sources.items():
            shutil.copyfile(staging / path, staging / "mended")  # one source may mend several files
            (self._folder.path(row.name) / relative).parent.mkdir(parents=True, exist_ok=True)
            (staging / "mended").replace(self._folder.path(row.name) / relative)
        self._remember(self._folder.path(row.name), [])
        shutil.rmtree(staging)
        return True

    def _bring(
        self,
        row: Row,
        staging: Path,
        known: Mapping[str, FileRecord],
        revision: str,
        only: frozenset[str] | None = None,
    ) -> Fetched:
        def tell(here: int, size: int) -> None:
            self._report(Step("fetching", here, size))

        return fetch_row(row, staging, self._source, tell, known, revision, only)

    def _install(self, row: Row, source: Path, named: str, fetched: Fetched, options: PrepareOptions) -> str:
        """Prepares source into a folder beside, writes what it is, puts it in place; what it was taken as."""
        size = sum(record.size for record in fetched.files.values())
        self._report(Step("preparing", size, size))
        made = self._folder.root / STAGING / f"{row.name}.made-{uuid.uuid4().hex}"
        made.mkdir(parents=True)
        try:
            told = replace(options, installed=self._folder.root)
            prepared = backends.preparer(row.name)(source, made, told)
            self._report(Step("checking", size, size))
            files = {one.relative_to(made).as_posix(): _record(one) for one in _files_of(made)}
            installed = Installed(
                row.name, named, fetched.revision, row.licence, _one_hash(fetched.files), prepared.base,
                files, fetched.files,
            )  # fmt: skip
            (made / INSTALLED_NAME).write_bytes(installed_json(installed))
            with self._out_of_the_way(self._folder.path(row.name)):
                made.rename(self._folder.path(row.name))
        finally:
            shutil.rmtree(made, ignore_errors=True)
        log.info("%s: installed from %s", row.name, named)
        self._calibrate(row)
        return prepared.taken_as

    def _calibrate(self, row: Row) -> None:
        """Measures the device, once, so that the first job's estimate is this machine's."""
        users = users_of(self._folder).get(row.name, [])
        if any(backends.card(user).tflop for user in users):
            measured_once(choose_place(), self._folder.root)

    @contextmanager
    def _out_of_the_way(self, folder: Path) -> Iterator[None]:
        """A folder, where there is one, lies aside inside and is removed after it: it is never seen half
        removed, its place is empty for no longer than a rename, and it is back where that fails."""
        away = self._folder.root / STAGING / f"{folder.name}.away-{uuid.uuid4().hex}"
        was_there = folder.exists()
        try:
            if was_there:
                folder.rename(away)
        except PermissionError as error:  # on Windows, while a job reads it
            raise _busy(folder.name) from error
        try:
            yield
        except BaseException:
            if was_there:
                away.rename(folder)
            raise
        shutil.rmtree(away, ignore_errors=True)

    def _remember(self, folder: Path, damaged: list[str]) -> None:
        if damaged:
            (folder / DAMAGED).write_text(json.dumps(damaged), "utf-8")
        else:
            (folder / DAMAGED).unlink(missing_ok=True)


@contextmanager
def _held(folder: WeightsFolder, name: str) -> Iterator[None]:
    """The name for this process alone; the system lets it go if the process dies."""
    staging = folder.root / STAGING
    staging.mkdir(parents=True, exist_ok=True)
    try:
        lock = lock_file(staging / f"{folder.row(name).name}.lock")
    except BlockingIOError as error:
        raise _busy(name) from error
    with lock:
        for left in staging.glob(f"{name}.*-*"):  # by an installation that was killed
            shutil.rmtree(left, ignore_errors=True)
        yield


def _busy(name: str) -> DeoccError:
    message = f"{name} is being fetched, imported or used just now."
    return InputFault("weights_busy", message, "Try again later.", "retry", 409)


def _files_of(path: Path) -> list[Path]:
    """The file itself, or all files below a folder, by name; hidden ones don't count."""
    if path.is_file():
        return [path]
    found = [one for one in path.rglob("*") if one.is_file()]
    return sorted(one for one in found if not any(p.startswith(".") for p in one.relative_to(path).parts))


def _check_readable(path: Path) -> None:
    """InputFault `no_file` where there is no such file or folder, or it may not be read."""
    try:
        if path.is_dir():
            next(path.iterdir(), None)
        else:
            path.open("rb").close()
    except FileNotFoundError:
        raise InputFault("no_file", f"There is no {path}.", "Choose another file or folder.") from None
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> InputFault:
    words = f"{path} can't be read: {error.strerror or error}."
    return InputFault("no_file", words, "Choose another file or folder.")


def _check_outside(path: Path, target: Path) -> None:
    """InputFault `no_file` for what lies in the folder that the import would replace, and remove it with."""
    if path.resolve().is_relative_to(target.resolve()):
        words = f"{path} lies where these weights are installed, and would be replaced by its own import."
        raise InputFault("no_file", words, "Move it elsewhere, then import it.")


def _record(path: Path) -> FileRecord:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(2**22):
            digest.update(block)
    return FileRecord(os.path.getsize(path), digest.hexdigest())


def _one_hash(files: Mapping[str, FileRecord]) -> str:
    """The sha256 of a single file; of several, of their list as sha256sum prints it."""
    hashes = [record.sha256 for record in files.values()]
    if len(hashes) == 1:
        return hashes[0]
    lines = "".join(f"{record.sha256}  {path}\n" for path, record in sorted(files.items()))
    return hashlib.sha256(lines.encode()).hexdigest()
