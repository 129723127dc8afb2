"""Pictures of both sides of the object: the photo where it shows it, elsewhere the network's colours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deocc.backends.draft.canvas import Canvas
from deocc.backends.draft.learned.passes import Prediction, on_canvas
from deocc.backends.draft.morphology import nearest
from deocc.backends.draft.picture.complete import complete_picture
from deocc.backends.draft.silhouette.hypotheses import Completion


def front_picture(
    canvas: Canvas, completion: Completion, prediction: Prediction, seed: int
) -> NDArray[np.uint8]:
    """(h, w, 3): as `complete_picture`, the hidden part in the network's colours."""
    return complete_picture(canvas, completion, seed, _spread(prediction, prediction.front_rgb, canvas))


def back_picture(
    canvas: Canvas, completion: Completion, prediction: Prediction, front: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """(h, w, 3): the far side's colours, each behind the front's pixel."""
    colours = _spread(prediction, prediction.back_rgb, canvas)
    return np.clip(colours + 0.5, 0, 255).astype(np.uint8)


def _spread(prediction: Prediction, colours: NDArray[np.float32], canvas: Canvas) -> NDArray[np.float32]:
    """(h, w, 3): the network's colours at the canvas's pixels, the object's carried on beyond its outline."""
    known = prediction.likely > 0.5
    if known.any():
        rows, columns = nearest(known)[0].transpose(2, 0, 1)
        colours = colours[rows, columns]
    return on_canvas(colours, prediction.square, canvas)
