"""The network's mask joined with what is seen: the learned completion."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from deocc.backends.draft.canvas import Canvas
from deocc.backends.draft.learned.passes import Prediction
from deocc.backends.draft.silhouette.hypotheses import Completion


def learned_completion(canvas: Canvas, prediction: Prediction) -> Completion:
    """What is seen, and what the network adds to it where the object may hide."""
    whole = canvas.seen | (canvas.may_hide & prediction.covers(canvas))
    return Completion(_joined(whole, canvas.seen), "learned", None, prediction.expected_iou)


def _joined(whole: NDArray[np.bool_], seen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Without pieces that nothing seen belongs to."""
    count, found = cv2.connectedComponents(whole.astype(np.uint8), connectivity=4)
    labels = np.asarray(found, np.int32)
    held = np.zeros(count, bool)
    held[labels[seen]] = True
    return held[labels] & whole
