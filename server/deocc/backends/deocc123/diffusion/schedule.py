"""Noise levels and the step of the sampler: Euler-ancestral, v-prediction, trailing time steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from deocc.weights.faults import wrong_weights

_KNOWN = {"beta_schedule": "linear", "prediction_type": "v_prediction"}


@dataclass(frozen=True)
class Schedule:
    """The levels of one sampling of N steps, noisiest first.

    timesteps: (N,) of the training's 1000.  sigmas: (N + 1,), the last 0: noise's deviation where the clean
    latent's is 1.
    """

    timesteps: Tensor
    sigmas: Tensor

    def steps(self) -> Tensor:
        """(N, 7) float32, one row per step in the order of `Step`."""
        sigma, following = self.sigmas[:-1].double(), self.sigmas[1:].double()
        up = torch.sqrt(following**2 * (sigma**2 - following**2) / sigma**2)
        down = torch.sqrt(following**2 - up**2)
        scale = 1 / torch.sqrt(sigma**2 + 1)
        columns = (self.timesteps.double(), sigma, scale, -sigma * scale, scale**2, down - sigma, up)
        return torch.stack(columns, 1).float()


@dataclass(frozen=True)
class Step:
    """The numbers of one step as () tensors on the networks' device.

    timestep: for the UNet.  sigma: noise's deviation.  scale: latents times it go into the UNet.
    clean_of_v, clean_of_x: clean = clean_of_v * v + clean_of_x * x.  drift: sigma_down - sigma.
    renewal: sigma_up, the deviation of the fresh noise.
    """

    timestep: Tensor
    sigma: Tensor
    scale: Tensor
    clean_of_v: Tensor
    clean_of_x: Tensor
    drift: Tensor
    renewal: Tensor

    @classmethod
    def of(cls, row: Tensor) -> Step:
        """From a row of `Schedule.steps`."""
        return cls(*row.unbind())


def schedule(config: Mapping[str, Any], steps: int) -> Schedule:
    """The levels of `steps` steps. config: of scheduler_config.json, whose own spacing nobody uses."""
    check(config)
    count = int(config["num_train_timesteps"])
    betas = torch.linspace(config["beta_start"], config["beta_end"], count, dtype=torch.float32)
    kept = torch.cumprod(1 - betas, 0)  # (1000,) share of the signal's power
    # "trailing"; arange's own rounding decides halves, at 48 steps for one, and networks were used with it
    timesteps = np.round(np.arange(count, 0, -count / steps)[:steps]).astype(np.int64) - 1
    sigmas = torch.sqrt((1 - kept) / kept)[torch.from_numpy(timesteps)]
    return Schedule(torch.from_numpy(timesteps).float(), torch.cat([sigmas, torch.zeros(1)]))


def check(config: Mapping[str, Any]) -> None:
    """Refuses a checkpoint with another schedule (WeightsFault weights_wrong)."""
    for name, wanted in _KNOWN.items():
        if config.get(name) != wanted:
            raise wrong_weights(f"The noise schedule's {name} is “{config.get(name)}” instead of “{wanted}”.")
    for name in ("num_train_timesteps", "beta_start", "beta_end"):
        if not isinstance(config.get(name), int | float):
            raise wrong_weights(f"The noise schedule's {name} is no number.")


def noised(reference: Tensor, noise: Tensor, step: Step) -> Tensor:
    """The reference picture's latents at the step's noise level, as the UNet takes them."""
    return (reference + step.sigma * noise) * step.scale


def advance(latents: Tensor, velocity: Tensor, noise: Tensor, step: Step) -> tuple[Tensor, Tensor]:
    """Latents of the next level, and the clean latents as the UNet sees them now."""
    clean = step.clean_of_v * velocity + step.clean_of_x * latents
    slope = (latents - clean) / step.sigma
    return latents + slope * step.drift + noise * step.renewal, clean
