"""Half precision's overflow: done again in float32, and the network is as before, whatever happens."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from deocc.backends.deocc123.diffusion.precision import Overflow, in_range
from deocc.errors import DeoccError
from deocc.place import Place

HALF = Place(torch.device("cpu"), torch.bfloat16)


def network() -> nn.Sequential:
    return nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2)).to(torch.bfloat16).requires_grad_(False)


def dtypes(module: nn.Module) -> set[torch.dtype]:
    return {one.dtype for one in module.parameters()}


def test_a_stage_that_overflows_is_done_in_float32_and_its_weights_stay_what_they_were():
    module, seen = network(), []
    before = [one.clone() for one in module.parameters()]

    def compute() -> str:
        seen.append(dtypes(module))
        if len(seen) == 1:
            raise Overflow
        return "done"

    assert in_range("a stage", module, HALF, compute) == "done"
    assert seen == [{torch.bfloat16}, {torch.float32}] and dtypes(module) == {torch.bfloat16}
    assert all(torch.equal(a, b) for a, b in zip(before, module.parameters(), strict=True))


def test_numbers_that_float32_loses_too_are_one_sentence():
    module = network()

    def compute() -> None:
        raise Overflow

    with pytest.raises(DeoccError, match=r"no numbers \(a stage\)"):
        in_range("a stage", module, HALF, compute)
    assert dtypes(module) == {torch.bfloat16}


def test_where_float32_does_not_fit_no_half_of_the_network_stays_in_it(monkeypatch):
    """The stage is then tried with less memory, and a network of two formats could not even begin."""
    module = network()

    def float_in_part() -> None:
        module[0].float()
        raise torch.OutOfMemoryError("out of memory")

    def compute() -> None:
        raise Overflow

    monkeypatch.setattr(module, "float", float_in_part)
    with pytest.raises(torch.OutOfMemoryError):
        in_range("a stage", module, HALF, compute)
    assert dtypes(module) == {torch.bfloat16}
