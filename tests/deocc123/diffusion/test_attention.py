"""Reference attention on a tiny UNet: what is kept, who sees it, and that nothing is added to the weights."""

from __future__ import annotations

import pytest
import torch
from diffusers.models.attention_processor import AttnProcessor2_0
from torch import Tensor

from deocc.backends.deocc123.diffusion import networks
from deocc.backends.deocc123.diffusion.attention import ReferenceBank, Written, install
from tests.tiny import zero123plus

PROMPT = torch.randn(2, 77, zero123plus.WIDTH, generator=torch.Generator().manual_seed(0))
TIME = torch.tensor(500.0)


@pytest.fixture
def unet():
    network = networks.on_meta(networks.build_unet, zero123plus.UNET)
    network.load_state_dict(zero123plus.unet_tensors(), assign=True)
    return networks.ready(network)


def latents(side: int, seed: int) -> Tensor:
    return torch.randn(2, 4, side, side, generator=torch.Generator().manual_seed(seed))


def write(unet, bank: ReferenceBank, given: Tensor) -> None:
    bank.writing = True
    with pytest.raises(Written):
        unet(given, TIME, PROMPT)
    bank.writing = False


def read(unet, given: Tensor) -> Tensor:
    return unet(given, TIME, PROMPT, return_dict=False)[0]


def test_no_parameter_is_added(unet):
    before = set(unet.state_dict())
    install(unet)
    assert set(unet.state_dict()) == before == set(zero123plus.unet_tensors())


def test_every_self_attention_keeps_its_own_tokens(unet):
    bank = install(unet)
    bank.begin(PROMPT)
    write(unet, bank, latents(16, 1))
    selves = {name.removesuffix(".processor") for name in unet.attn_processors if "attn1" in name}
    assert set(bank.tokens) == selves and len(selves) == 4  # one down, one in the middle, two up
    assert bank.last.startswith("up_blocks")
    assert all(tokens.shape == (2, 16, 16) for tokens in bank.tokens.values())  # a sixteenth of 16² pixels


def test_without_reference_tokens_it_is_the_stock_unet(unet):
    unet.set_attn_processor(AttnProcessor2_0())
    stock = read(unet, latents(16, 2))
    bank = install(unet)
    bank.begin(PROMPT)
    bank.tokens = {name.removesuffix(".processor"): torch.zeros(2, 0, 16) for name in unet.attn_processors}
    assert torch.allclose(read(unet, latents(16, 2)), stock, atol=1e-6)


def test_attending_to_oneself_twice_changes_nothing(unet):
    """Keys and values that are all there twice get the same weights: the reference is the picture itself."""
    bank = install(unet)
    bank.begin(PROMPT)
    bank.tokens = {name.removesuffix(".processor"): torch.zeros(2, 0, 16) for name in unet.attn_processors}
    alone = read(unet, latents(16, 3))
    write(unet, bank, latents(16, 3))
    assert torch.allclose(read(unet, latents(16, 3)), alone, atol=1e-5)


def test_the_views_depend_on_the_reference_and_each_row_on_its_own(unet):
    bank = install(unet)
    bank.begin(PROMPT)
    reference = latents(16, 4)
    write(unet, bank, reference)
    first = read(unet, latents(24, 5))
    reference[1] += 1
    write(unet, bank, reference)
    second = read(unet, latents(24, 5))
    assert torch.equal(first[0], second[0])
    assert (first[1] - second[1]).abs().max() > 1e-3


def test_the_prompts_keys_are_computed_once_and_belong_to_one_job(unet):
    bank = install(unet)
    bank.begin(PROMPT)
    write(unet, bank, latents(16, 6))
    kept = dict(bank.prompt)
    read(unet, latents(16, 7))
    assert len(bank.prompt) == 4 and all(bank.prompt[name] is kept[name] for name in kept)
    bank.begin(PROMPT + 1)
    assert not bank.prompt and not bank.tokens
