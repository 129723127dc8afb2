"""Muon for the wide matrices, AdamW for all else.

Muon (Jordan et al. 2024) gives a matrix's step the same length in every direction: the momentum is brought
near to the closest orthogonal matrix. The draft's network learns in less than half of the steps that AdamW
takes. A matrix's step is scaled as in Liu et al. 2025, "Muon is scalable for LLM training", §2.2, so that one
learning rate does for both. torch has it from 2.9 on, and for matrices alone; this takes convolutions too.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

WIDE = 16  # a matrix with a side no longer than this reads the input, writes the output or takes the latent
MOMENTUM = 0.95
BETAS = (0.9, 0.99)
LIKE_ADAM = 0.2  # root mean square of an entry of AdamW's step, in learning rates
QUINTIC = (3.4445, -4.7750, 2.0315)  # of the iteration: singular values of all sizes come near to 1
ITERATIONS = 5


def optimizer_of(module: nn.Module, rate: float, weight_decay: float) -> Optimizer:
    """For all parameters of a module; biases and norms are not pulled to zero."""
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for one in module.parameters():
        groups.setdefault((is_wide(one), one.ndim > 1), []).append(one)
    return Optimizer(
        [
            {"params": some, "wide": wide, "weight_decay": weight_decay if matrix else 0.0}
            for (wide, matrix), some in groups.items()
        ],
        rate,
    )


def is_wide(weight: Tensor) -> bool:
    """Whether Muon takes it: a matrix, or a convolution as the matrix (outputs, all that each reads)."""
    return (
        weight.ndim > 1
        and len(weight) > WIDE
        and weight.numel() // len(weight) > WIDE
        and weight.shape[1] > 1
    )


class Optimizer(torch.optim.Optimizer):
    """groups: with `params`, `wide`, `weight_decay`; a rate of their own may be set in `lr`."""

    def __init__(self, groups: list[dict], rate: float):
        super().__init__(groups, {"lr": rate, "weight_decay": 0.0, "wide": False})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        assert closure is None
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None:
                    way = (self._muon if group["wide"] else self._adam)(weight, weight.grad)
                    weight.mul_(1 - group["lr"] * group["weight_decay"])
                    weight.add_(way, alpha=-group["lr"])

    def _muon(self, weight: Tensor, gradient: Tensor) -> Tensor:
        state = self.state[weight]
        if not state:
            state["mean"] = torch.zeros_like(weight)
        state["mean"].lerp_(gradient, 1 - MOMENTUM)
        ahead = torch.lerp(gradient, state["mean"], MOMENTUM)  # Nesterov's
        matrix = ahead.reshape(len(ahead), -1)
        return near_orthogonal(matrix).view(weight.shape) * (LIKE_ADAM * max(matrix.shape) ** 0.5)

    def _adam(self, weight: Tensor, gradient: Tensor) -> Tensor:
        state = self.state[weight]
        if not state:
            state.update(
                mean=torch.zeros_like(weight), square=torch.zeros_like(weight), steps=torch.zeros(())
            )
        state["steps"] += 1
        state["mean"].lerp_(gradient, 1 - BETAS[0])
        state["square"].lerp_(gradient.square(), 1 - BETAS[1])
        mean, square = (
            state[name] / (1 - beta ** state["steps"].item())
            for name, beta in zip(("mean", "square"), BETAS, strict=True)
        )
        return mean / (square.sqrt() + 1e-8)


def near_orthogonal(matrix: Tensor) -> Tensor:
    """(rows, columns) with the singular vectors of `matrix` and singular values within about 0.7 to 1.2, all
    but those that are next to nothing."""
    x = matrix.bfloat16()
    x = x.T if len(matrix) > matrix.shape[1] else x
    x = x / (x.norm() + 1e-7)
    one, three, five = QUINTIC
    for _ in range(ITERATIONS):
        square = x @ x.T
        x = one * x + (three * square + five * square @ square) @ x
    return (x.T if len(matrix) > matrix.shape[1] else x).to(matrix.dtype)
