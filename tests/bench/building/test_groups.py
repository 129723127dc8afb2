"""Groups for the tables: about ten, and every category of the development data has one of its own."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

import pytest

from deocc.bench.building.groups import GROUPS, OTHER, group_of

DATA = Path(os.environ.get("DEOCC_DATA", Path(__file__).resolve().parents[4] / "shared" / "data"))


def test_known_categories_of_any_spelling_have_a_group_and_unknown_ones_are_other():
    assert group_of("chess_piece") == group_of("Chess piece") == "toy or game"
    assert group_of("sofa") == "furniture"
    assert group_of("") == group_of("quasar") == OTHER
    assert len(GROUPS) == len(set(GROUPS)) <= 12


def test_the_development_objects_spread_over_the_groups():
    if not (DATA / "objects.json").is_file():
        pytest.skip("needs the development data: name its folder in DEOCC_DATA")
    categories = [one["category"] for one in json.loads((DATA / "objects.json").read_text("utf-8"))]
    counted = Counter(map(group_of, categories))
    assert set(counted) == set(GROUPS)
    assert counted[OTHER] <= 0.05 * len(categories), "what has no group says nothing in a table"
    assert min(counted[one] for one in GROUPS if one != OTHER) >= 5
