"""The whole silhouette: hypotheses of what is hidden, scored; the seed picks among the plausible ones.

Outlines are searched on a small copy; only the hidden part is drawn from it, what is seen stays to the pixel.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from deocc.backends.draft.canvas import Canvas
from deocc.backends.draft.card import DraftOptions
from deocc.backends.draft.morphology import blurred, closed, grown, moved, resized
from deocc.backends.draft.silhouette import contour, symmetry
from deocc.backends.draft.silhouette.symmetry import Axis

# longest side of the small copy; on it an outline of a hand-drawn mask is exact to its own error
WORKING_PX = 256
SMOOTH_PX = 1.2  # on the small copy
# a moved outline does not meet the seen one to the pixel: cracks up to twice this are closed
CRACK_SHARE = 0.02
SAME_IOU = 0.985  # two hypotheses that overlap by this much are one
MOST = 8  # hypotheses kept, and the best of each kind in any case
PLAUSIBLE = 0.12  # hypotheses scored this far below the best are not offered as seeds
SPREAD = 0.05  # how sharply better evidence counts: about its error
# What each piece of evidence is worth in overlap with the truth: least squares over renders of 114 objects,
# each from two sides, hidden by another's silhouette, the masks' edges wobbled.
WORTH = {
    "contour": 1.01,
    "contour_cost": -0.021,
    "symmetry": 0.80,
    "agreement": 0.22,
    "cut_kept": -0.23,
    "clipped": -0.08,
}
WORST_COST = 8.0  # contours beyond this cost are all alike
NOTHING_HIDDEN = 0.5  # "only what is seen" is worth this: last, unless it is all there is


@dataclass(frozen=True)
class Completion:
    """whole: (h, w) bool, a superset of the canvas's seen.  kind: "seen", "mirror", "turn" or "contour".
    axis: the symmetry it was made with.  score: 0..1, the overlap with the truth that is to be expected."""

    whole: NDArray[np.bool_]
    kind: str
    axis: Axis | None
    score: float


def hypotheses(canvas: Canvas) -> list[Completion]:
    """Every completion found, best first; the last is always the seen part alone."""
    seen, may_hide, factor = _small(canvas)
    nothing = Completion(canvas.seen.copy(), "seen", None, NOTHING_HIDDEN)
    if not _touch(seen, may_hide):
        return [replace(nothing, score=1.0)]
    found = []
    for one in _ranked(_by_contour(seen, may_hide) + _by_symmetry(seen, may_hide)):
        axis = one.axis.scaled(1 / factor) if one.axis else None
        found.append(replace(one, whole=_full_size(one.whole, seen, canvas), axis=axis))
    return [*found, nothing]


def choose(found: list[Completion], seed: int, options: DraftOptions) -> Completion:
    """The completion of a seed: 0 takes the best, every next one another, the more plausible the sooner; when
    all are used up they come again in another order."""
    wanted = [one for one in found if options.completion in ("auto", one.kind)] or found
    plausible = [one for one in wanted if one.score >= wanted[0].score - PLAUSIBLE]
    turn, place = divmod(seed, len(plausible))
    chance = np.random.default_rng(turn).gumbel(size=len(plausible)) * SPREAD  # sampling without putting back
    order = sorted(range(len(plausible)), key=lambda i: -(plausible[i].score + chance[i]))
    if turn == 0:
        order.remove(0)
        order.insert(0, 0)
    return plausible[order[place]]


def _small(canvas: Canvas) -> tuple[NDArray[np.bool_], NDArray[np.bool_], float]:
    """Seen and may_hide at working size, and the factor."""
    height, width = canvas.seen.shape
    factor = min(1.0, WORKING_PX / max(height, width))
    if factor == 1.0:
        return canvas.seen, canvas.may_hide, factor
    target = (max(1, round(width * factor)), max(1, round(height * factor)))
    share = resized(canvas.seen.astype(np.float32), target)
    # something thinner than a small pixel is still there
    seen = share > 0.5 if (share > 0.5).any() else share > 0
    may_hide = resized(canvas.may_hide.astype(np.float32), target) > 0.25
    return seen, may_hide & ~seen, factor


def _touch(seen: NDArray[np.bool_], may_hide: NDArray[np.bool_]) -> bool:
    return bool((grown(seen, 2) & may_hide).any())


def _full_size(whole: NDArray[np.bool_], seen: NDArray[np.bool_], canvas: Canvas) -> NDArray[np.bool_]:
    """The small silhouette at the canvas's size: smooth where hidden, exact where seen, all of one piece.

    seen: the canvas's seen part at the small size.
    """
    drawn = canvas.seen.copy()
    rows, columns = np.nonzero(grown(whole & ~seen, 3))
    if len(rows) == 0:
        return drawn
    soft = blurred(whole.astype(np.float32), SMOOTH_PX)  # a moved outline has the mask's teeth
    small = np.s_[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    down, across = (full / part for full, part in zip(canvas.seen.shape, whole.shape, strict=True))
    window = np.s_[
        round(small[0].start * down) : round(small[0].stop * down),
        round(small[1].start * across) : round(small[1].stop * across),
    ]
    part = canvas.seen[window]
    height, width = part.shape
    part = part | (canvas.may_hide[window] & (resized(soft[small], (width, height)) > 0.5))
    count, found = cv2.connectedComponents(part.astype(np.uint8), connectivity=4)
    labels = np.asarray(found, np.int32)
    held = np.zeros(count, bool)
    held[labels[canvas.seen[window]]] = True
    drawn[window] = held[labels]
    return drawn


def _by_contour(seen: NDArray[np.bool_], may_hide: NDArray[np.bool_]) -> list[Completion]:
    found = []
    for one in contour.continued(seen, may_hide):
        score = WORTH["contour"] + WORTH["contour_cost"] * min(one.cost, WORST_COST)
        score += _fit(one.whole, seen, may_hide)
        found.append(Completion(one.whole, "contour", None, score))
    return found


def _by_symmetry(seen: NDArray[np.bool_], may_hide: NDArray[np.bool_]) -> list[Completion]:
    """What the symmetries bring out, the outline carried on across what even they leave open."""
    found = []
    edge = symmetry.true_outline(seen, may_hide)
    reach = max(1, round(CRACK_SHARE * math.sqrt(float(seen.sum()))))
    for axis, agreement in symmetry.find_axes(seen, may_hide):
        whole, true_edge = seen.copy(), edge.copy()
        for matrix in axis.images():
            whole |= moved(seen, matrix) & may_hide
            true_edge |= moved(grown(edge), matrix)
        whole = seen | (may_hide & closed(whole, reach))
        evidence = WORTH["symmetry"] + WORTH["agreement"] * agreement
        for one in contour.continued(whole, may_hide & ~whole, grown(true_edge, 2), ("corner", "round")):
            score = evidence + _fit(one.whole, seen, may_hide)
            found.append(Completion(one.whole, axis.kind, axis, score))
    return found


def _fit(whole: NDArray[np.bool_], seen: NDArray[np.bool_], may_hide: NDArray[np.bool_]) -> float:
    """What speaks against a hypothesis wherever it comes from: its outline keeps to the very line where the
    occluder cuts the seen part, or runs along the occluder's far side; both would be a coincidence."""
    cut = seen & grown(may_hide)
    kept = float((cut & grown(may_hide & ~whole)).sum()) / max(float(cut.sum()), 1.0)
    at_far_side = whole & ~seen & grown(~whole) & grown(~seen & ~may_hide)
    clipped = float(at_far_side.sum()) / math.sqrt(float(seen.sum()))
    return WORTH["cut_kept"] * kept + WORTH["clipped"] * clipped


def _ranked(drawn: list[Completion]) -> list[Completion]:
    """Best first by the overlap to be expected with the truth, were the truth one of them with the odds that
    the evidence gives; of those nearly the same only the better."""
    flat = np.array([one.whole.ravel() for one in drawn], np.float32)  # (K, h*w)
    both = flat @ flat.T
    area = both.diagonal()
    overlap = both / (area[:, None] + area[None] - both)
    evidence = np.array([one.score for one in drawn])
    odds = np.exp((evidence - evidence.max()) / SPREAD)
    expected = overlap @ (odds / odds.sum())
    kept: list[int] = []
    for i in np.argsort(-expected, kind="stable"):
        alike = [k for k in kept if drawn[i].kind == drawn[k].kind]
        full = len(kept) >= MOST and alike
        if not full and all(overlap[i, k] < SAME_IOU for k in alike):
            kept.append(int(i))
    return [replace(drawn[i], score=float(expected[i])) for i in kept]
