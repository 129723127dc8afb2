"""Hidden pixels whose coarse colours somebody knows: those from the guess, the grain from what is seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deocc.backends.draft.morphology import box_mean
from deocc.backends.draft.picture.blending import carried, smooth_fill
from deocc.backends.draft.picture.patches import fill

SEAM_SHARE = 0.12  # of the object's size: this far from the seam the guess is brought to the seen colours
COARSE_SHARE = 0.04  # of the object's size: what is larger is taken from the guess, what is finer is not


@dataclass(frozen=True)
class Guess:
    """What hidden pixels look like from afar. colours: (h, w, 3) levels.  trust: (h, w) 0..1, how far they
    are to be believed."""

    colours: NDArray[np.float32]
    trust: NDArray[np.float32]


# what somebody says of a window (rows, columns) of the canvas, at a size (width, height)
Guesser = Callable[[tuple[slice, slice], tuple[int, int]], Guess]


def fill_towards(
    guess: Guess,
    colours: NDArray[np.float32],
    known: NDArray[np.bool_],
    wanted: NDArray[np.bool_],
    size: float,
    generator: np.random.Generator,
) -> NDArray[np.float32]:
    """colours (h, w, 3) with the wanted pixels filled: patches of the known ones that look like the guess,
    brought to its coarse colours; the less it is trusted, the more like what lies around. size: of the
    object, pixels."""
    off_by = (colours - guess.colours)[known].mean(axis=0)  # who is wrong about the light is so everywhere
    told, trust = guess.colours + off_by, guess.trust[..., None]
    told = told + carried(colours - told, known, wanted, SEAM_SHARE * size)
    filled = fill(colours, known, wanted, generator, told * trust + smooth_fill(colours, known) * (1 - trust))
    side = 2 * round(COARSE_SHARE * size / 2) + 1
    weight = np.maximum(box_mean(wanted.astype(np.float32), side), np.float32(1e-3))[..., None]
    off = box_mean((told - filled) * trust * wanted[..., None], side) / weight
    return np.where(wanted[..., None], filled + off, colours)
