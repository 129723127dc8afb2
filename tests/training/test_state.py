"""A training's state: all of it comes back; what is none, or another training's, is refused and never run."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from deocc.errors import InputFault
from deocc.training.plan import Phase, Plan
from deocc.training.state import (
    NAME,
    State,
    average_with,
    check_same,
    plan_of,
    read_begun,
    read_state,
    restore,
    save_state,
)

PLAN = Plan((Phase(6, 64, 8), Phase(4, 128, 2)), seed=7, rate=0.1, warmup=3, decay=0.2, average=0.9)


def begun(seed: int) -> State:
    """Two steps of a small network, and an average that is another."""
    generator = torch.Generator().manual_seed(seed)
    module, average = nn.Linear(3, 2), nn.Linear(3, 2)
    for one in (module, average):
        for weight in one.parameters():
            nn.init.normal_(weight, generator=generator)
    optimizer = torch.optim.AdamW(module.parameters(), lr=0.1)
    for _ in range(2):
        module(torch.ones(4, 3)).square().sum().backward()
        optimizer.step()
        optimizer.zero_grad()
    return State(PLAN, 2, 12.5, module, average, optimizer)


def numbers(state: State) -> list[float]:
    """All that the state's modules and optimizer hold."""
    kept = state.optimizer.state_dict()["state"]
    tensors = [*state.module.parameters(), *state.average.parameters()]
    tensors += [kept[i][name] for i in sorted(kept) for name in sorted(kept[i])]
    return torch.cat([one.detach().reshape(-1) for one in tensors]).tolist()


def test_all_of_it_comes_back(tmp_path: Path):
    one, other = begun(1), begun(2)
    save_state(one, tmp_path, {"task": "points"})
    content = read_state(tmp_path)
    assert content is not None and plan_of(content) == PLAN
    assert numbers(other) != numbers(one)
    other.step = other.seconds = 0
    restore(other, content)
    assert numbers(other) == numbers(one)
    assert (other.step, other.seconds) == (2, 12.5)


def test_an_average_is_half_of_each(tmp_path: Path):
    one, other = begun(1), begun(2)
    save_state(other, tmp_path, {})
    first, second = one.average.state_dict()["weight"].clone(), other.average.state_dict()["weight"]
    average_with(one.average, read_begun(tmp_path, one.average))
    assert torch.allclose(one.average.state_dict()["weight"], (first + second) / 2)
    assert not torch.allclose(first, second)


def test_no_state_is_none(tmp_path: Path):
    assert read_state(tmp_path) is None


def torch_bytes(folder: Path, content: Any) -> bytes:
    torch.save(content, folder / "made")
    return (folder / "made").read_bytes()


class Writes:
    """A pickle that writes a file when it is read."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self):
        return (Path.touch, (self.path,))


@pytest.mark.parametrize(
    "make",
    [
        lambda folder: b"",
        lambda folder: b"years of work",
        lambda folder: torch_bytes(folder, {"format": 1, "step": 3})[:-40],
        lambda folder: torch_bytes(folder, {"format": 2, "step": 3}),
        lambda folder: torch_bytes(folder, {"step": 3}),
        lambda folder: torch_bytes(folder, [1, 2]),
        lambda folder: torch_bytes(folder, Writes(folder / "ran")),
        lambda folder: pickle.dumps(Writes(folder / "ran")),
    ],
    ids=["empty", "words", "cut", "another format", "no format", "a list", "a program", "a bare pickle"],
)
def test_what_is_no_state_is_one_fault_and_nothing_in_it_is_run(tmp_path: Path, make):
    (tmp_path / NAME).write_bytes(make(tmp_path))
    with pytest.raises(InputFault, match="no training that can go on") as caught:
        read_state(tmp_path)
    assert caught.value.code == "bad_state" and not (tmp_path / "ran").exists()


def test_a_training_goes_on_with_what_it_was_begun_with_and_nothing_else(tmp_path: Path):
    save_state(begun(1), tmp_path, {"task": "points", "sizes": (64, 128)})
    content = read_state(tmp_path)
    assert content is not None
    check_same(content, {"sizes": (64, 128), "task": "points"})  # a tuple is a list once it was written
    others = {"sizes": {"task": "points"}, "task": {"task": "lines", "sizes": (64, 128)}}
    others["data"] = {"task": "points", "sizes": (64, 128), "data": "new"}
    for name, about in others.items():
        with pytest.raises(InputFault, match=f"begun with another {name}"):
            check_same(content, about)


@pytest.mark.parametrize("part", ["module", "average"])
def test_a_state_that_lacks_a_weight_fills_nothing(tmp_path: Path, part: str):
    save_state(begun(1), tmp_path, {})
    content = read_state(tmp_path)
    assert content is not None
    del content[part]["bias"]
    with pytest.raises(RuntimeError, match="bias"):
        restore(begun(2), content)
