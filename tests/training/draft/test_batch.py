"""Drawn samples as tensors: nothing is lost on the way, and smaller ones are means of larger ones."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.utils.data import default_collate

from deocc.data.draws.draw import draw_sample
from deocc.training.draft.batch import DEPTH_STEP, MESHES, Draws, as_input, packed, planes, unpacked
from tests.data.draws.bodies import backdrops, views

COUNT = 6


@pytest.fixture(scope="module")
def samples():
    rng = np.random.default_rng(4)
    return [draw_sample(views(), backdrops(), i % 5, rng) for i in range(COUNT)]


@pytest.fixture(scope="module")
def rows(samples):
    return default_collate([packed(one) for one in samples])


def test_the_full_size_batch_is_the_samples(samples, rows):
    batch = unpacked(rows, 128)
    for i, sample in enumerate(samples):
        assert (batch.whole[i, 0].numpy() > 0.5).tolist() == sample.whole.tolist()
        inside = sample.whole
        for k, depth in enumerate((sample.front, sample.back)):
            assert np.abs(batch.depth[i, k].numpy() - depth)[inside].max() <= DEPTH_STEP
        colours = ((batch.colour[i].numpy() + 1) * 127.5).round().transpose(1, 2, 0)
        assert (colours[inside][:, :3] == sample.front_rgb[inside]).all()
        assert (colours[inside][:, 3:] == sample.back_rgb[inside]).all()
        assert (batch.colour[i].numpy()[:, ~inside] == 0).all() and (
            batch.depth[i].numpy()[:, ~inside] == 0
        ).all()
    assert batch.elevation.tolist() == pytest.approx([one.elevation_deg / 90 for one in samples])
    assert batch.hidden.tolist() == pytest.approx([one.hidden_share for one in samples])


def test_the_input_is_as_the_backend_makes_it(samples, rows):
    picture = unpacked(rows, 128).picture
    first = samples[0]
    assert picture[0, :3].permute(1, 2, 0).numpy() == pytest.approx(first.picture / 127.5 - 1, abs=1e-6)
    masks = (first.object_mask, first.occluder_mask, first.keep_mask, first.inside)
    for plane, mask in zip(picture[0, 3:], masks, strict=True):
        assert (plane.numpy() == mask).all()
    assert planes(first).dtype == np.uint8 and planes(first).max() == 255


def test_every_second_picture_has_soft_masks(samples, rows):
    picture = unpacked(rows, 128).picture
    soft = [(0 < plane) & (plane < 1) for plane in picture[:, 3]]
    assert all(not soft[i].any() for i in range(0, COUNT, 2))
    assert all(soft[i].any() for i in range(1, COUNT, 2))
    share = float(picture[1, 3].mean())
    assert share == pytest.approx(float(samples[1].object_mask.mean()), rel=0.1)


def test_at_half_the_size_depths_are_means_over_the_object_alone(samples, rows):
    small = unpacked(rows, 64)
    sample = samples[0]
    whole = sample.whole.reshape(64, 2, 64, 2).transpose(0, 2, 1, 3).reshape(64, 64, 4)
    front = sample.front.reshape(64, 2, 64, 2).transpose(0, 2, 1, 3).reshape(64, 64, 4)
    share = whole.mean(axis=2)
    assert small.whole[0, 0].numpy() == pytest.approx(share)
    partly = (share > 0) & (share < 1)
    assert partly.any()
    expected = (front * whole).sum(axis=2)[partly] / whole.sum(axis=2)[partly]
    assert small.depth[0, 0].numpy()[partly] == pytest.approx(expected, abs=1e-3)


def test_draws_depend_on_seed_and_number_alone():
    every = Draws(views(), backdrops(), 3, 0, 8)
    later = Draws(views(), backdrops(), 3, 5, 3)
    other = Draws(views(), backdrops(), 4, 0, 8)
    assert len(every) == 8 and len(later) == 3
    assert all(torch.equal(a, b) for a, b in zip(every[6].values(), later[1].values(), strict=True))
    assert not torch.equal(every[6]["planes"], other[6]["planes"])


def test_bytes_become_colours_and_shares():
    ends = torch.tensor([0.0, 255.0]).view(1, 1, 1, 2).expand(1, 7, 1, 2)
    made = as_input(ends)
    assert made[0, :3, 0].tolist() == [[-1, 1]] * 3 and made[0, 3:, 0].tolist() == [[0, 1]] * 4


def test_two_in_three_pictures_show_meshes_however_few_of_the_views_do():
    """One view in five is a mesh's; 65 % of the draws, 200 have a standard deviation of 3.4 %."""
    some = views()[:5]
    draws = Draws(some, backdrops(), seed=3, start=0, count=200, meshes=1)
    shown = [draws.sample(i).body == some[0]["body"] for i in range(200)]
    assert abs(np.mean(shown) - MESHES) < 0.11
    assert {draws.sample(i).body for i in range(40)} == {int(view["body"]) for view in some}
    every = Draws(some, backdrops(), seed=3, start=0, count=40, meshes=5)
    assert len({every.sample(i).body for i in range(40)}) == 5
