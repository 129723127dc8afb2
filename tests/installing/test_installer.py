"""Installing weights: fetched or found, prepared, checked, put in place whole; mended, verified, removed."""

from __future__ import annotations

import errno
import json
import shutil
from pathlib import Path

import pytest

from deocc import backends
from deocc.backends.readiness import Readiness
from deocc.contract import WeightsState
from deocc.errors import DeoccError, InputFault
from deocc.installing.installer import Installer, Step, _held
from deocc.weights.folder import WeightsFolder
from deocc.weights.preparing import PrepareOptions
from deocc.weights.source import Source
from tests.puppet import weights as puppet_weights
from tests.puppet.weights import NET, PAIR, REVISION
from tests.weights.file_server import FileServer

pytestmark = pytest.mark.usefixtures("puppet_rows")


@pytest.fixture
def folder(tmp_path: Path) -> WeightsFolder:
    return WeightsFolder(tmp_path / "weights")


def installer(folder: WeightsFolder, server: FileServer | None = None, **more) -> Installer:
    source = Source(server.url if server else "http://127.0.0.1:9", stall_s=0.3)
    return Installer(Readiness(folder), source, **more)


def flip(path: Path) -> None:
    """Damages one byte in the middle; the size stays."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def left_in_staging(folder: WeightsFolder) -> list[str]:
    return sorted(path.name for path in (folder.root / ".staging").iterdir() if path.suffix != ".lock")


def test_a_fetch_ends_in_a_whole_folder_that_says_what_it_is(
    source_server: FileServer, folder: WeightsFolder
):
    steps: list[Step] = []
    installer(folder, source_server, report=steps.append).fetch("puppet-net")
    assert folder.state("puppet-net") == WeightsState.READY and left_in_staging(folder) == []
    about = json.loads((folder.path("puppet-net") / "installed.json").read_text())
    digest = puppet_weights.ROWS[0].files[0].sha256
    assert about["revision"] == REVISION and about["source"] == "tests/puppet" and about["sha256"] == digest
    assert about["files"]["net.bin"] == {"size": len(NET), "sha256": digest}
    assert set(about["files"]) == {"net.bin", "pipeline.json"} and about["base"] == ""
    assert [step.stage for step in steps if step.stage != "fetching"] == ["preparing", "checking"]


def test_what_is_whole_is_not_fetched_again(source_server: FileServer, folder: WeightsFolder):
    for _ in range(2):
        installer(folder, source_server).fetch("puppet-net")
    assert len(source_server.asked) == 1


def test_a_row_without_pins_is_held_to_its_first_fetch(source_server: FileServer, folder: WeightsFolder):
    source_server.announce = True
    installer(folder, source_server).fetch("puppet-pair")
    held = folder.installed("puppet-pair")
    assert held and held.revision == REVISION and set(held.sources) == set(PAIR)
    (folder.path("puppet-pair") / "pipeline.json").unlink()  # damage that needs all of it again
    changed = {"first.bin": b"PUPPET other" * 1000}
    source_server.put("tests/pair", REVISION, changed)
    with pytest.raises(DeoccError, match="another checksum"):
        installer(folder, source_server).fetch("puppet-pair")
    assert folder.state("puppet-pair") == WeightsState.DAMAGED  # not replaced by something else
    source_server.put("tests/pair", REVISION, PAIR)
    installer(folder, source_server).fetch("puppet-pair")
    assert folder.state("puppet-pair") == WeightsState.READY


def test_verify_finds_a_flipped_bit_and_a_fetch_mends_that_file_alone(
    source_server: FileServer, folder: WeightsFolder
):
    installer(folder, source_server).fetch("puppet-pair")
    assert installer(folder).verify("puppet-pair") == []
    flip(folder.path("puppet-pair") / "inner" / "second.bin")
    assert folder.state("puppet-pair") == WeightsState.READY  # sizes alone don't show it
    assert installer(folder).verify("puppet-pair") == ["inner/second.bin"]
    assert folder.state("puppet-pair") == WeightsState.DAMAGED
    source_server.asked.clear()
    installer(folder, source_server).fetch("puppet-pair")
    assert [path.rsplit("/", 1)[1] for path, _, _ in source_server.asked] == ["second.bin"]
    assert folder.state("puppet-pair") == WeightsState.READY
    assert installer(folder).verify("puppet-pair") == [] and left_in_staging(folder) == []


@pytest.mark.parametrize("spoil", ["gone", "shorter"])
def test_a_file_that_is_gone_or_shorter_is_seen_at_once(
    source_server: FileServer, folder: WeightsFolder, spoil: str
):
    installer(folder, source_server).fetch("puppet-net")
    path = folder.path("puppet-net") / "net.bin"
    if spoil == "gone":
        path.unlink()
    else:
        path.write_bytes(NET[:-1])
    with pytest.raises(DeoccError, match="some of its files are damaged or gone") as caught:
        folder.require(["puppet-net"])
    assert caught.value.action == "weights_fetch"
    installer(folder, source_server).fetch("puppet-net")
    assert path.read_bytes() == NET


def test_an_installed_json_of_nonsense_is_damage(source_server: FileServer, folder: WeightsFolder):
    installer(folder, source_server).fetch("puppet-net")
    for text in ("", "[]", '{"files": {}}', "null"):
        (folder.path("puppet-net") / "installed.json").write_text(text)
        assert folder.state("puppet-net") == WeightsState.DAMAGED
    installer(folder, source_server).fetch("puppet-net")
    assert folder.state("puppet-net") == WeightsState.READY


def test_an_import_takes_a_file_or_a_folder_and_leaves_it(folder: WeightsFolder, tmp_path: Path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "a.bin").write_bytes(b"PUPPET a")
    (tmp_path / "own" / ".hidden").write_bytes(b"x")
    options = PrepareOptions("puppet-student", "puppet-net", "v1.1", (1, 2, 3))
    installer(folder).import_from(tmp_path / "own" / "a.bin", options)
    first = folder.installed("puppet-student")
    assert first and first.base == "puppet-net" and first.source == "imported: a.bin"
    assert json.loads((folder.path("puppet-student") / "pipeline.json").read_text()) == {
        "base": "puppet-net", "cameras": "v1.1", "background": [1, 2, 3],
    }  # fmt: skip
    installer(folder).import_from(tmp_path / "own", PrepareOptions("puppet-student"))  # replaces the first
    second = folder.installed("puppet-student")
    assert second and set(second.sources) == {"a.bin"} and second.sha256 == first.sha256
    assert (folder.path("puppet-student") / "a.bin").exists() and (tmp_path / "own" / "a.bin").exists()
    assert left_in_staging(folder) == []


def test_what_needs_a_base_is_not_ready_without_it(
    source_server: FileServer, folder: WeightsFolder, tmp_path: Path
):
    (tmp_path / "a.bin").write_bytes(b"PUPPET a")
    installer(folder).import_from(tmp_path / "a.bin", PrepareOptions("puppet-student"))
    with pytest.raises(DeoccError, match="Weights are missing: Puppet's net"):
        folder.require(["puppet-student"])
    installer(folder, source_server).fetch("puppet-net")
    folder.require(["puppet-student"])
    assert set(folder.hashes(["puppet-student"])) == {"puppet-student", "puppet-net"}


def test_a_file_of_another_model_changes_nothing(
    source_server: FileServer, folder: WeightsFolder, tmp_path: Path
):
    installer(folder, source_server).fetch("puppet-net")
    (tmp_path / "a.bin").write_bytes(b"another model's")
    with pytest.raises(InputFault, match="is no puppet's") as caught:
        installer(folder).import_from(tmp_path / "a.bin", PrepareOptions("puppet-net"))
    assert caught.value.code == "weights_wrong" and left_in_staging(folder) == []
    assert folder.state("puppet-net") == WeightsState.READY


def test_an_import_that_ends_halfway_leaves_what_was_there(
    source_server: FileServer, folder: WeightsFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    installer(folder, source_server).fetch("puppet-net")

    def stumble(source: Path, target: Path, options: PrepareOptions):
        (target / "half").write_bytes(b"PUPPET")
        raise KeyboardInterrupt

    monkeypatch.setitem(puppet_weights.PREPARE, "puppet-net", stumble)
    (tmp_path / "a.bin").write_bytes(b"PUPPET a")
    with pytest.raises(KeyboardInterrupt):
        installer(folder).import_from(tmp_path / "a.bin", PrepareOptions("puppet-net"))
    assert left_in_staging(folder) == [] and (folder.path("puppet-net") / "net.bin").read_bytes() == NET


def test_remove_takes_everything_and_is_harmless_twice(source_server: FileServer, folder: WeightsFolder):
    installer(folder, source_server).fetch("puppet-net")
    (folder.staging("puppet-net")).mkdir(parents=True)
    for _ in range(2):
        installer(folder).remove("puppet-net")
        assert folder.state("puppet-net") == WeightsState.MISSING and left_in_staging(folder) == []


def test_two_at_once_on_one_name_are_refused(folder: WeightsFolder, tmp_path: Path):
    with _held(folder, "puppet-net"), pytest.raises(InputFault, match="just now") as caught:
        installer(folder).fetch("puppet-net")
    assert caught.value.code == "weights_busy"


def test_what_a_killed_installation_left_goes_with_the_next(source_server: FileServer, folder: WeightsFolder):
    for name in ("puppet-net.made-1", "puppet-net.away-2", "puppet-pair.made-3"):
        (folder.root / ".staging" / name).mkdir(parents=True)
    installer(folder, source_server).fetch("puppet-net")
    assert left_in_staging(folder) == ["puppet-pair.made-3"]  # that one may be at work


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (lambda one: one.fetch("puppet-student"), "weights_unpublished"),
        (lambda one: one.fetch("nobody"), "unknown_weights"),
        (lambda one: one.verify("puppet-net"), "weights_missing"),
        (lambda one: one.remove("../elsewhere"), "unknown_weights"),
        (lambda one: one.import_from(Path("nowhere"), PrepareOptions("puppet-net")), "no_file"),
        (lambda one: one.import_from(Path("."), PrepareOptions("puppet-net", "nobody")), "unknown_weights"),
    ],
)
def test_what_cannot_be_is_told(folder: WeightsFolder, act, code: str):
    with pytest.raises(InputFault) as caught:
        act(installer(folder))
    assert caught.value.code == code


def test_missing_libraries_are_told_before_anything_is_fetched(
    source_server: FileServer, folder: WeightsFolder, monkeypatch: pytest.MonkeyPatch
):
    import dataclasses

    from tests.puppet import card

    monkeypatch.setattr(card, "CARD", dataclasses.replace(card.CARD, packages=("numpy", "no_such_library")))
    with pytest.raises(
        InputFault, match="needs more libraries than are installed: no_such_library"
    ) as caught:
        installer(folder, source_server).fetch("puppet-net")
    assert caught.value.action == "install_packages" and source_server.asked == []


def test_the_licences_switch_keeps_weights_out(
    source_server: FileServer, folder: WeightsFolder, tmp_path: Path
):
    strict = Installer(Readiness(folder, commercial_only=True), Source(source_server.url))
    with pytest.raises(InputFault, match="may not be used commercially"):
        strict.fetch("puppet-pair")
    with pytest.raises(InputFault, match="may not be used commercially"):
        strict.import_from(tmp_path, PrepareOptions("puppet-student"))
    strict.fetch("puppet-net")
    assert len(source_server.asked) == 1


def test_every_row_of_the_table_has_a_preparer_by_name():
    for row in puppet_weights.table.TABLE:
        assert row.name in backends.PREPARERS


def test_a_disk_that_fills_up_on_the_way_is_one_sentence_and_nothing_is_lost(
    source_server: FileServer, folder: WeightsFolder, monkeypatch: pytest.MonkeyPatch
):
    def full(source: Path, target: Path, options: PrepareOptions):
        (target / "half").write_bytes(b"PUPPET")
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as small:
        small.setitem(puppet_weights.PREPARE, "puppet-net", full)
        with pytest.raises(OSError, match="No space"):
            installer(folder, source_server).fetch("puppet-net")
    assert folder.state("puppet-net") == WeightsState.PARTIAL and left_in_staging(folder) == ["puppet-net"]
    installer(folder, source_server).fetch("puppet-net")
    assert folder.state("puppet-net") == WeightsState.READY and len(source_server.asked) == 1


def test_an_import_of_what_it_would_replace_is_refused(folder: WeightsFolder):
    """Somebody puts a file into the folder where it belongs, and imports it from there."""
    own = folder.path("puppet-net")
    own.mkdir(parents=True)
    (own / "mine.bin").write_bytes(NET)
    for path in (own, own / "mine.bin"):
        with pytest.raises(InputFault, match="would be replaced by its own import"):
            installer(folder).import_from(path, PrepareOptions("puppet-net"))
    assert (own / "mine.bin").read_bytes() == NET


def test_weights_are_in_place_until_others_take_it(folder: WeightsFolder, tmp_path: Path, monkeypatch):
    """Gigabytes take a while to remove: that begins when the new ones lie there. And the old ones come back
    where the system won't let these in, as Windows does while a virus scanner reads them."""
    (tmp_path / "a.bin").write_bytes(NET)
    installer(folder).import_from(tmp_path / "a.bin", PrepareOptions("puppet-net"))
    states, remove = [], shutil.rmtree

    def rmtree(path: Path, **how) -> None:
        states.append((".away-" in str(path), folder.state("puppet-net")))
        remove(path, **how)

    monkeypatch.setattr(shutil, "rmtree", rmtree)
    installer(folder).import_from(tmp_path / "a.bin", PrepareOptions("puppet-net"))
    assert (True, WeightsState.READY) in states and (True, WeightsState.MISSING) not in states
    rename = Path.rename

    def refuse(path: Path, target: Path) -> Path:
        if ".made-" in path.name:
            raise PermissionError(errno.EACCES, "in use")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(PermissionError):
        installer(folder).import_from(tmp_path / "a.bin", PrepareOptions("puppet-net"))
    assert folder.state("puppet-net") == WeightsState.READY and left_in_staging(folder) == []


def test_a_file_that_fails_as_it_is_read_is_told_by_its_name(
    folder: WeightsFolder, tmp_path: Path, monkeypatch
):
    (tmp_path / "a.bin").write_bytes(NET)

    def fail(path: Path) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("deocc.installing.installer._record", fail)
    with pytest.raises(InputFault, match=r"a\.bin can't be read: Input/output error"):
        installer(folder).import_from(tmp_path / "a.bin", PrepareOptions("puppet-net"))


def test_an_installed_json_that_cannot_be_read_is_damage(folder: WeightsFolder):
    folder.path("puppet-net").mkdir(parents=True)
    (folder.path("puppet-net") / "installed.json").symlink_to("installed.json")  # a link to itself
    assert folder.state("puppet-net") == WeightsState.DAMAGED
