"""Denoising on a tiny UNet: guidance, split passes, overflow, cancel, and the order of the draws."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from deocc.backends.deocc123.diffusion import networks
from deocc.backends.deocc123.diffusion.attention import install
from deocc.backends.deocc123.diffusion.config import SCHEDULE
from deocc.backends.deocc123.diffusion.noise import SeededNoise
from deocc.backends.deocc123.diffusion.precision import Overflow
from deocc.backends.deocc123.diffusion.sampler import Denoiser, Guided, denoise
from deocc.backends.deocc123.diffusion.schedule import Step, schedule
from deocc.errors import Cancelled
from tests.tiny import zero123plus

SIZE = (24, 16)
STEP = Step.of(schedule(SCHEDULE, 4).steps()[1])


@pytest.fixture(scope="module")
def unet():
    network = networks.on_meta(networks.build_unet, zero123plus.UNET)
    network.load_state_dict(zero123plus.unet_tensors(), assign=True)
    return networks.ready(network)


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def guided(guidance: float = 4.0, split: bool = False) -> Guided:
    return Guided(normal(2, 77, zero123plus.WIDTH), normal(2, 4, 16, 16, seed=1), guidance, split)


def velocity(unet, given: Guided) -> Tensor:
    denoiser = Denoiser(unet, install(unet), given)
    return denoiser.velocity(normal(1, 4, *SIZE, seed=2), normal(2, 4, 16, 16, seed=3), STEP)


def run(unet, given: Guided, noise, watch=lambda n, clean: None) -> Tensor:
    return denoise(unet, install(unet), given, schedule(SCHEDULE, 4), SIZE, noise, watch)


def test_one_row_after_the_other_is_the_same_but_for_rounding(unet):
    assert torch.allclose(velocity(unet, guided(split=True)), velocity(unet, guided()), atol=1e-5)


def test_guidance_is_a_line_through_both_rows(unet):
    """At 1 the photo's row alone, computed alone; at 0 the empty one's; beyond, further on the same line."""
    photo, empty = velocity(unet, guided(1.0)), velocity(unet, guided(0.0))
    assert torch.allclose(velocity(unet, guided(3.0)), empty + 3 * (photo - empty), atol=1e-5)
    assert (photo - empty).abs().max() > 1e-3


def test_draws_come_in_the_documented_order(unet):
    drawn = []

    def noise(name, shape):
        drawn.append((name, shape))
        return torch.zeros(shape)

    run(unet, guided(), noise)
    of_steps = [("reference", (2, 4, 16, 16)), ("renewal", (1, 4, *SIZE))]
    steps = [(f"{kind}/{n}", shape) for n in range(4) for kind, shape in of_steps]
    assert drawn == [("start", (1, 4, *SIZE)), *steps]


def test_seeded_noise_is_one_stream_of_a_generator_of_the_processor():
    noise, generator = SeededNoise(5), torch.Generator("cpu").manual_seed(5)
    for shape in [(1, 4, 3, 3), (2, 4, 2, 2)]:
        assert torch.equal(noise("anything", shape), torch.randn(shape, generator=generator))
    assert not torch.equal(SeededNoise(5)("", (9,)), SeededNoise(6)("", (9,)))
    SeededNoise(2**63 - 1)("", (1,))  # the largest seed there is


def test_a_cancel_takes_one_step(unet):
    seen = []

    def watch(n, clean):
        seen.append(n)
        if n == 1:
            raise Cancelled

    bank = install(unet)
    with pytest.raises(Cancelled):
        denoise(unet, bank, guided(), schedule(SCHEDULE, 4), SIZE, SeededNoise(0), watch)
    assert seen == [0, 1]
    assert not bank.tokens and not bank.prompt and not bank.writing  # nothing of the job stays in memory


def test_a_lost_number_is_noticed_at_its_own_step(unet):
    def noise(name, shape):
        return torch.full(shape, float("inf") if name == "reference/2" else 0.1)

    seen = []
    with pytest.raises(Overflow):
        run(unet, guided(), noise, lambda n, clean: seen.append(n))
    assert seen == [0, 1]
