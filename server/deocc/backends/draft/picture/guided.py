"""Hidden pixels whose coarse colours somebody knows: those from the guess, the grain from what is seen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deocc.backends.draft.morphology import box_mean
from deocc.backends.draft.picture.blending import carried
from deocc.backends.draft.picture.patches import fill

SEAM_SHARE = (
    0.12  # of the object's size: over this way from the seam the guess is brought to the seen colours
)
COARSE_SHARE = 0.04  # of the object's size: what is larger is taken from the guess, what is finer is not


def fill_towards(
    guess: NDArray[np.float32],
    colours: NDArray[np.float32],
    known: NDArray[np.bool_],
    wanted: NDArray[np.bool_],
    size: float,
    generator: np.random.Generator,
) -> NDArray[np.float32]:
    """colours (h, w, 3) with the wanted pixels filled: patches of the known ones that look like the guess,
    brought to its coarse colours. size: of the object, pixels."""
    off_by = (colours - guess)[known].mean(axis=0)  # who is wrong about the light is so everywhere
    guess = guess + off_by
    levelled = guess + carried(colours - guess, known, wanted, SEAM_SHARE * size)
    filled = fill(colours, known, wanted, generator, levelled)
    side = 2 * round(COARSE_SHARE * size / 2) + 1
    weight = np.maximum(box_mean(wanted.astype(np.float32), side), np.float32(1e-3))[..., None]
    off = box_mean((levelled - filled) * wanted[..., None], side) / weight
    return np.where(wanted[..., None], filled + off, colours)
