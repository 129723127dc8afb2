"""The split by object: what is held out, with its reason, is in our folder and never trained on."""

from __future__ import annotations

import json
import os
from itertools import combinations
from pathlib import Path

import pytest

from deocc.data.lists import FIXED24
from deocc.data.split import HELD_OUT, split_of

DATA = Path(os.environ.get("DEOCC_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data")


def test_each_held_out_id_has_one_reason():
    for one, other in combinations(HELD_OUT.values(), 2):
        assert not {*one} & {*other}
    assert sum(map(len, HELD_OUT.values())) == 37 and FIXED24 in HELD_OUT.values()


def test_an_id_alone_decides_and_a_users_own_meshes_are_for_training():
    assert split_of("chess_rook") == split_of("ycb_pitcher_base") == split_of("chess_pawn") == "held_out"
    assert split_of("ycb_mug") == split_of("my_grandmothers_vase") == "train"
    assert split_of("my_grandmothers_vase", ("my_grandmothers_vase",)) == "held_out"
    assert split_of("chess_rook", ("my_grandmothers_vase",)) == "held_out", "beside ours, not instead"


def test_our_folder_has_every_held_out_mesh_and_77_to_train_on():
    if not (DATA / "objects.json").is_file():
        pytest.skip(f"our development objects are not in {DATA}")
    ids = {one["id"] for one in json.loads((DATA / "objects.json").read_text("utf-8"))}
    assert {name for names in HELD_OUT.values() for name in names} <= ids
    assert sum(split_of(name) == "train" for name in ids) == 77


def test_the_true_meshes_of_our_photos_are_held_out():
    if not (DATA / "photos.json").is_file():
        pytest.skip(f"our photos are not in {DATA}")
    meshes = [one.get("gt_mesh") for one in json.loads((DATA / "photos.json").read_text("utf-8"))]
    named = {Path(one).stem for one in meshes if one}
    assert len(named) == 4 and {split_of(name) for name in named} == {"held_out"}
