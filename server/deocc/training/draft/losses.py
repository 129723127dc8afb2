"""What the draft's network is to get right, and how much each counts."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from deocc.training.draft.batch import Batch
from deocc.training.draft.network import SMALL, TRUTH, Config, DraftNet, Fields, Posterior, Seen

HIDDEN_WEIGHT = 4.0  # of a pixel under the occluder: what is seen is known already
INSIDE = 0.5  # a pixel with this share of the object has a depth
TAUGHT = 0.25  # share of a batch that is completed a second time, to teach the latent


@dataclass(frozen=True)
class Weights:
    """Of the loss's parts. divergence: per nat of what the posterior knows beyond the prior."""

    outline: float = 1.0
    overlap: float = 1.0
    depth: float = 4.0
    slope: float = 0.5
    colour: float = 0.6
    elevation: float = 0.05
    judgement: float = 0.05
    doubt: float = 0.05
    divergence: float = 0.004


WEIGHTS = Weights()


class Learner(nn.Module):
    """The network and what only its training needs; called, it says how wrong they are. single: no latent is
    taught, all of a batch completes with the prior's mean."""

    def __init__(self, config: Config = SMALL, weights: Weights = WEIGHTS, single: bool = False):
        super().__init__()
        self.network, self.posterior = DraftNet(config), Posterior(config)
        self.weights, self.single = weights, single

    def forward(self, batch: Batch, noise: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """The loss and its parts. noise: (N, LATENT) standard normal.

        All of it is completed with the prior's mean, as it would be without a latent; TAUGHT of it once
        more with a latent drawn from the posterior, which teaches the latent to tell completions apart (the
        hybrid objective of Sohn et al. 2015)."""
        seen = self.network.look(batch.picture)
        parts = parts_of(self.network.complete(seen, seen.prior.mean), batch)
        parts["divergence"] = noise.new_zeros(())
        if not self.single:
            again = self._taught(batch, seen, noise)
            parts = {name: (value + TAUGHT * again[name]) / (1 + TAUGHT) for name, value in parts.items()}
            parts["divergence"] = again["divergence"]
        total = torch.stack([getattr(self.weights, name) * value for name, value in parts.items()]).sum()
        return total, {name: value.detach() for name, value in parts.items()}

    def _taught(self, batch: Batch, seen: Seen, noise: Tensor) -> dict[str, Tensor]:
        """The parts of the rows that are completed as the truth says."""
        count = math.ceil(TAUGHT * len(noise))
        batch, seen, noise = batch.first(count), seen.first(count), noise[:count]
        truth = torch.cat([batch.whole, batch.depth, batch.colour], dim=1)
        assert truth.shape[1] == TRUTH
        told = self.posterior(batch.picture, truth, seen.pooled.detach())
        parts = parts_of(self.network.complete(seen, told.at(noise)), batch)
        return {**parts, "divergence": told.divergence(seen.prior).sum() / count}


def parts_of(fields: Fields, batch: Batch) -> dict[str, Tensor]:
    """Each a mean over the batch; depths and colours count where the object is, hidden or seen."""
    inside = (batch.whole > INSIDE).float()
    hidden = 1 + (HIDDEN_WEIGHT - 1) * batch.picture[:, 4:5]
    depth = (fields.depth - batch.depth).abs()  # (N, 2, H, W)
    colour = (fields.colour - batch.colour).abs().unflatten(1, (2, 3)).mean(dim=2)  # (N, 2, H, W)
    error = (fields.told[:, 0] - batch.elevation).abs()
    return {
        "outline": _outline(fields.whole, batch),
        "overlap": 1 - _overlap(fields.whole, batch.whole).mean(),
        "depth": _mean(depth, inside),
        "slope": _slope(fields.depth, batch.depth, inside),
        "colour": _mean(colour, inside * hidden),
        "elevation": (error / fields.told[:, 1].clamp(-4, 1).exp() + fields.told[:, 1].clamp(-4, 1)).mean(),
        "judgement": functional.binary_cross_entropy_with_logits(
            fields.told[:, 2], hard_overlap(fields.whole, batch.whole)
        ),
        "doubt": _mean(_doubt(torch.cat([depth, colour], dim=1).detach(), fields.scale), inside),
    }


def _outline(logits: Tensor, batch: Batch) -> Tensor:
    weight = 1 + (HIDDEN_WEIGHT - 1) * batch.picture[:, 4:5]
    each = functional.binary_cross_entropy_with_logits(logits, batch.whole, reduction="none")
    return (each * weight).sum() / weight.sum()


def _overlap(logits: Tensor, whole: Tensor) -> Tensor:
    """Soft intersection over union, (N,)."""
    share = logits.sigmoid()
    both = (share * whole).sum(dim=(1, 2, 3))
    return both / (share.sum(dim=(1, 2, 3)) + whole.sum(dim=(1, 2, 3)) - both).clamp(min=1)


def hard_overlap(logits: Tensor, whole: Tensor) -> Tensor:
    """Intersection over union of the masks at one half, (N,), without gradient."""
    ours, true = logits.detach() > 0, whole > 0.5
    both = (ours & true).sum(dim=(1, 2, 3)).float()
    return both / (ours | true).sum(dim=(1, 2, 3)).clamp(min=1)


def _mean(each: Tensor, weight: Tensor) -> Tensor:
    """Over the pixels of the whole batch. each: (N, C, H, W), weight: (N, 1, H, W)."""
    return (each * weight).sum() / (weight.sum().clamp(min=1) * each.shape[1])


def _doubt(error: Tensor, log_scale: Tensor) -> Tensor:
    """Negative log likelihood of a Laplace distribution but for its constant. It teaches what error to expect
    and no more: were the fields to learn by it, they would give up where they are unsure."""
    return error / log_scale.exp() + log_scale


def _slope(ours: Tensor, true: Tensor, inside: Tensor) -> Tensor:
    """Error of the depths' differences between neighbours that are both the object's."""
    total, count = ours.new_zeros(()), ours.new_ones(())
    for axis in (2, 3):
        size = ours.shape[axis] - 1
        both = inside.narrow(axis, 1, size) * inside.narrow(axis, 0, size)
        gap = ours.diff(dim=axis) - true.diff(dim=axis)
        total = total + (gap.abs().clamp(max=0.5) * both).sum()
        count = count + both.sum() * ours.shape[1]
    return total / count * ours.shape[-1] / 16  # per eighth of the crop's half, whatever the number of pixels
