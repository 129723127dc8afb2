"""Figures of held-out pictures: the most expected completion, and others as the backend draws them."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from deocc.backends.draft.learned.network import TEMPERATURE
from deocc.training.draft.batch import Draws
from deocc.training.draft.network import LATENT
from deocc.training.draft.validate import figures
from tests.data.draws.bodies import backdrops, views

COUNT, SIDE = 12, 64


class Guesser(nn.Module):
    """Says that the object is the given mask, or where the noise's first number is positive, everything."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))
        self.noises: list[Tensor] = []

    def forward(self, picture: Tensor, noise: Tensor) -> tuple[Tensor, ...]:
        self.noises.append(noise)
        everything = (noise[:, 0] > 0)[:, None, None, None]
        whole = torch.where(everything, torch.ones_like(picture[:, 3:4]), picture[:, 3:4] - 0.5)
        blank = torch.zeros(len(picture), 6, *picture.shape[2:])
        return whole, blank[:, :2], blank, blank[:, :4], torch.zeros(len(picture), 3)


@pytest.fixture(scope="module")
def draws() -> Draws:
    return Draws(views(), backdrops(), 3, 0, COUNT)


def test_seed_0_is_the_most_expected_and_others_are_drawn_as_the_backend_draws(draws: Draws):
    guesser = Guesser()
    figures(guesser, draws, SIDE, 40)
    first, *drawn = guesser.noises
    assert first.shape == (COUNT, LATENT) and not first.any()
    assert len(drawn) == 40 and len({float(one.sum()) for one in drawn}) == 40
    assert float(torch.cat(drawn).std()) == pytest.approx(TEMPERATURE, rel=0.03)


def test_best_and_mean_are_of_the_drawn_ones(draws: Draws):
    told = figures(Guesser(), draws, SIDE, 20)
    assert told["iou"] == told["visible"]  # it was given no noise, so it says the given mask
    assert told["iou_best"] > told["iou_mean"] and told["iou_best"] >= told["iou"]
    assert told["iou_much_hidden"] < told["iou"]


def test_none_are_drawn_where_there_is_no_latent(draws: Draws):
    told = figures(Guesser(), draws, SIDE, 0)
    assert "iou" in told and not {"iou_mean", "iou_best", "columns_mean", "columns_best"} & set(told)
