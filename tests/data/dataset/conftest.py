"""One tiny dataset for all tests that only read it, and builds without processes."""

from __future__ import annotations

from pathlib import Path

import pytest

from deocc.data.dataset import build as building
from tests.data.builds import each_here
from tests.data.dataset.small import asked


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests that are not about processes."""
    monkeypatch.setattr(building, "each", each_here)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset of a ball and a box to train on, a held-out chess pawn, a broken mesh and three solids."""
    folder = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(building, "each", each_here)
        building.build(asked(folder, "ball", "box", "broken", "chess_pawn"))
    return folder / "out"
