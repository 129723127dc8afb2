"""Pictures of both sides of the object: the photo where it shows it, elsewhere the network's colours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deocc.backends.draft.canvas import Canvas
from deocc.backends.draft.learned.crop import GREY, resampled
from deocc.backends.draft.learned.passes import Prediction, on_canvas
from deocc.backends.draft.morphology import nearest
from deocc.backends.draft.picture.guided import Guess

UNSURE_LEVELS = 25.0  # of 255: colours that are expected to err by so much are believed by half


def expected_colours(canvas: Canvas, prediction: Prediction) -> Guess:
    """What the network says of the near side, for `complete_picture`."""
    told = _told(canvas, prediction, prediction.front_rgb, prediction.front_rgb_error)
    return Guess(told[..., :3], told[..., 3])


def back_picture(canvas: Canvas, prediction: Prediction, front: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(h, w, 3): the far side's colours, each behind the front's pixel; the front's own, as if it shone
    through, where the network knows none. front: the completed picture."""
    lit = prediction.back_rgb + _light(canvas, prediction)
    told = _told(canvas, prediction, lit, prediction.back_rgb_error)
    back, share = told[..., :3], told[..., 3:]
    back -= front  # in place: a canvas may have megapixels
    back *= share
    back += front
    back += 0.5
    return np.clip(back, 0, 255, out=back).astype(np.uint8)


def _told(
    canvas: Canvas, prediction: Prediction, colours: NDArray[np.float32], error: NDArray[np.float32]
) -> NDArray[np.float32]:
    """(h, w, 4): colours and how far they are believed, 0..1, at the canvas's pixels."""
    trust = 1 / (1 + np.square(error / np.float32(UNSURE_LEVELS)))
    told = np.concatenate([colours, trust[..., None]], axis=2)
    return on_canvas(_spread(prediction, told), prediction.square, canvas)


def _light(canvas: Canvas, prediction: Prediction) -> NDArray[np.float32]:
    """(3,) how much brighter the photo is than the network says, where the object is seen."""
    seen = (resampled(canvas.seen, prediction.square) > 0.99) & (prediction.likely > 0.5)
    if not seen.any():
        return np.zeros(3, np.float32)
    photo = resampled(canvas.picture, prediction.square, (GREY, GREY, GREY))
    return (photo - prediction.front_rgb)[seen].mean(axis=0)


def _spread(prediction: Prediction, values: NDArray[np.float32]) -> NDArray[np.float32]:
    """(SIDE, SIDE, …): the object's values carried on beyond its outline."""
    known = prediction.likely > 0.5
    if not known.any():
        return values
    rows, columns = nearest(known)[0].transpose(2, 0, 1)
    return values[rows, columns]
