"""The network's card: what it learned from, with every attribution, and the figures of the last look."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

from deocc.data.dataset.read import Body, Manifest
from deocc.training.draft.card import draft_card, last_look
from deocc.training.plan import Phase, Plan
from deocc.training.state import Spent, State

MUG = Body("mug", "mesh", "train", "mug", "made", "CC-BY-4.0", "Jane Potter, 2020", "aa", 12)
BODIES = (
    MUG,
    replace(MUG, id="jug"),
    replace(MUG, id="box", licence="MIT", attribution="Box Makers"),
    replace(MUG, id="secret", split="held_out", attribution="Somebody Else"),
    Body("solid_000000", "solid", "train", "", "made by deocc", "CC0-1.0", "none needed", "", 5),
    replace(MUG, id="unseen", views=0, attribution="Nobody"),
)
MANIFEST = Manifest(1, {}, {}, "bb", BODIES, ())
PLAN = Plan((Phase(10, 64, 8), Phase(10, 128, 2)))
LAYER = nn.Linear(1, 1)
STATE = State(PLAN, 15, 7200, LAYER, LAYER, torch.optim.SGD(LAYER.parameters()))


def test_it_names_everyone_it_learned_from_and_nobody_else(tmp_path: Path):
    card = draft_card(MANIFEST, STATE, last_look(tmp_path))
    assert "* Jane Potter, 2020 (CC-BY-4.0): mug, jug" in card and "* Box Makers (MIT): box" in card
    assert "Somebody Else" not in card and "Nobody" not in card
    assert "CC-BY-4.0 2, MIT 1" in card
    assert "15 steps, 90 pictures, 2.00 hours in all" in card
    assert "41 views of 3 meshes and 1 solids" in card and MANIFEST.digest() in card
    assert "None were measured." in card


def test_it_tells_the_last_look(tmp_path: Path):
    looks = [
        {"step": step, "iou": iou, "visible": 0.5, "iou_much_hidden": iou / 2, "elevation_error_deg": 7.25}
        for step, iou in ((5, 0.6), (10, 0.8))
    ]
    lines = [looks[0], {"step": 7, "loss": 1.0}, looks[1]]
    (tmp_path / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    card = draft_card(MANIFEST, STATE, last_look(tmp_path))
    assert "| amodal IoU of the most expected completion | 0.800 | 0.400 |" in card
    assert "0.600" not in card and "off by 7.2°" in card
    assert "best of 8" not in card  # not measured, not told


def test_it_counts_the_trainings_before(tmp_path: Path):
    card = draft_card(MANIFEST, replace(STATE, before=Spent(1000, 3600)), last_look(tmp_path))
    assert "2.00 hours, begun with the weights of trainings of 1000 pictures and 1.00 hours." in card


def test_it_tells_of_an_average():
    card = draft_card(MANIFEST, STATE, None, Spent(500, 1800))
    assert (
        "The weights are the mean of its own and those of a training of 500 pictures and 0.50 hours." in card
    )
