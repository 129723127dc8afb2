"""Seconds, memory and TFLOP of the six-view networks at full size with random weights, stage by stage.

Time doesn't depend on what weights say. One network at a time is in memory. The published step's seconds are
told beside ours where the oracle folder is (timing_zero123plus_unet_step_t2.json, two threads).
"""

from __future__ import annotations

import itertools
import json
import math
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from deocc.backends.deocc123.diffusion import config, latents, networks
from deocc.backends.deocc123.diffusion.attention import install
from deocc.backends.deocc123.diffusion.network import TILE_PX, embed, encode
from deocc.backends.deocc123.diffusion.noise import SeededNoise
from deocc.backends.deocc123.diffusion.replay import can_replay
from deocc.backends.deocc123.diffusion.sampler import Denoiser, Guided, denoise
from deocc.backends.deocc123.diffusion.schedule import Step, schedule
from deocc.bench.networks.lrm import StageFigures
from deocc.place import Place, peak_memory_gb, reset_peak_memory

FACTOR = 8  # pixels along a latent's side
TILE = (TILE_PX[0] // FACTOR, TILE_PX[1] // FACTOR)
PUBLISHED_STEP_TFLOP = 6.765  # one guided step as Zero123++ computes it, reference 512²
STEP = "UNet, one step"
_BLOCK = (
    2**20
)  # random numbers, repeated over the weights: a billion drawn ones would take longer than a step


@dataclass(frozen=True)
class _Stage:
    """One network's call. forward: the call alone, for counting it.  shape: of what goes in."""

    name: str
    build: Callable[[Any], nn.Module]
    numbers: Mapping[str, Any]
    call: Callable[[Any, Tensor], object]
    forward: Callable[[Any, Tensor], object]
    shape: tuple[int, ...]


def measure_views(
    place: Place,
    steps: int = config.STEPS,
    reference_px: int = 512,
    channels_last: bool = False,
    oracle: Path | None = None,
) -> list[StageFigures]:
    """Every stage of one sampling, in order; the UNet's is per step, measured over `steps` of them in a row.

    channels_last: the other order of a convolution's memory.  oracle: the folder that holds `deocc123/`.
    """
    clip_px = config.VISION["image_size"]
    encoders = [
        _Stage(
            "CLIP",
            networks.build_vision,
            config.VISION,
            embed,
            lambda vision, given: vision(pixel_values=given),
            (1, 3, clip_px, clip_px),
        ),
        _Stage(
            "VAE, photo",
            networks.build_vae,
            config.VAE,
            encode,
            lambda vae, given: vae.encode(given),
            (1, 3, reference_px, reference_px),
        ),
    ]
    decoder = _Stage(
        "VAE, views",
        networks.build_vae,
        config.VAE,
        lambda vae, given: latents.decode(vae, given).cpu(),
        lambda vae, given: vae.decode(given),
        (1, 4, *TILE),
    )
    return [
        *(_measure(stage, place, channels_last) for stage in encoders),
        _measure_steps(place, steps, reference_px, channels_last, oracle),
        _measure(decoder, place, channels_last),
    ]


def published_step_s(place: Place) -> float:
    """Seconds of a step's arithmetic as published, in float32 on this device: one step's, by operations."""
    exact = Place(place.device, torch.float32, place.tier)
    return _measure_steps(exact, 2, 512, False, None).warm_s * PUBLISHED_STEP_TFLOP / step_tflop()


def step_tflop(reference_px: int = 512, guidance: float = config.GUIDANCE) -> float:
    """10^12 operations of one step as it is computed here, counted on networks without memory."""
    side = reference_px // FACTOR
    with torch.device("meta"):
        unet = networks.build_unet(config.UNET)
        denoiser = Denoiser(unet, install(unet), _guided(side, guidance))
        step, noise = Step.of(torch.empty(7)), torch.empty(2, 4, side, side)
        work = partial(denoiser.velocity, torch.empty(1, 4, *TILE), noise, step)
        work()  # the prompt's keys and values belong to the job, not to a step
        return _tflop(work)


def random_network(
    build: Callable[[Any], nn.Module],
    numbers: Mapping[str, Any],
    dtype: torch.dtype,
    channels_last: bool = False,
) -> Any:
    """A full-size network with random weights that keep signals their size, on the processor."""
    network = networks.on_meta(build, numbers)
    block = torch.randn(_BLOCK, generator=torch.Generator("cpu").manual_seed(0))
    tensors = {}
    for name, one in network.state_dict().items():
        if one.ndim > 1:
            count = one.numel()
            repeated = block.repeat(-(-count // _BLOCK))[:count].view(one.shape)
            tensors[name] = (repeated / (count / len(one)) ** 0.5).to(dtype)
        else:
            tensors[name] = torch.full(one.shape, float(name.endswith("weight")), dtype=dtype)
    network.load_state_dict(tensors, assign=True)
    if channels_last:
        network.to(memory_format=torch.channels_last)
    return networks.ready(network)


@torch.inference_mode()
def _measure(stage: _Stage, place: Place, channels_last: bool, repeats: int = 2) -> StageFigures:
    given = torch.zeros(stage.shape)
    empty = networks.on_meta(stage.build, stage.numbers)
    tflop = _tflop(partial(stage.forward, empty, given.to("meta")))
    network = random_network(stage.build, stage.numbers, place.dtype, channels_last)
    times = []
    with place.hold(network):
        held_gb = _held_gb()
        for _ in range(1 + repeats):
            began = time.perf_counter()
            stage.call(network, given)  # its result is on the processor: the device is done
            times.append(time.perf_counter() - began)
    peak_gb = peak_memory_gb() - held_gb
    return StageFigures(stage.name, times[0], statistics.median(times[1:]), tflop, peak_gb, math.nan)


def _measure_steps(
    place: Place, steps: int, reference_px: int, channels_last: bool, oracle: Path | None
) -> StageFigures:
    unet = random_network(networks.build_unet, config.UNET, place.dtype, channels_last)
    guided = _guided(reference_px // FACTOR, config.GUIDANCE, place.split_guidance)
    levels, times = schedule(config.SCHEDULE, steps), []

    def watch(_: int, clean: Tensor) -> None:
        times.append(time.perf_counter())  # denoise has just waited for the device

    with place.hold(unet):
        held_gb = _held_gb()
        times.append(time.perf_counter())
        denoise(unet, install(unet), guided, levels, TILE, SeededNoise(0), watch, can_replay(place))
    spans = [later - earlier for earlier, later in itertools.pairwise(times)]
    return StageFigures(
        STEP,
        spans[0],
        statistics.median(spans[1:] or spans),
        step_tflop(reference_px),
        peak_memory_gb() - held_gb,
        _published_step_s(oracle) if reference_px == 512 else math.nan,
    )


def _guided(side: int, guidance: float, split: bool = False) -> Guided:
    prompt = torch.zeros(2, config.PROMPT_TOKENS, config.UNET["cross_attention_dim"])
    return Guided(prompt, torch.zeros(2, 4, side, side), guidance, split)


def _held_gb() -> float:
    """What is in use before a measurement: weights, and all the rest of the process."""
    reset_peak_memory()
    return peak_memory_gb()


def _published_step_s(oracle: Path | None) -> float:
    told = oracle and oracle / "deocc123" / "timing_zero123plus_unet_step_t2.json"
    if not told or not told.is_file():
        return math.nan
    [seconds] = [
        value for key, value in json.loads(told.read_text()).items() if key.startswith("one_cfg_step")
    ]
    return seconds


def _tflop(work: Callable[[], object]) -> float:
    with torch.no_grad(), FlopCounterMode(display=False) as counted:
        work()
    return counted.get_total_flops() / 1e12
