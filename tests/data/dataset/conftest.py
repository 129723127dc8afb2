"""One tiny dataset for all tests that only read it, and an engine without processes."""

from __future__ import annotations

from pathlib import Path

import pytest

from deocc.contract import as_fault
from deocc.data.dataset import build as building
from deocc.data.engine import Done
from deocc.errors import DeoccError
from tests.data.dataset.small import asked


def each_here(function, items, *_):
    """As engine.each, in this process, one after another."""
    for index, item in enumerate(items):
        try:
            yield Done(index, function(item))
        except DeoccError as fault:
            yield Done(index, None, as_fault(fault))


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests that are not about processes: starting some costs seconds."""
    monkeypatch.setattr(building, "each", each_here)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset of a ball and a box to train on, a held-out chess pawn, a broken mesh and three solids."""
    folder = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(building, "each", each_here)
        building.build(asked(folder, "ball", "box", "broken", "chess_pawn"))
    return folder / "out"
