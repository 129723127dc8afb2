"""Measuring in the test's own process: starting others takes seconds, and test_report.py does."""

from __future__ import annotations

import pytest

from deocc.bench.reporting import kept
from deocc.data.engine import Done


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def each(function, items, *_):
        return (Done(index, function(item)) for index, item in enumerate(items))

    monkeypatch.setattr(kept, "each", each)
