"""`deocc weights`: sizes and licences first, a yes, progress, JSON lines for programs, codes 2 and 1."""

from __future__ import annotations

import builtins
import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from deocc.cli import main
from deocc.weights import table
from tests import pictures
from tests.puppet.weights import NET, REVISION
from tests.weights.file_server import FileServer

NET_PATH = f"/tests/puppet/resolve/{REVISION}/net.bin"


@pytest.fixture(autouse=True)
def own_folder(puppet_rows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the test's own, and no source but what a test names."""
    monkeypatch.setenv("DEOCC_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("DEOCC_WEIGHTS_MIRROR", "http://127.0.0.1:9")
    monkeypatch.delenv("DEOCC_WEIGHTS_DIR", raising=False)
    return tmp_path / "data" / "weights"


def weights(*words: str) -> int:
    return main(["weights", *words])


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_the_list_shows_every_row_with_size_and_licence(capsys: pytest.CaptureFixture[str]):
    assert weights("list") == 0
    shown = capsys.readouterr().out
    assert "zero123plus-v1.2     missing       about 7.7 GB  Zero123++ v1.2" in shown
    assert "deocc123             unpublished  not published" in shown
    assert "licence: CC-BY-NC-4.0 (non-commercial)" in shown
    assert weights("list", "--json") == 0
    rows = json.loads(capsys.readouterr().out)["weights"]
    assert [row["name"] for row in rows] == [row.name for row in table.TABLE]
    assert weights("list", "--json", "--commercial-only") == 0
    assert all(row["commercial"] for row in json.loads(capsys.readouterr().out)["weights"])


def test_a_fetch_shows_size_and_licence_and_moves_nothing_without_a_yes(
    source_server: FileServer, own_folder: Path, capsys, monkeypatch: pytest.MonkeyPatch
):
    fetch = ("fetch", "puppet-net", "--mirror", source_server.url)
    assert weights(*fetch) == 2
    told = capsys.readouterr()
    assert told.out.splitlines() == [
        "Puppet's net: 1.0 MB from tests/puppet",
        "  licence: free https://licences.invalid/free",
    ]
    assert told.err == "deocc: Nothing was fetched: nobody was there to agree. Give --yes.\n"
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    for typed, code in (("", 2), ("y", 2), ("yes", 0)):
        monkeypatch.setattr(builtins, "input", lambda question, typed=typed: typed)
        assert source_server.asked == []
        assert weights(*fetch) == code
    assert capsys.readouterr().out.endswith("puppet-net is ready.\n")
    assert (own_folder / "puppet-net" / "net.bin").read_bytes() == NET


def test_what_needs_a_base_brings_it_along(source_server: FileServer, own_folder: Path, capsys):
    assert weights("fetch", "puppet-pair", "--yes", "--mirror", source_server.url) == 0
    assert "Puppet's pair: about 0.6 MB" in capsys.readouterr().out
    assert {path.name for path in own_folder.iterdir()} == {".staging", "puppet-pair", "puppet-net"}


def test_json_lines_tell_every_step_to_a_program(source_server: FileServer, capsys):
    assert weights("fetch", "puppet-net", "--yes", "--json", "--mirror", source_server.url) == 0
    told = lines(capsys)
    assert told[-1] == {"done": True}
    assert [line["stage"] for line in told[:-1]] == ["fetching", "preparing", "checking"]
    assert all(line["size_bytes"] == len(NET) for line in told[:-1])
    assert weights("fetch", "puppet-net", "--yes", "--json") == 0  # here already
    assert lines(capsys) == [{"done": True}]


def test_a_fault_is_one_sentence_and_a_json_line(source_server: FileServer, capsys):
    source_server.mishaps[NET_PATH] = ["403", "403"]
    fetch = ("fetch", "puppet-net", "--yes", "--mirror", source_server.url)
    assert weights(*fetch) == 1  # not the user's mistake
    assert capsys.readouterr().err.count("\n") == 1
    assert weights(*fetch, "--json") == 1
    [line] = lines(capsys)
    assert line["error"]["code"] == "weights_source"


def test_verify_names_what_is_damaged_and_repairs_it(
    source_server: FileServer, own_folder: Path, capsys, monkeypatch: pytest.MonkeyPatch
):
    assert weights("fetch", "puppet-net", "--yes", "--mirror", source_server.url) == 0
    assert weights("verify") == 0
    assert capsys.readouterr().out.endswith("puppet-net: every byte is as it was installed.\n")
    (own_folder / "puppet-net" / "net.bin").write_bytes(NET[:-1] + b"!")
    assert weights("verify", "--json") == 2
    assert json.loads(capsys.readouterr().out) == {"damaged": {"puppet-net": ["net.bin"]}}
    assert weights("verify", "puppet-net") == 2
    assert "puppet-net: damaged: net.bin" in capsys.readouterr().out
    monkeypatch.setenv("DEOCC_WEIGHTS_MIRROR", source_server.url)
    assert weights("verify", "--repair") == 0
    assert (own_folder / "puppet-net" / "net.bin").read_bytes() == NET


def test_import_and_remove(own_folder: Path, tmp_path: Path, capsys):
    (tmp_path / "student.bin").write_bytes(b"PUPPET student")
    words = ("import", "--as", "puppet-student", str(tmp_path / "student.bin"), "--background", "grey")
    assert weights(*words, "--base", "puppet-net", "--cameras", "v1.1") == 0
    about = json.loads((own_folder / "puppet-student" / "pipeline.json").read_text())
    assert about == {"base": "puppet-net", "cameras": "v1.1", "background": [127, 127, 127]}
    assert weights("remove", "puppet-student") == 0 and not (own_folder / "puppet-student").exists()
    assert capsys.readouterr().out == (
        "puppet-student is installed.\nIt needs puppet-net too: deocc weights fetch puppet-net\n"
        "puppet-student is gone.\n"
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("fetch", "nobody"), "There are no weights “nobody”. Choose one of: zero123plus-v1.1"),
        (("fetch", "puppet-student", "--yes"), "Puppet's student is not published yet."),
        (("fetch", "puppet-pair", "--yes", "--commercial-only"), "may not be used commercially"),
        (("import", "--as", "puppet-net", "nowhere.bin"), "There is no nowhere.bin."),
        (("verify", "puppet-net"), "Weights are missing: Puppet's net"),
        (("remove", "puppet-net", "--weights-dir", "/dev/null/x"), "/dev/null/x can't be written: Not a dir"),
    ],
)
def test_a_users_mistake_is_one_sentence_and_code_2(words: tuple[str, ...], sentence: str, capsys):
    assert weights(*words) == 2
    told = capsys.readouterr().err
    assert told.startswith("deocc: ") and sentence in told and told.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [[], ["fetch"], ["import", "x"], ["import", "x", "--as", "y", "--cameras", "v9"],
     ["import", "x", "--as", "y", "--background", "256,0,0"],
     ["import", "x", "--as", "y", "--background", "red"]],
)  # fmt: skip
def test_wrong_words_are_code_2(words: list[str], capsys):
    with pytest.raises(SystemExit) as caught:
        main(["weights", *words])
    assert caught.value.code == 2 and "usage: deocc weights" in capsys.readouterr().err


