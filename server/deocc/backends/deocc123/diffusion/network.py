"""Zero123++ from the cut-out to six views: encode the photo once, then denoise and decode for every seed."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from numpy.typing import NDArray
from torch import Tensor
from transformers import CLIPVisionModelWithProjection

from deocc.backends.base import Tick
from deocc.backends.deocc123.diffusion import latents as codec
from deocc.backends.deocc123.diffusion import networks
from deocc.backends.deocc123.diffusion.attention import install
from deocc.backends.deocc123.diffusion.config import (
    EMPTY_PROMPT_FILE,
    GUIDANCE,
    PREVIEW_FILE,
    STEPS,
    TILE_COLUMNS,
    TILE_ROWS,
    UNET_ALONE_FILE,
    VIEW_PX,
    ViewConfig,
    read_pipeline_file,
)
from deocc.backends.deocc123.diffusion.noise import Noise, SeededNoise
from deocc.backends.deocc123.diffusion.precision import check_finite, in_range
from deocc.backends.deocc123.diffusion.preprocess import Extractor, on_ground, read_extractor
from deocc.backends.deocc123.diffusion.replay import can_replay
from deocc.backends.deocc123.diffusion.sampler import Guided, denoise
from deocc.backends.deocc123.diffusion.schedule import schedule
from deocc.place import Place
from deocc.weights.checkpoint import read_tensors
from deocc.weights.faults import wrong_weights

log = logging.getLogger(__name__)

TILE_PX = (TILE_ROWS * VIEW_PX, TILE_COLUMNS * VIEW_PX)  # height, width
ENCODED, DENOISED = 0.02, 0.96  # progress of one sampling, on a graphics card


@dataclass(frozen=True)
class Moments:
    """The VAE's posterior of a picture: mean and deviation, (1, 4, h, w) float32 on the processor.

    In the VAE's own units: the reference picture's latents are not scaled as the views' are.
    """

    mean: Tensor
    deviation: Tensor

    def drawn(self, noise: Tensor) -> Tensor:
        return self.mean + self.deviation * noise


@dataclass(frozen=True)
class Condition:
    """All that the networks know of a photo, whatever the seed; float32 on the processor.

    prompt: (2, 77, C), the empty prompt alone, then with the photo's CLIP embedding.
    picture, ground: of the photo, and of the even grey that guidance compares it with.
    """

    prompt: Tensor
    picture: Moments
    ground: Moments


@dataclass(frozen=True)
class Parts:
    """Networks and numbers of a pipeline. empty_prompt: (77, C).  ramp: (77,).  levels: the scheduler's."""

    unet: UNet2DConditionModel
    vae: AutoencoderKL
    vision: CLIPVisionModelWithProjection
    empty_prompt: Tensor
    ramp: Tensor
    for_vae: Extractor
    for_clip: Extractor
    levels: dict[str, Any]
    preview: codec.Preview


