"""The server's fetches and imports of weights: one child process at a time, the rest in order.

What a child fetched before it was stopped stays, and the next fetch goes on from there.
"""

from __future__ import annotations

import dataclasses
import logging
import shutil
import threading
import uuid
from dataclasses import dataclass
from pathlib import Path

from deocc.backends.readiness import Readiness
from deocc.backends.weights_list import weights_list
from deocc.contract import Fault, WeightsReply, WeightsState
from deocc.errors import InputFault
from deocc.installing.process import FetchProcess
from deocc.installing.upload import WeightsUpload, remove_old_uploads
from deocc.weights.faults import wrong_weights
from deocc.weights.folder import STAGING, check_room, unpublished
from deocc.weights.preparing import PrepareOptions

log = logging.getLogger(__name__)


@dataclass
class _Work:
    """One fetch or import, waiting or running. words: of the child's command line."""

    name: str
    words: tuple[str, ...]
    upload: Path | None = None
    stage: str = "waiting"
    here_bytes: int = 0
    size_bytes: int = 0
    stopped: bool = False
    process: FetchProcess | None = None


class Fetches:
    """Every method may be called from any thread. ready: the folder, and the licences' switch."""

    def __init__(self, ready: Readiness):
        self._ready = ready
        self._waiting: list[_Work] = []
        self._running: _Work | None = None
        self._errors: dict[str, Fault] = {}
        self._wake = threading.Condition(threading.RLock())
        self._closing = False
        self._thread: threading.Thread | None = None
        self._uploads = ready.weights.root / STAGING / "uploads"
        remove_old_uploads(self._uploads)

    @property
    def busy(self) -> bool:
        with self._wake:
            return self._running is not None or bool(self._waiting)

    def list(self) -> list[WeightsReply]:
        """All rows but the hidden ones, with what is going on."""
        return [self._with_work(row) for row in weights_list(self._ready)]

    def reply(self, name: str) -> WeightsReply:
        """Raises `unknown_weights` (404), `weights_noncommercial` for a hidden one."""
        self._ready.weights.row(name)
        self._ready.check_licences((name,))
        [row] = [row for row in self.list() if row.name == name]
        return row

    def fetch(self, name: str) -> None:
        """Begins or goes on with a fetch; nothing where it is under way or all is there.

        Raises weights_unpublished, weights_noncommercial, packages_missing.
        """
        folder = self._ready.weights
        self._ready.check_installable(name)
        if not folder.row(name).published:
            raise unpublished(folder.row(name))
        if folder.state(name) != WeightsState.READY:
            self._add(_Work(name, ("fetch", name, "--yes", "--alone")))

    def bring(self, upload: WeightsUpload) -> None:
        """Begins the import of a finished upload; 409 `weights_busy` where the name is under way."""
        options = upload.options
        words = ["import", str(upload.path), "--as", options.name]
        if options.base:
            words += ["--base", options.base]
        if options.cameras:
            words += ["--cameras", options.cameras]
        if options.background:
            words += ["--background", ",".join(map(str, options.background))]
        if not self._add(_Work(options.name, tuple(words), upload.path)):
            raise _busy(options.name)

    def upload(self, options: PrepareOptions, size_bytes: int) -> WeightsUpload:
        """A place for a file on its way in; size_bytes: as announced, 0: not.

        Raises what check_installable does, 409 where the name is under way, `disk_full`.
        """
        self._ready.check_installable(options.name)
        row = self._ready.weights.row(options.name)
        if len(row.files) > 1:
            raise wrong_weights(
                f"{row.title} is a folder of files, and only a single file can be taken in here.",
                f"Fetch it, or use “deocc weights import --as {row.name} FOLDER” on the server's machine.",
            )
        if options.base:
            self._ready.weights.row(options.base)
        remove_old_uploads(self._uploads)
        if self._at_work(options.name):
            raise _busy(options.name)
        self._uploads.mkdir(parents=True, exist_ok=True)
        check_room(self._uploads, 2 * size_bytes, "The file")  # once as it is, once prepared
        return WeightsUpload(self._uploads / uuid.uuid4().hex, options)

    def stop(self, name: str) -> bool:
        """Ends a fetch or import, waiting or running; whether there was one."""
        with self._wake:
            work = self._at_work(name)
            if work is None:
                return False
            work.stopped = True
            if work in self._waiting:
                self._waiting.remove(work)
                _drop(work)
            elif work.process:
                work.process.stop()
            return True

    def remove(self, name: str) -> None:
        """Removes what is installed and what was fetched, in a process as every change is."""
        self._ready.weights.row(name)
        fault = FetchProcess(["remove", name, "--yes", *self._flags()]).follow(lambda *_told: None)
        with self._wake:
            self._errors.pop(name, None)
        if fault:
            raise InputFault(fault.code, fault.message, fault.hint, fault.action, 409)

    def close(self) -> None:
        """Ends the child, and all that waits."""
        with self._wake:
            self._closing = True
            for work in self._waiting:
                _drop(work)
            self._waiting.clear()
            if self._running:
                self._running.stopped = True
                if self._running.process:
                    self._running.process.stop()
            self._wake.notify_all()
        if self._thread:
            self._thread.join()

    def _add(self, work: _Work) -> bool:
        with self._wake:
            if self._at_work(work.name) or self._closing:
                return False
            self._errors.pop(work.name, None)
            self._waiting.append(work)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="fetches", daemon=True)
                self._thread.start()
            self._wake.notify_all()
            return True

    def _at_work(self, name: str) -> _Work | None:
        """What waits or runs under a name and was not told to stop."""
        with self._wake:
            works = [*self._waiting, *([self._running] if self._running else [])]
            return next((work for work in works if work.name == name and not work.stopped), None)

    def _with_work(self, row: WeightsReply) -> WeightsReply:
        with self._wake:
            works = [*([self._running] if self._running else []), *self._waiting]
            work = next((one for one in works if one.name == row.name), None)
            if work is None:
                return dataclasses.replace(row, error=self._errors.get(row.name))
            return dataclasses.replace(
                row,
                state=WeightsState.FETCHING,
                stage="stopping" if work.stopped else work.stage,
                fetched_bytes=max(work.here_bytes, 0) or row.fetched_bytes,
                size_bytes=work.size_bytes or row.size_bytes,
            )

    # -- the thread --

    def _run(self) -> None:
        while True:
            with self._wake:
                while not self._waiting and not self._closing:
                    self._wake.wait()
                if self._closing:
                    return
                self._running = work = self._waiting.pop(0)
            fault = self._follow(work)
            _drop(work)
            with self._wake:
                self._running = None
                if fault and not work.stopped:
                    self._errors[work.name] = fault

    def _follow(self, work: _Work) -> Fault | None:
        """Runs one work to its end; how it failed, None where it did not."""

        def tell(stage: str, here_bytes: int, size_bytes: int) -> None:
            work.stage, work.here_bytes, work.size_bytes = stage, here_bytes, size_bytes

        try:
            with self._wake:
                if work.stopped:
                    return None
                work.process = FetchProcess([*work.words, *self._flags()])
        except OSError as error:  # the system starts no more processes
            message = f"The work on these weights can't be started: {error.strerror or error}."
            return Fault("weights_failed", message, "Try again later.", "retry")
        fault = work.process.follow(tell)
        log.info(
            "weights: %s ended (%s)",
            work.name,
            "stopped" if work.stopped else fault.code if fault else "ready",
        )
        return fault

    def _flags(self) -> list[str]:
        flags = ["--weights-dir", str(self._ready.weights.root)]
        return [*flags, "--commercial-only"] if self._ready.commercial_only else flags


def _busy(name: str) -> InputFault:
    return InputFault("weights_busy", f"{name} is being fetched or imported.", "Wait for it.", "retry", 409)


def _drop(work: _Work) -> None:
    if work.upload:
        shutil.rmtree(work.upload.parent, ignore_errors=True)
