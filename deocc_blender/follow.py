"""Follows one job in a thread, from its pictures to its packages, through lost links and restarts. No bpy.

A thread gets plain values and leaves messages; the main thread picks them up in `watch.poll_once`.
"""

from __future__ import annotations

import logging
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from .client import Client
from .connection import STARTS_ANYWAY, Connection
from .messages import Accepted, Ended, JobSpec, LinkNews, Message, PackageCame, Progress
from .package import read_package
from .picture import Picture, picture_bytes
from .pictures import PictureFetcher
from .replies import END_STATES, Event, Job, LinkFault, ServerFault
from .server_process import open_client

log = logging.getLogger(__name__)
FIRST_WAIT_S, LONGEST_WAIT_S = 0.25, 5.0
LAST_PICTURES_S = 5.0  # how long a job's end waits for the pictures that were announced before it
MAX_RESTARTS = 3  # of a local server without one event between: then it is the job that ends it


class Follower:
    """One job's thread. With a spec the job is put first; without, it is on the server already."""

    def __init__(
        self,
        job_id: str,
        connection: Connection,
        post: Callable[[Message], None],
        folder: Path,
        spec: JobSpec | None = None,
    ):
        self._job_id, self._connection, self._post = job_id, connection, post
        self._spec = spec
        self._pictures = PictureFetcher(job_id, self._open_again, post, folder)
        self._cancel = threading.Event()
        self._leave = threading.Event()
        self._last_event = 0
        self._restarts = 0
        self._server_id = ""
        self._fetched: set[int] = set()
        self._accepted = spec is None
        self._thread = threading.Thread(target=self._run, name=f"deocc-job-{job_id[:8]}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def cancel(self) -> None:
        """Ends the job; a thread of its own tells the server, since the follower may be reading."""
        self._cancel.set()
        threading.Thread(target=self._tell_cancel, name="deocc-cancel", daemon=True).start()

    def leave(self) -> None:
        """Stops following; the job goes on."""
        self._leave.set()

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def _run(self) -> None:
        try:
            ended = self._follow_through()
        except ServerFault as fault:
            log.warning("job %s: %s (%s)", self._job_id, fault.message, fault.code)
            if isinstance(fault, LinkFault) and not self._cancel.is_set():
                self._post(LinkNews("fault", fault=fault))
            ended = Ended(self._job_id, "failed", fault)
            if self._is_needless():  # nothing was sent, so nothing failed
                ended = Ended(self._job_id, "cancelled")
        self._pictures.finish(0.0 if self._leave.is_set() else LAST_PICTURES_S)
        if ended is not None and not self._leave.is_set():
            self._post(ended)

    def _follow_through(self) -> Ended | None:
        wait_s, lost = FIRST_WAIT_S, False
        while not self._leave.is_set():
            if self._cancel.is_set() and (lost or not self._accepted):
                return Ended(self._job_id, "cancelled")
            before = self._last_event
            client = None
            try:
                client = self._open(lost)
                lost, wait_s = False, FIRST_WAIT_S
                ended = self._with(client)
                if ended is not None:
                    return ended
            except LinkFault as fault:
                if not fault.passing:
                    raise
                if client is None:  # not even health answers
                    lost = True
                    self._post(LinkNews("lost" if self._accepted else "fault", fault=fault))
            finally:
                if client is not None:
                    client.close()
            if self._last_event > before:
                self._restarts = 0
            self._leave.wait(wait_s)
            wait_s = min(wait_s * 2, LONGEST_WAIT_S)
        return None

    def _open(self, lost: bool) -> Client:
        """A greeted client; a local server that does not run is started."""
        try:
            client, found = open_client(self._connection, start=False)
        except LinkFault as fault:
            if fault.code not in STARTS_ANYWAY or not self._connection.is_local:
                raise
            if self._last_event and not lost:
                self._post(LinkNews("lost", fault=fault))
            self._restarts += 1
            if self._restarts > MAX_RESTARTS:
                words = "The server ended several times during this job."
                raise ServerFault("server_keeps_ending", words, "See its log.", "show_log") from fault
            self._post(LinkNews("lost" if self._accepted else "starting"))
            client, found = open_client(self._connection, start=True, cancelled=self._is_needless)
        self._post(LinkNews("ready", health=found))
        self._server_id = found.server_id
        return client

    def _open_again(self) -> Client:
        """A second client, for the pictures; it starts no server."""
        return open_client(self._connection, start=False)[0]

    def _is_needless(self) -> bool:
        """Whether nobody waits for a server: one that has the job must still be told of its cancel."""
        return self._cancel.is_set() and not self._accepted

    def _with(self, client: Client) -> Ended | None:
        if not self._accepted:
            self._submit(client)
        elif not self._last_event:
            self._post(Accepted(self._job_id, self._server_id))
        if self._cancel.is_set():  # it may not have been heard: before the job was sent, or by a lost server
            self._delete_running(client)
        for event in client.events(self._job_id, self._last_event, stop=self._leave.is_set):
            ended = self._take(client, event)
            self._last_event = max(self._last_event, event.id)  # only now: half-done is done again
            if ended is not None:
                return ended
        if self._leave.is_set():
            return None
        found = client.job(self._job_id)
        return self._finish(client, found) if found.state in END_STATES else None

    def _submit(self, client: Client) -> None:
        spec = self._spec
        assert spec is not None
        parts = {
            "photo": spec.photo,
            "object_mask": spec.object_mask if spec.object_mask is not None else spec.photo,
            "occluder_mask": spec.occluder_mask,
            "keep_mask": spec.keep_mask,
        }
        sent: dict[int, str] = {}
        hashes: dict[str, str | None] = {}
        for name, picture in parts.items():
            if isinstance(picture, Picture):
                if id(picture) not in sent:
                    sent[id(picture)] = client.put_image(picture_bytes(picture))
                hashes[name] = sent[id(picture)]
            else:
                hashes[name] = picture
        request = {
            **{name: value for name, value in hashes.items() if value},
            "backend": spec.backend,
            "options": dict(spec.options),
            "seeds": list(spec.seeds),
            "name": spec.name,
        }
        client.put_job(self._job_id, request)
        self._accepted, self._spec = True, None  # pixels of a large photo are not to be kept
        self._post(Accepted(self._job_id, self._server_id, hashes))

    def _take(self, client: Client, event: Event) -> Ended | None:
        if event.state in END_STATES and event.kind != "variant":
            return self._finish(client, client.job(self._job_id))
        if event.kind == "picture" and event.variant is not None and event.picture:
            self._pictures.want(event.variant, event.picture)
        elif event.kind == "variant":
            self._fetch_packages(client, client.job(self._job_id))
        else:
            self._post(Progress(self._job_id, event.state, event.stage, event.fraction, event.eta_s))
        return None

    def _finish(self, client: Client, found: Job) -> Ended | None:
        if found.state not in END_STATES:
            return None
        self._fetch_packages(client, found)
        return Ended(self._job_id, found.state, found.error)

    def _fetch_packages(self, client: Client, found: Job) -> None:
        for n, variant in enumerate(found.variants):
            if variant.state == "done" and n not in self._fetched:
                package = read_package(client.package(self._job_id, n))
                self._fetched.add(n)
                self._pictures.take_package(n, package)
                self._post(PackageCame(self._job_id, n, package))

    def _tell_cancel(self) -> None:
        try:
            client, _ = open_client(self._connection, start=False)
        except ServerFault:
            return  # nothing runs there now; the follower ends by its flag
        try:
            self._delete_running(client)
        except ServerFault as fault:
            log.info("cancel of %s: %s", self._job_id, fault.message)
        finally:
            client.close()

    def _delete_running(self, client: Client) -> None:
        if client.job(self._job_id).state not in END_STATES:  # on a finished job DELETE removes its files
            client.delete_job(self._job_id)


def fresh_folder(parent: str) -> Path:
    """A folder of this session for the pictures of running jobs."""
    return Path(tempfile.mkdtemp(prefix="deocc-", dir=parent or None))
