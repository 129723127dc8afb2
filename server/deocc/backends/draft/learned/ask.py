"""Whether the network is asked, and what it says; or why geometry alone is at work."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from deocc.backends.draft.canvas import Canvas
from deocc.backends.draft.card import DraftOptions
from deocc.backends.draft.learned.guard import objection_to_answer, objection_to_photo
from deocc.backends.draft.learned.network import Network, noise_of
from deocc.backends.draft.learned.passes import Prediction, predict
from deocc.observation import Observation

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """prediction: None where geometry alone is to work; then `why` is a sentence for the user, "" where the
    options ask for geometry."""

    prediction: Prediction | None = None
    why: str = ""


def ask(
    network: Network | None, observation: Observation, canvas: Canvas, options: DraftOptions, seed: int
) -> Answer:
    """The network's prediction for a photo, where it is wanted, there, and to be trusted."""
    if not _wanted(options):
        return Answer()
    if network is None:
        return _geometry("the network could not be loaded")
    forced = options.method == "learned"
    why = objection_to_photo(canvas)
    if why and not forced:
        return _geometry(why)
    prediction = predict(network, observation, canvas, noise_of(seed))
    why = objection_to_answer(canvas, prediction)
    if why and (not forced or not prediction.finite):
        return _geometry(why)
    return Answer(prediction)


def _wanted(options: DraftOptions) -> bool:
    if options.method == "auto":
        return options.completion == "auto" and options.shape == "auto"
    return options.method == "learned"


def _geometry(why: str) -> Answer:
    words = f"Geometry alone was used: {why}."
    log.warning("draft: %s", words)
    return Answer(None, words)
