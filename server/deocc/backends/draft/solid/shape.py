"""Silhouette and picture -> textured solid: kind of shape, mesh in the object frame, the photo's camera."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from deocc.backends.draft.canvas import Canvas
from deocc.backends.draft.card import DraftOptions
from deocc.backends.draft.silhouette.hypotheses import Completion
from deocc.backends.draft.solid.box import box_surface, fit_box
from deocc.backends.draft.solid.frustum import fit_frustum
from deocc.backends.draft.solid.handles import Vessel, vessel_surface, with_handles
from deocc.backends.draft.solid.inflate import inflate
from deocc.backends.draft.solid.revolve import fit_revolution
from deocc.backends.draft.solid.texture import Surface, bake
from deocc.backends.draft.solid.upright import Upright
from deocc.backends.draft.solid.viewpoint import Stand, into_object_frame, photo_camera, stand_before
from deocc.contract import PhotoCamera
from deocc.geometry.cameras import Camera
from deocc.geometry.mesh import Mesh
from deocc.geometry.raycast import visible_vertices

LEAST_TRIANGLES, MOST_TRIANGLES = 5_000, 40_000
ATTEMPTS = 12  # at that number of triangles
MOST_ASKED = 400_000.0  # finer grids, as for dust, most of which is dropped, would need gigabytes
# What follows are overlaps with the silhouette, chosen for the least Chamfer distance over 456 renders of 114
# objects, half of them partly hidden, half with wobbling masks.
BOX_FIT = 0.87  # hand-drawn masks of boxes reach 0.9
BOX_LAG = 0.025  # behind the circles: a box seen from a corner is nearly a frustum, and circles nearly a box
FRUSTUM_FIT = 0.93
FRUSTUM_LAG = 0.03  # behind the circles, which bend where they like
TURNED_FIT = 0.9
EXPLAINED = 0.92  # by a turned body with its handles


@dataclass(frozen=True)
class Solid:
    """kind: "inflate", "revolve", "box" or "learned".  photo_camera: in the object frame, photo pixels."""

    kind: str
    mesh: Mesh
    texture: NDArray[np.uint8]
    photo_camera: Camera


def build(
    canvas: Canvas,
    completion: Completion,
    completed: NDArray[np.uint8],
    camera: PhotoCamera | None,
    options: DraftOptions,
) -> Solid:
    """The solid whose projection is the completed silhouette, textured with the completed picture: whichever
    simple body explains the silhouette, or the cushion, which explains any."""
    stand = stand_before(canvas, completion.whole, camera, options.elevation_deg)
    body = simple_body(canvas, completion.whole, completed, stand, options)
    if body is None:
        first = stand.camera()
        body = Body("inflate", first, partial(inflate, completion.whole, first, options.thickness))
    surface = within_limits(body.make, options)
    return finished(body.kind, canvas, surface, body.camera, (completed,), completion.whole, options)


def finished(
    kind: str,
    canvas: Canvas,
    surface: Surface,
    camera: Camera,
    pictures: tuple[NDArray[np.uint8], ...],
    whole: NDArray[np.bool_],
    options: DraftOptions,
    confidence: NDArray[np.float32] | None = None,
) -> Solid:
    """The surface in the object frame with its texture, and the photo's camera. camera: in canvas pixels and
    the surface's frame.  pictures: (h, w, 3) on the canvas, those that the surface's charts name.
    confidence: (K,) of the surface's points, where it is known."""
    points, scaled = into_object_frame(surface.points, camera)
    uv, texture = bake(surface, pictures, whole, options.texture_px)
    vertices = points.astype(np.float32)[surface.point]
    mesh = Mesh(vertices, surface.faces.astype(np.int32), uv, np.zeros(len(vertices), np.float32))
    seen = _seen(mesh, scaled, canvas.seen) * surface.photo
    trusted = None if confidence is None else confidence[surface.point]
    mesh = replace(mesh, seen=seen, confidence=trusted)
    return Solid(kind, mesh, texture, photo_camera(scaled, canvas))


