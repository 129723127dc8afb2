"""Whether the network's answer for a photo is to be trusted; if not, why, in words for the user."""

from __future__ import annotations

import math

import numpy as np

from deocc.backends.draft.canvas import Canvas
from deocc.backends.draft.learned.crop import SIDE, resampled
from deocc.backends.draft.learned.passes import Prediction

LEAST_SEEN_PX = 200  # of the photo: less tells the network nothing
MOST_HIDDEN = 0.9  # share of the predicted object: training hides 0.8 at most
MOST_FRAME = 0.9  # of the photo: an object with next to nothing around it
LEAST_AGREEMENT = 0.6  # IoU of what is predicted where nothing hides and what the user marked
LEAST_EXPECTED = 0.5  # IoU that the network expects of itself


def objection_to_photo(canvas: Canvas) -> str:
    """Why a photo lies too far from what the network was trained on to ask it at all; "" where it doesn't."""
    seen = int(np.count_nonzero(canvas.seen))
    width, height = canvas.photo_size
    if seen < LEAST_SEEN_PX:
        return f"only {seen} pixels of the object are seen"
    if seen > MOST_FRAME * width * height:
        return "the object fills the whole photo"
    return ""


def objection_to_answer(canvas: Canvas, prediction: Prediction) -> str:
    """Why the network's answer is not to be trusted; "" where it is."""
    if not prediction.finite:
        return "its answer holds no numbers"
    likely = prediction.likely > 0.5
    seen = resampled(canvas.seen, prediction.square)
    open_to_view = resampled(canvas.may_hide, prediction.square) < 0.5
    predicted, marked = likely & open_to_view, (seen > 0.5) & open_to_view
    union = int(np.count_nonzero(predicted | marked))
    agreement = np.count_nonzero(predicted & marked) / union if union else 0.0
    step = prediction.square.side / SIDE
    area = max(np.count_nonzero(likely) * step**2, 1.0)
    hidden = 1 - np.count_nonzero(canvas.seen) / area
    if agreement < LEAST_AGREEMENT:
        return f"what it sees agrees with the object mask by {agreement:.0%} only"
    if hidden > MOST_HIDDEN:
        return f"{hidden:.0%} of the object seems hidden"
    if not prediction.expected_iou >= LEAST_EXPECTED:
        return f"it expects to be right by {prediction.expected_iou:.0%} only"
    if not math.isfinite(prediction.elevation_deg):
        return "its answer holds no numbers"
    return ""
