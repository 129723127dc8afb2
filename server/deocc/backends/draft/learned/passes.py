"""Photo and masks -> the network's two passes: first around all that may be, then tight around the object."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from deocc.backends.draft.canvas import Canvas
from deocc.backends.draft.learned.crop import SIDE, Square, crop, first_square, second_square
from deocc.backends.draft.learned.network import Guess, Network
from deocc.backends.draft.morphology import blurred
from deocc.observation import Observation

SMOOTH_PX = 0.7  # of the network's pixels: without, its grid would show in a large photo's outline
STEEPEST = 6.0  # logits beyond are alike: else a sure pixel would push the outline over to its neighbour


@dataclass(frozen=True)
class Prediction:
    """What the network says of one photo and seed; fields are (SIDE, SIDE) float32 over `square`.

    square: in canvas pixels.  logits: of the whole object's mask.  front, back: depths in halves of the
    square, positive is nearer; front_error, back_error: what errors are expected.  front_rgb, back_rgb:
    (SIDE, SIDE, 3) in 0..255, with their errors in levels.  elevation_deg: of the camera above the object's
    horizon, with its error.  expected_iou: of the mask.  finite: all of it are numbers.
    """

    square: Square
    logits: NDArray[np.float32]
    front: NDArray[np.float32]
    back: NDArray[np.float32]
    front_error: NDArray[np.float32]
    back_error: NDArray[np.float32]
    front_rgb: NDArray[np.float32]
    back_rgb: NDArray[np.float32]
    front_rgb_error: NDArray[np.float32]
    back_rgb_error: NDArray[np.float32]
    elevation_deg: float
    elevation_error_deg: float
    expected_iou: float
    finite: bool = True

    @property
    def likely(self) -> NDArray[np.float32]:
        """(SIDE, SIDE) probability of the whole object's mask."""
        return _share(self.logits)

    def log_odds(self, canvas: Canvas) -> NDArray[np.float32]:
        """(h, w): of the whole object at the canvas's pixels."""
        soft = blurred(np.clip(self.logits, -STEEPEST, STEEPEST), SMOOTH_PX)
        return on_canvas(soft, self.square, canvas, -STEEPEST)


def predict(
    network: Network, observation: Observation, canvas: Canvas, noise: NDArray[np.float32]
) -> Prediction:
    """The network's answer for a photo: the first pass finds the object's extent, the second looks closely.

    noise: (1, NOISE)."""
    seen = canvas.seen
    # as the user gave them, not the canvas's: training draws have the same gaps between object and occluder
    masks = (observation.object_mask, observation.occluder_mask, observation.keep_mask)
    first = first_square(seen, canvas.may_hide)
    picture = crop(observation.photo, masks, first.moved(canvas.left, canvas.top))
    guess, square = network(picture[None], noise), first
    if guess.finite():
        square = second_square(np.maximum(_share(guess.whole[0]), picture[3]), first, picture[3])
        picture = crop(observation.photo, masks, square.moved(canvas.left, canvas.top))
        # a draw of the latent would mean another completion in the mirrored picture
        guess = network(picture[None], noise) if noise.any() else _asked_twice(network, picture, noise)
    return prediction_of(guess, square)


def prediction_of(guess: Guess, square: Square) -> Prediction:
    """The first of a guess's answers in the backend's units."""
    elevation, log_error = (float(one) for one in guess.told[0, :2])
    levels = (guess.colour[0].transpose(1, 2, 0) + 1) * np.float32(127.5)
    with np.errstate(over="ignore"):
        errors = np.exp(guess.scale[0])
    return Prediction(
        square=square,
        logits=guess.whole[0],
        front=guess.depth[0, 0],
        back=guess.depth[0, 1],
        front_error=errors[0],
        back_error=errors[1],
        front_rgb=levels[..., :3],
        back_rgb=levels[..., 3:],
        front_rgb_error=errors[2] * np.float32(127.5),
        back_rgb_error=errors[3] * np.float32(127.5),
        elevation_deg=90 * elevation,
        elevation_error_deg=90 * float(np.exp(min(log_error, 10.0))),
        expected_iou=float(_share(guess.told[0, 2:])[0]),
        finite=guess.finite(),
    )


def on_canvas(field: NDArray, square: Square, canvas: Canvas, beyond: float | None = None) -> NDArray:
    """(h, w, …): a field over the square at the canvas's pixels, as `in_window` has it."""
    height, width = canvas.seen.shape
    return in_window(field, square, np.s_[0:height, 0:width], (width, height), beyond)


def in_window(
    field: NDArray,
    square: Square,
    window: tuple[slice, slice],
    size: tuple[int, int],
    beyond: float | None = None,
) -> NDArray:
    """(h, w, …): a field over the square, in the canvas's rows and columns `window`, at `size` (width,
    height); linear between its own pixels, outside the square `beyond` or its edge's values."""
    step = square.side / SIDE  # canvas pixels in one of the field's
    matrix = np.zeros((2, 3))  # to the field's pixels, both counted from the first one's centre
    for axis, start in ((0, square.left), (1, square.top)):
        part = window[1 - axis]
        scale = (part.stop - part.start) / size[axis] / step
        matrix[axis, axis] = scale
        matrix[axis, 2] = (part.start - start) / step + scale / 2 - 0.5
    border = cv2.BORDER_REPLICATE if beyond is None else cv2.BORDER_CONSTANT
    out = cv2.warpAffine(
        np.ascontiguousarray(field),
        matrix,
        size,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=border,
        borderValue=(beyond or 0.0,) * 4,
    )
    return np.asarray(out, field.dtype).reshape(size[1], size[0], *field.shape[2:])


def _asked_twice(network: Network, picture: NDArray[np.float32], noise: NDArray[np.float32]) -> Guess:
    """The mean of the network's answers to the picture and to its mirror image."""
    both = network(np.stack([picture, picture[..., ::-1]]), np.repeat(noise, 2, axis=0))

    def mean(pair: NDArray[np.float32]) -> NDArray[np.float32]:
        return (pair[:1] + pair[1:, ..., ::-1]) / 2

    told = both.told.mean(axis=0, keepdims=True)
    return Guess(mean(both.whole), mean(both.depth), mean(both.colour), mean(both.scale), told)


def _share(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    return 1 / (1 + np.exp(-np.clip(logits, -30, 30)))
