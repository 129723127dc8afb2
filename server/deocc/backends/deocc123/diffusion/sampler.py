"""From noise to latents of six views: per step one pass over the reference pictures, one over the views."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from deocc.backends.deocc123.diffusion.attention import ReferenceBank, Written
from deocc.backends.deocc123.diffusion.noise import Noise
from deocc.backends.deocc123.diffusion.precision import check_finite
from deocc.backends.deocc123.diffusion.replay import replayable
from deocc.backends.deocc123.diffusion.schedule import Schedule, Step, advance, noised

if TYPE_CHECKING:
    from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel

Watch = Callable[[int, Tensor], None]
"""Called after step n (from 0) with the clean latents as seen then, (1, 4, H, W); may raise Cancelled."""


@dataclass(frozen=True)
class Guided:
    """What the views are made from, float32 on the processor; rows: [the empty picture, the photo].

    prompt: (2, 77, C).  reference: (2, 4, h, w) latents of the reference pictures.  guidance: at 1 only the
    photo's row is computed.  split: the rows one after the other, at half the memory.
    """

    prompt: Tensor
    reference: Tensor
    guidance: float
    split: bool = False


class Denoiser:
    """One step's velocity from the UNet, on its device and in its number format."""

    def __init__(self, unet: UNet2DConditionModel, bank: ReferenceBank, guided: Guided):
        self._unet, self._bank, self._guidance = unet, bank, guided.guidance
        first = 0 if guided.guidance != 1 else 1
        self.reference = guided.reference[first:].to(unet.device)
        prompt = guided.prompt[first:].to(unet.device, unet.dtype)
        count = len(prompt)
        self._parts = [slice(n, n + 1) for n in range(count)] if guided.split else [slice(0, count)]
        self._count, self._prompt = count, prompt
        bank.begin(prompt)

    def velocity_of_row(self, latents: Tensor, reference_noise: Tensor, row: Tensor) -> Tensor:
        """`velocity` with the step as a row of `Schedule.steps`: tensors alone, as a recording needs."""
        return self.velocity(latents, reference_noise, Step.of(row))

    def velocity(self, latents: Tensor, reference_noise: Tensor, step: Step) -> Tensor:
        """latents (1, 4, H, W) and reference_noise (2, 4, h, w) float32 -> guided velocity (1, 4, H, W)."""
        rows = self.rows(latents, reference_noise, step)
        if self._count == 1:
            return rows
        empty, photo = rows.chunk(2)
        return empty + self._guidance * (photo - empty)

    def rows(self, latents: Tensor, reference_noise: Tensor, step: Step) -> Tensor:
        """Velocities without guidance, (B, 4, H, W): without the photo, and with it."""
        reference = noised(self.reference, reference_noise[-self._count :], step)
        views = latents * step.scale
        found = []
        for rows in self._parts:
            self.write(reference[rows], rows, step)
            found.append(self._pass(views.expand(rows.stop - rows.start, -1, -1, -1), rows, step).float())
            self._bank.tokens.clear()
        return torch.cat(found)

    def write(self, reference: Tensor, rows: slice, step: Step) -> None:
        """Reads the noised reference pictures: afterwards the bank has their tokens."""
        self._bank.writing = True
        try:
            self._pass(reference, rows, step)
        except Written:
            pass  # as it should end
        finally:
            self._bank.writing = False

    def _pass(self, latents: Tensor, rows: slice, step: Step) -> Tensor:
        self._bank.rows = rows
        dtype, prompt = self._unet.dtype, self._prompt[rows]
        return self._unet(latents.to(dtype), step.timestep, prompt, return_dict=False)[0]


@torch.inference_mode()
def denoise(
    unet: UNet2DConditionModel,
    bank: ReferenceBank,
    guided: Guided,
    levels: Schedule,
    size: tuple[int, int],
    noise: Noise,
    watch: Watch,
    record: bool = False,
) -> Tensor:
    """Latents (1, 4, *size) of the tile of views, float32, as the UNet knows them (shifted and scaled).

    record: the steps as a CUDA graph (replay.py).  Raises Overflow when a number is lost, and lets pass what
    `watch` raises.
    """
    device, reference_shape = unet.device, tuple(guided.reference.shape)
    shape = (1, reference_shape[1], *size)
    table = levels.steps().to(device)
    latents = (noise("start", shape) * levels.sigmas[0]).to(device)
    try:
        denoiser = Denoiser(unet, bank, guided)
        velocity_of = denoiser.velocity_of_row
        for n, row in enumerate(table):
            reference_noise = noise(f"reference/{n}", reference_shape).to(device)
            if record and n == 0:
                velocity_of = replayable(velocity_of, latents, reference_noise, row)
            velocity = velocity_of(latents, reference_noise, row)
            renewal = noise(f"renewal/{n}", shape).to(device)
            latents, clean = advance(latents, velocity, renewal, Step.of(row))
            check_finite(latents)
            watch(n, clean)
    finally:
        bank.clear()
    return latents
