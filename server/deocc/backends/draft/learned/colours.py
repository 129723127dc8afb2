"""Pictures of both sides of the object: the photo where it shows it, elsewhere the network's colours."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from deocc.backends.draft.canvas import Canvas
from deocc.backends.draft.learned.crop import GREY, resampled
from deocc.backends.draft.learned.passes import Prediction, in_window, on_canvas
from deocc.backends.draft.morphology import carried_on
from deocc.backends.draft.picture.guided import Guess

UNSURE_LEVELS = 25.0  # of 255: colours that are expected to err by so much are believed by half


def expected_colours(prediction: Prediction, window: tuple[slice, slice], size: tuple[int, int]) -> Guess:
    """What the network says of the near side, as a Guesser for `complete_picture`."""
    told = [
        in_window(_spread(prediction, field), prediction.square, window, size)
        for field in (prediction.front_rgb, _trust(prediction.front_rgb_error))
    ]
    return Guess(*told)


def back_picture(canvas: Canvas, prediction: Prediction, front: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(h, w, 3): the far side's colours, each behind the front's pixel; the front's own, as if it shone
    through, where the network knows none. front: the completed picture."""
    lit = prediction.back_rgb + _light(canvas, prediction)
    levels = np.clip(lit + 0.5, 0, 255).astype(np.uint8)  # bytes: a canvas may have megapixels
    back, share = (
        on_canvas(_spread(prediction, field), prediction.square, canvas)
        for field in (levels, _trust(prediction.back_rgb_error))
    )
    return np.asarray(cv2.blendLinear(back, front, share, 1 - share), np.uint8)


def _trust(error: NDArray[np.float32]) -> NDArray[np.float32]:
    """How far colours are believed that are expected to err by so many levels, 0..1."""
    return 1 / (1 + np.square(error / np.float32(UNSURE_LEVELS)))


def _light(canvas: Canvas, prediction: Prediction) -> NDArray[np.float32]:
    """(3,) how much brighter the photo is than the network says, where the object is seen."""
    seen = (resampled(canvas.seen, prediction.square) > 0.99) & (prediction.likely > 0.5)
    if not seen.any():
        return np.zeros(3, np.float32)
    photo = resampled(canvas.picture, prediction.square, (GREY, GREY, GREY))
    return (photo - prediction.front_rgb)[seen].mean(axis=0)


def _spread(prediction: Prediction, values: NDArray) -> NDArray:
    """(SIDE, SIDE, …): the object's values carried on beyond its outline."""
    known = prediction.likely > 0.5
    return carried_on(values, known) if known.any() else values
