"""The photo as a source of texture, and the whole object as the photo would show it."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from deocc.geometry.cameras import Camera
from deocc.geometry.mesh import Mesh
from deocc.geometry.raycast import render_views, visible_vertices
from deocc.geometry.surface.photo.outline import GAP_SHARE, Observed
from deocc.geometry.surface.source import Source

FINER = (
    1.5  # photo pixels per texel that are of use; a finer photo is made smaller first, else it would flicker
)
# masks are drawn by hand: their outermost pixels are often what is behind the object or before it
MARGIN_SHARE, FEATHER_SHARE = 0.012, 0.035  # of the object's size in the photo
MOST_RENDERED_PX = 1_000_000  # of the hidden part; a larger photo gets it enlarged: texels are no finer
FRAME_PX = 2


def photo_source(observed: Observed, camera: Camera, mesh: Mesh, texels: int) -> Source:
    """The photo around the object, at the resolution that a texture of `texels` covered texels can hold."""
    rows, columns = _box(observed.object_mask, FRAME_PX)
    per_unit = camera.fx / max(float(np.linalg.norm(camera.centre)), 1e-6)
    scale = min(1.0, FINER * math.sqrt(texels / max(_area(mesh), 1e-12)) / per_unit)
    picture, mask = observed.photo[rows, columns], observed.object_mask[rows, columns]
    size = (max(round(picture.shape[1] * scale), 1), max(round(picture.shape[0] * scale), 1))
    window = _window(camera, rows, columns, size)
    if size != picture.shape[1::-1]:
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
        share = cv2.resize(mask.astype(np.uint8) * 255, size, interpolation=cv2.INTER_AREA)
        mask = np.asarray(share) > 250
    object_px = math.sqrt(max(int(mask.sum()), 1))
    margin, feather = max(1.5, MARGIN_SHARE * object_px), max(3.0, FEATHER_SHARE * object_px)
    return Source(np.ascontiguousarray(picture), mask, window, margin, feather)


def seen_in_photo(mesh: Mesh, camera: Camera, observed: Observed) -> NDArray[np.float32]:
    """(N,) 1 where the vertex is before everything else and falls on one of the object's own pixels."""
    pixels, depth = camera.project(mesh.vertices)
    height, width = observed.object_mask.shape
    at = np.floor(pixels).astype(np.int64)
    inside = (depth > 0) & (at >= 0).all(axis=1) & (at[:, 0] < width) & (at[:, 1] < height)
    own = np.zeros(len(at), bool)
    own[inside] = observed.object_mask[at[inside, 1], at[inside, 0]]
    return (own & visible_vertices(mesh, camera)).astype(np.float32)


def completed_picture(
    mesh: Mesh, texture: NDArray[np.uint8] | None, camera: Camera, observed: Observed
) -> NDArray[np.uint8]:
    """(H, W, 4) uint8 at the photo's size: the object's own pixels, and the surface where it is hidden."""
    seen = observed.object_mask
    out = np.zeros((*seen.shape, 4), np.uint8)
    out[seen, :3], out[seen, 3] = observed.photo[seen], 255
    rows, columns = _reach(mesh, camera, seen)
    if rows.stop <= rows.start or columns.stop <= columns.start:
        return out
    height, width = rows.stop - rows.start, columns.stop - columns.start
    scale = min(1.0, math.sqrt(MOST_RENDERED_PX / (height * width)))
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    (drawn,) = render_views(mesh, texture, (_window(camera, rows, columns, size),))
    if size != (width, height):
        drawn = _enlarged(drawn, (width, height))
    hidden = _may_hide(seen[rows, columns], observed.occluder_mask[rows, columns])
    hidden &= ~observed.keep_mask[rows, columns] & (drawn[..., 3] > 0)
    out[rows, columns][hidden] = drawn[hidden]
    return out


def _may_hide(seen: NDArray[np.bool_], occluder: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Under the occluder, or in the narrow strip that clumsy masks leave between it and the object."""
    hides = occluder & ~seen
    if not hides.any() or not seen.any():
        return hides
    gap = max(GAP_SHARE * math.sqrt(float(seen.sum())), 2.0)
    away = [cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5) for mask in (seen, hides)]
    return hides | (~seen & (away[0] + away[1] <= gap + 1))


def _enlarged(drawn: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """RGBA at a larger size; nothing of the empty pixels' black gets into the outline's colours."""
    alpha = drawn[..., 3:].astype(np.float32) / 255
    carried = np.concatenate([drawn[..., :3] * alpha, alpha], axis=-1)
    large = np.asarray(cv2.resize(carried, size, interpolation=cv2.INTER_LINEAR), np.float32)
    colours = large[..., :3] / np.maximum(large[..., 3:], 1e-3)
    return (
        np.concatenate([np.round(colours), np.round(large[..., 3:] * 255)], axis=-1)
        .clip(0, 255)
        .astype(np.uint8)
    )


def _reach(mesh: Mesh, camera: Camera, seen: NDArray[np.bool_]) -> tuple[slice, slice]:
    """Rows and columns of the photo in which mesh or object are."""
    height, width = seen.shape
    pixels, depth = camera.project(mesh.vertices)
    if depth.min() <= 1e-6:  # the camera stands amid the surface: it may be anywhere
        return slice(0, height), slice(0, width)
    low, high = np.floor(pixels.min(axis=0)) - FRAME_PX, np.ceil(pixels.max(axis=0)) + FRAME_PX
    (left, right), (top, bottom) = np.clip([low[0], high[0]], 0, width), np.clip([low[1], high[1]], 0, height)
    return slice(int(top), int(bottom)), slice(int(left), int(right))


def _box(mask: NDArray[np.bool_], margin: int) -> tuple[slice, slice]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return (
        slice(max(int(rows[0]) - margin, 0), int(rows[-1]) + 1 + margin),
        slice(max(int(columns[0]) - margin, 0), int(columns[-1]) + 1 + margin),
    )


def _window(camera: Camera, rows: slice, columns: slice, size: tuple[int, int]) -> Camera:
    """The camera of a part of the photo, made `size` (width, height)."""
    x = size[0] / (min(columns.stop, camera.width) - columns.start)
    y = size[1] / (min(rows.stop, camera.height) - rows.start)
    return replace(
        camera,
        width=size[0],
        height=size[1],
        fx=camera.fx * x,
        fy=camera.fy * y,
        cx=(camera.cx - columns.start) * x,
        cy=(camera.cy - rows.start) * y,
    )


def _area(mesh: Mesh) -> float:
    a, b, c = (mesh.vertices[mesh.faces[:, i]].astype(np.float64) for i in range(3))
    return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum()) / 2
