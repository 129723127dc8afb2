"""What the small network is trained on: one occluded picture with its masks, and the truth behind it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SIDE = 128  # pixels of the network's square crop
GREY = 128  # of pixels beyond the photo's border

# how the object is hidden; "none" are the unoccluded pairs (row D25)
KINDS = ("none", "pasted", "shapes", "contact", "border")


@dataclass(frozen=True)
class Sample:
    """A crop of an imagined photo, everything (SIDE, SIDE).

    As a user would give it: picture (…, 3) uint8 sRGB, GREY beyond the photo's border.  object_mask,
    occluder_mask, keep_mask: bool; clumsy, disjoint; the occluder's also covers what lies beyond the border.
    inside: bool, the pixel lies within the photo.
    The truth: whole bool, the amodal mask.  visible bool, its part that is really seen.  front, back float32,
    depths as in views/record.py but in halves of the crop, 0 outside whole.  front_rgb, back_rgb (…, 3)
    uint8, 0 outside whole.  elevation_deg of the camera.  hidden_share: of whole, 0..1, by the true masks and
    over the whole object, also where it leaves the crop.  kind: of KINDS; several may be joined: the main
    one.  body: as in the view.
    """

    picture: NDArray[np.uint8]
    object_mask: NDArray[np.bool_]
    occluder_mask: NDArray[np.bool_]
    keep_mask: NDArray[np.bool_]
    inside: NDArray[np.bool_]
    whole: NDArray[np.bool_]
    visible: NDArray[np.bool_]
    front: NDArray[np.float32]
    back: NDArray[np.float32]
    front_rgb: NDArray[np.uint8]
    back_rgb: NDArray[np.uint8]
    elevation_deg: float
    hidden_share: float
    kind: str
    body: int
