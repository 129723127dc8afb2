"""The report's sums: what a whole job takes, and what it is compared with."""

from __future__ import annotations

import math

import pytest

pytest.importorskip("torch")
from deocc.bench.figure import Figure
from deocc.bench.networks.lrm import StageFigures
from deocc.bench.networks.report import Measured, measure_networks, networks_table, whole
from deocc.bench.networks.views import STEP
from deocc.errors import InputFault

NAN = math.nan
STAGES = [
    StageFigures("CLIP", 3.0, 2.0, 0.5, 0.1, NAN),
    StageFigures(STEP, 12.0, 10.0, 6.0, 1.0, 34.5),
    StageFigures("encoder", 1.0, 1.0, 0.4, 0.1, 6.0),  # a part of the planes
    StageFigures("planes", 8.0, 5.0, 3.0, 0.2, 50.0),
]


def test_a_whole_job_counts_every_stage_once_and_the_step_as_often_as_it_is_run():
    made = whole(STAGES, steps=28, published_step_s=20.0)
    assert made.seconds == pytest.approx(2 + 28 * 10 + 5)
    assert made.tflop == pytest.approx(0.5 + 28 * 6.0 + 3)
    assert made.published_tflop == pytest.approx(0.5 + 28 * 6.765 + 3)
    # the step as measured on this machine, the planes as recorded, CLIP as ours since nobody timed theirs
    assert made.published_s == pytest.approx(2 + 28 * 20 + 50)


def test_on_a_card_nothing_is_said_of_the_published_code():
    assert math.isnan(whole(STAGES, 75, NAN).published_s)
    wholes = [whole(STAGES, steps, NAN) for steps in (28, 75)]
    measured = Measured("a card", "torch.float16", 100.0, STAGES, NAN, wholes, [])
    assert "as fast as published" not in networks_table(measured)


def test_the_table_tells_shares_of_the_peak_and_both_ratios():
    wholes = [whole(STAGES, steps, 20.0) for steps in (28, 75)]
    surface = [Figure("texture", 0.5, "s")]
    words = networks_table(Measured("processor", "torch.float32", 1.2, STAGES, 20.0, wholes, surface))
    assert "50%" in words  # 6 TFLOP in 10 s beside 1.2 TFLOP/s
    assert f"{(2 + 75 * 20 + 50) / 287:.1f} times as fast" in words
    assert f"{(2 + 75 * 20 + 50) / 757:.1f} times at 75 steps" in words
    assert "texture" in words and "0.5 s" in words


def test_a_backend_without_networks_is_a_sentence():
    with pytest.raises(InputFault, match="no networks") as fault:
        measure_networks("draft", None, print)
    assert fault.value.code == "unknown_backend"
