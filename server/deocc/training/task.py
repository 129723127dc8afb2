"""What a network brings to the training loop."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.utils.data import Dataset


class Task(Protocol):
    """One thing to learn."""

    def module(self, seed: int) -> nn.Module:
        """All that learns, fresh: the same for the same seed."""
        ...

    def samples(self, seed: int, start: int, count: int) -> Dataset[dict[str, Tensor]]:
        """`count` samples from the start-th on; the i-th depends on seed and i alone."""
        ...

    def loss(
        self, module: nn.Module, rows: dict[str, Tensor], side: int, generator: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """The loss of collated samples, and its parts for the log. generator: the processor's, this step's.

        It calls the module itself, never a method of it: on several devices it is wrapped."""
        ...

    def validate(self, module: nn.Module, side: int) -> dict[str, float]:
        """Figures on what was never trained on."""
        ...

    def picture(self, module: nn.Module, side: int, path: Path) -> None:
        """A sheet to look at."""
        ...

    def about(self) -> dict[str, Any]:
        """What a training must have been begun with to be gone on with."""
        ...
