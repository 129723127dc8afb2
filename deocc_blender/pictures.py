"""Fetches a running job's pictures in a thread of their own, at the pace at which a panel shows them. No bpy.

A backend may show the same picture again and again, better each time, faster than a link brings it. So of
each only the newest is fetched, and the job's events never wait for one.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable
from pathlib import Path

from .client import Client
from .messages import Message, PictureCame
from .package import VIEWS, Package
from .replies import LinkFault, ServerFault
from .thumbnail import thumbnail

log = logging.getLogger(__name__)
PACE_S, LONGEST_WAIT_S = 0.25, 5.0  # between two rounds; and where the link is lost
PNG_HEAD = b"\x89PNG\r\n\x1a\n"
KEPT = 2  # files of one picture: the panel may still show the last but one

Name = tuple[int, str]  # variant and picture


class PictureFetcher:
    """One job's pictures. open_link: a greeted client of its own, LinkFault where there is none."""

    def __init__(
        self, job_id: str, open_link: Callable[[], Client], post: Callable[[Message], None], folder: Path
    ):
        self._job_id, self._open_link, self._post, self._folder = job_id, open_link, post, folder
        self._changed = threading.Condition(threading.RLock())
        self._wanted: dict[Name, None] = {}  # in the order in which they came
        self._final: set[int] = set()  # variants whose package is there: nothing newer will come
        self._shown: dict[Name, list[Path]] = {}  # the newest last
        self._busy = self._over = False
        self._thread: threading.Thread | None = None

    def want(self, variant: int, name: str) -> None:
        """A picture can be fetched, or is another than before."""
        with self._changed:
            self._wanted[variant, name] = None
            self._changed.notify_all()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="deocc-pictures", daemon=True)
                self._thread.start()

    def take_package(self, variant: int, package: Package) -> None:
        """Shows a finished variant's own pictures: nothing of it need be fetched any more."""
        with self._changed:
            self._final.add(variant)
            self._wanted = {name: None for name in self._wanted if name[0] != variant}
            self._show((variant, "completed.png"), package.completed)
            for i in range(VIEWS):
                self._show((variant, f"views/{i}.png"), package.views[i])

    def finish(self, patience_s: float) -> None:
        """Ends the thread once all that was wanted has come, or after `patience_s`."""
        with self._changed:
            self._changed.wait_for(lambda: not self._wanted and not self._busy, patience_s)
            self._over = True
            self._changed.notify_all()

    def _run(self) -> None:
        client, wait_s = None, PACE_S
        while (names := self._next_round()) is not None:
            try:
                client = client or self._open_link()
                for name in names:
                    self._fetch(client, name)
                wait_s = PACE_S
            except LinkFault as fault:
                log.info("pictures of %s wait: %s", self._job_id, fault.message)
                if client is not None:
                    client.close()
                client, wait_s = None, min(wait_s * 2, LONGEST_WAIT_S)
            self._end_round(wait_s)
        if client is not None:
            client.close()

    def _next_round(self) -> list[Name] | None:
        """What to fetch now, of the newest variant alone; None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._over or self._wanted)
            if self._over:
                return None
            newest = max(variant for variant, _ in self._wanted)
            self._wanted = {name: None for name in self._wanted if name[0] == newest}
            self._busy = True
            return list(self._wanted)

    def _end_round(self, wait_s: float) -> None:
        with self._changed:
            self._busy = False
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._over, wait_s)

    def _fetch(self, client: Client, name: Name) -> None:
        with self._changed:  # taken off first: what is said meanwhile is newer
            self._wanted.pop(name, None)
            if self._over or name[0] in self._final:
                return
        try:
            data = client.picture(self._job_id, *name)
        except LinkFault:
            with self._changed:
                self._wanted[name] = None
            raise
        except ServerFault as fault:
            log.info("no picture %s of %s: %s", name, self._job_id, fault.message)  # the package has it
            return
        with self._changed:
            if name[0] not in self._final:
                self._show(name, data)

    def _show(self, name: Name, png: bytes) -> None:
        """Leaves a picture for the panel, unless it is the one shown; each content has a file of its own."""
        content = hashlib.sha256(png).hexdigest()[:12]
        path = self._folder / f"{self._job_id}-{name[0]:d}-{name[1].replace('/', '-')[:-4]}-{content}.png"
        kept = self._shown.setdefault(name, [])
        if png[:8] != PNG_HEAD or path in kept[-1:]:
            return
        try:
            if not path.exists():  # else an earlier follower of this job has left it
                path.write_bytes(png)
        except OSError as error:
            log.info("a picture could not be kept: %s", error)  # it is for the eye only
            return
        kept.append(path)
        self._post(PictureCame(self._job_id, name[0], name[1], str(path), thumbnail(png)))
        while len(kept) > KEPT:
            oldest = kept.pop(0)
            if oldest not in kept:
                oldest.unlink(missing_ok=True)
