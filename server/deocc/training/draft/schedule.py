"""How a training of the draft's network is laid out: small pictures first, then full ones.

At half the size a step costs a quarter, and most of what there is to learn can be seen there.
"""

from __future__ import annotations

import time

import torch
from torch.utils.data import DataLoader

from deocc.training.plan import Phase, Plan
from deocc.training.task import Task

SIDES = (64, 128)
BATCHES = (64, 32)  # pictures a step at those sizes
SMALL_TIME = 0.5  # share of the time at the small size
SMALL_STEPS = 0.6  # share of the steps there, where no time is given
TRIED = 4  # steps that are timed at each size, after one that is not


def plan_of_steps(steps: int, seed: int) -> Plan:
    small = round(steps * SMALL_STEPS)
    return Plan(_phases(small, steps - small), seed)


def plan_of_hours(task: Task, hours: float, seed: int) -> Plan:
    """As many steps as this machine, as busy as it is now, makes in that time."""
    small_s, full_s = (_step_s(task, side, batch) for side, batch in zip(SIDES, BATCHES, strict=True))
    seconds = hours * 3600
    small, full = SMALL_TIME * seconds / small_s, (1 - SMALL_TIME) * seconds / full_s
    return Plan(_phases(max(round(small), 1), max(round(full), 1)), seed)


def _phases(*steps: int) -> tuple[Phase, ...]:
    laid_out = zip(steps, SIDES, BATCHES, strict=True)
    return tuple(Phase(count, side, batch) for count, side, batch in laid_out if count)


def _step_s(task: Task, side: int, batch: int) -> float:
    """Seconds of a step, the drawing of its pictures included where that is slower."""
    module = task.module(0)
    began = time.monotonic()
    rows = next(iter(DataLoader(task.samples(0, 0, batch), batch_size=batch)))
    drawn_s = time.monotonic() - began
    for i in range(TRIED + 1):
        if i == 1:
            began = time.monotonic()
        with torch.autocast("cpu", torch.bfloat16):
            loss, _ = task.loss(module, rows, side, torch.Generator().manual_seed(i))
        loss.backward()
    return max((time.monotonic() - began) / TRIED, drawn_s)
