"""The one training loop: step, average, log, save, look; it goes on where it was, to the same numbers.

Nothing depends on what ran before: sample i is drawn from (seed, i), a step's chance from (seed, step), and
the plan is fixed when the training begins and lies in its state.
"""

from __future__ import annotations

import copy
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor
from torch.utils.data import DataLoader

from deocc.training.journal import Journal
from deocc.training.optimizer import optimizer_of
from deocc.training.plan import Plan
from deocc.training.state import (
    Begun,
    State,
    begin_with,
    check_same,
    plan_of,
    read_state,
    restore,
    save_state,
)
from deocc.training.task import Task

log = logging.getLogger(__name__)
MOST_GRADIENT = 1.0  # norm of a step's gradient: one odd batch must not undo an hour


@dataclass(frozen=True)
class Pace:
    """How often, in steps. piece_s: seconds after which this run saves and ends; None: at the plan's end.
    readers: processes that draw samples; 0: the training's own."""

    log: int = 50
    save: int = 500
    look: int = 2000
    piece_s: float | None = None
    readers: int = 1


def train(
    task: Task,
    plan: Plan | None,
    folder: Path,
    pace: Pace,
    say: Callable[[dict[str, float]], None],
    steps: int = 0,
    begun: Begun | None = None,
) -> State:
    """Trains to the plan's end or for a piece. Where `folder` has a state, it goes on with that and its plan,
    lengthened to `steps` where that is more.

    plan: None where there is a state.  say: each line of the log as it is written.  begun: the weights that a
    new training begins with.  InputFault where a state is broken or of another task."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = read_state(folder)
    if kept:
        check_same(kept, task.about())
        plan = plan_of(kept).lengthened(steps)
    assert plan is not None, f"there is no state in {folder}"
    runner = _Runner(task, plan, kept, begun)
    state, journal = runner.state, Journal(folder, say, runner.state.step)
    began, before = time.monotonic(), state.seconds
    for rows in runner.batches(pace.readers):
        phase = plan.at(state.step)
        losses = runner.step(rows)
        state.seconds = before + time.monotonic() - began
        late = pace.piece_s is not None and time.monotonic() - began > pace.piece_s
        ends = late or state.step == plan.steps
        if runner.accelerator.is_main_process:
            journal.add(losses, phase.batch)
            if ends or state.step % pace.log == 0:
                journal.write_means(state.step, phase.side)
            if ends or state.step % pace.save == 0:
                save_state(state, folder, task.about())
            if ends or state.step % pace.look == 0:
                figures = task.validate(state.average, phase.side)
                task.picture(state.average, phase.side, folder / f"look-{state.step:07d}.jpg")
                journal.write({"step": state.step, "seconds": round(state.seconds), **figures})
        if ends:
            break
    return state


class _Runner:
    """Networks, optimizer and device, and one step of them."""

    def __init__(self, task: Task, plan: Plan, kept: dict[str, Any] | None, begun: Begun | None):
        self.task, self.plan = task, plan
        self.accelerator = Accelerator(mixed_precision="bf16")
        module = task.module(plan.seed)
        average = copy.deepcopy(module).requires_grad_(False).eval()
        self.state = State(plan, 0, 0.0, module, average, optimizer_of(module, plan.rate, plan.weight_decay))
        if kept:
            restore(self.state, kept)
        elif begun:
            begin_with(self.state, begun)
        average.to(self.accelerator.device)
        self.module, self.optimizer = self.accelerator.prepare(module, self.state.optimizer)

    def step(self, rows: dict[str, Tensor]) -> dict[str, Tensor]:
        """One step; the loss and its parts."""
        state, plan = self.state, self.plan
        for group in self.optimizer.param_groups:
            group["lr"] = plan.rate_at(state.step)
        generator = torch.Generator().manual_seed(plan.seed * 1_000_003 + state.step)
        with self.accelerator.autocast():
            loss, told = self.task.loss(self.module, rows, plan.at(state.step).side, generator)
        self.accelerator.backward(loss)
        self.accelerator.clip_grad_norm_(self.module.parameters(), MOST_GRADIENT)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self._follow(plan.average_at(state.step))
        state.step += 1
        return {"loss": loss.detach(), **told}

    def _follow(self, keep: float) -> None:
        """Moves the average towards the weights."""
        now = self.accelerator.unwrap_model(self.module)
        with torch.no_grad():
            for ours, theirs in zip(self.state.average.parameters(), now.parameters(), strict=True):
                ours.lerp_(theirs, 1 - keep)

    def batches(self, readers: int) -> Iterator[dict[str, Tensor]]:
        """Collated samples of every step that is left."""
        step, plan = self.state.step, self.plan
        while step < plan.steps:
            phase, left = plan.at(step), plan.left_in_phase(step)
            first = self.state.before.pictures + plan.first_picture(step)
            samples = self.task.samples(plan.seed, first, left * phase.batch)
            loader = DataLoader(
                samples,
                batch_size=phase.batch,
                num_workers=readers,
                prefetch_factor=4 if readers else None,
            )
            yield from self.accelerator.prepare(loader)
            step += left
