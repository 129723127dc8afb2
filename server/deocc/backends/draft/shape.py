"""Silhouette and picture -> textured solid: kind of shape, mesh in the object frame, the photo's camera."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from deocc.backends.draft.box import Cuboid, box_surface, fit_box
from deocc.backends.draft.canvas import Canvas
from deocc.backends.draft.card import DraftOptions
from deocc.backends.draft.inflate import inflate, inflate_beside
from deocc.backends.draft.revolve import Turned, fit_revolution
from deocc.backends.draft.silhouette import Completion
from deocc.backends.draft.texture import Surface, bake, join
from deocc.backends.draft.turning import turned_surface
from deocc.backends.draft.viewpoint import into_object_frame, photo_camera, stand_before
from deocc.contract import PhotoCamera
from deocc.geometry.cameras import Camera
from deocc.geometry.mesh import Mesh
from deocc.geometry.raycast import visible_vertices

BOX_FIT = 0.885  # IoU with the silhouette: hand-drawn masks of boxes reach 0.9, rounded things stay below
REVOLVE_FIT = 0.92
REVOLVE_SHARE = 0.7  # of the silhouette is symmetric: a mug's handle is a sixth of it
FLAT_SHARE = 0.93  # seen from the side nothing but symmetry speaks for a turned body
REVOLVE_EXPLAINS = 0.9
PART_SHARE = 0.015  # of the silhouette: less is the mask's raggedness
PART_THICK = 0.03  # of its size, half
PART_ASIDE = 0.7  # of the body's radius: what sticks out above or below is no handle


@dataclass(frozen=True)
class Solid:
    """kind: "inflate", "revolve" or "box".  photo_camera: in the object frame, photo pixels."""

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
    """The solid whose projection is the completed silhouette, textured with the completed picture."""
    kind, first, surface = _surface(canvas, completion.whole, completed, camera, options)
    points, scaled = into_object_frame(surface.points, first)
    uv, texture = bake(surface, completed, completion.whole, options.texture_px)
    vertices = points.astype(np.float32)[surface.point]
    mesh = Mesh(vertices, surface.faces.astype(np.int32), uv, np.zeros(len(vertices), np.float32))
    seen = _seen(mesh, scaled, canvas.seen)
    return Solid(kind, Mesh(mesh.vertices, mesh.faces, mesh.uv, seen), texture, photo_camera(scaled, canvas))


def _surface(
    canvas: Canvas,
    whole: NDArray[np.bool_],
    completed: NDArray[np.uint8],
    known: PhotoCamera | None,
    options: DraftOptions,
) -> tuple[str, Camera, Surface]:
    """kind, camera and surface in the camera's frame: whichever simple body explains the silhouette best."""
    stand = stand_before(canvas, whole, known, options.elevation_deg)
    cuboid = fit_box(whole, canvas.seen, completed, stand) if options.shape in ("auto", "box") else None
    turned = fit_revolution(whole, stand) if options.shape in ("auto", "revolve") else None
    kind = options.shape if options.shape != "auto" else _kind(cuboid, turned)
    if kind == "box" and cuboid:
        return kind, cuboid.camera, box_surface(cuboid, options.triangles)
    if kind == "revolve" and turned:
        surface, explained = _with_appendices(turned, whole, options)
        if explained > REVOLVE_EXPLAINS or options.shape == "revolve":
            return kind, turned.camera, surface
        if cuboid and cuboid.fit > BOX_FIT:
            return "box", cuboid.camera, box_surface(cuboid, options.triangles)
    camera = stand.camera()
    return "inflate", camera, inflate(whole, camera, options.thickness, options.triangles)


def _kind(cuboid: Cuboid | None, turned: Turned | None) -> str:
    """Of the simple bodies, the one that explains the outline; flat ends are rather a box's."""
    box = cuboid is not None and cuboid.fit > BOX_FIT
    if turned is None:
        return "box" if box else "inflate"
    fit = turned.fit * math.sqrt(
        turned.share
    )  # a handle takes from the share, and only half counts against it
    round_body = fit > REVOLVE_FIT and turned.share > (FLAT_SHARE if turned.flat else REVOLVE_SHARE)
    if round_body and not (box and (turned.flat or (cuboid is not None and cuboid.evidence > fit))):
        return "revolve"
    return "box" if box else "inflate"


def _with_appendices(
    turned: Turned, whole: NDArray[np.bool_], options: DraftOptions
) -> tuple[Surface, float]:
    """The turned body and, beside it, what sticks out of it to the left and right: handles, spouts; and the
    IoU of both with the silhouette."""
    covered = turned.covers()
    body = cv2.dilate(covered.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0  # a hair's gap
    surfaces = []
    size = math.sqrt(float(whole.sum()))
    ends, _ = turned.camera.project(np.array([[0, 0, turned.z[0]], [0, 0, turned.z[-1]]]))
    across = np.array([ends[0, 1] - ends[1, 1], ends[1, 0] - ends[0, 0]]) / np.linalg.norm(ends[1] - ends[0])
    count, labels, stats, centres = cv2.connectedComponentsWithStats(
        (whole & ~body).astype(np.uint8), connectivity=4
    )
    for label in range(1, count):
        share = stats[label, cv2.CC_STAT_AREA] / size**2
        part = labels == label
        thick = float(cv2.distanceTransform(part.astype(np.uint8), cv2.DIST_L2, 5).max())
        aside = abs((centres[label] + 0.5 - ends[0]) @ across) / (turned.radius.max() * turned.camera.fx)
        if share > PART_SHARE and thick > PART_THICK * size and aside > PART_ASIDE:
            triangles = max(round(share * options.triangles), options.triangles // 16)
            surfaces.append(inflate_beside(part, body, turned.camera, options.thickness, triangles))
            covered |= part
    left = options.triangles - sum(len(one.faces) for one in surfaces)
    surfaces.append(turned_surface(turned, max(left, options.triangles // 2)))
    return join(surfaces), float((covered & whole).sum() / (covered | whole).sum())


def _seen(mesh: Mesh, camera: Camera, seen: NDArray[np.bool_]) -> NDArray[np.float32]:
    """1 for vertices that the photo shows: facing the camera, hidden neither by the mesh nor the occluder."""
    pixels, _ = camera.project(mesh.vertices)
    x, y = np.floor(pixels).astype(int).T
    height, width = seen.shape
    within = (x >= 0) & (y >= 0) & (x < width) & (y < height)
    shown = np.zeros(len(x), bool)
    shown[within] = seen[y[within], x[within]]
    return (shown & visible_vertices(mesh, camera)).astype(np.float32)
