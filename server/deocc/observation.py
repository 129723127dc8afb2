"""Photo and masks as files -> checked arrays of one size: the door through which every picture comes in."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deocc.contract import PhotoCamera
from deocc.errors import DeoccError, InputFault, InputFaults
from deocc.picture_file import Picture, image_size, load_mask, load_photo, working_size

MIN_OBJECT_PX = 64  # of the picture that is worked on
MAX_OVERLAP = 0.25  # more of the object under the occluder's mask than this is a mix-up, not a clumsy brush


@dataclass(frozen=True)
class Observation:
    """What is known of the object, all of one size, upright; its arrays can't be written to.

    photo: (H, W, 3) uint8 sRGB.  object_mask: (H, W) bool, its visible pixels.  occluder_mask: (H, W) bool,
    what hides it, disjoint from object_mask.  keep_mask: (H, W) bool, never filled.
    scale: working pixels per pixel of the file.
    """

    photo: NDArray[np.uint8]
    object_mask: NDArray[np.bool_]
    occluder_mask: NDArray[np.bool_]
    keep_mask: NDArray[np.bool_]
    camera: PhotoCamera | None = None
    scale: float = 1.0


def load_observation(
    photo: Picture,
    object_mask: Picture,
    occluder_mask: Picture | None = None,
    keep_mask: Picture | None = None,
    camera: PhotoCamera | None = None,
) -> Observation:
    """Decodes and checks all pictures; InputFaults with every fault of the masks, else the photo's fault."""
    size = image_size(photo)
    given = {"object mask": object_mask, "occluder mask": occluder_mask, "keep mask": keep_mask}
    with ThreadPoolExecutor(1) as pool:  # beside the masks, as there
        coming = pool.submit(load_photo, photo, size)
        masks = load_masks(size, given)
        pixels = coming.result()
    occluder, keep = masks["occluder mask"], masks["keep mask"]
    arrays = (pixels, masks["object mask"] & ~occluder, occluder, keep)
    for array in arrays:
        array.setflags(write=False)  # one observation may serve many seeds
    return Observation(*arrays, camera, pixels.shape[1] / size[0])


def load_masks(size: tuple[int, int], given: Mapping[str, Picture | None]) -> dict[str, NDArray[np.bool_]]:
    """The masks of a photo of upright (width, height) `size`, at its working size; InputFaults has them all.

    given holds "object mask" and, or None, "occluder mask" and "keep mask".
    """
    with ThreadPoolExecutor(len(given)) as pool:  # Pillow unpacks without Python's lock
        coming = {what: pool.submit(load_mask, data, what, size) for what, data in given.items() if data}
    faults: list[DeoccError] = []
    masks: dict[str, NDArray[np.bool_]] = {}
    shape = working_size(size)[::-1]
    for what in given:
        try:
            masks[what] = coming[what].result() if what in coming else np.zeros(shape, bool)
        except InputFault as fault:
            faults.append(fault)
    if not faults:
        faults = _mask_faults(masks["object mask"], masks["occluder mask"])
    if faults:
        raise InputFaults(faults)
    return masks


def _mask_faults(seen: NDArray[np.bool_], occluder: NDArray[np.bool_]) -> list[DeoccError]:
    area = int(np.count_nonzero(seen))
    share = int(np.count_nonzero(seen & occluder)) / max(area, 1)
    if area == 0:
        return [
            _mask_fault("object_mask_empty", "The object mask is empty.", "Mark the object in the photo.")
        ]
    if area == seen.size:
        return [
            _mask_fault(
                "object_mask_full", "The object mask covers the whole photo.", "Mark the object alone."
            )
        ]
    if share == 1.0:
        return [
            _mask_fault(
                "object_all_hidden",
                "The occluder mask covers the whole object mask, so nothing of the object is seen.",
                "Mark what is visible of the object, and what hides it, apart.",
            )
        ]
    if share > MAX_OVERLAP:
        return [
            _mask_fault(
                "masks_overlap",
                f"The occluder mask covers {share:.0%} of the object mask.",
                "The object mask is what is seen of the object; take the occluder out of it.",
            )
        ]
    if area < MIN_OBJECT_PX:
        return [
            _mask_fault(
                "object_too_small",
                f"The object mask has {area} pixels; {MIN_OBJECT_PX} is the least.",
                "Mark more of the object or use a larger photo.",
            )
        ]
    return []


def _mask_fault(code: str, message: str, hint: str) -> InputFault:
    return InputFault(code, message, hint, "edit_masks")
