"""The log of a training: one JSON object a line, means of the losses and figures of each look."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

from torch import Tensor

NAME = "log.jsonl"


class Journal:
    """say: each line as it is written.  step: where the training stands: later lines, of steps that were done
    but not kept, are left out."""

    def __init__(self, folder: Path, say: Callable[[dict[str, float]], None], step: int):
        self._path, self._say = folder / NAME, say
        self._sums: dict[str, Tensor] = {}
        self._steps = self._pictures = 0
        self._since = time.monotonic()
        if self._path.is_file():
            lines = self._path.read_text("utf-8").splitlines()
            kept = [line for line in lines if _step(line) <= step]
            self._path.write_text("".join(f"{line}\n" for line in kept), "utf-8")

    def add(self, losses: dict[str, Tensor], pictures: int) -> None:
        for name, value in losses.items():
            self._sums[name] = self._sums[name] + value if name in self._sums else value
        self._steps, self._pictures = self._steps + 1, self._pictures + pictures

    def write_means(self, step: int, side: int) -> None:
        """Of all losses since the last time."""
        means = {name: float(value) / self._steps for name, value in self._sums.items()}
        rate = self._pictures / max(time.monotonic() - self._since, 1e-9)
        self.write({"step": step, "side": side, **means, "pictures_per_s": round(rate, 1)})
        self._sums, self._steps, self._pictures, self._since = {}, 0, 0, time.monotonic()

    def write(self, line: dict[str, float]) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        self._say(line)


def _step(line: str) -> float:
    """A line that a kill cut short counts as of a later step."""
    try:
        return float(json.loads(line)["step"])
    except (ValueError, KeyError, TypeError):
        return float("inf")
