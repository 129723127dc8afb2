"""What the draft's network is taught: each part of the loss is least where the network is right."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from deocc.training.draft.batch import Batch
from deocc.training.draft.losses import Learner, hard_overlap, parts_of
from deocc.training.draft.network import LATENT, TINY, Fields, Gaussian
from deocc.training.draft.validate import column_overlap

SIDE = 32


def square_batch(count: int = 2) -> Batch:
    """A slab 16 pixels wide and 0.4 thick in the middle of a picture."""
    whole = torch.zeros(count, 1, SIDE, SIDE)
    whole[:, :, 8:24, 8:24] = 1
    depth = torch.cat([0.2 * whole, -0.2 * whole], dim=1)
    colour = torch.full((count, 6, SIDE, SIDE), 0.5) * whole
    picture = torch.zeros(count, 7, SIDE, SIDE)
    picture[:, 3:4] = whole
    return Batch(
        picture, whole, depth, colour, torch.full((count,), 0.2), torch.zeros(count), torch.zeros(count)
    )


def perfect(batch: Batch) -> Fields:
    count = len(batch.hidden)
    scale = torch.full((count, 4, SIDE, SIDE), -3.0)
    told = torch.stack([batch.elevation, torch.full((count,), -3.0), torch.full((count,), 8.0)], dim=1)
    return Fields((batch.whole - 0.5) * 30, batch.depth, batch.colour, scale, told)


def test_being_right_is_least_in_every_part():
    batch = square_batch()
    right = perfect(batch)
    best = parts_of(right, batch)
    spoiled = {
        "outline": replace(right, whole=right.whole.roll(4, 3)),
        "overlap": replace(right, whole=right.whole.roll(4, 3)),
        "depth": replace(right, depth=right.depth + 0.3),
        "slope": replace(right, depth=right.depth * (1 + torch.rand(SIDE))),
        "colour": replace(right, colour=-right.colour),
        "elevation": replace(right, told=right.told + torch.tensor([0.4, 0, 0])),
        "judgement": replace(right, told=right.told * torch.tensor([1, 1, -1])),
        "doubt": replace(right, scale=right.scale + 2),
    }
    assert best["overlap"] < 1e-3 and best["slope"] == 0
    for name, fields in spoiled.items():
        assert parts_of(fields, batch)[name] > best[name] + 0.05, name


def test_admitting_an_error_costs_less_than_hiding_it():
    batch = square_batch()
    colour = batch.colour + 0.3 * batch.whole
    wrong = replace(perfect(batch), depth=batch.depth + 0.3, colour=colour)
    honest = replace(wrong, scale=torch.full_like(wrong.scale, math.log(0.3)))
    assert parts_of(honest, batch)["doubt"] < parts_of(wrong, batch)["doubt"]
    least = 1 + math.log(0.3)  # of |e| / b + log b, at b = |e|
    assert float(parts_of(honest, batch)["doubt"]) == pytest.approx(least, abs=1e-4)


def test_doubt_teaches_what_error_to_expect_and_nothing_else():
    batch = square_batch()
    fields = perfect(batch)
    fields = replace(fields, depth=fields.depth + 0.3)
    for tensor in (fields.depth, fields.scale):
        tensor.requires_grad_(True)
    parts_of(fields, batch)["doubt"].backward()
    assert fields.depth.grad is None and fields.scale.grad is not None


def test_a_hidden_pixel_s_colour_counts_four_times_a_seen_one_s():
    """Half of the square is under the occluder: of weights 4 and 1 the hidden half is 4/5."""
    batch = square_batch()
    batch.picture[:, 4:5, 16:] = batch.whole[:, :, 16:]
    right = perfect(batch)
    upper, lower = torch.zeros(SIDE, 1), torch.zeros(SIDE, 1)
    upper[:16], lower[16:] = 0.5, 0.5
    seen, hidden = (
        float(parts_of(replace(right, colour=right.colour + off), batch)["colour"]) for off in (upper, lower)
    )
    assert (seen, hidden) == pytest.approx((0.5 / 5, 0.5 * 4 / 5))


def test_depth_outside_the_object_is_nobodys_business():
    batch = square_batch()
    fields = perfect(batch)
    elsewhere = replace(fields, depth=fields.depth + 5 * (1 - batch.whole))
    assert parts_of(elsewhere, batch)["depth"] == parts_of(fields, batch)["depth"]
    assert parts_of(elsewhere, batch)["slope"] == parts_of(fields, batch)["slope"]


def test_overlaps_of_known_squares():
    batch = square_batch()
    moved = perfect(batch).whole.roll(8, 3)  # half of the square is left: 1/3
    assert hard_overlap(moved, batch.whole).tolist() == pytest.approx([1 / 3, 1 / 3])
    thick = replace(perfect(batch), depth=2 * batch.depth)  # twice as thick: 1/2
    assert column_overlap(thick, batch).tolist() == pytest.approx([0.5, 0.5])
    assert column_overlap(perfect(batch), batch).tolist() == pytest.approx([1, 1])


def test_divergence_of_normal_distributions():
    nothing = torch.zeros(1, LATENT)
    unit = Gaussian(nothing, nothing)
    assert float(unit.divergence(unit).abs().max()) == 0
    moved = Gaussian(nothing + 2, nothing)  # 2² / 2 nats a number
    assert moved.divergence(unit)[0].tolist() == pytest.approx([2.0] * LATENT)
    narrow = Gaussian(nothing, nothing - 1)
    expected = 0.5 * (math.exp(-2) - 1) + 1
    assert narrow.divergence(unit)[0].tolist() == pytest.approx([expected] * LATENT)


def test_a_step_against_the_gradient_makes_it_better():
    torch.manual_seed(0)
    learner, batch, noise = Learner(TINY), square_batch(4), torch.randn(4, LATENT)
    optimizer = torch.optim.Adam(learner.parameters(), 3e-3)
    losses = []
    for _ in range(25):
        loss, parts = learner(batch, noise)
        losses.append(float(loss))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert losses[-1] < 0.7 * losses[0]
    assert all(weight.grad is not None for weight in learner.parameters())  # nothing hangs in the air
    assert set(parts) >= {"outline", "overlap", "depth", "slope", "colour", "divergence"}


def test_a_quarter_of_a_batch_teaches_the_latent():
    torch.manual_seed(0)
    learner, batch, noise = Learner(TINY), square_batch(8), torch.randn(8, LATENT)

    def loss_with_other_noise(rows: slice) -> float:
        other = noise.clone()
        other[rows] += 1
        return float(learner(batch, other)[0])

    loss = float(learner(batch, noise)[0])
    assert loss_with_other_noise(slice(2, 8)) == loss
    assert loss_with_other_noise(slice(1)) != loss and loss_with_other_noise(slice(1, 2)) != loss


def test_what_is_expected_is_taught_by_all_of_a_batch_with_a_latent_or_without():
    """The parts are the single network's by four fifths, the taught quarter's by one."""
    torch.manual_seed(0)
    batch, noise = square_batch(8), torch.randn(8, LATENT)
    both, single = Learner(TINY), Learner(TINY, single=True)
    single.load_state_dict(both.state_dict())
    parts, alone = both(batch, noise)[1], single(batch, noise)[1]
    seen = both.network.look(batch.picture)
    taught = both._taught(batch, seen, noise)
    for name in set(alone) - {"divergence"}:
        assert float(parts[name]) == pytest.approx(float(0.8 * alone[name] + 0.2 * taught[name]), rel=1e-4)


def test_a_single_completion_is_taught_without_the_truth_s_latent():
    """The posterior is not asked: other noise changes nothing, no gradient reaches it, nothing diverges."""
    torch.manual_seed(0)
    learner, batch = Learner(TINY, single=True), square_batch(4)
    one, parts = learner(batch, torch.randn(4, LATENT))
    other, _ = learner(batch, torch.randn(4, LATENT))
    assert one.detach() == other.detach() and parts["divergence"] == 0
    one.backward()
    assert not any(weight.grad is not None and weight.grad.any() for weight in learner.posterior.parameters())
    assert all(weight.grad is not None for weight in learner.network.parameters())
