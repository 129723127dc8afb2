"""The table of networks: what is found, what is refused, and what is said of the rest."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from deocc.bench.reporting.measures import MEASURES, SET_MEASURES
from deocc.bench.reporting.networks import (
    FOLDER,
    INCEPTION,
    LPIPS,
    NETWORKS,
    Found,
    NetworkFile,
    find_all,
    find_network,
    lacking,
)


def network(**changes):
    own = replace(LPIPS, files=(NetworkFile(("a.pth",), "https://example.org", "MIT", ""),))
    return replace(own, **changes)


def put(weights: Path, name: str, data: bytes = b"weights") -> None:
    (weights / FOLDER).mkdir(exist_ok=True)
    (weights / FOLDER / name).write_bytes(data)


def test_without_files_every_measure_of_a_network_is_lacking_and_the_file_is_named(tmp_path: Path):
    for weights in (None, tmp_path):
        reasons = lacking(find_all(weights))
        assert sorted(reasons) == ["clip", "fid", "kid", "lpips", "p_fid"]
        assert "metrics/pt_inception-2015-12-05-6726825d.pth" in reasons["fid"]
        assert "alexnet-owt-7be5be79.pth and metrics/lpips-alex-v0.1.pth" in reasons["lpips"]
        assert "not offered" in reasons["p_fid"]


def test_every_row_has_source_licence_and_a_measure_that_exists():
    for one in NETWORKS:
        assert one.measures and all(name in {*MEASURES, *SET_MEASURES} for name in one.measures)
        for file in one.files:
            assert file.source.startswith("https://") and file.licence and file.names


def test_files_that_are_there_are_found_under_any_of_their_names(tmp_path: Path):
    put(tmp_path, "a.pth")
    found = find_network(network(), tmp_path)
    assert isinstance(found, Found) and found.files == (tmp_path / FOLDER / "a.pth",)


def test_the_key_follows_the_bytes(tmp_path: Path):
    keys = set()
    for data in (b"one", b"two"):
        put(tmp_path, "a.pth", data)
        found = find_network(network(), tmp_path)
        assert isinstance(found, Found)
        keys.add(found.key)
    assert len(keys) == 2


def test_another_file_of_the_published_name_is_refused(tmp_path: Path):
    put(tmp_path, INCEPTION.files[0].names[1])
    answer = find_network(replace(INCEPTION, libraries={}), tmp_path)
    assert isinstance(answer, str) and "does not begin 6726825d" in answer


def test_a_missing_library_is_named_as_pip_calls_it(tmp_path: Path):
    put(tmp_path, "a.pth")
    answer = find_network(network(libraries={"no_such_library_here": "no-such-library"}), tmp_path)
    assert answer == "a library is not there: pip install no-such-library."


def test_a_networks_folder_is_known_by_its_configuration_and_weights(tmp_path: Path):
    folder = tmp_path / FOLDER / "clip"
    folder.mkdir(parents=True)
    keys = set()
    for config in ("{}", '{"a": 1}'):
        (folder / "config.json").write_text(config)
        (folder / "model.safetensors").write_bytes(b"weights")
        found = find_network(network(files=(NetworkFile(("clip",), "https://example.org", "MIT"),)), tmp_path)
        assert isinstance(found, Found)
        keys.add(found.key)
    assert len(keys) == 2
