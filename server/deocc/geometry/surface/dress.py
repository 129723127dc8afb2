"""The one way from a network's surface to an object for Blender; stages in order, top to bottom."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from deocc.geometry.cameras import Camera
from deocc.geometry.mesh import Mesh
from deocc.geometry.normals import render_normals
from deocc.geometry.surface.bake import Colours, bake, paint_vertices
from deocc.geometry.surface.photo.camera_fit import FittedCamera, fit_camera
from deocc.geometry.surface.photo.outline import Observed
from deocc.geometry.surface.photo.picture import completed_picture, photo_source, seen_in_photo
from deocc.geometry.surface.simplify import LEAST_SPECK, bare, simplify
from deocc.geometry.surface.source import Source
from deocc.geometry.surface.unwrap import FILLED, Unwrapped, unwrap
from deocc.stopwatch import Stopwatch

log = logging.getLogger(__name__)

OPAQUE = 250  # alpha from which a view's pixel is the object's and nothing else


@dataclass(frozen=True)
class DressOptions:
    """triangles: at most about so many.  texture_px: of the texture's side.  vertex_colours: colours of
    vertices in place of uv and texture.  normals: normal maps of the views.  least_speck: see simplify()."""

    triangles: int = 20_000
    texture_px: int = 1024
    vertex_colours: bool = False
    normals: bool = False
    least_speck: float = LEAST_SPECK


@dataclass(frozen=True)
class Dressed:
    """mesh: in the surface's frame, not moved; `colours` is set where there is no texture.
    texture: (H, W, 3) uint8 sRGB, row 0 at v = 1, or None.  photo_camera, overlap: see FittedCamera.
    completed: (H, W, 4) uint8 at the photo's size.  normals: one (h, w, 4) uint8 a view, or none.
    seconds: per stage."""

    mesh: Mesh
    texture: NDArray[np.uint8] | None
    photo_camera: Camera
    overlap: float
    completed: NDArray[np.uint8]
    normals: tuple[NDArray[np.uint8], ...]
    seconds: dict[str, float]


def dress(
    vertices: NDArray,
    faces: NDArray,
    views: NDArray[np.uint8] | Sequence[NDArray[np.uint8]],
    cameras: Sequence[Camera],
    observed: Observed,
    colours: Colours,
    options: DressOptions,
    tick: Callable[[str, float], None],
) -> Dressed:
    """vertices (N, 3), faces (M, 3): the raw surface in the object frame.  views: (h, w, 4) uint8 RGBA each.
    colours: the field's own, points (K, 3) float32 -> sRGB (K, 3) uint8, called once.
    tick: told of every stage with a fraction from 0 to 1 of all this; may raise Cancelled.

    DeoccError `empty_shape` where there is no surface. The same input gives the same bytes.
    """
    watch = Stopwatch()
    tick("triangles", 0.0)
    points, corners = simplify(vertices, faces, options.triangles, options.least_speck)
    watch.lap("triangles")

    tick("photo camera", 0.1)
    with ThreadPoolExecutor(1) as pool:
        unwrapping = pool.submit(_prepared, points, corners, options)
        fitted = fit_camera(points, corners, observed)
        unwrapped = unwrapping.result()
    photo = _photo(unwrapped, fitted, observed)
    watch.lap("photo camera")

    tick("texture", 0.4)
    sources = [
        Source(view[..., :3], view[..., 3] >= OPAQUE, one) for view, one in zip(views, cameras, strict=True)
    ]
    mesh, texture = _painted(unwrapped, sources, photo, colours, options)
    if photo is not None:
        mesh = replace(mesh, seen=seen_in_photo(mesh, fitted.camera, observed))
    watch.lap("texture")

    tick("whole picture", 0.8)
    completed = completed_picture(mesh, texture, fitted.camera, observed)
    watch.lap("whole picture")

    normals = ()
    if options.normals:
        tick("normal maps", 0.9)
        normals = tuple(render_normals(mesh, cameras))
        watch.lap("normal maps")
    log.info("surface: %d triangles, %s", len(mesh.faces), watch)
    return Dressed(mesh, texture, fitted.camera, fitted.overlap, completed, normals, watch.seconds)


def _prepared(points: NDArray[np.float32], corners: NDArray[np.int32], options: DressOptions) -> Unwrapped:
    """With uv, or without where vertices carry the colours."""
    if not options.vertex_colours:
        return unwrap(points, corners, options.texture_px)
    return Unwrapped(bare(points, corners), np.arange(len(points)), options.texture_px)


def _photo(unwrapped: Unwrapped, fitted: FittedCamera, observed: Observed) -> Source | None:
    """The photo, where the surface lies on it well enough to take its pixels."""
    if not fitted.is_good:
        log.warning(
            "the surface explains %.0f %% of the object's outline: too little to take the photo's own pixels",
            100 * fitted.overlap,
        )
        return None
    texels = round(FILLED * unwrapped.texture_px**2)
    return photo_source(observed, fitted.camera, unwrapped.mesh, texels)


def _painted(
    unwrapped: Unwrapped, sources: list[Source], photo: Source | None, colours: Colours, options: DressOptions
) -> tuple[Mesh, NDArray[np.uint8] | None]:
    if not options.vertex_colours:
        return unwrapped.mesh, bake(unwrapped, sources, photo, colours)
    return replace(unwrapped.mesh, colours=paint_vertices(unwrapped, sources, photo, colours)), None
