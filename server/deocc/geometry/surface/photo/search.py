"""Coarse search: which elevation, size and place make the surface explain the photo's outline."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import fft

from deocc.geometry.raycast import Caster
from deocc.geometry.surface.photo.outline import Outline
from deocc.geometry.surface.photo.pose import Pose

TEMPLATE_PX = 64  # side of a silhouette before it is scaled
SCALES = tuple(0.85 * 1.13**i for i in range(9))  # of the seen box's longest side, 0.85 to 2.26
LARGER = 0.02  # by how much the overlap must grow for a silhouette twice as large: occluders hide any size


@dataclass(frozen=True)
class Found:
    """A pose and how well its silhouette explains the outline, 0..1."""

    pose: Pose
    overlap: float


def search(
    caster: Caster, radius: float, outline: Outline, start: Pose, elevations_deg: list[float], middle: NDArray
) -> list[Found]:
    """The best size and place for each elevation, best first.

    radius: of the surface about the origin.  start: focal length and all that is not searched.
    middle: (2,) the principal point in photo pixels.
    """
    rows, columns = outline.seen.shape
    side = int(fft.next_fast_len(max(rows, columns) + int(TEMPLATE_PX * SCALES[-1]) + 2, real=True) or 0)
    spectra = [_spectrum(part, side) for part in (outline.seen, outline.elsewhere)]
    seen_px = math.sqrt(max(float(outline.seen.sum()), 1.0))
    box = np.argwhere(outline.seen > 0.5)
    longest = float((box.max(axis=0) - box.min(axis=0)).max()) + 1 if len(box) else seen_px
    centre = (box.min(axis=0) + box.max(axis=0) + 1)[::-1] / 2 if len(box) else np.array([columns, rows]) / 2
    ray = (centre / outline.scale + (outline.left, outline.top) - middle) / math.exp(start.log_focal)
    found = []
    for elevation_deg in elevations_deg:
        pose = replace(start, elevation=math.radians(elevation_deg))
        silhouette, per_unit = _template(caster, radius, pose, longest, outline)
        best = max(
            (_placed(silhouette, scale * longest, spectra, outline, side) for scale in SCALES),
            key=lambda one: one[0] - LARGER * math.log2(one[3] / longest),
        )
        overlap, x, y, size = best
        size_photo = size / outline.scale
        distance = math.exp(start.log_focal) * per_unit * math.hypot(1, *ray) / size_photo
        place = np.array([x, y]) / outline.scale + (outline.left, outline.top)
        found.append(Found(replace(pose, x=place[0], y=place[1], log_distance=math.log(distance)), overlap))
    return sorted(found, key=lambda one: -one.overlap)


def _template(
    caster: Caster, radius: float, pose: Pose, longest: float, outline: Outline
) -> tuple[NDArray[np.float32], float]:
    """The silhouette (TEMPLATE_PX²) about the origin from as far as the photo was taken about, and the
    longest side of its box in object units at the origin's distance."""
    focal = math.exp(pose.log_focal)
    distance = max(focal * 2 * radius * outline.scale / max(longest, 1.0), 1.3 * radius)
    reach = 1.05 * radius / math.sqrt(distance**2 - radius**2)  # of the tangent cone's half width
    camera = replace(pose, x=0.0, y=0.0, log_distance=math.log(distance), log_focal=0.0).camera(
        1, 1, 0.0, 0.0
    )
    camera = replace(
        camera, width=TEMPLATE_PX, height=TEMPLATE_PX, fx=TEMPLATE_PX / 2 / reach, fy=TEMPLATE_PX / 2 / reach,
        cx=TEMPLATE_PX / 2, cy=TEMPLATE_PX / 2,
    )  # fmt: skip
    covered = caster.covers(camera)
    places = np.argwhere(covered)
    if len(places) == 0:
        return covered.astype(np.float32), 2 * radius
    side = float((places.max(axis=0) - places.min(axis=0)).max()) + 1
    return covered.astype(np.float32), side / camera.fx * distance


def _placed(
    silhouette: NDArray[np.float32], size: float, spectra: list[NDArray], outline: Outline, side: int
) -> tuple[float, float, float, float]:
    """The best overlap of the silhouette with its box `size` window pixels long, anywhere in the window, and
    where its middle (the origin) then is; and `size`."""
    places = np.argwhere(silhouette > 0)
    if len(places) == 0:
        return 0.0, 0.0, 0.0, size
    box = float((places.max(axis=0) - places.min(axis=0)).max()) + 1
    pixels = max(round(TEMPLATE_PX * size / box), 2)
    scaled = np.asarray(cv2.resize(silhouette, (pixels, pixels), interpolation=cv2.INTER_AREA), np.float32)
    rows, columns = np.flatnonzero(scaled.any(axis=1)), np.flatnonzero(scaled.any(axis=0))
    cut = scaled[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1][:side, :side]
    spectrum = np.conj(_spectrum(cut, side))
    common, outside = (np.asarray(fft.irfft2(part * spectrum, (side, side))) for part in spectra)
    overlap = common / (float(outline.seen.sum()) + np.maximum(outside, 0) + 1e-9)
    row, column = np.unravel_index(int(np.argmax(overlap)), overlap.shape)
    shift = [at - side if at > side // 2 + extent // 2 else at for at, extent in
             ((int(row), outline.seen.shape[0]), (int(column), outline.seen.shape[1]))]  # fmt: skip
    y = shift[0] - rows[0] + pixels / 2
    x = shift[1] - columns[0] + pixels / 2
    return float(overlap[row, column]), float(x), float(y), pixels * box / TEMPLATE_PX


def _spectrum(picture: NDArray[np.float32], side: int) -> NDArray[np.complex64]:
    return np.asarray(fft.rfft2(picture, (side, side)), np.complex64)
