"""Follows jobs: threads leave messages, `poll_once()` takes them on the main thread and lands what arrived.

A timer calls it in Blender; under the `bpy` module timers never fire and tests call it themselves. Jobs are
held by id, never by a reference into bpy.data, so undo, a deleted placeholder or another file harm nothing.
"""

from __future__ import annotations

import logging
import queue
import shutil
import threading
import time
import uuid
from pathlib import Path

import bpy

from . import drawing, needs, placeholder, preferences, properties
from .board import FIRST, Board, JobView, LinkView, WeightsView
from .errands import Errands
from .follow import Follower, fresh_folder
from .landing import land_one
from .look import look, stop_and_look
from .messages import JobSpec, LinkNews, Message, WeightsNews
from .replies import BackendCard, ServerFault
from .states import Line

log = logging.getLogger(__name__)
BUSY_S, IDLE_S = 0.1, 1.0
ABOUT_BACKENDS = ("weights_fetch", "weights_import", "install_packages")
LOOK_AGAIN_S = 10.0  # an idle panel learns this late that a server came or went

board = Board()
_messages: queue.SimpleQueue[Message] = queue.SimpleQueue()
_errands = Errands(_messages.put)
_folder: Path | None = None
_looker: threading.Thread | None = None
_looked_at = -1e9
_look_again: bool | None = None  # asked for while a look was on its way; true: with a start


def submit(spec: JobSpec, job_id: str | None = None) -> str:
    """Sends a job and follows it; returns its id at once."""
    job_id = job_id or str(uuid.uuid4())
    job = JobView(job_id, spec.name, spec)
    job.follower = Follower(job_id, preferences.connection(), _messages.put, _pictures(), spec)
    board.jobs[job_id] = job
    job.follower.start()
    _hurry()
    return job_id


def follow_again(job_id: str, name: str) -> None:
    """Follows a job that is on the server already, as an opened file's placeholder says."""
    known = board.jobs.get(job_id)
    if known is not None and known.follower is not None and known.follower.is_alive:
        return
    job = JobView(job_id, name, known.spec if known else None, state="queued")
    job.follower = Follower(job_id, preferences.connection(), _messages.put, _pictures())
    board.jobs[job_id] = job
    job.follower.start()


def cancel(job_id: str) -> None:
    job = board.jobs.get(job_id)
    if job is not None and job.follower is not None:
        job.stage = "cancelling"
        job.follower.cancel()


def look_now(start: bool = False, fresh: bool = True) -> None:
    """Asks in a thread how the server is; `start` starts a local one. Not fresh: only if it changed."""
    global _looker, _looked_at, _look_again
    if _looker is not None and _looker.is_alive():
        if start or fresh:  # the user may have changed the address since
            _look_again = bool(start or _look_again)
        return
    _looked_at, _look_again = time.monotonic(), None
    link = board.link
    answered = link.state == "ready" and link.health is not None and bool(link.backends)
    known = link.health.server_id if answered and link.health and not fresh else ""
    arguments = (preferences.connection(), start, _messages.put, known)
    _looker = threading.Thread(target=look, args=arguments, name="deocc-look", daemon=True)
    _looker.start()


def stop_server(restart: bool = False) -> None:
    """Ends the local server in a thread, and starts it again where asked."""
    arguments = (preferences.connection(), restart, _messages.put)
    threading.Thread(target=stop_and_look, args=arguments, name="deocc-stop", daemon=True).start()


def chosen(settings: properties.DeoccScene) -> str:
    """The backend that the next job goes to: the user's, else the best that is ready."""
    return board.chosen(settings.backend)


def chosen_card(settings: properties.DeoccScene) -> BackendCard | None:
    return board.link.card(chosen(settings))


def first_line(settings: properties.DeoccScene) -> Line:
    """The panel's first line."""
    backend = chosen(settings)
    return needs.panel_line(board, backend, settings.option_values(backend), bool(bpy.app.online_access))


def blocked(settings: properties.DeoccScene) -> str:
    """Why the chosen backend can't run, as a sentence; "" where it can, or nothing is known yet."""
    card = chosen_card(settings)
    if card is None:
        return ""
    line = needs.needs_line(board, card, settings.option_values(card.name), online=True)
    return line.words if line else ""


def fetch_weights(names: tuple[str, ...]) -> None:
    _errands.fetch(preferences.connection(), names)


def delete_weights(names: tuple[str, ...]) -> None:
    """Ends what is on its way; removes what is here."""
    _errands.delete(preferences.connection(), names)


def import_weights(name: str, path: Path, about: dict[str, str]) -> None:
    _errands.upload(preferences.connection(), name, path, about)


def licences_changed() -> None:
    """The preference shows and hides at once; a server is told when it is started next."""
    board.weights.commercial_only = preferences.preferences().commercial_only
    redraw()


