"""How long a training lasts and how it goes: sizes, batches, learning rate; fixed when it begins."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Phase:
    """So many steps at this size. side: pixels of the pictures.  batch: pictures a step."""

    steps: int
    side: int
    batch: int


@dataclass(frozen=True)
class Plan:
    """rate: the highest learning rate, held from `warmup` steps on until the last `decay` share of all steps,
    over which it falls to nothing in a line: so that a training can be made longer before it falls."""

    phases: tuple[Phase, ...]
    seed: int = 0
    rate: float = 2e-3
    warmup: int = 100
    decay: float = 0.3
    weight_decay: float = 0.02
    average: float = 0.999  # of the weights' moving average, per step

    @property
    def steps(self) -> int:
        return sum(phase.steps for phase in self.phases)

    def lengthened(self, steps: int) -> Plan:
        """With so many steps in all, the last phase longer; never shorter than it is."""
        more = max(steps - self.steps, 0)
        last = replace(self.phases[-1], steps=self.phases[-1].steps + more)
        return replace(self, phases=(*self.phases[:-1], last))

    def at(self, step: int) -> Phase:
        """The phase of a step, counted from 0."""
        for phase in self.phases:
            if step < phase.steps:
                return phase
            step -= phase.steps
        return self.phases[-1]

    def left_in_phase(self, step: int) -> int:
        """Steps until another phase begins, this one included."""
        for phase in self.phases:
            if step < phase.steps:
                return phase.steps - step
            step -= phase.steps
        return 0

    def first_picture(self, step: int) -> int:
        """How many pictures were drawn before this step."""
        drawn = 0
        for phase in self.phases:
            done = min(step, phase.steps)
            drawn += done * phase.batch
            step -= done
        return drawn

    def rate_at(self, step: int) -> float:
        falling = max(math.ceil(self.steps * self.decay), 1)
        warm = min((step + 1) / max(self.warmup, 1), 1.0)
        return self.rate * warm * min((self.steps - step) / falling, 1.0)

    def average_at(self, step: int) -> float:
        """Short at first, else the beginning would be remembered for long."""
        return min(self.average, (step + 1) / (step + 10))
