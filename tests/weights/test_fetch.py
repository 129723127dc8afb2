"""Fetching from a file server that drops, stalls, lies and serves damage: whole files or one sentence."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import httpx
import pytest

from deocc.errors import Cancelled, DeoccError
from deocc.weights import fetch, folder
from deocc.weights.fetch import Fetched, fetch_row
from deocc.weights.folder import FileRecord
from deocc.weights.source import Source, open_file
from deocc.weights.table import Row, SourceFile
from tests.puppet.weights import NET, PAIR, REVISION, ROWS
from tests.weights.file_server import FileServer

NET_ROW, PAIR_ROW = ROWS[0], ROWS[1]
NET_PATH = f"/tests/puppet/resolve/{REVISION}/net.bin"
SECOND = "/tests/pair/resolve/main/inner/second.bin"
STALL_S = 0.3  # of the fetch: a stalled connection is given up after so long


def bring(server: FileServer, folder: Path, row: Row = NET_ROW, **more) -> Fetched:
    source = Source(server.url, stall_s=STALL_S)
    arguments = {"progress": lambda here, size: None, "known": {}, "wait_s": 0.01, **more}
    return fetch_row(row, folder, source, **arguments)


def record(data: bytes) -> FileRecord:
    return FileRecord(len(data), hashlib.sha256(data).hexdigest())


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_row_comes_with_its_checksums_and_progress_in_bytes(source_server: FileServer, tmp_path: Path):
    seen: list[tuple[int, int]] = []
    fetched = bring(source_server, tmp_path, progress=lambda here, size: seen.append((here, size)))
    assert (tmp_path / "net.bin").read_bytes() == NET
    assert fetched == Fetched(REVISION, {"net.bin": record(NET)})
    assert seen[-1] == (len(NET), len(NET)) and [here for here, _ in seen] == sorted(here for here, _ in seen)
    assert names(tmp_path) == {"net.bin", "fetched.json"}


@pytest.mark.parametrize(
    "mishaps",
    [
        ["drop"],
        ["drop", "drop", "drop"],
        ["stall"],
        ["500", "503", "502"],
        ["429", "408"],
        ["damaged"],
        ["drop", "ignores_range"],
        ["drop", "continues_another"],
        ["drop", "416"],
        ["redirect"],
        ["redirect", "redirect", "drop", "redirect"],
        ["drop", "stall", "500", "drop", "ignores_range"],
    ],
    ids=" then ".join,
)
@pytest.mark.parametrize("announce", [False, True], ids=["a plain server", "a hub"])
def test_what_passes_is_got_over_and_the_file_is_whole(
    source_server: FileServer, tmp_path: Path, mishaps: list[str], announce: bool
):
    source_server.announce, source_server.mishaps[NET_PATH] = announce, list(mishaps)
    fetched = bring(source_server, tmp_path)
    assert (tmp_path / "net.bin").read_bytes() == NET and fetched.files == {"net.bin": record(NET)}
    assert not source_server.mishaps[NET_PATH]  # every one of them happened


def test_a_length_that_is_a_lie_is_found_out(source_server: FileServer, tmp_path: Path):
    source_server.mishaps[SECOND] = ["says_more", "says_more"]  # bytes that never come, and no pinned size
    bring(source_server, tmp_path, PAIR_ROW)
    assert (tmp_path / "inner/second.bin").read_bytes() == PAIR["inner/second.bin"]


def test_a_broken_connection_is_gone_on_with_where_it_broke(source_server: FileServer, tmp_path: Path):
    source_server.mishaps[NET_PATH] = ["drop"]
    bring(source_server, tmp_path)
    etag = f'"{hashlib.md5(NET).hexdigest()}"'
    assert source_server.asked_for("net.bin") == [("", ""), (f"bytes={len(NET) // 2}-", etag)]


def test_another_process_goes_on_where_one_was_cut_off(source_server: FileServer, tmp_path: Path):
    def cut_off(here: int, size: int) -> None:
        if here > len(NET) // 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        bring(source_server, tmp_path, progress=cut_off)
    here = (tmp_path / "net.bin.part").stat().st_size
    assert 0 < here <= len(NET) and not (tmp_path / "net.bin").exists()
    assert bring(source_server, tmp_path).files == {"net.bin": record(NET)}
    if here < len(NET):
        assert source_server.asked_for("net.bin")[1][0] == f"bytes={here}-"


def test_a_file_cut_off_just_before_it_got_its_name_is_not_fetched_again(
    source_server: FileServer, tmp_path: Path
):
    source_server.mishaps[NET_PATH] = ["stall"]
    with pytest.raises(Cancelled):
        bring(source_server, tmp_path, progress=_cancel_at(1))
    (tmp_path / "net.bin.part").write_bytes(NET)
    assert bring(source_server, tmp_path).files == {"net.bin": record(NET)}
    assert len(source_server.asked) == 1


def test_a_file_that_changed_between_two_tries_is_never_glued(source_server: FileServer, tmp_path: Path):
    source_server.mishaps[SECOND] = ["drop"]
    newer = b"PUPPET newer!" * 50_000
    assert len(newer) == len(PAIR["inner/second.bin"])

    def change(here: int, size: int) -> None:
        if here > 12_000:
            source_server.files[SECOND] = newer

    bring(source_server, tmp_path, PAIR_ROW, progress=change)
    assert (tmp_path / "inner/second.bin").read_bytes() == newer
    assert source_server.asked_for("second.bin")[1][0].startswith("bytes=")


def test_a_piece_from_elsewhere_in_the_file_is_never_glued(source_server: FileServer, tmp_path: Path):
    source_server.mishaps[SECOND] = ["drop", "continues_another"]  # and no checksum that would show it
    bring(source_server, tmp_path, PAIR_ROW)
    assert (tmp_path / "inner/second.bin").read_bytes() == PAIR["inner/second.bin"]


def test_a_secured_source_never_sends_to_an_open_one(tmp_path: Path):
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers={"Location": "http://hub.invalid/elsewhere"})

    client = httpx.Client(transport=httpx.MockTransport(answer))
    with pytest.raises(DeoccError, match="an address that isn't secured"):
        with open_file(client, "https://hub.invalid/net.bin", 0, ""):
            raise AssertionError("it was opened")


def test_without_an_etag_nothing_is_gone_on_with(source_server: FileServer, tmp_path: Path):
    """Nothing would say that it still is the same file."""
    source_server.mishaps[SECOND] = ["no_etag"]
    with pytest.raises(Cancelled):
        bring(source_server, tmp_path, PAIR_ROW, progress=_cancel_at(12_001))
    bring(source_server, tmp_path, PAIR_ROW)
    assert [range_ for range_, _ in source_server.asked_for("second.bin")] == ["", ""]


@pytest.mark.parametrize(
    ("mishaps", "code", "words"),
    [
        (["damaged", "damaged"], "weights_source", "came damaged twice"),
        (["403"], "weights_source", "refuses to hand the file out (status 403)"),
        (["401"], "weights_source", "status 401"),
        (["418"], "weights_source", "answers with status 418"),
        (["500"] * 6, "weights_source", "the source is busy (status 500)"),
        (["says_much_more"], "weights_changed", "announces 10000000000000 bytes instead of"),
        (["says_more"], "weights_changed", "announces 1049582 bytes instead of 1048582"),
        (["says_less"], "weights_changed", "bytes instead of"),
        (["circle"], "weights_source", "without end"),
        (["to_a_file"], "weights_source", "an address that isn't secured"),
    ],
    ids=lambda value: " then ".join(value) if isinstance(value, list) else "",
)
def test_what_does_not_pass_is_one_sentence_and_nothing_looks_whole(
    source_server: FileServer, tmp_path: Path, mishaps: list[str], code: str, words: str
):
    source_server.mishaps[NET_PATH] = mishaps
    with pytest.raises(DeoccError) as caught:
        bring(source_server, tmp_path)
    assert caught.value.code == code and words in caught.value.message, caught.value.message
    assert caught.value.message.endswith(".") and caught.value.hint.endswith(".")
    assert not (tmp_path / "net.bin").exists()


def test_a_file_that_is_not_there_is_named(source_server: FileServer, tmp_path: Path):
    source_server.files.pop(NET_PATH)
    with pytest.raises(DeoccError, match=r"has no net\.bin") as caught:
        bring(source_server, tmp_path)
    assert caught.value.code == "weights_not_found"


def test_a_file_that_not_every_version_has_may_be_absent(source_server: FileServer, tmp_path: Path):
    assert set(bring(source_server, tmp_path, PAIR_ROW).files) == {"first.bin", "inner/second.bin"}


def test_nobody_answers_is_one_sentence(tmp_path: Path):
    with pytest.raises(DeoccError, match=r"can't be fetched: 127\.0\.0\.1 can't be reached"):
        fetch_row(NET_ROW, tmp_path, Source("http://127.0.0.1:9"), lambda here, size: None, {}, wait_s=0.001)


def test_a_source_that_stalls_for_ever_ends_after_its_tries(source_server: FileServer, tmp_path: Path):
    source_server.mishaps[NET_PATH] = ["stall"] * 20
    with pytest.raises(DeoccError, match="brought nothing for too long"):
        bring(source_server, tmp_path)
    assert len(source_server.mishaps[NET_PATH]) == 20 - fetch.TRIES


def test_only_the_damaged_file_of_several_is_fetched_again(source_server: FileServer, tmp_path: Path):
    source_server.announce, source_server.mishaps[SECOND] = True, ["damaged"]
    source_server.mishaps[SECOND.replace("main", REVISION)] = ["damaged"]
    bring(source_server, tmp_path, PAIR_ROW)
    assert len(source_server.asked_for("first.bin")) == 1
    assert len(source_server.asked_for("second.bin")) >= 2


def test_the_first_fetch_pins_what_the_table_does_not_know(source_server: FileServer, tmp_path: Path):
    source_server.announce = True
    fetched = bring(source_server, tmp_path / "first", PAIR_ROW)
    assert fetched.revision == REVISION  # asked for "main" once, then for that commit
    assert source_server.asked[1][0] == f"/tests/pair/resolve/{REVISION}/inner/second.bin"
    source_server.files[f"/tests/pair/resolve/{REVISION}/first.bin"] = b"PUPPET other" * 1000
    with pytest.raises(DeoccError, match="announces another checksum") as caught:
        bring(source_server, tmp_path / "later", PAIR_ROW, known=fetched.files, revision=fetched.revision)
    assert caught.value.code == "weights_changed"
    source_server.announce = False  # a mirror that announces nothing is held to it all the same
    with pytest.raises(DeoccError, match="came damaged twice"):
        bring(source_server, tmp_path / "mirror", PAIR_ROW, known=fetched.files, revision=fetched.revision)


def test_a_revision_that_changes_between_two_files_is_refused(source_server: FileServer, tmp_path: Path):
    source_server.announce = True

    def change(here: int, size: int) -> None:
        source_server.revision = "f" * 40

    with pytest.raises(DeoccError, match="another revision"):
        bring(source_server, tmp_path, PAIR_ROW, progress=change)


def test_a_full_disk_is_told_before_anything_moves(
    source_server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    class Usage:
        free = 1000

    monkeypatch.setattr(folder.shutil, "disk_usage", lambda folder: Usage)
    with pytest.raises(DeoccError, match=r"net.bin needs 1.0 MB on the disk; 0.1 MB are free") as caught:
        bring(source_server, tmp_path)
    assert caught.value.code == "disk_full" and not (tmp_path / "net.bin.part").exists()


def test_a_size_far_from_the_expected_one_is_refused(source_server: FileServer, tmp_path: Path):
    row = Row(
        "x", "X", "tests/pair", None, (SourceFile("inner/second.bin", 100),), "free", "", commercial=True
    )
    bring(source_server, tmp_path, row)  # small files are not judged by it
    source_server.files[SECOND] = bytes(fetch.SMALL_BYTES + 1)
    with pytest.raises(DeoccError, match="announces 17 MB"):
        bring(source_server, tmp_path / "again", row)


def test_notes_of_another_revision_or_of_nonsense_count_for_nothing(
    source_server: FileServer, tmp_path: Path
):
    (tmp_path / "net.bin").write_bytes(b"x" * len(NET))
    notes = {"revision": "e" * 40, "files": {"net.bin": {"size": len(NET), "sha256": "0" * 64}}}
    for text in (json.dumps(notes), "[1, 2", "[]", '{"files": 3, "revision": 1}'):
        (tmp_path / "fetched.json").write_text(text)
        assert bring(source_server, tmp_path).files == {"net.bin": record(NET)}


def test_a_proxy_is_asked_instead_of_the_source(source_server: FileServer, tmp_path: Path):
    source_server.files["http://hub.invalid" + NET_PATH] = NET  # a proxy is asked for whole addresses
    source = Source("http://hub.invalid", proxy=source_server.url, stall_s=STALL_S)
    fetched = fetch_row(NET_ROW, tmp_path, source, lambda here, size: None, {}, wait_s=0.01)
    assert fetched.files == {"net.bin": record(NET)}


def test_the_environments_proxy_is_used(
    source_server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("http_proxy", source_server.url)
    source_server.files["http://hub.invalid" + NET_PATH] = NET
    fetched = fetch_row(
        NET_ROW, tmp_path, Source("http://hub.invalid", stall_s=STALL_S), lambda here, size: None, {}
    )
    assert fetched.files == {"net.bin": record(NET)}


def test_a_proxy_that_is_no_address_is_one_sentence(tmp_path: Path):
    with pytest.raises(DeoccError, match="proxy can't be used"):
        fetch_row(NET_ROW, tmp_path, Source(proxy="nonsense"), lambda here, size: None, {})


def _cancel_at(bytes_here: int):
    def cancel(here: int, size: int) -> None:
        if here >= bytes_here:
            raise Cancelled

    return cancel
