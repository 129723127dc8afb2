"""Records and runs as files: they come back as they were, and what does not fit is not taken for a record."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from deocc.bench.running.record import (
    RECORD,
    RUN,
    MethodFacts,
    Record,
    Run,
    read_record,
    read_records,
    record_json,
    result_folder,
    run_json,
    stored_record,
)
from deocc.contract import Fault
from deocc.errors import InputFault

ONE = Record(
    method="draft", object="chair", case="placed-3", kind="placed", level=3, hidden_share=0.25, seed=1,
    frame="upright", given=("photo", "object mask"), state="done", fault=None, seconds=1.5,
    peak_memory_gb=0.3, measures={"yaw": {"cd": 0.05, "psnr": None}}, bench="b" * 64, recipe="r" * 64,
    view_set="v1.2", notes=("Odd.",),
)  # fmt: skip
FAILED = replace(ONE, state="failed", fault=Fault("x", "It failed.", "So what."), measures={}, seconds=None)
CLEAN = replace(ONE, case="clean", kind="clean", level=None)


@pytest.mark.parametrize("record", [ONE, FAILED, CLEAN])
def test_a_record_comes_back_as_it_was(record: Record):
    assert read_record(record_json(record)) == record


@pytest.mark.parametrize(
    "text", [b"", b"{}", b"[]", b'{"format": 2}', b'{"format": 1, "method": "x"}', b"\xff"]
)
def test_what_is_no_record_is_a_fault(text: bytes):
    with pytest.raises(InputFault, match="can't be read"):
        read_record(text)


def stored(out: Path, *records: Record) -> None:
    for record in records:
        folder = result_folder(out, record.key)
        folder.mkdir(parents=True)
        (folder / RECORD).write_bytes(record_json(record))


def a_run(out: Path, bench: Path) -> Run:
    facts = {"draft": MethodFacts("upright", ("photo",), "occluded", ONE.recipe, {"steps": 3}, "Draft")}
    planned = (ONE.key, (*FAILED.key[:3], 2), CLEAN.key)
    return Run(bench, ONE.bench, facts, ("placed",), 3, ("yaw",), planned)


def test_a_run_comes_back_with_its_records_and_knows_what_is_missing(tmp_path: Path):
    out, bench = tmp_path / "run", tmp_path / "bench"
    run = a_run(out, bench)
    stored(out, ONE, replace(FAILED, seed=2))
    (out / RUN).write_bytes(run_json(run, out))
    back = read_records(out)
    assert back.bench.resolve() == bench.resolve()
    assert replace(back, bench=bench, records=()) == run
    assert [one.key for one in back.records] == [ONE.key, ("draft", "chair", "placed-3", 2)]
    assert back.missing == (CLEAN.key,)


def test_records_of_another_benchmark_or_recipe_are_missing(tmp_path: Path):
    run = a_run(tmp_path, tmp_path)
    stored(tmp_path, replace(ONE, recipe="other"), replace(CLEAN, bench="other"))
    (tmp_path / RUN).write_bytes(run_json(run, tmp_path))
    assert read_records(tmp_path).records == () and len(read_records(tmp_path).missing) == 3


def test_a_record_in_anothers_folder_or_a_broken_one_is_none(tmp_path: Path):
    folder = result_folder(tmp_path, ONE.key)
    folder.mkdir(parents=True)
    assert stored_record(tmp_path, ONE.key) is None
    (folder / RECORD).write_bytes(record_json(CLEAN))
    assert stored_record(tmp_path, ONE.key) is None
    (folder / RECORD).write_bytes(record_json(ONE)[:-20])
    assert stored_record(tmp_path, ONE.key) is None


def test_a_folder_without_a_run_is_told(tmp_path: Path):
    with pytest.raises(InputFault, match="no run"):
        read_records(tmp_path)
    (tmp_path / RUN).write_text("{}")
    with pytest.raises(InputFault, match="can't be read"):
        read_records(tmp_path)
