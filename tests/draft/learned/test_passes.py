"""The two passes over a photo, with a network whose answers are known."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from deocc.backends.draft.canvas import make_canvas
from deocc.backends.draft.learned.crop import SIDE, Square
from deocc.backends.draft.learned.network import NOISE, Guess, Network, noise_of
from deocc.backends.draft.learned.passes import Prediction, predict
from deocc.observation import Observation
from tests.draft.learned.fake_network import fake_network
from tests.draft.learned.true_prediction import blank_prediction, open_canvas

SHAPE = (200, 320)


@dataclass
class Recorded(Network):
    """A network that says of every picture that the object is its object mask, and remembers what it saw."""

    asked: list[np.ndarray] = field(default_factory=list)
    noise: list[np.ndarray] = field(default_factory=list)

    def __call__(self, pictures: np.ndarray, noise: np.ndarray) -> Guess:
        self.asked.append(pictures)
        self.noise.append(noise)
        count, plane = len(pictures), np.zeros((len(pictures), 1, SIDE, SIDE), np.float32)
        ramp = plane + np.linspace(-1, 1, SIDE, dtype=np.float32)  # not the same when mirrored
        told = np.tile(np.array([[0.5, -3, 1]], np.float32), (count, 1))
        return Guess(
            (pictures[:, 3] - 0.5) * 20, ramp.repeat(2, 1), ramp.repeat(6, 1), plane.repeat(4, 1), told
        )


def observation() -> Observation:
    """A block 60 px wide and 40 high behind a post, off the photo's corner."""
    seen, occluder = np.zeros(SHAPE, bool), np.zeros(SHAPE, bool)
    seen[80:120, 200:240] = True
    occluder[60:200, 240:260] = True
    photo = np.random.default_rng(2).integers(0, 255, (*SHAPE, 3)).astype(np.uint8)
    return Observation(photo, seen, occluder, np.zeros(SHAPE, bool))


def mirrored(one: Observation) -> Observation:
    seen, occluder, keep = (mask[:, ::-1] for mask in (one.object_mask, one.occluder_mask, one.keep_mask))
    return Observation(one.photo[:, ::-1], seen, occluder, keep)


def ask(network: Network, one: Observation, seed: int = 0) -> Prediction:
    return predict(network, one, make_canvas(one), noise_of(seed))


def test_the_second_pass_looks_at_what_the_first_has_found():
    network, one = Recorded(), observation()
    said = ask(network, one)
    canvas = make_canvas(one)
    assert len(network.asked) == 2
    shares = [asked[0, 3].mean() for asked in network.asked]
    assert shares[1] > 1.5 * shares[0]  # the first holds the occluder as well
    assert said.square.side == pytest.approx(40 / 0.84, abs=2)
    corner = (said.square.left + canvas.left, said.square.top + canvas.top)
    assert corner == pytest.approx((220 - 23.8, 100 - 23.8), abs=2)  # in the photo
    assert (said.log_odds(canvas) > 0)[canvas.seen].mean() > 0.97


def test_seed_0_is_asked_mirrored_as_well_and_another_as_it_is():
    network = Recorded()
    said = ask(network, observation())
    assert network.asked[1].shape == (2, 7, SIDE, SIDE)
    assert np.array_equal(network.asked[1][0, ..., ::-1], network.asked[1][1])
    assert np.abs(said.front).max() < 1e-6  # a ramp and its mirror image
    network = Recorded()
    said = ask(network, observation(), 7)
    assert network.asked[1].shape == (1, 7, SIDE, SIDE)
    assert np.array_equal(network.noise[0], noise_of(7)) and np.array_equal(network.noise[1], noise_of(7))
    assert np.ptp(said.front) == 2


def test_a_mirrored_photo_gives_the_mirrored_answer(tmp_path: Path):
    network, one = fake_network(tmp_path), observation()
    plain, turned = ask(network, one), ask(network, mirrored(one))
    assert plain.square.side == turned.square.side
    assert plain.front == pytest.approx(turned.front[:, ::-1], abs=0.05)  # the squares are on whole pixels
    assert (plain.likely > 0.5) == pytest.approx(turned.likely[:, ::-1] > 0.5)


def test_units_are_the_backends(tmp_path: Path):
    said = ask(fake_network(tmp_path), observation())
    assert said.elevation_deg == pytest.approx(35) and said.elevation_error_deg == pytest.approx(5)
    assert said.expected_iou == pytest.approx(0.881, abs=0.001)
    assert said.front_error == pytest.approx(np.exp(-3.0)) and said.front_rgb_error == pytest.approx(
        127.5 * np.exp(-3)
    )
    assert 0 <= said.front_rgb.min() and said.front_rgb.max() <= 255.01
    assert said.front_rgb + said.back_rgb == pytest.approx(255, abs=0.01)  # the fake's back is the negative


def test_an_answer_without_numbers_is_told_as_such():
    class Broken(Recorded):
        def __call__(self, pictures: np.ndarray, noise: np.ndarray) -> Guess:
            return replace(
                super().__call__(pictures, noise), depth=np.full((len(pictures), 2, SIDE, SIDE), np.nan)
            )

    network = Broken()
    assert not ask(network, observation()).finite
    assert len(network.asked) == 1  # no second look at where nobody knows


def test_a_mask_lies_on_the_canvas_where_it_lay_in_the_square():
    mask = np.zeros((SIDE, SIDE), bool)
    mask[32:64, 16:96] = True
    everywhere = open_canvas((200, 220), np.ones((200, 220), bool), np.zeros((200, 220), bool))
    covered = blank_prediction(Square(-20, 10, 256), mask).log_odds(everywhere) > 0
    rows, columns = np.flatnonzero(covered.any(axis=1)), np.flatnonzero(covered.any(axis=0))
    assert (rows[0], rows[-1] + 1) == (74, 138) and (columns[0], columns[-1] + 1) == (12, 172)
    assert NOISE == 16
