"""The exact words of the states that a user meets, and that every remedy of the wire has its button."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from deocc_blender.actions import REMEDIES
from deocc_blender.board import Board, JobView
from deocc_blender.messages import Accepted, Ended, LinkNews, Progress
from deocc_blender.replies import BackendCard, Health, LinkFault, ServerFault
from deocc_blender.states import done_line, duration_words, estimate_words, share_words, state_line

ROOT = Path(__file__).resolve().parents[1]
HEALTH = Health("deocc", "s1", "0.1.0", "1.0", "ready", "RTX 4070, 12 GB", "")


def a_board(*messages, job: JobView | None = None) -> Board:
    board = Board()
    if job:
        board.jobs[job.id] = job
    for message in messages:
        board.take(message)
    return board


def chair() -> JobView:
    return JobView("j1", "Chair", None)


@pytest.mark.parametrize(
    ("board", "words", "action"),
    [
        (a_board(), "Server is off.", "server_start"),
        (a_board(LinkNews("fault", fault=LinkFault("server_off", "…"))), "Server is off.", "server_start"),
        (a_board(LinkNews("ready", health=HEALTH)), "Ready · RTX 4070, 12 GB", ""),
        (a_board(LinkNews("lost")), "Lost the server. Reconnecting… your job is kept.", ""),
        (
            a_board(Progress("j1", "running", "six views, 4 of 6", 0.41, 14.2), job=chair()),
            "Chair: six views, 4 of 6 · 41 % · about 14 s",
            "cancel",
        ),
        (a_board(Accepted("j1", "s1"), job=chair()), "Chair: waiting its turn", "cancel"),
        (a_board(job=chair()), "Chair: sending the photo", "cancel"),
    ],
)
def test_the_state_line_says(board: Board, words: str, action: str):
    line = state_line(board)
    assert (line.words, line.action) == (words, action)


@pytest.mark.parametrize("device", ["cpu", "processor", "processor, 4 cores"])
def test_a_machine_without_a_graphics_card_is_ready_all_the_same(device: str):
    about = Health("deocc", "s1", "0.1.0", "1.0", "ready", device, "")
    words = state_line(a_board(LinkNews("ready", health=about))).words
    assert words == "Ready · no graphics card, using the processor"


def test_a_fault_of_the_link_is_shown_with_its_remedy_even_while_a_job_waits():
    fault = LinkFault(
        "wrong_program", "Something else answers at that address (not DeOcc).", "", "edit_address"
    )
    line = state_line(a_board(LinkNews("fault", fault=fault), job=chair()))
    assert (line.words, line.action) == (fault.message, "edit_address")


def test_a_job_that_is_over_says_what_became_of_it():
    job = chair()
    board = a_board(Ended("j1", "done"), job=job)
    job.placed = 4
    assert done_line(job).words == "Chair placed. 3 more seeds:"
    job.placed = 1
    assert done_line(job).words == "Chair placed."
    board.take(
        Ended(
            "j1", "failed", ServerFault("memory", "Not enough memory.", "Close a program.", "retry_smaller")
        )
    )
    line = done_line(job)
    assert (line.words, line.more, line.action) == ("Not enough memory.", "Close a program.", "retry_smaller")


def test_the_estimate_counts_the_variants_and_says_whether_it_was_measured():
    card = BackendCard("draft", "Draft", "", (), 1.0, 0.4, True, True)
    assert estimate_words(card, 2) == "about 2 s · 0.4 GB   (measured on this machine)"
    assert estimate_words(None, 2) == ""


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (89.0, "89 s"), (90.0, "2 min"), (5399.0, "90 min"), (5400.0, "1.5 h")],
)
def test_durations_are_rounded_to_what_a_person_reads(seconds: float, words: str):
    assert duration_words(seconds) == words


@pytest.mark.parametrize(
    ("share", "words"), [(0.0, "empty"), (0.004, "under 1 % of photo"), (0.18, "18 % of photo")]
)
def test_a_masks_share_is_said_in_words(share: float, words: str):
    assert share_words(share) == words


def test_every_action_the_wire_may_name_has_an_operator_of_the_extension():
    sources = "".join(path.read_text() for path in (ROOT / "deocc_blender/operators").glob("*.py"))
    operators = set(re.findall(r'bl_idname = "(deocc\.\w+)"', sources))
    assert {remedy.operator for remedy in REMEDIES.values()} <= operators


def test_every_action_that_the_server_uses_is_in_the_table():
    sources = "".join(path.read_text() for path in (ROOT / "server/deocc").rglob("*.py"))
    known = "open_photo edit_masks edit_options choose_backend edit_address edit_token server_start "
    known += "server_update update_addon retry retry_smaller free_space show_log"
    used = {word for word in known.split() if f'"{word}"' in sources}
    assert "retry" in used and used <= set(REMEDIES) and set(known.split()) <= set(REMEDIES)
