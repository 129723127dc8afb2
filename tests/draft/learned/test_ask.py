"""When the network is asked, and what is said where it isn't."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
import pytest

from deocc.backends.draft.canvas import make_canvas
from deocc.backends.draft.card import DraftOptions
from deocc.backends.draft.learned import guard
from deocc.backends.draft.learned.ask import Answer, ask
from deocc.backends.draft.learned.network import Network
from tests.draft.learned.fake_network import fake_network
from tests.draft.learned.test_passes import observation


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    return fake_network(tmp_path_factory.mktemp("network"))


def answer(network: Network | None, **options: str) -> Answer:
    one = observation()
    return ask(network, one, make_canvas(one), DraftOptions(**{"method": "auto"} | options), 0)  # type: ignore[arg-type]


def test_auto_asks_it(network: Network):
    found = answer(network)
    assert found.prediction is not None and found.why == ""


@pytest.mark.parametrize(
    "options", [{"method": "geometric"}, {"completion": "mirror"}, {"shape": "box"}], ids=str
)
def test_who_asks_for_geometry_gets_it_without_a_word(network: Network, options: dict[str, str]):
    assert answer(network, **options) == Answer(None, "")
    assert answer(None, **options) == Answer(None, ""), "nor is a network missed that nobody asked for"


def test_learned_asks_it_whatever_else_is_chosen(network: Network):
    assert answer(network, method="learned", completion="mirror", shape="box").prediction is not None


def test_each_seed_has_an_answer_of_its_own(network: Network):
    one = observation()
    canvas, options = make_canvas(one), DraftOptions(method="auto")
    logits = []
    for seed in (0, 1, 1, 2):
        found = ask(network, one, canvas, options, seed).prediction
        assert found is not None
        logits.append(found.logits.tobytes())
    assert logits[1] == logits[2] and len(set(logits)) == 3


def test_without_a_network_geometry_works_and_says_so(caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.WARNING):
        found = answer(None)
    assert found == Answer(None, "Geometry alone was used: the network could not be loaded.")
    assert found.why in caplog.text


def test_an_objection_turns_to_geometry_and_says_so_unless_the_network_is_insisted_on(
    network: Network, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(guard, "LEAST_EXPECTED", 0.9)  # the fake network expects 0.88
    with caplog.at_level(logging.WARNING):
        found = answer(network)
    assert found == Answer(None, "Geometry alone was used: it expects to be right by 88% only.")
    assert found.why in caplog.text
    insisted = answer(network, method="learned")
    assert insisted.prediction is not None and insisted.why == ""


def test_a_photo_unlike_all_it_learned_from_is_not_asked_about(network: Network):
    one = observation()
    few = np.zeros_like(one.object_mask)
    few[100:110, 220:232] = True
    one = replace(one, object_mask=few)
    found = ask(network, one, make_canvas(one), DraftOptions(method="auto"), 0)
    assert found.why == "Geometry alone was used: only 120 pixels of the object are seen."
    assert ask(network, one, make_canvas(one), DraftOptions(method="learned"), 0).prediction is not None


def test_numbers_that_are_none_are_never_used(network: Network):
    def broken(pictures: np.ndarray, noise: np.ndarray):
        guess = network(pictures, noise)
        return replace(guess, told=guess.told * np.nan)

    one = observation()
    canvas = make_canvas(one)
    found = ask(broken, one, canvas, DraftOptions(method="learned"), 0)  # type: ignore[arg-type]
    assert found.prediction is None and "no numbers" in found.why
