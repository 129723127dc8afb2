"""Learning the draft's network: what the training loop is handed."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from deocc.data.dataset.read import Dataset as ViewData
from deocc.data.split import HELD_OUT_SPLIT, TRAIN
from deocc.training.draft.batch import Draws, unpacked
from deocc.training.draft.losses import Learner
from deocc.training.draft.network import SMALL, Config, DraftNet
from deocc.training.draft.pictures import save_sheet
from deocc.training.draft.validate import SEEDS, figures

VALIDATION_SEED = 7_919  # of the held-out pictures: the same ones for every training
PICTURED = 12


class DraftTask:
    """data: views of both splits.  validated: held-out pictures that each look measures.  single: one
    completion alone is learned, to compare with."""

    def __init__(self, data: ViewData, config: Config = SMALL, validated: int = 384, single: bool = False):
        self.data, self.config, self.validated, self.single = data, config, validated, single

    def module(self, seed: int) -> nn.Module:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)  # layers draw their first weights from the global generator
            return Learner(self.config, single=self.single).to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]

    def samples(self, seed: int, start: int, count: int) -> Dataset[dict[str, Tensor]]:
        views, meshes = self.data.views[TRAIN], self.data.mesh_views(TRAIN)
        return Draws(views, self.data.backdrops, seed, start, count, meshes)

    def held_out(self, count: int) -> Draws:
        return Draws(self.data.views[HELD_OUT_SPLIT], self.data.backdrops, VALIDATION_SEED, 0, count)

    def loss(
        self, module: nn.Module, rows: dict[str, Tensor], side: int, generator: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        batch = unpacked(rows, side)
        noise = torch.randn(len(batch.hidden), self.config.latent, generator=generator)
        return module(batch, noise.to(batch.picture.device))

    def validate(self, module: nn.Module, side: int) -> dict[str, float]:
        seeds = 0 if self.single else SEEDS  # the latent of a network without one means nothing
        return figures(_network(module), self.held_out(self.validated), side, seeds)

    def picture(self, module: nn.Module, side: int, path: Path) -> None:
        save_sheet(_network(module), self.held_out(PICTURED), side, path)

    def about(self) -> dict[str, Any]:
        told = {"dataset": self.data.manifest.digest(), "network": asdict(self.config)}
        return {**told, "number of completions": 1} if self.single else told


def _network(module: nn.Module) -> DraftNet:
    assert isinstance(module, Learner)
    return module.network
