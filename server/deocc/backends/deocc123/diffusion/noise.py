"""Where every random number of the six views comes from: one generator on the processor, in one order.

Order of the draws of a seed (so that any device gives the same ones):
  picture       (1, 4, h, w)   which latent of the photo's posterior is looked at
  ground        (1, 4, h, w)   the same of the empty picture that guidance compares with
  start         (1, 4, H, W)   the noise that the views come from
  then every step n:
  reference/n   (2, 4, h, w)   noise on the two reference pictures, the empty one first
  renewal/n     (1, 4, H, W)   the ancestral sampler's; drawn at the last step too, where it counts nothing
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Noise = Callable[[str, tuple[int, ...]], Tensor]
"""Standard normal numbers, float32 on the processor, for a name of the list above and a shape."""


class SeededNoise:
    """The numbers of a seed, 0 <= seed < 2^63."""

    def __init__(self, seed: int):
        self._generator = torch.Generator("cpu").manual_seed(seed)

    def __call__(self, name: str, shape: tuple[int, ...]) -> Tensor:
        return torch.randn(shape, generator=self._generator, dtype=torch.float32)
