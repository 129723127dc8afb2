"""Recording of steps: used only on NVIDIA cards with room, and only where it gives the same bytes."""

from __future__ import annotations

import logging

import pytest
import torch

from deocc.backends.deocc123.diffusion.replay import can_replay, replayable
from deocc.place import Place, Tier


def test_no_recording_without_a_card_with_room():
    assert not can_replay(Place(torch.device("cpu"), torch.float32))
    assert not can_replay(Place(torch.device("mps"), torch.float16))
    assert not can_replay(Place(torch.device("cuda"), torch.float16, Tier.STAGED))


@pytest.mark.skipif(torch.cuda.is_available(), reason="here it can be recorded")
def test_where_it_cannot_be_recorded_the_step_itself_is_used(caplog):
    def double(one):
        return 2 * one

    with caplog.at_level(logging.INFO):
        assert replayable(double, torch.ones(3)) is double
    assert "not recorded" in caplog.text


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a graphics card")
def test_a_recording_follows_its_inputs():
    def compute(a, b):
        return torch.sin(a) @ b

    square, other = torch.randn(2, 64, 64, device="cuda")
    replay = replayable(compute, square, other)
    assert replay is not compute
    assert torch.equal(replay(other, square), compute(other, square))
    assert torch.equal(replay(square, square), compute(square, square))
