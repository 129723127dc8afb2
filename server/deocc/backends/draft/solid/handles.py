"""A turned body and what sticks out of it to the left and right in the silhouette: handles and spouts."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from deocc.backends.draft.morphology import distance, grown
from deocc.backends.draft.solid.inflate import inflate_beside
from deocc.backends.draft.solid.revolve import Turned
from deocc.backends.draft.solid.texture import Surface, join
from deocc.backends.draft.solid.turning import turned_surface

PART_SHARE = 0.015  # of the silhouette: less is the mask's raggedness
PART_THICK = 0.03  # of its size, half
PART_ASIDE = 0.7  # of the body's radius: what sticks out above or below is no handle
PART_SEEN = 0.25  # of it: the guess of a crooked silhouette is no handle
MOST_PARTS = 4


@dataclass(frozen=True)
class Vessel:
    """parts: (h, w) bool each, the handles.  body: (h, w) bool, what the turned body covers and a pixel more.
    explains: IoU of the body and all beside it with the silhouette."""

    turned: Turned
    parts: tuple[NDArray[np.bool_], ...]
    body: NDArray[np.bool_]
    explains: float


def with_handles(turned: Turned, whole: NDArray[np.bool_], seen: NDArray[np.bool_]) -> Vessel:
    """The turned body with those parts of the silhouette beside it that are large and thick; those only
    guessed explain the silhouette, but are not built."""
    covered = turned.covers()
    body = grown(covered)  # a hair's gap, so that nothing intersects
    parts = _parts(turned, whole, whole & ~body)
    for part in parts:
        covered |= part
    explains = float((covered & whole).sum() / (covered | whole).sum())
    witnessed = tuple(part for part in parts if (part & seen).sum() > PART_SEEN * part.sum())
    return Vessel(turned, witnessed, body, explains)


def vessel_surface(vessel: Vessel, thickness: float, triangles: int) -> Surface:
    """Body and handles, closed each by itself, with about as many triangles together."""
    surfaces = []
    area = float(vessel.body.sum() + sum(part.sum() for part in vessel.parts))
    for part in vessel.parts:
        goal = max(round(triangles * float(part.sum()) / area), triangles // 16)
        surfaces.append(inflate_beside(part, vessel.body, vessel.turned.camera, thickness, goal))
    left = triangles - sum(len(one.faces) for one in surfaces)
    surfaces.append(turned_surface(vessel.turned, max(left, triangles // 2)))
    return join(surfaces)


def _parts(
    turned: Turned, whole: NDArray[np.bool_], beside: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], ...]:
    ends, _ = turned.camera.project(np.array([[0, 0, turned.z[0]], [0, 0, turned.z[-1]]]))
    up = (ends[1] - ends[0]) / max(float(np.linalg.norm(ends[1] - ends[0])), 1e-9)
    across = np.array([-up[1], up[0]])
    reach = PART_ASIDE * float(turned.radius.max()) * turned.camera.fx
    area = float(whole.sum())
    _, labels, stats, centres = cv2.connectedComponentsWithStats(beside.astype(np.uint8), connectivity=4)
    sizes = stats[1:, cv2.CC_STAT_AREA]
    parts = []
    for label in 1 + np.argsort(-sizes, kind="stable")[:MOST_PARTS]:
        part = np.asarray(labels == label)
        aside = abs((centres[label] + 0.5 - ends[0]) @ across) > reach
        if aside and sizes[label - 1] > PART_SHARE * area:
            if distance(~part).max() > PART_THICK * math.sqrt(area):
                parts.append(part)
    return tuple(parts)
