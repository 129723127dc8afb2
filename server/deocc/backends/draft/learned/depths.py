"""The network's depth fields -> front and back depth at the mesh's vertices, whole up to the outline.

A pixel of the network's on the outline is a mean over what is there, so the last pixels are not read but
carried on from inside: the square of the thickness goes on as a straight line, which is true of a ball, whose
thickness ends at nothing, and of a box, whose thickness doesn't.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from deocc.backends.draft.learned.crop import SIDE, resampled
from deocc.backends.draft.learned.passes import Prediction
from deocc.backends.draft.morphology import blurred, carried_on

BAND = 2.0  # of the network's pixels: so near to the outline depths are carried on
MEDIAN_PX = 3  # of the network's, odd
FINER = 4  # the outline is measured at so many times the network's resolution
EVENED = 6  # times that vertices on the outline are evened out along it
LEAST_THICK = 0.012  # halves of the square; what is thinner, a leaf, would show both sides at once
LEAST_AT_EDGE = 0.004  # the same on the outline


@dataclass(frozen=True)
class Field:
    """A prediction's depths and how far they are to be read. middle, squared: (SIDE, SIDE), half way between
    front and back, and the squared thickness.  away: (FINER * SIDE,) * 2, how far from the outline in the
    network's pixels, positive inside.  inwards: (…, 2) x and y of the unit vector away from the outline."""

    middle: NDArray[np.float32]
    squared: NDArray[np.float32]
    away: NDArray[np.float32]
    inwards: NDArray[np.float32]


def field_of(prediction: Prediction, whole: NDArray[np.bool_]) -> Field:
    """whole: (h, w) bool on the canvas, the silhouette that is built."""
    known = (resampled(whole, prediction.square) > 0.5) & (prediction.likely > 0.5)
    if not known.any():
        known = np.ones_like(known)
    # what is printed on a surface leaves bumps of a pixel or two in its depths; a median keeps real edges
    front, back = (
        np.asarray(cv2.medianBlur(np.ascontiguousarray(carried_on(depth, known), np.float32), MEDIAN_PX))
        for depth in (prediction.front, prediction.back)
    )
    away = _away(resampled(whole, prediction.square, side=FINER * SIDE) > 0.5) / FINER
    slope = np.stack(np.gradient(blurred(away, FINER))[::-1], axis=-1)
    inwards = slope / np.maximum(np.linalg.norm(slope, axis=-1, keepdims=True), 1e-6)
    return Field(
        middle=(front + back) / 2,
        squared=np.square(np.maximum(front - back, 0)),
        away=away,
        inwards=inwards.astype(np.float32),
    )


def depths_at(
    field: Field,
    places: NDArray[np.float64],
    outline: tuple[NDArray[np.int64], NDArray[np.int64]],
    thickness: float,
    most: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Front and back (N,) in halves of the square; front is nearer everywhere.

    places: (N, 2) x and y in the field's pixels with (0, 0) the first one's corner.  outline: starts and ends
    of the edges along the outline.  thickness: a factor.  most: neither is farther than this from 0.
    """
    near = np.maximum(BAND - read(field.away, places, FINER), 0)
    inwards = np.stack([read(field.inwards[..., i], places, FINER) for i in (0, 1)], axis=1)
    one, two = (places + inwards * (near + step * (near > 0))[:, None] for step in (0.0, BAND))
    thin = read(field.away, two, FINER) < 1.5 * BAND  # there is no inside to carry on from
    one = np.where(thin[:, None], places, one)
    squared, deeper = read(field.squared, one), read(field.squared, two)
    carried = np.where(thin, squared, squared + (squared - deeper) * near / BAND)
    thick = np.sqrt(np.clip(carried, 0, squared)) * thickness
    middle = read(field.middle, one)
    rim = np.unique(outline[0])
    thick, middle = (_evened(values, outline) for values in (thick, middle))
    least = np.full(len(places), LEAST_THICK)
    least[rim] = LEAST_AT_EDGE
    half = np.minimum(np.maximum(thick, least) / 2, most)
    middle = np.clip(middle, half - most, most - half)
    return middle + half, middle - half


def places_of(prediction: Prediction, xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Canvas pixels (N, 2) in the pixels of the prediction's fields."""
    square = prediction.square
    return (xy - (square.left, square.top)) * (SIDE / square.side)


def _away(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Pixels from the outline, positive inside; the picture's border is no outline."""
    inner, outer = (cv2.distanceTransform(one.astype(np.uint8), cv2.DIST_L2, 5) for one in (mask, ~mask))
    return np.where(mask, inner - 0.5, 0.5 - outer).astype(np.float32)


def _evened(
    values: NDArray[np.float64], outline: tuple[NDArray[np.int64], NDArray[np.int64]]
) -> NDArray[np.float64]:
    """Values of the vertices on the outline brought nearer to their neighbours' along it."""
    start, end = outline
    values = values.copy()
    for _ in range(EVENED):
        sums, count = values.copy() * 2, np.full(len(values), 2.0)
        for here, there in ((start, end), (end, start)):
            np.add.at(sums, here, values[there])
            np.add.at(count, here, 1)
        values = sums / count
    return values


def read(values: NDArray[np.float32], places: NDArray[np.float64], finer: int = 1) -> NDArray[np.float64]:
    """(N,): between pixels' centres linear, beyond the field its edge's."""
    return map_coordinates(values, places[:, ::-1].T * finer - 0.5, np.float64, order=1, mode="nearest")
