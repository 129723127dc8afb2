"""The calibration: its rate is a rate, it is measured once, and a damaged file is measured anew."""

from __future__ import annotations

import dataclasses
import json

import pytest

from deocc import calibration
from deocc.calibration import FILE, NETWORK_SHARE, Calibration
from deocc.place import Place, device_name

torch = pytest.importorskip("torch")
CPU = Place(torch.device("cpu"), torch.float32)


def test_seconds_are_work_over_the_share_of_the_rate_that_networks_reach():
    rate = Calibration("a card", tflops=100.0, memory_gb=8.0, number_format="float16", torch="2.6")
    assert rate.seconds(200.0) == pytest.approx(2.0 / NETWORK_SHARE)


def test_this_machine_multiplies_more_than_a_gigaflop_and_less_than_a_petaflop_a_second(monkeypatch):
    monkeypatch.setattr(calibration, "LEAST_S", 0.02)
    found = calibration.measure(CPU)
    assert 1e-3 < found.tflops < 1e3 and found.memory_gb == 0.0 and "processor" in found.device


def test_it_is_measured_once_and_again_for_another_torch(tmp_path, monkeypatch):
    made = []

    def measure(place):
        made.append(place)
        return Calibration(device_name(), 0.25, 0.0, str(CPU.dtype), torch.__version__)

    monkeypatch.setattr(calibration, "measure", measure)
    first = calibration.measured_once(CPU, tmp_path)
    assert calibration.measured_once(CPU, tmp_path) == first == calibration.read(tmp_path)
    assert len(made) == 1
    monkeypatch.setattr(torch, "__version__", "9.9")
    calibration.measured_once(CPU, tmp_path)
    assert len(made) == 2


def test_another_number_format_is_measured_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(calibration, "LEAST_S", 0.01)
    assert calibration.measured_once(CPU, tmp_path).number_format == "torch.float32"
    half = Place(torch.device("cpu"), torch.bfloat16)
    assert calibration.measured_once(half, tmp_path).number_format == "torch.bfloat16"


@pytest.mark.parametrize("content", ["", "[]", '{"device": "x"}', "\x00"])
def test_a_damaged_file_reads_as_none(tmp_path, content: str):
    (tmp_path / FILE).write_text(content)
    assert calibration.read(tmp_path) is None


def test_a_new_card_is_measured_anew(tmp_path, monkeypatch):
    on_card = Calibration("a card", 100.0, 8.0, str(CPU.dtype), torch.__version__)
    monkeypatch.setattr(calibration, "measure", lambda place: dataclasses.replace(on_card, memory_gb=0.0))
    (tmp_path / FILE).write_text(json.dumps(dataclasses.asdict(on_card)))
    assert calibration.measured_once(CPU, tmp_path).memory_gb == 0.0


def test_another_device_of_the_same_kind_is_measured_anew(tmp_path, monkeypatch):
    """A computer's processor or card is replaced, or servers with different ones share their weights."""
    other = Calibration("processor, 999 cores", 0.25, 0.0, str(CPU.dtype), torch.__version__)
    monkeypatch.setattr(calibration, "measure", lambda place: dataclasses.replace(other, tflops=0.5))
    (tmp_path / FILE).write_text(json.dumps(dataclasses.asdict(other)))
    assert calibration.measured_once(CPU, tmp_path).tflops == 0.5


def test_a_folder_that_cannot_be_written_only_costs_the_next_measurement(tmp_path, monkeypatch):
    measured = Calibration(device_name(), 0.25, 0.0, str(CPU.dtype), torch.__version__)
    monkeypatch.setattr(calibration, "measure", lambda place: measured)
    (tmp_path / FILE).mkdir()  # nothing can be renamed to here, whoever runs this
    assert calibration.measured_once(CPU, tmp_path) == measured
