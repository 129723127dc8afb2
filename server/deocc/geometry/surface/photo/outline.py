"""What a photo says of the object's outline: it is here, it isn't there, or something may hide it; small."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from deocc.contract import PhotoCamera
from deocc.geometry.cameras import Camera

REACH = 0.8  # of the seen box's longest side: so far around that box the object's rest is looked for
GAP_SHARE = (
    0.04  # of the seen object's size: as wide are the strips that clumsy masks leave beside an occluder
)


class Observed(Protocol):
    """The photo and its masks, all of one size; deocc.observation.Observation is one."""

    @property
    def photo(self) -> NDArray[np.uint8]: ...
    @property
    def object_mask(self) -> NDArray[np.bool_]: ...
    @property
    def occluder_mask(self) -> NDArray[np.bool_]: ...
    @property
    def keep_mask(self) -> NDArray[np.bool_]: ...
    @property
    def camera(self) -> PhotoCamera | None: ...


@dataclass(frozen=True)
class Outline:
    """A window of the photo at another scale; it may reach beyond the photo's border.

    seen, hides: (h, w) float32 0..1, share of each pixel that is the object's, or that may hide it (the
    occluder, the world beyond the border); the rest is known not to be the object's.
    scale: window pixels per photo pixel.  left, top: photo pixels of the window's corner.
    """

    seen: NDArray[np.float32]
    hides: NDArray[np.float32]
    scale: float
    left: float
    top: float

    @property
    def elsewhere(self) -> NDArray[np.float32]:
        """(h, w) 0..1: known not to be the object's."""
        return np.maximum(1 - self.seen - self.hides, 0)

    def camera(self, photo: Camera) -> Camera:
        """The photo's camera in the window's pixels."""
        height, width = self.seen.shape
        cx, cy = (photo.cx - self.left) * self.scale, (photo.cy - self.top) * self.scale
        return Camera(
            width, height, photo.fx * self.scale, photo.fy * self.scale, cx, cy, photo.object_from_camera
        )

    def overlap(self, covered: NDArray) -> float:
        """Intersection over union of a silhouette (h, w) 0..1 with the seen object, outside `hides`."""
        shown = covered * (1 - self.hides)
        common = float(np.minimum(shown, self.seen).sum())
        union = float(np.maximum(shown, self.seen).sum())
        return common / max(union, 1e-9)


def outline_of(observed: Observed, size_px: int) -> Outline:
    """The window around the seen object, at a scale at which that is size_px long (or as long as it is)."""
    seen, height, width = observed.object_mask, *observed.object_mask.shape
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    longest = max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1
    margin = int(np.ceil(REACH * longest))
    top, bottom = int(rows[0]) - margin, int(rows[-1]) + 1 + margin
    left, right = int(columns[0]) - margin, int(columns[-1]) + 1 + margin
    inner = np.s_[max(top, 0) : min(bottom, height), max(left, 0) : min(right, width)]
    beyond = ((max(-top, 0), max(bottom - height, 0)), (max(-left, 0), max(right - width, 0)))
    hiding = observed.occluder_mask[inner] & ~observed.keep_mask[inner] & ~seen[inner]
    scale = min(1.0, size_px / longest)
    shape = (round((right - left) * scale), round((bottom - top) * scale))
    hides = _reduced(np.pad(hiding, beyond, constant_values=True), shape)
    whole = _reduced(np.pad(seen[inner], beyond), shape)
    hides = np.maximum(hides, _strip_between(whole, hides))
    return Outline(whole, np.minimum(hides, 1 - whole), scale, left, top)


def _reduced(mask: NDArray[np.bool_], shape: tuple[int, int]) -> NDArray[np.float32]:
    small = cv2.resize(mask.astype(np.uint8) * 255, shape, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32) / 255


def _strip_between(seen: NDArray[np.float32], hides: NDArray[np.float32]) -> NDArray[np.float32]:
    """1 where both the object and what hides it are nearer than a clumsy mask's gap is wide."""
    gap = max(GAP_SHARE * float(np.sqrt(seen.sum())), 1.5)
    away = [
        cv2.distanceTransform((mask < 0.5).astype(np.uint8), cv2.DIST_L2, 5)
        if (mask >= 0.5).any()
        else gap + 1
        for mask in (seen, hides)
    ]
    return np.asarray((away[0] + away[1] <= gap + 1) & (away[0] <= gap) & (away[1] <= gap), np.float32)
