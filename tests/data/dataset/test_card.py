"""The card: counts, split, cameras, hidden shares, whom to name; the same text for the same dataset."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from deocc.data.dataset.card import card
from deocc.data.dataset.read import Dataset, Missing, open_dataset

DRAWS = 150  # of five kinds that are 10 % or more each: none of them is missing by chance (0.9^150 < 1e-6)


@pytest.fixture(scope="module")
def text(built: Path) -> str:
    return card(open_dataset(built), DRAWS)


def rows(text: str, title: str) -> list[list[str]]:
    """Cells of the first table behind a heading, without its head."""
    lines = text[text.index(title) :].splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("| ---"))
    found = []
    for line in lines[start + 1 :]:
        if not line.startswith("|"):
            break
        found.append([cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
    return found


def test_it_counts_bodies_and_views_by_kind_split_and_licence(text: str):
    assert "32 views of 6 bodies in 4 shards, 3 backdrops; seed 5;" in text
    assert rows(text, "## What is in it") == [
        ["mesh", "train", "2", "20"],
        ["mesh", "held_out", "1", "6"],
        ["solid", "train", "3", "6"],
    ]
    assert "| made | CC0 | 3 | 26 |" in text and "| made by deocc | CC0-1.0 | 3 | 6 |" in text


def test_it_tells_the_split_with_its_reasons(text: str, built: Path):
    assert "1 of 4 meshes are never trained on" in text
    assert re.search(r"close relatives of held-out ones.*: `chess_pawn`\n", text)
    dataset = open_dataset(built)
    bodies = [replace(one, split="held_out") if one.id == "box" else one for one in dataset.bodies]
    other = replace(dataset, manifest=replace(dataset.manifest, bodies=tuple(bodies)))
    assert "- held out by whoever built this: `box`" in card(other, 1)


def test_hidden_shares_are_counted_by_kind_and_add_up(text: str):
    found = {row[0]: row[1:] for row in rows(text, "### Hidden shares")}
    assert [*found] == ["none", "pasted", "shapes", "contact", "border", "all"]
    share = {kind: float(cells[0].removesuffix(" %")) for kind, cells in found.items()}
    assert share.pop("all") == 100 and sum(share.values()) == pytest.approx(100, abs=0.3)  # rounded cells
    for cells in found.values():
        # nine cells, each rounded to a tenth
        assert sum(float(one.removesuffix(" %")) for one in cells[2:]) == pytest.approx(100, abs=0.5)
    assert found["none"][1] == "0.000" and float(found["all"][1]) > 0.2
    assert float(found["all"][-1].removesuffix(" %")) < 5, "hardly anything is hidden above 80 %"


def test_elevations_are_those_of_the_views(text: str, built: Path):
    views = open_dataset(built).views["held_out"].column("elevation_deg")
    told = {row[0]: row[1:] for row in rows(text, "### Cameras' elevations")}
    assert told["held_out"][3] == f"{100 * ((views >= 0) & (views < 10)).mean():.1f} %"
    for cells in told.values():
        assert sum(float(one.removesuffix(" %")) for one in cells) == pytest.approx(100, abs=0.5)


def test_it_names_everybody_and_everything_missing(text: str):
    assert re.search(r"## Missing\n\n- `broken`: .*broken\.ply", text)
    names = {row[0]: row[2] for row in rows(text, "## Attributions")}
    assert names["`chess_pawn`"] == "chess_pawn by nobody \\| of us", "a bar would break the table"
    assert [*names] == ["`ball`", "`box`", "`broken`", "`chess_pawn`"]


def test_it_is_the_same_text_twice_and_follows_the_manifest(text: str, built: Path):
    dataset: Dataset = open_dataset(built)
    assert card(dataset, DRAWS) == text
    lacking = replace(dataset.manifest, missing=(Missing("jar", "It is empty."),))
    assert "- `jar`: It is empty." in card(replace(dataset, manifest=lacking), 1)
    none = replace(dataset, manifest=replace(dataset.manifest, missing=()))
    assert "## Missing\n\nNothing." in card(none, 1)
