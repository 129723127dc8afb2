"""A tiny Zero123++, prepared once for all tests here."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray

if TYPE_CHECKING:
    from deocc.backends.deocc123.diffusion.network import Condition, ViewDiffusion

collect_ignore_glob = [] if find_spec("torch") else ["test_*.py"]  # without the models' libraries


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.tiny import zero123plus

    return zero123plus.write_pipeline(tmp_path_factory.mktemp("published"))


@pytest.fixture(scope="session")
def pipeline(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of prepared weights."""
    from deocc.backends.deocc123.diffusion.checkpoint import prepare_pipeline
    from deocc.weights.preparing import PrepareOptions

    folder = tmp_path_factory.mktemp("weights") / "zero123plus-v1.2"
    prepare_pipeline(published, folder, PrepareOptions("zero123plus-v1.2"))
    return folder


@pytest.fixture(scope="session")
def diffusion(pipeline: Path) -> ViewDiffusion:
    import torch

    from deocc.backends.deocc123.diffusion.network import ViewDiffusion
    from deocc.place import Place

    return ViewDiffusion.load(pipeline, None, Place(torch.device("cpu"), torch.float32))


@pytest.fixture(scope="session")
def cut_out() -> NDArray[np.uint8]:
    """A disc in coloured stripes, (200, 200, 4)."""
    rows, columns = np.mgrid[:200, :200]
    disc = (rows - 100) ** 2 + (columns - 100) ** 2 < 80**2
    picture = np.zeros((200, 200, 4), np.uint8)
    picture[..., 0], picture[..., 1], picture[..., 2] = rows, columns, 200 * (columns // 10 % 2)
    picture[..., 3] = 255 * disc
    return picture


@pytest.fixture(scope="session")
def condition(diffusion: ViewDiffusion, cut_out: NDArray[np.uint8]) -> Condition:
    return diffusion.condition(cut_out, 256)
