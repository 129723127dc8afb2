"""All that a training needs to go on where it was, in one file that is either whole or not there."""

from __future__ import annotations

import copy
import dataclasses
import io
import json
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from deocc.errors import InputFault
from deocc.package import write_beside
from deocc.training.plan import Phase, Plan

NAME = "state.pt"
FORMAT = 1


@dataclass(frozen=True)
class Before:
    """What other trainings had spent on the weights that this one began with."""

    pictures: int = 0
    seconds: float = 0.0


@dataclass
class State:
    """step: done so far.  seconds: spent so far, of all runs.  average: the module's moving average."""

    plan: Plan
    step: int
    seconds: float
    module: nn.Module
    average: nn.Module
    optimizer: torch.optim.Optimizer
    before: Before = Before()


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
    state.before = Before(**content.get("before", {}))  # not in states of the first trainings


def begin_with(state: State, folder: Path) -> None:
    """Takes over the averaged weights of the training in another folder. InputFault where there is none, or
    of another network."""
    state.before = _take_over(state.average, folder)
    state.module.load_state_dict(state.average.state_dict())


def average_with(module: nn.Module, folder: Path) -> Before:
    """Makes the module's weights the mean of its own and the averaged ones of the training in a folder
    (Wortsman et al. 2022); what that one had spent. Both must have the same ancestor: means of networks that
    learned apart mean nothing. InputFault where there is no training, or of another network."""
    other = copy.deepcopy(module)
    before = _take_over(other, folder)
    with torch.no_grad():
        for ours, theirs in zip(module.parameters(), other.parameters(), strict=True):
            ours.lerp_(theirs, 0.5)
    return before


def _take_over(module: nn.Module, folder: Path) -> Before:
    """The averaged weights of the training in the folder, and what they had cost."""
    content = read_state(folder)
    if content is None:
        raise InputFault("no_state", f"There is no training in “{folder}”.")
    try:
        module.load_state_dict(content["average"])
    except RuntimeError as error:
        raise InputFault(
            "another_training", f"The training in “{folder}” is of another network than this one."
        ) from error
    earlier = Before(**content.get("before", {}))
    drawn = plan_of(content).first_picture(content["step"])
    return Before(earlier.pictures + drawn, earlier.seconds + content["seconds"])
