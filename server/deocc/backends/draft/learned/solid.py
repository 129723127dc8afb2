"""Silhouette, the two depths and pictures of both sides -> textured solid before the photo's camera."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from deocc.backends.draft.canvas import Canvas
from deocc.backends.draft.card import DraftOptions
from deocc.backends.draft.learned.choice import agrees
from deocc.backends.draft.learned.crop import TIGHT
from deocc.backends.draft.learned.depths import depths_at, field_of, places_of, read
from deocc.backends.draft.learned.passes import Prediction
from deocc.backends.draft.solid.flat import level_grid, outline_edges, polygons
from deocc.backends.draft.solid.shape import Body, Solid, finished, simple_body, within_limits
from deocc.backends.draft.solid.sheets import closed_sheets
from deocc.backends.draft.solid.texture import Surface
from deocc.backends.draft.solid.viewpoint import Stand, stand_before
from deocc.contract import PhotoCamera
from deocc.geometry.cameras import Camera

ELEVATIONS_DEG = (-30.0, 80.0)  # the slider's
HALF_TRUSTED = 0.05  # of the object's longer side: a depth expected to err by so much is trusted by half
MOST_DEPTH = 0.45  # of the distance to the camera, before and behind the middle


@dataclass(frozen=True)
class Plan:
    """stand: before the photo's camera.  body: the box or turned body that says the same as the predicted
    depths, None where none does."""

    stand: Stand
    body: Body | None


def plan_solid(
    canvas: Canvas,
    whole: NDArray[np.bool_],
    prediction: Prediction,
    known: PhotoCamera | None,
    options: DraftOptions,
) -> Plan:
    """What kind of solid the silhouette `whole` and the predicted depths make. It asks for no picture but the
    photo, so that the rest of the picture can be completed meanwhile."""
    stand = stand_before(canvas, whole, known, _elevation_deg(prediction, options))
    body = simple_body(canvas, whole, canvas.picture, stand, replace(options, shape="auto"))
    return Plan(stand, body if body and agrees(body, prediction) else None)


def build_learned(
    canvas: Canvas,
    whole: NDArray[np.bool_],
    pictures: tuple[NDArray[np.uint8], NDArray[np.uint8]],
    prediction: Prediction,
    plan: Plan,
    options: DraftOptions,
) -> Solid:
    """The solid as planned: a simple body, else what lies between the predicted depths. pictures: (h, w, 3)
    on the canvas, of the front and of the back as it lies behind the front."""
    body = plan.body
    if body is None:
        return between_depths(canvas, whole, pictures, prediction, plan.stand, options)
    surface = within_limits(body.make, options)
    pixels, depth = body.camera.project(surface.points)
    trusted = _confidence(pixels, depth < 1, prediction)  # its middle is at distance 1
    return finished(body.kind, canvas, surface, body.camera, pictures[:1], whole, options, trusted)


def between_depths(
    canvas: Canvas,
    whole: NDArray[np.bool_],
    pictures: tuple[NDArray[np.uint8], NDArray[np.uint8]],
    prediction: Prediction,
    stand: Stand,
    options: DraftOptions,
) -> Solid:
    """The solid between the predicted front and back."""
    camera, field = stand.camera(), field_of(prediction, whole)
    unit = prediction.square.side / 2 / _focal(stand)  # what a depth of 1 is in camera distances

    def make(triangles: int) -> Surface:
        grid = level_grid(whole, triangles)
        xy, faces = polygons(grid.level)
        xy = xy * grid.step + grid.origin
        places, outline = places_of(prediction, xy), outline_edges(faces)
        depths = depths_at(field, places, outline, options.thickness, MOST_DEPTH / unit)
        points = [_unprojected(xy, depth * unit, camera) for depth in depths]
        return closed_sheets(xy, points[0], points[1], faces, walls=True, back_picture=1)

    surface = within_limits(make, options)
    count = len(surface.points)
    trusted = _confidence(camera.project(surface.points)[0], np.arange(count) < count // 2, prediction)
    return finished("learned", canvas, surface, camera, pictures, whole, options, trusted)


def _elevation_deg(prediction: Prediction, options: DraftOptions) -> float:
    """The network's word, unless the user has moved the slider."""
    if options.elevation_deg != DraftOptions().elevation_deg:
        return options.elevation_deg
    return float(np.clip(prediction.elevation_deg, *ELEVATIONS_DEG))


def _confidence(
    xy: NDArray[np.float64], is_front: NDArray[np.bool_], prediction: Prediction
) -> NDArray[np.float32]:
    """(N,) of points at canvas pixels (N, 2): how likely something is there, how well its depth is known."""
    places, half = places_of(prediction, xy), HALF_TRUSTED * 2 * TIGHT
    front, back = (
        read(prediction.likely / (1 + error / half), places)
        for error in (prediction.front_error, prediction.back_error)
    )
    return np.where(is_front, front, back).astype(np.float32)


def _unprojected(xy: NDArray[np.float64], depth: NDArray[np.float64], camera: Camera) -> NDArray[np.float64]:
    """(N, 3) points seen at canvas pixels (N, 2), `depth` (N,) nearer than the origin along the line from the
    camera to it, in camera distances."""
    rays = camera.rays_through(xy)[1]
    ahead = rays @ -camera.centre  # the camera is at distance 1
    return camera.centre + rays * ((1 - depth) / ahead)[:, None]


def _focal(stand: Stand) -> float:
    """Pixels per radian about the object's middle: more than the focal length towards the photo's corners."""
    x, y = (stand.x - stand.cx) / stand.focal, (stand.y - stand.cy) / stand.focal
    return stand.focal * float(np.sqrt(1 + x * x + y * y)) ** 1.5
