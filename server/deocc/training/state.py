"""All that a training needs to go on where it was, in one file that is either whole or not there."""

from __future__ import annotations

import copy
import dataclasses
import io
import json
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from deocc.errors import InputFault
from deocc.package import write_beside
from deocc.training.plan import Phase, Plan

NAME = "state.pt"
FORMAT = 1


@dataclass(frozen=True)
class Spent:
    """What trainings have cost."""

    pictures: int = 0
    seconds: float = 0.0

    def and_by(self, plan: Plan, step: int, seconds: float) -> Spent:
        """With a training besides that has come to this step of its plan."""
        return Spent(self.pictures + plan.first_picture(step), self.seconds + seconds)


@dataclass(frozen=True)
class Begun:
    """Weights that a training begins with, and what they had cost. weights: by name, all of the module's."""

    weights: Mapping[str, Tensor]
    spent: Spent


@dataclass
class State:
    """step: done so far.  seconds: spent so far, of all runs.  average: the module's moving average."""

    plan: Plan
    step: int
    seconds: float
    module: nn.Module
    average: nn.Module
    optimizer: torch.optim.Optimizer
    before: Spent = Spent()

    def spent(self) -> Spent:
        """What its weights have cost up to now, other trainings before it included."""
        return self.before.and_by(self.plan, self.step, self.seconds)


def save_state(state: State, folder: Path, about: dict[str, Any]) -> None:
    """Writes beside, then renames: a kill at any moment leaves the one before or this one. about: what a run
    must have in common with this one to go on with it."""
    content = {
        "format": FORMAT,
        "about": json.dumps(about, sort_keys=True),
        "plan": dataclasses.asdict(state.plan),
        "before": dataclasses.asdict(state.before),
        "step": state.step,
        "seconds": state.seconds,
        "module": state.module.state_dict(),
        "average": state.average.state_dict(),
        "optimizer": state.optimizer.state_dict(),
    }
    packed = io.BytesIO()  # torch tells a full disk as anything but that
    torch.save(content, packed)
    write_beside(packed.getvalue(), folder / NAME)


def read_state(folder: Path) -> dict[str, Any] | None:
    """What save_state wrote, on the processor; None where there is none. InputFault where it is broken."""
    path = folder / NAME
    if not path.is_file():
        return None
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        if content["format"] != FORMAT:
            raise KeyError(content["format"])
        return content
    except (OSError, KeyError, RuntimeError, EOFError, pickle.UnpicklingError, TypeError) as error:
        raise InputFault(
            "bad_state", f"“{path}” is no training that can go on.", "Take it away to begin anew."
        ) from error


def check_same(content: dict[str, Any], about: dict[str, Any]) -> None:
    """InputFault where the training was begun with something else."""
    begun, now = json.loads(content["about"]), json.loads(json.dumps(about))
    for name in {**now, **begun}:
        if begun.get(name) != now.get(name):
            raise InputFault(
                "another_training",
                f"The training in this folder was begun with another {name}.",
                "Take another folder, or give what it was begun with.",
            )


def plan_of(content: dict[str, Any]) -> Plan:
    told = dict(content["plan"])
    return Plan(**{**told, "phases": tuple(Phase(**phase) for phase in told["phases"])})


def restore(state: State, content: dict[str, Any]) -> None:
    """Fills the state's modules and optimizer; strict."""
    state.module.load_state_dict(content["module"])
    state.average.load_state_dict(content["average"])
    state.optimizer.load_state_dict(content["optimizer"])
    state.step, state.seconds = content["step"], content["seconds"]
    state.before = _before(content)


def _before(content: dict[str, Any]) -> Spent:
    return Spent(**content.get("before", {}))  # not in states of the first trainings


def read_begun(folder: Path, module: nn.Module) -> Begun:
    """The averaged weights of the training in a folder. InputFault where there is none, or one of another
    network than the module."""
    content = read_state(folder)
    if content is None:
        raise InputFault("no_state", f"There is no training in “{folder}”.")
    check_fits(content["average"], module, folder)
    spent = _before(content).and_by(plan_of(content), content["step"], content["seconds"])
    return Begun(content["average"], spent)


def check_fits(weights: Mapping[str, Tensor], module: nn.Module, place: Path) -> None:
    """InputFault where the weights found in a place are not the module's by name and shape."""
    wanted = {name: one.shape for name, one in module.state_dict().items()}
    if {name: one.shape for name, one in weights.items()} != wanted:
        raise InputFault("another_training", f"“{place}” is of another network than this one.")


def begin_with(state: State, begun: Begun) -> None:
    """Takes these weights over."""
    state.module.load_state_dict(begun.weights)
    state.average.load_state_dict(begun.weights)
    state.before = begun.spent


def average_with(module: nn.Module, begun: Begun) -> None:
    """Makes the module's weights the mean of its own and these (Wortsman et al. 2022). Both must have the
    same ancestor: means of networks that learned apart mean nothing."""
    other = copy.deepcopy(module)
    other.load_state_dict(begun.weights)
    with torch.no_grad():
        for ours, theirs in zip(module.parameters(), other.parameters(), strict=True):
            ours.lerp_(theirs, 0.5)
