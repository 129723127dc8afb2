"""Six views and the photo -> one texture: each texel from whom sees it best, the rest as the field says.

Three layers, each brought to the level of the one above where both are known (matching.py): the network's own
colours, the views, the photo. Views are blended in two bands: levels softly, so that no step shows where one
view gives way to the next; details from the best view alone, so that none shows twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from deocc.geometry.mesh import Mesh, area_normals
from deocc.geometry.raycast import Caster
from deocc.geometry.surface.matching import levels, relit
from deocc.geometry.surface.source import Seen, Source, look
from deocc.geometry.surface.texels import texels_of
from deocc.geometry.surface.unwrap import Unwrapped
from deocc.place import core_count

Colours = Callable[[NDArray[np.float32]], NDArray[np.uint8]]  # points (N, 3) -> sRGB (N, 3)

SHARPNESS = 8  # power to which views' trust is raised for details: one 10 % behind counts half
SOFTNESS = 3  # the same for levels, beside their trust itself
ENOUGH = 0.01  # trust of all views together from which they cover the field's colours


def bake(
    unwrapped: Unwrapped, views: Sequence[Source], photo: Source | None, colours: Colours
) -> NDArray[np.uint8]:
    """The texture (H, W, 3) uint8 sRGB, row 0 at v = 1."""
    mesh = unwrapped.mesh
    texels = texels_of(mesh, unwrapped.texture_px)
    normals = smooth_normals(unwrapped)

    def spread(values: NDArray[np.float32]) -> NDArray[np.float32]:
        return texels.of_corners(mesh, values)

    return texels.painted(_layered(mesh, normals, spread, views, photo, colours))


def paint_vertices(
    unwrapped: Unwrapped, views: Sequence[Source], photo: Source | None, colours: Colours
) -> NDArray[np.uint8]:
    """(N, 3) uint8 sRGB of the mesh's vertices, found as a texture's are."""
    normals = smooth_normals(unwrapped)
    found = _layered(unwrapped.mesh, normals, lambda values: values, views, photo, colours)
    return np.clip(np.round(found), 0, 255).astype(np.uint8)


def smooth_normals(unwrapped: Unwrapped) -> NDArray[np.float32]:
    """(N, 3) unit, by area, the same on both sides of a seam."""
    mesh, place = unwrapped.mesh, unwrapped.place
    normals = area_normals(mesh.vertices, mesh.faces)
    count = int(place.max()) + 1
    sums = np.stack([np.bincount(place, normals[:, i], count) for i in range(3)], axis=1)
    sums /= np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-300)
    return sums[place].astype(np.float32)


def _layered(
    mesh: Mesh,
    normals: NDArray[np.float32],
    spread: Callable[[NDArray[np.float32]], NDArray[np.float32]],
    views: Sequence[Source],
    photo: Source | None,
    colours: Colours,
) -> NDArray[np.float32]:
    """(T, 3) 0..255 of T points on the mesh; `spread` takes values of vertices (N, C) to them (T, C)."""
    caster = Caster(mesh.vertices, mesh.faces)
    points, facing = spread(mesh.vertices), spread(normals)
    with ThreadPoolExecutor(min(core_count(), 4)) as pool:  # numpy, OpenCV and embree work without the lock
        seen = [pool.submit(look, view, caster, points, facing) for view in views]
        above = pool.submit(look, photo, caster, points, facing) if photo else None
        found = colours(points).astype(np.float32)  # in this thread: it may hold a network's device
        blended, cover = _blended([one.result() for one in seen], len(points))
        found = relit(found, spread(levels(points, found, blended, cover, mesh.vertices)))
        found += (blended - found) * cover[:, None]
        if above is not None:
            shown = above.result()
            at, colour = shown.at, shown.level + shown.detail
            weight = shown.weight * (cover[at] > 0)
            found = relit(found, spread(levels(points[at], found[at], colour, weight, mesh.vertices)))
            found[at] += (colour - found[at]) * np.minimum(shown.weight / ENOUGH, 1)[:, None]
    return found


def _blended(seen: Sequence[Seen], count: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Colours (T, 3) of all views together, and how far they cover what is beneath, (T,) 0..1."""
    best = np.zeros(count, np.float32)
    for one in seen:
        best[one.at] = np.maximum(best[one.at], one.weight)
    colour, total = np.zeros((2, count, 3), np.float32), np.full((2, count), 1e-12, np.float32)
    for one in seen:
        sharp = (one.weight / best[one.at]) ** SHARPNESS
        soft = one.weight * (one.weight / best[one.at]) ** SOFTNESS
        for band, (weight, part) in enumerate(((soft, one.level), (sharp, one.detail))):
            total[band, one.at] += weight
            colour[band, one.at] += weight[:, None] * part
    blended = colour[0] / total[0][:, None] + colour[1] / total[1][:, None]
    return blended, np.minimum(best / ENOUGH, 1)
