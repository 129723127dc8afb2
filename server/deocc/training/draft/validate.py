"""Figures of the draft's network on pictures of bodies that it never saw."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from deocc.backends.draft.learned.network import TEMPERATURE
from deocc.training.draft.batch import Batch, Draws, unpacked
from deocc.training.draft.losses import hard_overlap
from deocc.training.draft.network import LATENT, Fields

MUCH_HIDDEN = 0.4
BATCH = 32
SEEDS = 8


def figures(network: nn.Module, draws: Draws, side: int, seeds: int = SEEDS) -> dict[str, float]:
    """Means over the draws: amodal IoU of the most expected completion, over all, where over 40 % is hidden,
    and where something is; column IoU of the two depths; of `seeds` drawn completions the mean and the best;
    degrees of error of the camera's elevation; `visible` is the IoU of the given object mask alone."""
    rows: dict[str, list[Tensor]] = {}
    device = next(network.parameters()).device
    for i, batch in enumerate(batches_of(draws, side)):
        batch = batch.to(device)
        expected = completed(network, batch, torch.zeros(len(batch.hidden), LATENT))
        found = {
            "hidden": batch.hidden,
            "iou": hard_overlap(expected.whole, batch.whole),
            "visible": hard_overlap(batch.picture[:, 3:4] - 0.5, batch.whole),
            "columns": column_overlap(expected, batch),
            "elevation_error_deg": (expected.told[:, 0] - batch.elevation).abs() * 90,
            "judgement_error": (
                expected.told[:, 2].sigmoid() - hard_overlap(expected.whole, batch.whole)
            ).abs(),
        }
        generator = torch.Generator().manual_seed(i)
        drawn = [completed(network, batch, drawn_noise(len(batch.hidden), generator)) for _ in range(seeds)]
        if drawn:
            ious = torch.stack([hard_overlap(one.whole, batch.whole) for one in drawn])  # (seeds, N)
            columns = torch.stack([column_overlap(one, batch) for one in drawn])
            found |= {"iou_mean": ious.mean(0), "iou_best": ious.amax(0)}
            found |= {"columns_mean": columns.mean(0), "columns_best": columns.amax(0)}
        for name, value in found.items():
            rows.setdefault(name, []).append(value.cpu())
    table = {name: torch.cat(values) for name, values in rows.items()}
    hidden = table.pop("hidden")
    told = {name: float(values.mean()) for name, values in table.items()}
    for name in ("iou", "visible", "columns", "iou_mean", "iou_best", "columns_mean", "columns_best"):
        if name in table and (hidden > MUCH_HIDDEN).any():
            told[f"{name}_much_hidden"] = float(table[name][hidden > MUCH_HIDDEN].mean())
    return told


def batches_of(draws: Draws, side: int) -> Iterator[Batch]:
    for rows in DataLoader(draws, batch_size=BATCH):
        yield unpacked(rows, side)


def drawn_noise(count: int, generator: torch.Generator) -> Tensor:
    """(count, LATENT): as the backend draws it for other seeds than 0."""
    return TEMPERATURE * torch.randn(count, LATENT, generator=generator)


def completed(network: nn.Module, batch: Batch, noise: Tensor) -> Fields:
    with torch.no_grad():
        return Fields(*network(batch.picture, noise.to(batch.picture.device)))


def column_overlap(fields: Fields, batch: Batch) -> Tensor:
    """Intersection over union of the bodies as columns from back to front over each pixel, (N,)."""
    ours, true = fields.whole > 0, batch.whole > 0.5
    front = torch.where(ours, fields.depth[:, :1], 0.0)
    back = torch.where(ours, torch.minimum(fields.depth[:, 1:], fields.depth[:, :1]), 0.0)
    true_front = torch.where(true, batch.depth[:, :1], 0.0)
    true_back = torch.where(true, batch.depth[:, 1:], 0.0)
    both = (torch.minimum(front, true_front) - torch.maximum(back, true_back)).clamp(min=0)
    both = (both * (ours & true)).sum(dim=(1, 2, 3))
    either = (front - back).sum(dim=(1, 2, 3)) + (true_front - true_back).sum(dim=(1, 2, 3)) - both
    return both / either.clamp(min=1e-6)
