"""Views of one body: front and back depth and colour in drawn light from drawn cameras, by ray casting."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deocc.data.occluders.contact import growths
from deocc.data.textured import Textured
from deocc.data.views.cameras import Pose, drawn_pose, framed, span_deg
from deocc.data.views.record import BODY_PX, SIDE, VIEW
from deocc.data.views.shading import (
    Light,
    as_srgb,
    drawn_light,
    highlights,
    received,
    scaled,
    seen_from_behind,
)
from deocc.data.views.shadows import shadows
from deocc.data.views.sight import Sight, back_of, edges_of, front_of
from deocc.data.views.surface import Surface
from deocc.errors import InputFault
from deocc.geometry.cameras import Camera

TRIES = 24  # cameras drawn until one shows enough of the body
LEAST_PX = BODY_PX  # a picture of fewer pixels is a line one pixel thin, or has gaps
LEAST_LENGTH_PX = BODY_PX - 6  # covered pixels reach nearly as far as the body's box
MIDDLE_GREY = 0.2  # linear; a camera's exposure takes a picture towards it
EXPOSING = 0.35  # how far: it sees the surroundings too
BLACKEST = np.float32(0.008)  # linear; no thing and no lens gives less


@dataclass(frozen=True)
class Shot:
    """A camera's sight of a body, before there is light."""

    pose: Pose
    camera: Camera
    front: Sight
    back: Sight


def render_views(textured: Textured, count: int, rng: np.random.Generator, body: int) -> NDArray:
    """(count,) VIEW of a body, each from a camera and in light of its own.

    body: kept with each view.  InputFault `body_empty` where there is no triangle, `body_thin` where drawn
    cameras see hardly anything of it.
    """
    surface = Surface(textured)
    orders = growths(textured.mesh, rng)
    views = np.zeros(count, VIEW)
    for view in views:
        shot = _drawn_shot(surface, rng)
        keep_depths(view, surface, shot)
        keep_colours(view, surface, shot, drawn_light(rng, shot.pose.azimuth_deg), rng)
        keep_ranks(view, surface, shot, next(orders))
        view["body"] = body
    return views


def shot_at(surface: Surface, pose: Pose) -> Shot | None:
    """What the camera at a pose sees, or None where it hardly sees the body: a sheet along its plane."""
    camera = framed(surface.outer, pose)
    front = front_of(surface, camera)
    if len(front.pixel) < LEAST_PX:
        return None
    y, x = np.divmod(front.pixel, SIDE)
    if max(np.ptp(x), np.ptp(y)) + 1 < LEAST_LENGTH_PX:
        return None
    return Shot(pose, camera, front, back_of(surface, camera, front))


def _drawn_shot(surface: Surface, rng: np.random.Generator) -> Shot:
    for _ in range(TRIES):
        shot = shot_at(surface, drawn_pose(rng))
        if shot is not None:
            return shot
    raise InputFault(
        "body_thin", "The mesh is thinner than a pixel from nearly everywhere.", "Leave it out or thicken it."
    )


def keep_depths(view: NDArray, surface: Surface, shot: Shot) -> None:
    """Front, back, whole, and where the camera stands."""
    pose, camera, pixel = shot.pose, shot.camera, shot.front.pixel
    depths = (surface.outer - camera.centre) @ camera.object_from_camera[:3, 2]
    middle = (depths.min() + depths.max()) / 2
    half_width = middle * camera.width / 2 / camera.fx
    view["front"].reshape(-1)[pixel] = (middle - shot.front.depth) / half_width
    view["back"].reshape(-1)[pixel] = (middle - shot.back.depth) / half_width
    view["whole"].reshape(-1)[pixel] = 255
    view["azimuth_deg"], view["elevation_deg"] = pose.azimuth_deg, pose.elevation_deg
    view["roll_deg"], view["span_deg"] = pose.roll_deg, span_deg(camera)


def keep_colours(view: NDArray, surface: Surface, shot: Shot, light: Light, rng: np.random.Generator) -> None:
    """Front and back as a camera in this light would keep them; the back as if light came from its side."""
    camera, front, back = shot.camera, shot.front, shot.back
    sunlit, open_share = shadows(surface, front, light, rng)
    colours = _colours(surface, camera, front)
    level = light.level * float(np.clip((MIDDLE_GREY / colours.mean()) ** EXPOSING, 0.7, 1.6))
    light = scaled(light, level / max(float(received(light, front.normals, sunlit, open_share).mean()), 1e-3))
    fields = np.zeros((SIDE * SIDE, 2), np.float32)
    fields[front.pixel] = np.stack([sunlit, open_share], axis=1)
    sums = np.zeros((SIDE * SIDE, 4), np.float32)
    for sight in (front, *edges_of(surface, camera, front)):
        lit, clear = fields[sight.pixel].T
        radiance = _colours(surface, camera, sight) * received(light, sight.normals, lit, clear)
        sums[sight.pixel, :3] += radiance + highlights(light, sight.normals, sight.along, lit, clear)
        sums[sight.pixel, 3] += 1
    radiance = sums[front.pixel, :3] / sums[front.pixel, 3:]
    view["front_rgb"].reshape(-1, 3)[front.pixel] = as_srgb(radiance * light.gain)
    everywhere = np.ones(len(back.pixel), np.float32)
    mirrored = seen_from_behind(light, camera.object_from_camera[:3, 2])
    arriving = received(mirrored, back.normals, everywhere, everywhere)
    arriving *= level / max(float(arriving.mean()), 1e-3)
    radiance = _colours(surface, camera, back) * arriving
    view["back_rgb"].reshape(-1, 3)[back.pixel] = as_srgb(radiance * light.gain)


def keep_ranks(view: NDArray, surface: Surface, shot: Shot, order: NDArray[np.int64]) -> None:
    """The contact rank from a growth over the mesh's triangles, all of them in order."""
    ranks = np.empty(len(order), np.uint8)
    ranks[order] = np.ceil(np.arange(1, len(order) + 1) * (255 / len(order)))
    front = shot.front
    view["contact"].reshape(-1)[front.pixel] = ranks[surface.kept[front.triangle]]


def _colours(surface: Surface, camera: Camera, sight: Sight) -> NDArray[np.float32]:
    """(K, 3) linear, of the surface itself, at the level of detail of the picture."""
    return BLACKEST + (1 - BLACKEST) * surface.colours(sight.triangle, sight.weights, sight.depth / camera.fx)
