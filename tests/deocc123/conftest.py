"""Tiny networks, installed once for all tests of this folder."""

from __future__ import annotations

import pytest

from deocc.weights.folder import WeightsFolder


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """Tiny networks gain nothing from threads, and lose minutes where other programs have the cores."""
    torch = pytest.importorskip("torch")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def tiny_weights(tmp_path_factory) -> WeightsFolder:
    pytest.importorskip("torch")
    from tests.tiny.installed import install_tiny

    return install_tiny(tmp_path_factory.mktemp("weights"), tmp_path_factory.mktemp("published"))