@dataclass(frozen=True)
class Body:
    """One way to make a solid of a silhouette. kind: as Solid's.  camera: in canvas pixels and the frame in
    which `make` builds; make: from about how many triangles to the surface."""

    kind: str
    camera: Camera
    make: Callable[[int], Surface]


def simple_body(
    canvas: Canvas,
    whole: NDArray[np.bool_],
    completed: NDArray[np.uint8],
    stand: Stand,
    options: DraftOptions,
) -> Body | None:
    """The box or the turned body that explains the silhouette, if one does, or that the options ask for."""
    cuboid = fit_box(whole, canvas.seen, completed, stand) if options.shape in ("auto", "box") else None
    vessel, rival = (
        _vessel(whole, canvas.seen, stand) if options.shape in ("auto", "revolve") else (None, 0.0)
    )
    if cuboid and (options.shape == "box" or (cuboid.fit > BOX_FIT and cuboid.evidence > rival)):
        return Body("box", cuboid.camera, partial(box_surface, cuboid))
    if vessel and (options.shape == "revolve" or _is_turned(vessel)):
        return Body("revolve", vessel.turned.camera, partial(vessel_surface, vessel, options.thickness))
    return None


def _vessel(whole: NDArray[np.bool_], seen: NDArray[np.bool_], stand: Stand) -> tuple[Vessel, float]:
    """The best turned body, a frustum where one will do, else circles as the outline has them; and the
    evidence that a box needs to be preferred."""
    simple = fit_frustum(whole, stand)
    bent = [fit_revolution(whole, stand), fit_revolution(whole, stand, Upright.of(simple.camera))]
    frustum = with_handles(simple, whole, seen)
    circles = [with_handles(one, whole, seen) for one in bent if one]
    if not circles:
        return frustum, simple.evidence
    best = max(circles, key=lambda one: one.explains)  # the frustum's axis is the better beside a handle
    fits = simple.evidence > max(FRUSTUM_FIT, best.turned.evidence - FRUSTUM_LAG)
    rival = max(simple.evidence, max(one.turned.evidence for one in circles) - BOX_LAG)
    return (frustum if fits or frustum.explains > max(EXPLAINED, best.explains) else best), rival


def _is_turned(vessel: Vessel) -> bool:
    turned = vessel.turned
    return vessel.explains > EXPLAINED and (turned.frustum or turned.evidence > TURNED_FIT)


def within_limits(make: Callable[[int], Surface], options: DraftOptions) -> Surface:
    """The surface that `make` gives for a number of triangles, which it meets more or less, asked again until
    it is within the limits."""
    goal = aim = float(np.clip(options.triangles, 1.02 * LEAST_TRIANGLES, 0.98 * MOST_TRIANGLES))
    low, high = 1.0, MOST_ASKED
    for _ in range(ATTEMPTS):
        surface = make(round(goal))
        count = len(surface.faces)
        if LEAST_TRIANGLES <= count <= MOST_TRIANGLES:
            break
        low, high = (goal, high) if count < LEAST_TRIANGLES else (low, goal)
        goal *= aim / count
        if not low < goal < high:  # of dust, grids a little coarser lose nearly all
            goal = math.sqrt(low * high)
    return surface


def _seen(mesh: Mesh, camera: Camera, seen: NDArray[np.bool_]) -> NDArray[np.float32]:
    """1 for vertices that the photo shows: facing the camera, hidden neither by the mesh nor the occluder."""
    pixels, _ = camera.project(mesh.vertices)
    x, y = np.floor(pixels).astype(int).T
    height, width = seen.shape
    within = (x >= 0) & (y >= 0) & (x < width) & (y < height)
    shown = np.zeros(len(x), bool)
    shown[within] = seen[y[within], x[within]]
    return (shown & visible_vertices(mesh, camera)).astype(np.float32)
