"""Something small to learn: the training loop's tests run it in a second."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import Dataset


class Points(Dataset):
    """Points of a plane with noise; the i-th depends on seed and i alone."""

    def __init__(self, seed: int, start: int, count: int):
        self.seed, self.start, self.count = seed, start, count

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, i: int) -> dict[str, Tensor]:
        rng = np.random.default_rng([self.seed, self.start + i])
        x = rng.normal(size=4).astype(np.float32)
        y = np.float32(x @ (1, -2, 3, 0.5) + 0.01 * rng.normal())
        return {"x": torch.from_numpy(x), "y": torch.tensor(y), "number": torch.tensor(self.start + i)}


class TinyTask:
    """numbers: of all samples that a loss was asked for, in order; sides: of the steps."""

    def __init__(self, about: str = "points"):
        self.words = about
        self.numbers: list[int] = []
        self.sides: list[int] = []

    def module(self, seed: int) -> nn.Module:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 1))

    def samples(self, seed: int, start: int, count: int) -> Dataset[dict[str, Tensor]]:
        return Points(seed, start, count)

    def loss(
        self, module: nn.Module, rows: dict[str, Tensor], side: int, generator: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        self.numbers += rows["number"].tolist()
        self.sides.append(side)
        jitter = 0.01 * torch.randn(rows["x"].shape, generator=generator)
        error = (module(rows["x"] + jitter)[:, 0] - rows["y"]).square().mean()
        return error, {"error": error.detach()}

    def validate(self, module: nn.Module, side: int) -> dict[str, float]:
        rows = next(iter(torch.utils.data.DataLoader(Points(99, 0, 64), batch_size=64)))
        with torch.no_grad():
            return {"validated": float((module(rows["x"])[:, 0] - rows["y"]).square().mean())}

    def picture(self, module: nn.Module, side: int, path: Path) -> None:
        path.write_bytes(b"a picture")

    def about(self) -> dict[str, Any]:
        return {"task": self.words}
