"""Views on a ground of one known colour -> views with alpha.

Only what is joined to the border is ground, so a white shirt on a white ground keeps its chest. On grey, even
grey patches inside are ground too: a mug's handle must not stay filled with grey when views go onto white.
Along the outline alpha is solved from the colours on both sides, so no rim of the old ground stays.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

NEAR = 14.0  # of 255: so far may the drawn ground be from its colour (the decoder's noise is about 3)
BORDER_TRUST = 24.0  # the border's own median counts as the ground's colour if it is so near the told one
BRUSH_PX = 5  # the ground is flooded with a brush so wide: no thinner gap in a pale outline lets it in
WHITISH = 240.0  # on such a ground a hole and a white surface look the same, and so do both on white
RIM_PX = 2.0  # pixels so near the ground may be mixtures
THIN_PX = 4.0  # a rim pixel with no inside so near belongs to something thin
HOLE_OFF, HOLE_SPREAD = 4.0, 4.0  # of 255: a hole's mean from the ground, and its deviation; shading has more
HOLE_PX = 40  # the least of a hole
LEAST_CONTRAST = 24.0  # between object and ground, for solving a mixture
MISFIT = 20.0  # a colour so far off the line from ground to object is no mixture, but a colour of its own


def alpha_of_views(views: NDArray[np.uint8], background: tuple[int, int, int]) -> NDArray[np.uint8]:
    """(N, S, S, 3) uint8 on `background` -> (N, S, S, 4) uint8, straight alpha."""
    return np.stack([_with_alpha(view, np.array(background, np.float32)) for view in views])


def on_white(views: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(N, S, S, 4) straight alpha -> (N, S, S, 3) on white, the ground that InstantMesh was trained on."""
    alpha = views[..., 3:].astype(np.float32) / 255
    return np.rint(views[..., :3] * alpha + 255 * (1 - alpha)).astype(np.uint8)


def _with_alpha(view: NDArray[np.uint8], told: NDArray[np.float32]) -> NDArray[np.uint8]:
    colours = view.astype(np.float32)
    ground = _ground_colour(colours, told)
    outside = _flood(np.abs(colours - ground).max(2) <= NEAR)
    if ground.max() < WHITISH:
        outside |= _holes(colours, ground, outside)
    share = (~outside).astype(np.float32)
    if outside.any() and not outside.all():
        share = _share(colours, ground, outside)
    visible = np.maximum(share, 1 / 255)[..., None]
    own = ground + (colours - ground) / visible  # so that the old ground brings back the old picture
    own[share == 0] = 0
    alpha = np.rint(share * 255)[..., None]
    return np.concatenate([np.rint(own).clip(0, 255), alpha], axis=2).astype(np.uint8)


def _ground_colour(colours: NDArray[np.float32], told: NDArray[np.float32]) -> NDArray[np.float32]:
    """(3,): the border's median where it confirms the told colour; networks draw it a few levels off."""
    border = np.concatenate([colours[0], colours[-1], colours[:, 0], colours[:, -1]])  # (4 S, 3)
    near = border[np.abs(border - told).max(1) <= BORDER_TRUST]
    return np.median(near, axis=0) if len(near) else told


def _flood(near: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(S, S): what of `near` a brush of BRUSH_PX reaches from beyond the border."""
    margin = BRUSH_PX
    padded = np.pad(near, margin, constant_values=True).astype(np.uint8)
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (BRUSH_PX, BRUSH_PX))
    fits = cv2.erode(padded, brush)
    _, labels = cv2.connectedComponents(fits, connectivity=4)
    reached = cv2.dilate((labels == labels[0, 0]).astype(np.uint8), brush)
    # corners narrower than the brush still belong to the ground beside them
    grown = (cv2.dilate(reached, brush) > 0) & (padded > 0)
    return grown[margin:-margin, margin:-margin]


def _holes(
    colours: NDArray[np.float32], ground: NDArray[np.float32], outside: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """(S, S): patches inside the object that are as even as the ground, and of its colour."""
    near = (np.abs(colours - ground).max(2) <= NEAR) & ~outside
    count, found, stats, _ = cv2.connectedComponentsWithStats(near.astype(np.uint8), connectivity=4)
    labels, holes = np.asarray(found, np.intp), np.zeros(count, bool)
    for label in range(1, count):
        if stats[label, cv2.CC_STAT_AREA] >= HOLE_PX:
            patch = colours[labels == label] - ground  # (n, 3)
            even = patch.std(0).max() <= HOLE_SPREAD
            holes[label] = even and np.abs(np.median(patch, 0)).max() <= HOLE_OFF
    return holes[labels]


def _share(
    colours: NDArray[np.float32], ground: NDArray[np.float32], outside: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """The object's share of every pixel, (S, S) 0..1: seen = share * object + (1 - share) * ground."""
    depth = cv2.distanceTransform((~outside).astype(np.uint8), cv2.DIST_L2, 5)
    height = cv2.distanceTransform(outside.astype(np.uint8), cv2.DIST_L2, 5)
    inside = depth > RIM_PX
    rim = ~inside & (height < RIM_PX)
    contrast = _object_colours(colours, ground, inside) - ground
    power = np.maximum((contrast**2).sum(2), 1e-6)
    seen = colours - ground
    share = ((seen * contrast).sum(2) / power).clip(0, 1)
    misfit = np.abs(seen - share[..., None] * contrast).max(2)
    solved = rim & (power >= LEAST_CONTRAST**2) & (misfit <= MISFIT)
    return np.where(solved, share, ~outside).astype(np.float32)


def _object_colours(
    colours: NDArray[np.float32], ground: NDArray[np.float32], inside: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """(S, S, 3): the object's unmixed colour at every pixel of its rim.

    That of the nearest pixel inside; for what is too thin to have an inside, of the neighbour that differs
    most from the ground.
    """
    near = _most_different(colours, ground)
    if not inside.any():
        return near
    away, labels = cv2.distanceTransformWithLabels(
        (~inside).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    index = np.asarray(labels, np.intp)
    table = np.zeros((int(index.max()) + 1, 3), np.float32)
    table[index[inside]] = colours[inside]
    nearest = table[index]
    return np.where((away <= THIN_PX)[..., None], nearest, near)


def _most_different(colours: NDArray[np.float32], ground: NDArray[np.float32]) -> NDArray[np.float32]:
    """(S, S, 3): of every pixel's 5 × 5 neighbours, the colour farthest from the ground."""
    best, least = colours, np.abs(colours - ground).sum(2)
    for axis in (0, 1):  # by rows, then by columns
        for shift in (-2, -1, 1, 2):
            moved = np.roll(best, shift, axis)
            distance = np.abs(moved - ground).sum(2)
            best = np.where((distance > least)[..., None], moved, best)
            least = np.maximum(distance, least)
    return best