def test_the_environment_names_folder_and_mirror(
    source_server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("DEOCC_WEIGHTS_DIR", str(tmp_path / "shared"))
    monkeypatch.delenv("DEOCC_WEIGHTS_MIRROR")
    monkeypatch.setenv("HF_ENDPOINT", source_server.url)
    assert weights("fetch", "puppet-net", "--yes") == 0
    assert (tmp_path / "shared" / "puppet-net" / "installed.json").exists()
    monkeypatch.setenv("DEOCC_COMMERCIAL_ONLY", "1")
    assert weights("fetch", "puppet-pair", "--yes") == 2


def test_other_commands_load_nothing_that_fetches_or_computes():
    code = (
        "import sys; from deocc.cli import main\ntry: main(['serve', '--help'])\nexcept SystemExit: pass\n"
        "import deocc.serve; print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"httpx", "torch", "safetensors"} & set(done.stdout.split())


def test_a_run_without_its_weights_says_so_and_asks_no_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
):
    monkeypatch.setattr(socket.socket, "connect", _no_network)
    for name, data in (("photo.png", pictures.photo_file()), ("mask.png", pictures.object_file())):
        (tmp_path / name).write_bytes(data)
    words = ["--object", str(tmp_path / "mask.png"), "--out", str(tmp_path / "out")]
    needs = ["--backend", "puppet", "--needs", "puppet-net"]
    assert main(["run", str(tmp_path / "photo.png"), *words, *needs]) == 2
    told = capsys.readouterr().err
    assert told.startswith("deocc: Weights are missing: Puppet's net (1.0 MB; licence: free).")
    assert not (tmp_path / "out").exists()


def _no_network(*_words: object) -> None:
    raise AssertionError("it asked the network")
