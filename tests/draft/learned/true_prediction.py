"""What a network that knew everything would say of a solid before a camera."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import trimesh

from deocc.backends.draft.canvas import Canvas
from deocc.backends.draft.learned.crop import SIDE, Square, resampled, second_square
from deocc.backends.draft.learned.passes import Prediction
from deocc.geometry.cameras import Camera
from deocc.geometry.raycast import Caster

SURE = 8.0  # logit


def true_prediction(solid: trimesh.Trimesh, view: Camera, elevation_deg: float = 20.0) -> Prediction:
    """In the photo's pixels, which are the canvas's where that begins at its corner. `view` looks at the
    solid's middle from afar."""
    caster, (origins, directions) = Caster(solid.vertices, solid.faces), view.rays()
    front = caster.cast(origins, directions)
    far = 2 * float(np.linalg.norm(view.centre))
    back = caster.cast(origins + far * directions, -directions)
    shape = (view.height, view.width)
    whole = (front.triangle >= 0).reshape(shape)
    ahead = directions @ view.object_from_camera[:3, 2]
    near = np.where(whole, (front.distance * ahead).reshape(shape), 0)
    away = np.where(whole, ((far - back.distance) * ahead).reshape(shape), 0)
    longest = float(max(shape))
    square = second_square(resampled(whole, Square(0, 0, longest)), Square(0, 0, longest))
    middle = (near[whole].min() + away[whole].max()) / 2
    unit = square.side / 2 / view.fx * middle
    share = resampled(whole, square)

    def field(depth: np.ndarray) -> np.ndarray:
        relative = np.where(whole, (middle - depth) / unit, 0).astype(np.float32)
        return resampled(relative, square) / np.maximum(share, 1e-3)

    grey = np.full((SIDE, SIDE, 3), 128, np.float32)
    return replace(
        blank_prediction(square),
        logits=(2 * SURE * (share - 0.5)).astype(np.float32),
        front=field(near),
        back=field(away),
        front_rgb=grey,
        back_rgb=grey,
        elevation_deg=elevation_deg,
    )


def blank_prediction(square: Square, whole: np.ndarray | None = None) -> Prediction:
    """Certain of the (SIDE, SIDE) mask `whole`, all of the square by default, and flat."""
    mask = np.ones((SIDE, SIDE), bool) if whole is None else whole
    field, colours = np.zeros((SIDE, SIDE), np.float32), np.zeros((SIDE, SIDE, 3), np.float32)
    small = np.full((SIDE, SIDE), 0.02, np.float32)
    return Prediction(
        square=square,
        logits=np.where(mask, SURE, -SURE).astype(np.float32),
        front=field + 0.1,
        back=field - 0.1,
        front_error=small,
        back_error=2 * small,
        front_rgb=colours + 200,
        back_rgb=colours + 60,
        front_rgb_error=small,
        back_rgb_error=small,
        elevation_deg=20.0,
        elevation_error_deg=5.0,
        expected_iou=0.9,
    )


def open_canvas(shape: tuple[int, int], seen: np.ndarray, may_hide: np.ndarray) -> Canvas:
    """A grey photo's canvas, which is the photo itself."""
    picture = np.full((*shape, 3), 90, np.uint8)
    nothing = np.zeros(shape, bool)
    return Canvas(picture, seen, may_hide, nothing, 0, 0, (shape[1], shape[0]))
