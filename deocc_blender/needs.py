"""What a backend needs before it can run, libraries and weights: its words and its buttons. No bpy."""

from __future__ import annotations

from collections.abc import Mapping

from .board import Board
from .replies import BackendCard, WeightsRow
from .states import Bar, Button, Line, fault_line, of_words, size_words, state_line

Values = Mapping[str, bool | int | float | str]
DOWNLOADING = ("", "waiting", "fetching")  # of a row's stages
LONGEST = 240  # letters of a sentence in the panel: some eight lines
OFFLINE = "Blender's online access is off."


def needed(board: Board, card: BackendCard, values: Values) -> list[WeightsRow]:
    """The rows of weights that a backend needs with these options.

    The card names those of its default options. An option whose values are names of weights chooses among
    them, as the server's own check does.
    """
    known = {row.name for row in board.weights.rows}
    choosing = [one for one in card.options if one.choices and known.issuperset(one.choices)]
    chosen = [str(values.get(one.name, one.default)) for one in choosing]
    if chosen == [one.default for one in choosing]:
        return board.weights.named(card.weights)
    others = {choice for one in choosing for choice in one.choices}
    fixed = [name for name in card.weights if name not in others]
    return board.weights.named((*fixed, *chosen))


def panel_line(board: Board, backend: str, values: Values, online: bool) -> Line:
    """The panel's first line: what runs, what the chosen backend needs, how the link is."""
    card = board.link.card(backend)
    fault = board.link.fault
    off = board.link.state == "fault" and (fault is None or fault.code == "server_off")
    if board.running or card is None or not (off or board.link.state == "ready"):
        return state_line(board)
    return needs_line(board, card, values, online) or state_line(board)


def needs_line(board: Board, card: BackendCard, values: Values, online: bool) -> Line | None:
    """Why the backend can't run with these options, and what helps; None where it can."""
    fault = card.blocked
    if fault is not None and not fault.action.startswith("weights_"):  # libraries; a licence not allowed
        about = card.name if fault.action == "install_packages" else ""
        others = instead(board, card) if about else ()
        return Line(fault.message, fault.hint, fault.action, "ERROR", True, about, "", others)
    rows = needed(board, card, values)
    missing = [row for row in rows if row.state != "ready"]
    if not rows and fault is not None:  # the table has not come yet
        return fault_line(fault, card.name)
    if not missing:
        return None
    return on_its_way(board, missing, card) or _missing_line(board, missing, card, online)


def on_its_way(board: Board, rows: list[WeightsRow], card: BackendCard) -> Line | None:
    """What is being sent or downloaded of these rows, with a bar; None where nothing is, as far as known."""
    if board.link.state != "ready":
        return None
    for row in rows:
        if row.name in board.weights.uploads:
            sent, size = board.weights.uploads[row.name]
            bar = Bar(sent / max(size, 1), "checking the file" if sent == size else of_words(sent, size))
            return Line(f"Importing {row.title}.", "", "weights_cancel", "IMPORT", about=card.name, bar=bar)
    busy = [row for row in rows if row.is_busy]
    if not busy:
        return None
    moving = any(row.stage in DOWNLOADING for row in busy)
    words = f"{'Downloading' if moving else 'Preparing'} the weights of {card.title}."
    return Line(words, "", "weights_cancel", "IMPORT", about=card.name, bar=row_bar(busy))


def row_bar(rows: list[WeightsRow]) -> Bar:
    """How far the download of these rows is, in bytes; or what is done after it."""
    done, size = sum(row.fetched_bytes for row in rows), sum(row.size_bytes for row in rows)
    stages = [row.stage for row in rows if row.stage not in DOWNLOADING or len(rows) == 1]
    later = next((stage for stage in stages if stage != "fetching"), "")
    words = later if later and (len(rows) == 1 or done >= size) else of_words(done, size)
    return Bar(min(done / size, 1.0) if size else 1.0, words)  # of a file that was sent there is no size


def instead(board: Board, card: BackendCard) -> tuple[Button, ...]:
    """The button that takes the best backend that is ready."""
    other = board.link.card(board.chosen(""))
    if other is None or other.name == card.name or not other.ready:
        return ()
    return (Button("choose_backend", other.name, f"Use {other.title}"),)


def licence_words(rows: list[WeightsRow]) -> str:
    return "commercial use allowed" if all(row.commercial for row in rows) else "non-commercial licence"


def total_words(rows: list[WeightsRow]) -> str:
    """`3.8 GB`, `about 3.8 GB`"""
    about = "about " if any(row.approximate for row in rows) else ""
    return about + size_words(sum(row.size_bytes for row in rows))


def here_words(rows: list[WeightsRow]) -> str:
    """`1.2 of 3.8 GB are here already.`, or "" where nothing is."""
    here, size = sum(row.fetched_bytes for row in rows), sum(row.size_bytes for row in rows)
    return f"{of_words(here, size)} are here already." if here else ""


def shortened(text: str) -> str:
    """A long list of tensors is for the log."""
    text = text.strip()
    return text if len(text) <= LONGEST else f"{text[:LONGEST].rstrip()} … (see the server's log)"


def _missing_line(board: Board, rows: list[WeightsRow], card: BackendCard, online: bool) -> Line:
    others = instead(board, card)
    unpublished = [row for row in rows if row.state == "unpublished"]
    if unpublished:
        words = f"{card.title}: its authors have not published the weights."
        said = board.weights.fault(unpublished[0])  # of a file that was no such checkpoint
        more = shortened(f"{said.message} {said.hint}") if said else ""
        return Line(words, more, "weights_import", "INFO", False, card.name, "", others)
    faults = [fault for fault in map(board.weights.fault, rows) if fault is not None]
    if faults:
        fault, more = faults[0], f"{faults[0].hint} {here_words(rows)}".strip()
        if not fault.action.startswith("weights_"):  # as a full disk's
            others = (Button(fault.action), *others)
        return Line(fault.message, more, "weights_fetch", "ERROR", True, card.name, "Try Again", others)
    damaged = [row for row in rows if row.state == "damaged"]
    if damaged:
        words = f"The weights of {card.title} are damaged: {damaged[0].title}."
        return Line(words, "", "weights_fetch", "ERROR", True, card.name, "Repair", others)
    words = f"{card.title} needs {total_words(rows)} of weights ({licence_words(rows)})."
    if not online:
        others = (Button("weights_import", card.name), *others)
        more = f"{OFFLINE} Turn it on to download, or import a file."
        return Line(words, more, "online_access", "INFO", others=others)
    here = here_words(rows)
    return Line(words, here, "weights_fetch", "INFO", False, card.name, "Continue" if here else "", others)
