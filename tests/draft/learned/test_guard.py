"""When the network is not to be trusted, and why."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from deocc.backends.draft.learned.crop import Square, resampled
from deocc.backends.draft.learned.guard import objection_to_answer, objection_to_photo
from deocc.backends.draft.learned.passes import Prediction
from tests.draft.learned.true_prediction import blank_prediction, open_canvas

SHAPE = (240, 320)
SQUARE = Square(80, 40, 160)


def mask(rows: slice, columns: slice) -> np.ndarray:
    drawn = np.zeros(SHAPE, bool)
    drawn[rows, columns] = True
    return drawn


SEEN = mask(np.s_[60:180], np.s_[100:160])
HIDES = mask(np.s_[40:200], np.s_[160:240])


def predicted(whole: np.ndarray, **told: float) -> Prediction:
    return replace(blank_prediction(SQUARE, resampled(whole, SQUARE) > 0.5), **told)


def test_a_plain_photo_and_answer_are_trusted():
    canvas = open_canvas(SHAPE, SEEN, HIDES)
    assert objection_to_photo(canvas) == ""
    assert objection_to_answer(canvas, predicted(mask(np.s_[60:180], np.s_[100:220]))) == ""


def test_a_few_pixels_are_too_few():
    canvas = open_canvas(SHAPE, mask(np.s_[100:110], np.s_[100:110]), HIDES)
    assert objection_to_photo(canvas) == "only 100 pixels of the object are seen"


def test_an_object_that_fills_the_photo_is_not_judged():
    canvas = open_canvas(SHAPE, mask(np.s_[0:235], np.s_[0:318]), HIDES & False)
    assert objection_to_photo(canvas) == "the object fills the whole photo"


def test_an_object_nearly_all_hidden_is_not_judged():
    seen, hides = mask(np.s_[60:180], np.s_[100:104]), mask(np.s_[40:200], np.s_[104:240])
    found = objection_to_answer(
        open_canvas(SHAPE, seen, hides), predicted(mask(np.s_[60:180], np.s_[100:220]))
    )
    assert found == "97% of the object seems hidden"


def test_an_answer_that_contradicts_the_mask_is_not_trusted():
    canvas = open_canvas(SHAPE, SEEN, HIDES)
    found = objection_to_answer(canvas, predicted(mask(np.s_[60:180], np.s_[135:220])))
    assert found == "what it sees agrees with the object mask by 42% only"


def test_an_answer_of_nothing_is_not_trusted():
    canvas = open_canvas(SHAPE, SEEN, HIDES)
    assert "agrees" in objection_to_answer(canvas, predicted(np.zeros(SHAPE, bool)))


def test_a_network_that_doubts_itself_is_not_trusted():
    canvas, whole = open_canvas(SHAPE, SEEN, HIDES), mask(np.s_[60:180], np.s_[100:220])
    assert (
        objection_to_answer(canvas, predicted(whole, expected_iou=0.3))
        == "it expects to be right by 30% only"
    )


@pytest.mark.parametrize(
    "broken", [{"finite": False}, {"elevation_deg": float("nan")}, {"expected_iou": float("nan")}]
)
def test_numbers_that_are_none_are_not_trusted(broken: dict[str, float]):
    canvas, whole = open_canvas(SHAPE, SEEN, HIDES), mask(np.s_[60:180], np.s_[100:220])
    assert objection_to_answer(canvas, predicted(whole, **broken)) != ""
