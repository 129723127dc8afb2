"""The puppet's card: its options say how it behaves."""

from __future__ import annotations

from dataclasses import dataclass

from deocc.backends.base import Card, option

BEHAVIOURS = (
    "finish", "print", "read_input", "hang", "kill_self", "out_of_memory", "disk_full", "device_lost",
    "fault", "bug",
)  # fmt: skip
NEEDS = ("nothing", "puppet-net", "puppet-pair", "puppet-student")  # rows of tests/puppet/weights.py


@dataclass(frozen=True)
class PuppetOptions:
    behaviour: str = option("finish", "Behaviour", "What it does in the middle.", choices=BEHAVIOURS)
    steps: int = option(2, "Steps", "How many ticks before the end.", 0, 10_000)
    step_s: float = option(0.0, "Step", "Seconds between ticks.", 0.0, 10.0)
    pictures: bool = option(True, "Pictures", "Whether it shows pictures as it goes.")
    previews: bool = option(False, "Previews", "Whether it shows the six views anew at every step.")
    needs: str = option("nothing", "Needs", "Weights that it can't do without.", choices=NEEDS)


def weights_for(options: PuppetOptions) -> tuple[str, ...]:
    return () if options.needs == "nothing" else (options.needs,)


CARD = Card(
    "puppet",
    "Puppet",
    "Does as told.",
    PuppetOptions,
    estimate_s=0.1,
    estimate_gb=0.1,
    weights_for=weights_for,
)
