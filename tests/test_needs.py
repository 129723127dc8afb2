"""What a backend still needs, in product words, with its buttons; and which backend is taken by itself."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest

from deocc.contract import BackendReply, Fault, WeightsReply, WeightsState
from deocc_blender import replies
from deocc_blender.board import Board
from deocc_blender.messages import LinkNews, UploadNews, WeightsNews, WeightsRefused
from deocc_blender.needs import needs_line, panel_line
from deocc_blender.replies import Health, LinkFault, ServerFault
from deocc_blender.states import Line, of_words, size_words
from tests.fake_weights import (
    BASE,
    GB,
    LARGE,
    MISSING,
    PACKAGES,
    STUDENT,
    UNET,
    UNPUBLISHED,
    card,
)

HEALTH = Health("deocc", "s1", "0.1.0", "1.0", "ready", "RTX 4070, 12 GB", "")
DRAFT = card("draft", "Draft")
HEAVY = card("heavy", "Heavy", ("views-unet", "lrm-large"), MISSING)
SCHOLAR = card("student", "Student", ("student", "lrm-large"), UNPUBLISHED)
LIBRARIES = card("libraries", "Libraries", (), PACKAGES)
ALL = (DRAFT, HEAVY, SCHOLAR, LIBRARIES)
USE_DRAFT = ("choose_backend", "draft", "Use Draft")


def a_board(
    *rows: WeightsReply, cards: tuple[BackendReply, ...] = (DRAFT, HEAVY, SCHOLAR, LIBRARIES)
) -> Board:
    board = Board()
    board.take(WeightsNews(replies.weights_rows({"weights": [asdict(row) for row in rows]})))
    found = replies.backend_cards({"backends": [asdict(one) for one in cards]})
    board.take(LinkNews("ready", health=HEALTH, backends=found))
    return board


def line_of(board: Board, backend: str, online: bool = True, **values: str) -> Line:
    card = board.link.card(backend)
    assert card is not None
    line = needs_line(board, card, values, online)
    assert line is not None
    return line


def buttons(line: Line) -> list[tuple[str, str, str]]:
    return [(one.action, one.about, one.label) for one in line.buttons]


def test_missing_weights_are_said_with_their_size_and_licence():
    line = line_of(a_board(LARGE, UNET), "heavy")
    assert (line.words, line.alert) == ("Heavy needs 3.8 GB of weights (non-commercial licence).", False)
    assert buttons(line) == [("weights_fetch", "heavy", ""), USE_DRAFT]


def test_a_size_that_is_not_known_exactly_says_so_and_what_is_here_is_not_counted_again():
    ready = replace(UNET, state=WeightsState.READY)
    line = line_of(a_board(replace(LARGE, approximate=True), ready), "heavy")
    assert line.words == "Heavy needs about 1.5 GB of weights (commercial use allowed)."


def test_without_online_access_the_button_leads_to_it_and_a_file_does_too():
    line = line_of(a_board(LARGE, UNET), "heavy", online=False)
    assert line.more == "Blender's online access is off. Turn it on to download, or import a file."
    assert buttons(line) == [("online_access", "", ""), ("weights_import", "heavy", ""), USE_DRAFT]


def test_unpublished_weights_can_be_imported():
    line = line_of(a_board(LARGE, STUDENT), "student")
    assert line.words == "Student: its authors have not published the weights."
    assert buttons(line) == [("weights_import", "student", ""), USE_DRAFT]


def test_missing_libraries_are_said_in_the_servers_words_with_the_command():
    line = line_of(a_board(), "libraries")
    assert (line.words, line.more) == ("Libraries needs PyTorch.", "Install it with pip.")
    assert buttons(line) == [("install_packages", "libraries", ""), USE_DRAFT]


def test_a_download_shows_its_bytes_over_all_that_is_missing_and_can_be_cancelled():
    fetching = replace(UNET, state=WeightsState.FETCHING, fetched_bytes=12 * GB // 10, stage="fetching")
    line = line_of(a_board(replace(LARGE, state=WeightsState.FETCHING), fetching), "heavy")
    assert line.words == "Downloading the weights of Heavy." and line.bar is not None
    assert line.bar.words == "1.2 of 3.8 GB" and line.bar.fraction == pytest.approx(1.2 / 3.8)
    assert buttons(line) == [("weights_cancel", "heavy", "")]


def test_after_the_last_byte_the_bar_says_what_is_done_with_them():
    ready = replace(LARGE, state=WeightsState.READY)
    last = replace(UNET, state=WeightsState.FETCHING, fetched_bytes=UNET.size_bytes, stage="preparing")
    bar = line_of(a_board(ready, last), "heavy").bar
    assert bar is not None and (bar.words, bar.fraction) == ("preparing", 1.0)


def test_a_file_that_was_sent_is_prepared():
    board = a_board(LARGE, replace(STUDENT, state=WeightsState.FETCHING, stage="preparing"))
    line = line_of(board, "student")
    assert line.words == "Preparing the weights of Student."
    assert line.bar is not None and (line.bar.words, line.bar.fraction) == ("preparing", 1.0)


def test_a_download_that_failed_says_why_and_goes_on_from_where_it_was():
    why = Fault("weights_source", "The source does not answer.", "Try later.", "weights_fetch")
    board = a_board(LARGE, replace(UNET, state=WeightsState.PARTIAL, fetched_bytes=GB, error=why))
    line = line_of(board, "heavy")
    assert line.words == "The source does not answer." and line.alert
    assert line.more == "Try later. 1.0 of 3.8 GB are here already."
    assert buttons(line) == [("weights_fetch", "heavy", "Try Again"), USE_DRAFT]


def test_a_full_disk_has_its_own_button_beside_the_other():
    board = a_board(LARGE, UNET)
    board.take(WeightsRefused("lrm-large", ServerFault("disk_full", "The disk is full.", "", "free_space")))
    assert buttons(line_of(board, "heavy"))[:2] == [
        ("weights_fetch", "heavy", "Try Again"), ("free_space", "", ""),
    ]  # fmt: skip
    board.take(WeightsRefused("lrm-large", None))  # asked anew
    assert line_of(board, "heavy").words.startswith("Heavy needs")


def test_what_was_broken_off_is_continued():
    line = line_of(a_board(LARGE, replace(UNET, state=WeightsState.PARTIAL, fetched_bytes=GB)), "heavy")
    assert line.more == "1.0 of 3.8 GB are here already."
    assert buttons(line)[0] == ("weights_fetch", "heavy", "Continue")


def test_damaged_weights_are_repaired():
    ready = replace(LARGE, state=WeightsState.READY)
    line = line_of(a_board(ready, replace(UNET, state=WeightsState.DAMAGED)), "heavy")
    assert line.words == "The weights of Heavy are damaged: UNet of the views."
    assert buttons(line) == [("weights_fetch", "heavy", "Repair"), USE_DRAFT]


def test_a_file_on_its_way_to_the_server_shows_its_bytes():
    board = a_board(LARGE, STUDENT)
    board.take(UploadNews("student", GB, 2 * GB))
    line = line_of(board, "student")
    assert line.words == "Importing The student's UNet."
    assert line.bar is not None and (line.bar.words, line.bar.fraction) == ("1.0 of 2.0 GB", 0.5)
    board.take(UploadNews("student", 2 * GB, 2 * GB))
    bar = line_of(board, "student").bar
    assert bar is not None and bar.words == "checking the file"
    board.take(UploadNews("student", None, 0))
    assert line_of(board, "student").bar is None


def test_a_refused_file_is_said_where_the_import_button_is():
    board = a_board(LARGE, STUDENT)
    wrong = ServerFault("weights_wrong", "It is another model's.", "Choose another.", "weights_import")
    board.take(WeightsRefused("student", wrong))
    assert line_of(board, "student").more == "It is another model's. Choose another."


def test_an_option_that_names_weights_chooses_what_is_needed():
    board = a_board(LARGE, replace(UNET, state=WeightsState.READY), BASE)
    assert line_of(board, "heavy").words.startswith("Heavy needs 1.5 GB")
    heavy = board.link.card("heavy")
    assert heavy and needs_line(board, heavy, {"reconstructor": "lrm-base"}, True) is None


def test_the_first_line_says_what_runs_before_what_is_needed_and_that_before_ready():
    board = a_board(LARGE, UNET)
    assert panel_line(board, "heavy", {}, True).action == "weights_fetch"
    assert panel_line(board, "draft", {}, True).words == "Ready · RTX 4070, 12 GB"
    board.take(LinkNews("fault", fault=LinkFault("server_off", "Server is off.", "", "server_start")))
    assert panel_line(board, "heavy", {}, True).action == "weights_fetch"  # which starts it
    assert panel_line(board, "draft", {}, True).action == "server_start"
    board.take(LinkNews("fault", fault=LinkFault("wrong_token", "The token.", "", "edit_token")))
    assert panel_line(board, "heavy", {}, True).action == "edit_token"


def test_by_itself_the_best_backend_that_is_ready_is_taken_and_never_a_baseline():
    deocc, baseline = card("deocc123", "DeOcc-1-to-3"), card("3drecon", "Baseline")
    assert Board().chosen("") == "draft" and Board().chosen("puppet") == "puppet"
    assert Board(usual="deocc123").chosen("") == "deocc123"  # as it was when a server was seen last
    assert a_board(cards=(DRAFT, baseline, deocc)).chosen("") == "deocc123"
    assert a_board(cards=(DRAFT, baseline, replace(deocc, ready=False))).chosen("") == "draft"
    assert a_board(cards=(DRAFT, baseline)).chosen("3drecon") == "3drecon"
    assert a_board(cards=(DRAFT, baseline)).chosen("gone") == "draft"


def test_for_commercial_use_only_what_forbids_it_is_not_offered():
    board = a_board(LARGE, UNET, STUDENT)
    board.weights.commercial_only = True
    assert [one.name for one in board.offered] == ["draft", "libraries"]
    assert [row.name for row in board.weights.offered] == ["lrm-large"]
    assert board.chosen("heavy") == "draft"


@pytest.mark.parametrize(
    ("done", "size", "words"),
    [
        (1_234_000_000, 3_800_000_000, "1.2 of 3.8 GB"),
        (41_200_000, 118_000_000, "41 of 118 MB"),
        (0, 1_500_000, "0.0 of 1.5 MB"),
    ],
)
def test_sizes_are_said_as_downloads_say_them(done: int, size: int, words: str):
    assert of_words(done, size) == words


def test_a_size_alone():
    assert [size_words(size) for size in (999_999_999, 10**9, 1)] == ["1000 MB", "1.0 GB", "0.1 MB"]
