"""The network's mask and what is seen, joined."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from deocc.backends.draft.canvas import Canvas
from deocc.backends.draft.learned.crop import Square, resampled
from deocc.backends.draft.learned.passes import Prediction
from deocc.backends.draft.learned.silhouette import learned_completion
from deocc.backends.draft.silhouette.hypotheses import Completion
from deocc.bench.metrics.masks import iou
from tests.draft.learned.true_prediction import blank_prediction, open_canvas

SHAPE = (240, 320)
SQUARE = Square(60, 20, 200)


def disc(x: float, y: float, radius: float) -> np.ndarray:
    rows, columns = np.mgrid[0 : SHAPE[0], 0 : SHAPE[1]] + 0.5
    return (columns - x) ** 2 + (rows - y) ** 2 < radius**2


TRUTH = disc(160, 120, 80)
HIDES = np.zeros(SHAPE, bool)
HIDES[30:220, 170:260] = True


def completed(canvas: Canvas, said: Prediction, *hypotheses: Completion) -> Completion:
    """With hypotheses of geometry before the one that nothing is hidden."""
    return learned_completion(canvas, said, [*hypotheses, Completion(canvas.seen, "seen", None, 0.5)])


def test_the_hidden_part_is_the_networks_and_the_seen_part_the_users():
    seen = TRUTH & ~HIDES
    seen[100:103, 60:80] = True  # a slip of the brush
    found = completed(
        open_canvas(SHAPE, seen, HIDES), blank_prediction(SQUARE, resampled(TRUTH, SQUARE) > 0.5)
    )
    assert found.kind == "learned" and found.axis is None and found.score == 0.9
    assert (found.whole & ~HIDES == seen).all()
    hidden = HIDES[:, :]
    assert iou(found.whole & hidden, TRUTH & hidden) > 0.97  # the network's pixel is 1.6 of the photo's


def test_nothing_is_added_in_plain_sight_or_where_it_is_to_be_kept():
    seen = TRUTH & ~HIDES
    keep = np.zeros(SHAPE, bool)
    keep[110:130, 180:200] = True
    canvas = replace(open_canvas(SHAPE, seen, HIDES & ~keep), keep=keep)
    whole = completed(canvas, blank_prediction(SQUARE)).whole  # it wants all of the square
    assert not (whole & ~seen & ~HIDES).any() and not (whole & keep).any()
    assert whole[50:200, 202:255].all()


def test_what_hangs_on_nothing_seen_is_left_out():
    seen = TRUTH & ~HIDES
    island = disc(235, 60, 12)
    wanted = resampled((TRUTH & (disc(160, 120, 30) | ~HIDES)) | island, SQUARE) > 0.5
    whole = completed(open_canvas(SHAPE, seen, HIDES), blank_prediction(SQUARE, wanted)).whole
    assert not (whole & island).any() and (whole & HIDES).any()


def test_geometry_decides_where_the_network_does_not_know_and_gives_way_where_it_does():
    canvas = open_canvas(SHAPE, TRUTH & ~HIDES, HIDES)
    geometry = Completion(TRUTH, "mirror", None, 0.9)
    knows_nothing = replace(blank_prediction(SQUARE), logits=np.zeros((128, 128), np.float32))
    assert iou(completed(canvas, knows_nothing, geometry).whole, TRUTH) > 0.999
    smaller = TRUTH & (~HIDES | disc(160, 120, 60))
    sure = blank_prediction(SQUARE, resampled(smaller, SQUARE) > 0.5)
    assert iou(completed(canvas, sure, geometry).whole, smaller) > 0.97


def test_geometry_counts_for_less_the_more_is_hidden():
    """A network that is sure by a half in its log odds is overruled where a sixth is hidden, and not where
    half is."""
    for left, overruled in ((215, True), (160, False)):
        hides = np.zeros(SHAPE, bool)
        hides[:, left:] = True
        canvas = open_canvas(SHAPE, TRUTH & ~hides, hides)
        doubts = replace(
            blank_prediction(SQUARE), logits=((resampled(TRUTH, SQUARE) > 0.5) - 0.5).astype(np.float32)
        )
        nothing = Completion(TRUTH & ~hides, "contour", None, 0.9)  # geometry says that nothing is hidden
        added = completed(canvas, doubts, nothing).whole & hides
        assert (np.count_nonzero(added) < 0.1 * np.count_nonzero(TRUTH & hides)) == overruled


def test_of_several_hypotheses_the_likelier_counts_more():
    canvas = open_canvas(SHAPE, TRUTH & ~HIDES, HIDES)
    better, worse = Completion(TRUTH, "mirror", None, 0.9), Completion(TRUTH | HIDES, "contour", None, 0.8)
    knows_nothing = replace(blank_prediction(SQUARE), logits=np.zeros((128, 128), np.float32))
    assert iou(completed(canvas, knows_nothing, better, worse).whole, TRUTH) > 0.999