def poll_once() -> bool:
    """Takes all messages and lands at most one result; true where something changed. Main thread only."""
    changed, linked = False, False
    while True:
        try:
            message = _messages.get_nowait()
        except queue.Empty:
            break
        changed = True
        known = {job_id: job.state for job_id, job in board.jobs.items()}
        board.take(message)
        linked = linked or (isinstance(message, LinkNews) and message.state == "ready")
        if isinstance(message, WeightsNews) and any(row.is_busy for row in message.rows):
            _errands.watch(preferences.connection())
        _mark(known)
    if linked:
        _linked()
    landed = land_one(board)
    if _look_again is not None:
        look_now(start=_look_again)
    elif time.monotonic() - _looked_at > LOOK_AGAIN_S and not board.running:
        look_now(fresh=False)
    return changed or landed


def _mark(before: dict[str, str]) -> None:
    """Writes what a message changed onto the job's object."""
    for job_id, state in before.items():
        job = board.jobs[job_id]
        if job.state == state:
            continue
        if job.server_id:
            placeholder.mark_server(job_id, job.server_id)
        if job.state == "cancelled" and not job.placed and not job.arrived:
            placeholder.remove_placeholder(job_id)
        if job.is_settled and job.state != "failed":
            placeholder.forget_job(job_id)
        if job.state == "done" or (job.fault is not None and job.fault.action in ABOUT_BACKENDS):
            look_now()  # its estimate is measured now, or what it lacks is known


def _linked() -> None:
    """The server answers: its options go to the scenes, and placeholders that wait for it are followed."""
    if board.link.backends:
        for one in bpy.data.scenes:
            properties.sync_options(one.deocc, board.link.backends)  # type: ignore[attr-defined]
    else:  # a job's own news of the link come without them
        look_now()
    server_id = board.link.health.server_id if board.link.health else ""
    _remember(server_id)
    for job_id, its_server, name in placeholder.awaited():
        if its_server == server_id and job_id not in board.jobs:
            follow_again(job_id, name)


def _remember(server_id: str) -> None:
    """What is known of the server before it is seen again: its id, and the backend that a job goes to."""
    said = preferences.preferences()
    server_id = server_id if preferences.connection().is_local else said.known_server
    if board.link.backends:
        board.usual = board.chosen("")
    if (said.known_server, said.known_best) != (server_id, board.usual):
        said.known_server, said.known_best = server_id, board.usual
        bpy.context.preferences.is_dirty = True


def _pictures() -> Path:
    global _folder
    if _folder is None:
        _folder = fresh_folder(bpy.app.tempdir)  # which Blender removes when it quits
    return _folder


def _tick() -> float:
    """Polls in another timer: Blender drops a timer that fails, and a bad poll must not be the last."""
    if not bpy.app.timers.is_registered(_poll):
        bpy.app.timers.register(_poll)
    landing = any(job.arrived for job in board.jobs.values())
    busy = board.running or landing or board.link.state == "starting" or board.weights.is_moving
    return BUSY_S if busy else IDLE_S


def _poll() -> None:
    if poll_once():
        drawing.release_pictures({job.id for job in board.pictured})
        redraw()


def _hurry() -> None:
    """Lets the timer tick soon: an idle one would show the first news of a job a second late."""
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
        bpy.app.timers.register(_tick, first_interval=BUSY_S, persistent=True)


def redraw() -> None:
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in ("VIEW_3D", "IMAGE_EDITOR"):
                area.tag_redraw()


@bpy.app.handlers.persistent
def _file_loaded(_path: str) -> None:
    """Another file: results whose placeholder is not in it wait in Results; its own jobs are followed."""
    _follow_anew()
    ours = preferences.preferences().known_server
    mine = any(server_id == ours for _, server_id, _ in placeholder.awaited()) and bool(ours)
    look_now(start=mine and preferences.connection().is_local)


def _follow_anew() -> None:
    """Jobs that landed in a scene that is gone, but that the opened file waits for, come once more."""
    for job_id, _, name in placeholder.awaited():
        job = board.jobs.get(job_id)
        if job is None or not job.placed:
            continue
        if job.follower is not None:
            job.follower.leave()
        job.follower = None
        follow_again(job_id, name)


def start() -> None:
    """Timer and handler; the first look at the server comes with the first tick.

    None for undo: what it changed outside of a step would break the redo (tests/blender/scenes/undo.py).
    """
    global _errands
    _errands = Errands(_messages.put)
    said = preferences.preferences()
    board.weights.commercial_only, board.usual = said.commercial_only, said.known_best or FIRST
    bpy.app.handlers.load_post.append(_file_loaded)
    bpy.app.timers.register(_tick, first_interval=IDLE_S, persistent=True)


def end() -> None:
    global _folder, _looked_at
    _looked_at = -1e9  # enabled again, it looks at once
    for timer in (_tick, _poll):
        if bpy.app.timers.is_registered(timer):
            bpy.app.timers.unregister(timer)
    bpy.app.handlers.load_post.remove(_file_loaded)
    for job in board.jobs.values():
        if job.follower is not None:
            job.follower.leave()
    _errands.leave()
    board.jobs.clear()
    board.link, board.weights = LinkView(), WeightsView()
    if _folder is not None:
        shutil.rmtree(_folder, ignore_errors=True)
        _folder = None


def fault_of(error: ServerFault) -> str:
    """A fault as one line for a report."""
    return f"{error.message} {error.hint}".strip()