class ViewDiffusion:
    """The networks of one checkpoint. `config` travels with every picture that it makes."""

    def __init__(self, parts: Parts, config: ViewConfig, place: Place):
        self.config = config
        self._parts, self._place = parts, place
        self._bank = install(parts.unet)
        self._grounds: dict[int, Moments] = {}  # by size: the even grey is the same for every photo

    @classmethod
    def load(cls, pipeline_folder: Path, unet_folder: Path | None, place: Place) -> ViewDiffusion:
        """Reads prepared weights. unet_folder: of a UNet that replaces the pipeline's, with cameras and
        ground of its own. WeightsFault where a file is not its network's."""
        began, folder, dtype = time.perf_counter(), pipeline_folder, place.dtype
        unet_config, unet_file = folder / "unet/config.json", folder / "unet" / networks.UNET_FILE
        if unet_folder:
            unet_config, unet_file = unet_folder / "config.json", unet_folder / UNET_ALONE_FILE
        told = networks.read_json
        preview = read_tensors(folder / PREVIEW_FILE)
        parts = Parts(
            unet=networks.load(networks.build_unet, told(unet_config), unet_file, dtype),
            vae=networks.load(
                networks.build_vae,
                told(folder / "vae/config.json"),
                folder / "vae" / networks.VAE_FILE,
                dtype,
            ),
            vision=networks.load(
                networks.build_vision,
                told(folder / "vision_encoder/config.json"),
                folder / "vision_encoder" / networks.VISION_FILE,
                dtype,
            ),
            empty_prompt=read_tensors(folder / EMPTY_PROMPT_FILE)["hidden_states"],
            ramp=torch.tensor(told(folder / "model_index.json")["ramping_coefficients"]),
            for_vae=read_extractor(folder / "feature_extractor_vae"),
            for_clip=read_extractor(folder / "feature_extractor_clip"),
            levels=told(folder / "scheduler/scheduler_config.json"),
            preview=codec.Preview(preview["matrix"], preview["offset"]),
        )
        width, wanted = parts.empty_prompt.shape[1], parts.unet.config["cross_attention_dim"]
        if width != wanted:
            raise wrong_weights(f"The UNet takes prompts of {wanted} numbers, its pipeline makes {width}.")
        log.info("six-view networks loaded in %.1f s", time.perf_counter() - began)
        return cls(parts, read_pipeline_file(unet_folder or folder), place)

    @torch.inference_mode()
    def condition(self, cutout_rgba: NDArray[np.uint8], reference_px: int | None = None) -> Condition:
        """What the networks see in a cut-out (S, S, 4) uint8.

        reference_px: side of the reference picture, a multiple of 64; None is the checkpoint's own (512),
        less is quicker and only approximately the published method.
        """
        parts, began = self._parts, time.perf_counter()
        picture = on_ground(cutout_rgba, self.config.background)
        embedding = in_range(
            "looking at the photo",
            parts.vision,
            self._place,
            partial(embed, parts.vision, parts.for_clip.pixels(picture)),
        )
        pixels = parts.for_vae.at(reference_px).pixels(picture)
        encoded = partial(in_range, "encoding the photo", parts.vae, self._place)
        side = pixels.shape[-1]
        if side not in self._grounds:
            self._grounds[side] = encoded(partial(encode, parts.vae, torch.zeros_like(pixels)))
        moments = encoded(partial(encode, parts.vae, pixels))
        log.info("photo encoded in %.2f s", time.perf_counter() - began)
        return Condition(prompt_of(parts.empty_prompt, embedding, parts.ramp), moments, self._grounds[side])

    def sample(
        self,
        condition: Condition,
        seed: int,
        steps: int = STEPS,
        guidance: float = GUIDANCE,
        tick: Tick | None = None,
        preview_every: int = 4,
    ) -> NDArray[np.uint8]:
        """The six views of a seed, (6, 320, 320, 3) uint8, on the checkpoint's ground.

        Same seed, device and versions: the same bytes. tick is called at every step, so a cancel takes one
        step at most; every `preview_every` steps (0: never) it gets the six views as pictures, as they are
        foreseen then. A stage that leaves half precision's range is redone in float32.
        """
        tile = self.sample_tile(
            condition, partial(SeededNoise, seed), steps, guidance, TILE_PX, tick, preview_every
        )
        return codec.views_of_tile(tile)

    def sample_tile(
        self,
        condition: Condition,
        noise: Callable[[], Noise],
        steps: int,
        guidance: float,
        size_px: tuple[int, int],
        tick: Tick | None = None,
        preview_every: int = 0,
    ) -> NDArray[np.uint8]:
        """The picture with all views, (*size_px, 3) uint8. noise: makes a source that starts anew."""
        parts, began = self._parts, time.perf_counter()
        latents = in_range(
            "the six views",
            parts.unet,
            self._place,
            lambda: self._denoise(condition, noise(), steps, guidance, size_px, tick, preview_every),
        )
        denoised = time.perf_counter()
        if tick:
            tick("finishing the six views", DENOISED)
        tile = in_range(
            "finishing the six views", parts.vae, self._place, partial(_decode, parts.vae, latents)
        )
        log.info("%d steps %.2f s, decoded %.2f s", steps, denoised - began, time.perf_counter() - denoised)
        return tile

    def _denoise(
        self,
        condition: Condition,
        noise: Noise,
        steps: int,
        guidance: float,
        size_px: tuple[int, int],
        tick: Tick | None,
        preview_every: int,
    ) -> Tensor:
        shape = tuple(condition.picture.mean.shape)
        photo = condition.picture.drawn(noise("picture", shape))  # before the ground, as the reference draws
        ground = condition.ground.drawn(noise("ground", shape))
        guided = Guided(condition.prompt, torch.cat([ground, photo]), guidance, self._place.split_guidance)
        levels = schedule(self._parts.levels, steps)
        factor = 2 ** (len(self._parts.vae.config["block_out_channels"]) - 1)

        def watch(step: int, clean: Tensor) -> None:
            if not tick:
                return
            tick(
                f"six views, step {step + 1} of {steps}", ENCODED + (DENOISED - ENCODED) * (step + 1) / steps
            )
            if preview_every and step % preview_every == preview_every - 1:
                for k, view in enumerate(self._parts.preview.views(clean, VIEW_PX)):
                    tick.picture(f"views/{k}.png", view)

        size = (size_px[0] // factor, size_px[1] // factor)
        record = can_replay(self._place)
        return denoise(self._parts.unet, self._bank, guided, levels, size, noise, watch, record)


def prompt_of(empty_prompt: Tensor, embedding: Tensor, ramp: Tensor) -> Tensor:
    """(77, C), (1, C), (77,) -> (2, 77, C): without, then with the photo (Zero123++ §2.4)."""
    return torch.stack([empty_prompt, empty_prompt + embedding * ramp[:, None]])


def embed(vision: CLIPVisionModelWithProjection, pixels: Tensor) -> Tensor:
    embedding = vision(pixel_values=pixels.to(vision.device, vision.dtype)).image_embeds.float().cpu()
    check_finite(embedding)
    return embedding  # (1, C)


def encode(vae: AutoencoderKL, pixels: Tensor) -> Moments:
    posterior = vae.encode(pixels.to(vae.device, vae.dtype), return_dict=False)[0]
    mean, deviation = posterior.mean.float().cpu(), torch.exp(0.5 * posterior.logvar.float()).cpu()
    check_finite(mean, deviation)
    return Moments(mean, deviation)


@torch.inference_mode()
def _decode(vae: AutoencoderKL, latents: Tensor) -> NDArray[np.uint8]:
    picture = codec.decode(vae, latents)
    check_finite(picture)
    return codec.to_bytes(picture)
