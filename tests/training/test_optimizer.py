"""The optimizer: Muon's steps are alike in every direction, AdamW's as torch makes them."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from deocc.training.optimizer import LIKE_ADAM, Optimizer, is_wide, near_orthogonal, optimizer_of


def test_singular_values_come_near_to_one_and_their_vectors_stay():
    """Jordan et al.: 0.7 to 1.2 or so, here of values from 0.1 to 3; bfloat16 keeps 8 bits."""
    generator = torch.Generator().manual_seed(0)
    left, _ = torch.linalg.qr(torch.randn(24, 24, generator=generator))
    right, _ = torch.linalg.qr(torch.randn(40, 24, generator=generator))
    matrix = left @ torch.diag(torch.linspace(0.1, 3, 24)) @ right.T
    for one, u, v in ((matrix, left, right), (matrix.T, right, left)):
        inside = u.T @ near_orthogonal(one) @ v
        values = inside.diagonal()
        assert 0.6 < float(values.min()) and float(values.max()) < 1.25
        assert float((inside - torch.diag(values)).abs().max()) < 0.05


def test_a_wide_matrix_moves_as_far_as_adamw_would_move_it():
    """Root mean square of an entry's step: 0.2 rates, times the singular values' 0.7 to 1.2, whatever the
    gradient's size; for a convolution as for a matrix."""
    for shape in ((48, 96), (32, 32, 3, 3)):
        weight = nn.Parameter(torch.zeros(shape))
        assert is_wide(weight)
        optimizer = optimizer_of(nn.ParameterList([weight]), rate=0.01, weight_decay=0.0)
        weight.grad = 1e-4 * torch.randn(shape, generator=torch.Generator().manual_seed(1))
        optimizer.step()
        moved = float(weight.detach().square().mean().sqrt())
        assert 0.65 < moved / (LIKE_ADAM * 0.01) < 1.25


def test_what_is_narrow_is_learned_as_adamw_does():
    """Ten steps beside torch's own, to single precision."""
    ours, theirs = nn.Linear(5, 3), nn.Linear(5, 3)
    theirs.load_state_dict(ours.state_dict())
    groups = [
        {"params": [ours.weight], "weight_decay": 0.1},
        {"params": [ours.bias]},
    ]
    reference = torch.optim.AdamW(
        [
            {"params": [theirs.weight], "weight_decay": 0.1},
            {"params": [theirs.bias], "weight_decay": 0.0},
        ],
        lr=0.02,
        betas=(0.9, 0.99),
    )
    optimizer = Optimizer(groups, rate=0.02)
    for i in range(10):
        picture = torch.randn(4, 5, generator=torch.Generator().manual_seed(i))
        for module, one in ((ours, optimizer), (theirs, reference)):
            one.zero_grad()
            module(picture).square().sum().backward()
            one.step()
    for name, value in ours.state_dict().items():
        assert torch.allclose(value, theirs.state_dict()[name], atol=1e-6), name


def test_who_takes_what():
    """Muon the wide matrices; not biases, convolutions of single channels, what reads the input, writes the
    output or takes the latent of 16."""
    module = nn.ModuleDict(
        {
            "wide": nn.Conv2d(32, 32, 3),
            "single": nn.Conv2d(32, 32, 3, groups=32),
            "output": nn.Linear(64, 13),
            "latent": nn.Linear(16, 64),
        }
    )
    taken = {name for name, weight in module.named_parameters() if is_wide(weight)}
    assert taken == {"wide.weight"}
    groups = optimizer_of(module, 0.1, 0.3).param_groups
    decayed = {tuple(one.shape) for group in groups if group["weight_decay"] for one in group["params"]}
    assert decayed == {tuple(weight.shape) for weight in module.parameters() if weight.ndim > 1}


def test_it_goes_on_from_its_state_to_the_same_numbers():
    def run(steps: range, module: nn.Linear, optimizer: Optimizer) -> None:
        for i in steps:
            optimizer.zero_grad()
            module(torch.randn(8, 32, generator=torch.Generator().manual_seed(i))).square().mean().backward()
            optimizer.step()

    torch.manual_seed(0)
    whole = nn.Linear(32, 32)
    optimizer = optimizer_of(whole, 0.05, 0.1)
    run(range(3), whole, optimizer)
    again = nn.Linear(32, 32)
    again.load_state_dict(whole.state_dict())
    later = optimizer_of(again, 0.05, 0.1)
    later.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    run(range(3, 6), whole, optimizer)
    run(range(3, 6), again, later)
    assert torch.equal(whole.weight, again.weight) and torch.equal(whole.bias, again.bias)


def test_a_weight_without_a_gradient_stays():
    weight = nn.Parameter(torch.ones(32, 32))
    optimizer_of(nn.ParameterList([weight]), 0.1, 0.5).step()
    assert weight.eq(1).all()


def test_a_closure_is_refused():
    with pytest.raises(AssertionError):
        optimizer_of(nn.Linear(2, 2), 0.1, 0.0).step(lambda: 0.0)
