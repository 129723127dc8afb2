"""A dataset's door: shards as one sequence of records, and files that are not what the manifest says."""

from __future__ import annotations

import json
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest

from deocc.data.dataset.read import (
    Views,
    check_hashes,
    elevation_counts,
    manifest_json,
    open_dataset,
    read_manifest,
)
from deocc.data.split import SPLITS, TRAIN
from deocc.data.views.record import VIEW
from deocc.errors import InputFault


@pytest.fixture
def copy(built: Path, tmp_path: Path) -> Path:
    """A dataset that a test may break."""
    return Path(shutil.copytree(built, tmp_path / "copy"))


def test_views_of_all_shards_are_one_sequence(built: Path):
    dataset = open_dataset(built)
    views = dataset.views["train"]
    names = [one.name for one in dataset.manifest.shards if one.split == "train"]
    whole = np.concatenate([np.load(built / f"shards/{name}.npy") for name in names])
    assert len(views) == len(whole) == 26
    for i in (0, 9, 10, 19, 20, 25, -1, -26):
        assert views[i].tobytes() == whole[i].tobytes()
    assert [one.tobytes() for one in views[8:12]] == [one.tobytes() for one in whole[8:12]]
    assert sum(1 for _ in views) == 26 and np.array_equal(views.column("body"), whole["body"])
    for beyond in (26, -27):
        with pytest.raises(IndexError):
            views[beyond]
    assert len(Views([])) == 0 and Views([]).column("body").dtype == np.int32


def test_a_views_body_is_its_place_in_the_list_of_bodies(built: Path):
    dataset = open_dataset(built)
    for split, views in dataset.views.items():
        counted = np.bincount(views.column("body"), minlength=len(dataset.bodies))
        assert counted.tolist() == [one.views if one.split == split else 0 for one in dataset.bodies]


def test_meshes_views_come_before_solids(built: Path):
    data = open_dataset(built)
    for split in SPLITS:
        kinds = [data.bodies[int(view["body"])].kind for view in data.views[split]]
        meshes = data.mesh_views(split)
        assert kinds == ["mesh"] * meshes + ["solid"] * (len(kinds) - meshes)
    assert 0 < data.mesh_views(TRAIN) < len(data.views[TRAIN])


def test_nothing_is_read_before_it_is_asked_for_and_only_paths_travel(built: Path):
    dataset = open_dataset(built)
    views = dataset.views["train"]
    assert not views[0].flags.owndata
    packed = pickle.dumps(views)
    assert len(packed) < 4096, "26 views are 5 MB"
    assert pickle.loads(packed)[25].tobytes() == views[25].tobytes()
    assert dataset.backdrops.shape == (3, 192, 192, 3) and not dataset.backdrops.flags.owndata


def test_a_manifest_reads_back_as_it_was_and_its_digest_follows_the_files(built: Path):
    manifest = read_manifest(built)
    assert manifest_json(manifest) == (built / "manifest.json").read_bytes()
    text = json.loads(manifest_json(manifest))
    text["shards"][0]["sha256"] = 64 * "0"
    other = built.parent / "other"
    other.mkdir()
    (other / "manifest.json").write_text(json.dumps(text))
    assert read_manifest(other).digest() != manifest.digest()


def test_what_is_no_dataset_is_one_sentence(copy: Path, tmp_path: Path):
    with pytest.raises(InputFault, match="There is no dataset"):
        open_dataset(tmp_path)
    for broken in (b"{", b"[]", b'{"format": 0}', b'{"format": 1, "seed": 0}'):
        (copy / "manifest.json").write_bytes(broken)
        with pytest.raises(InputFault, match="can't be read"):
            open_dataset(copy)


def test_a_shard_that_is_gone_short_or_of_another_layout_is_refused(copy: Path):
    path = copy / "shards/ball-0.npy"
    whole = np.load(path)
    path.unlink()
    with pytest.raises(InputFault, match=r"ball-0.npy.* can't be read"):
        open_dataset(copy)
    np.save(path, whole[:-1])
    with pytest.raises(InputFault, match="not as many views"):
        open_dataset(copy)
    np.save(path, whole["body"])
    with pytest.raises(InputFault, match="another layout"):
        open_dataset(copy)
    np.save(path, whole)
    assert len(open_dataset(copy).views["train"]) == 26


def test_a_changed_byte_is_found_where_all_are_read(copy: Path):
    check_hashes(copy)
    path = copy / "shards/box-0.npy"
    data = bytearray(path.read_bytes())
    data[-VIEW.itemsize] ^= 1
    path.write_bytes(data)
    with pytest.raises(InputFault, match=r"box-0\.npy.*was changed"):
        check_hashes(copy)


def test_elevations_are_counted_by_tens_and_none_is_lost():
    # bins begin at -30, -20, … 60: what lies beyond is counted in the outermost
    assert elevation_counts([-90, -25, -5, 0, 9.9, 10, 59.9, 90]) == (2, 0, 1, 2, 1, 0, 0, 0, 1, 1)
    assert sum(elevation_counts([])) == 0
