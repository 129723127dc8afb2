"""Other alignments than the run's: measured later, kept, and the same as a run would have measured."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from deocc.bench.reporting import kept, realign
from deocc.bench.reporting.kept import Machines
from deocc.bench.reporting.realign import realigned
from deocc.bench.running.record import result_folder
from deocc.errors import InputFault
from tests.bench.reporting.made_run import Made, Method, make_run, subject

pytestmark = pytest.mark.usefixtures("in_this_process")


@pytest.fixture
def made(tmp_path: Path) -> Made:
    figures = {"cd": 0.5, "psnr": 20.0, "amodal_iou": 0.7}
    method = Method(lambda _name, case, _seed: None if case == "placed-1" else figures)
    one = make_run(tmp_path, {"draft": method}, [subject("a")])
    few = [record for record in one.run.records if record.case in ("placed-1", "placed-2")]
    return Made(one.out, one.bench, type(one.run)(**{**one.run.__dict__, "records": tuple(few)}), one.objects)


def none_of(made: Made):
    return realigned(made.run, made.out, made.bench, made.objects, "none", Machines())


def test_the_alignment_of_the_run_is_read_from_its_records(made: Made):
    assert realigned(made.run, made.out, made.bench, made.objects, "yaw", Machines()) == made.run


def test_another_one_is_measured_and_kept_and_pictures_keep_their_figures(made: Made):
    failed, done = none_of(made).records
    assert failed.state == "failed" and "none" not in failed.measures
    measures = done.measures["none"]
    # the result is the truth at 0.8 of its size: unit spheres make them equal up to what sampling leaves
    assert measures["cd"] == pytest.approx(0.004, abs=0.002)
    assert measures["f@0.02"] == pytest.approx(1, abs=0.01)
    assert measures["iou"] == pytest.approx(1, abs=0.02)  # one of 64 cells more or less along a side
    assert measures["scale_error"] == pytest.approx(0.223, abs=0.01)  # ln(1 / 0.8)
    assert (measures["psnr"], measures["amodal_iou"]) == (20.0, 0.7)
    assert done.measures["yaw"]["cd"] == 0.5
    [path] = result_folder(made.out, done.key).glob("measured-none-*.json")
    assert json.loads(path.read_text())["cd"] == measures["cd"]


def test_a_second_time_reads_what_was_kept(made: Made, monkeypatch: pytest.MonkeyPatch):
    first = none_of(made)
    monkeypatch.setattr(realign, "aligned_measures", lambda _task: pytest.fail("it was measured again"))
    assert none_of(made) == first


def test_what_an_older_metric_measured_is_measured_again(made: Made, monkeypatch: pytest.MonkeyPatch):
    first = none_of(made)
    monkeypatch.setattr(realign, "code_digest", lambda: "other")
    monkeypatch.setattr(realign, "aligned_measures", lambda _task: json.dumps({"cd": 0.25}).encode())
    assert none_of(made).records[1].measures["none"]["cd"] == 0.25 != first.records[1].measures["none"]["cd"]


def test_an_alignment_that_does_not_exist_is_refused(made: Made):
    with pytest.raises(InputFault, match="No alignment is called “best”"):
        realigned(made.run, made.out, made.bench, made.objects, "best", Machines())


def test_a_result_that_cant_be_measured_is_named(made: Made, monkeypatch: pytest.MonkeyPatch):
    from deocc.contract import Fault
    from deocc.data.engine import Done

    broken = Done(0, None, Fault("unexpected", "ValueError: no surface"))
    monkeypatch.setattr(kept, "each", lambda _function, items, *_: [broken for _ in items])
    with pytest.raises(InputFault, match=r"placed-2.*no surface"):
        none_of(made)
