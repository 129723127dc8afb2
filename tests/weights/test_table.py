"""The table of weights: nothing invented, every row tells its licence, and names are safe as folders."""

from __future__ import annotations

import re

import pytest

from deocc.weights import table
from deocc.weights.faults import WeightsFault
from deocc.weights.table import TABLE


def test_the_rows_that_the_backends_name_are_there():
    assert [row.name for row in TABLE] == [
        "zero123plus-v1.1", "zero123plus-v1.2", "instantmesh-unet", "instant-mesh-large",
        "instant-mesh-base", "instant-nerf-large", "instant-nerf-base", "deocc123",
    ]  # fmt: skip


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_a_row_is_whole_and_honest(row: table.Row):
    assert re.fullmatch("[a-z0-9.-]{1,60}", row.name) and not row.name.startswith(".")
    assert row.licence and row.licence_url.startswith("https://")
    assert row.revision is None or re.fullmatch("[0-9a-f]{40}", row.revision)
    for file in row.files:
        assert file.size_bytes > 0 and not file.path.startswith("/") and ".." not in file.path
        assert file.sha256 is None or (re.fullmatch("[0-9a-f]{64}", file.sha256) and file.exact)
    assert not row.base or table.row(row.base).published
    assert row.published == bool(row.repository)


def test_what_derives_from_non_commercial_weights_is_not_commercial():
    assert {row.name for row in TABLE if row.commercial} == {
        "instant-mesh-large", "instant-mesh-base", "instant-nerf-large", "instant-nerf-base",
    }  # fmt: skip
    for row in TABLE:
        if row.commercial and row.base:
            assert table.row(row.base).commercial


def test_the_student_is_not_published():
    assert not table.row("deocc123").published and table.row("deocc123").size_bytes == 0


def test_a_stranger_is_told_the_names_there_are():
    with pytest.raises(WeightsFault, match=r"no weights “\.\./etc”") as caught:
        table.row("../etc")
    assert caught.value.status == 404 and "instant-mesh-large" in caught.value.hint
