"""The closed surfaces that solids are made of: skins over rings, turned bodies, tubes, boxes, plates."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deocc.data.solids.carve import filled
from deocc.data.solids.curves import Points, rectangle, rounded, smooth
from deocc.data.solids.piece import Piece

POINT = 1e-9  # a ring smaller than this is a tip


def skinned(rings: NDArray, paint: str, is_loop: bool = False) -> Piece:
    """A skin over rings (K, S, 3), each counter-clockwise seen from the side that the next one lies on.

    Its ends are closed flat from their middles, or are tips already; a loop closes on itself instead.
    """
    if is_loop:
        rings = np.concatenate([rings, rings[:1]])
    rings = np.concatenate([rings, rings[:, :1]], axis=1)  # the seam, where u = 1
    count, around = rings.shape[:2]
    steps = np.linalg.norm(np.diff(rings, axis=0), axis=2).mean(axis=1)
    v = np.concatenate([[0], np.cumsum(steps)]) / max(steps.sum(), POINT)
    uv = np.stack(np.broadcast_arrays(np.linspace(0, 1, around), v[:, None]), axis=-1).reshape(-1, 2)
    a = (np.arange(count - 1)[:, None] * around + np.arange(around - 1)).reshape(-1)
    b, c, d = a + 1, a + around + 1, a + around
    faces = np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])
    vertices = rings.reshape(-1, 3)
    corners = vertices[faces]
    is_speck = (corners == np.roll(corners, 1, axis=1)).all(axis=2).any(axis=1)  # at tips
    parts = [Piece(vertices, faces[~is_speck], uv, paint)]
    if not is_loop:
        parts += [_cap(rings[0, ::-1], paint), _cap(rings[-1], paint)]
    return joined([one for one in parts if one is not None], paint)


def _cap(ring: NDArray, paint: str) -> Piece | None:
    """A fan over a ring (S + 1, 3) whose end is its beginning; None for a tip."""
    low, high = ring.min(axis=0), ring.max(axis=0)
    if (high - low).max() < POINT:
        return None
    middle = ring[:-1].mean(axis=0)
    first = np.arange(len(ring) - 2)
    rim = np.concatenate([ring[:-1], [middle]])
    faces = np.stack([first, first + 1, np.full_like(first, len(ring) - 1)], axis=1)
    faces = np.concatenate([faces, [[len(ring) - 2, 0, len(ring) - 1]]])
    return Piece(rim, faces, flat_uv(rim), paint)


def flat_uv(points: NDArray) -> NDArray[np.float64]:
    """(N, 2) in 0..1 of points (N, 3), seen along the axis in which they are thinnest; nothing stretched."""
    low = points.min(axis=0)
    size = points.max(axis=0) - low
    across = np.delete(np.arange(3), int(size.argmin()))
    return (points - low)[:, across] / max(size.max(), POINT)


def joined(pieces: Sequence[Piece], paint: str) -> Piece:
    """Pieces as one, in one paint."""
    starts = np.cumsum([0] + [len(one.vertices) for one in pieces])
    return Piece(
        np.concatenate([one.vertices for one in pieces]),
        np.concatenate([one.faces + start for one, start in zip(pieces, starts, strict=False)]),
        np.concatenate([one.uv for one in pieces]),
        paint,
    )


def lathe(
    profile: Points, paint: str = "body", sectors: int = 28, squareness: float = 2.0, is_loop: bool = False
) -> Piece:
    """Turned about z. profile: (P, 2) radius and height, upwards on the outside; radius 0 is a tip.

    A hollow cup's profile goes up outside, over its rim, and down inside. A loop is a ring: a tyre.
    """
    line = np.asarray(profile, np.float64)
    ring = rounded(sectors, squareness)
    rings = np.empty((len(line), sectors, 3))
    rings[..., :2] = line[:, None, :1] * ring
    rings[..., 2] = line[:, 1:]
    return skinned(rings, paint, is_loop)


def tube(
    path: Points,
    radius: float | ArrayLike,
    paint: str = "body",
    sides: int = 10,
    is_loop: bool = False,
    section: NDArray | None = None,
) -> Piece:
    """Along a path (K, 3), of a radius for all or each of its points; section (S, 2) is scaled by it.

    The section's x starts level where the path allows it.
    """
    points = np.asarray(path, np.float64)
    section = rounded(sides) if section is None else section
    if is_loop:
        ahead = np.roll(points, -1, axis=0) - np.roll(points, 1, axis=0)
    else:
        ahead = np.gradient(points, axis=0)
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
    across = np.empty_like(points)
    across[0] = _level(ahead[0])
    for i in range(1, len(points)):  # each turned no more than its path turns
        across[i] = across[i - 1] - ahead[i] * (across[i - 1] @ ahead[i])
        across[i] /= math.sqrt(across[i] @ across[i])
    up = np.cross(ahead, across)
    size = np.broadcast_to(np.asarray(radius, np.float64), len(points))[:, None, None]
    rings = section[:, :1] * across[:, None] + section[:, 1:] * up[:, None]
    return skinned(points[:, None] + size * rings, paint, is_loop)


def _level(ahead: NDArray) -> NDArray[np.float64]:
    """A unit vector across a direction, without height where possible."""
    across = np.cross((0.0, 0.0, 1.0), ahead)
    if np.linalg.norm(across) < 1e-3:
        across = np.cross(ahead, (0.0, 1.0, 0.0))
    return across / np.linalg.norm(across)


def ball(
    x: float, y: float, z: float, paint: str = "body", sectors: int = 18, squareness: float = 2.0
) -> Piece:
    """An ellipsoid with these half axes around the origin; squareness above 2 makes it boxy."""
    angle = np.linspace(-math.pi / 2, math.pi / 2, sectors // 2 + 1)
    radius, height = np.cos(angle), np.sin(angle)
    radius[[0, -1]] = 0.0
    if squareness != 2.0:
        reach = (radius**squareness + np.abs(height) ** squareness) ** (-1 / squareness)
        radius, height = radius * reach, height * reach
    profile = np.stack([radius, height], axis=1)
    return lathe(profile, paint, sectors, squareness).scaled(x, y, z)


def bead(radius: float, paint: str = "body", sectors: int = 12) -> Piece:
    """A sphere around the origin."""
    return ball(radius, radius, radius, paint, sectors)


def cylinder(radius: float, height: float, paint: str = "body", sectors: int = 24, top: float = 1.0) -> Piece:
    """From z = 0 up, its upper radius `top` times the lower one."""
    return lathe([(radius, 0), (radius * top, height)], paint, sectors)


def rod(start: ArrayLike, end: ArrayLike, radius: float, paint: str = "body", sides: int = 10) -> Piece:
    """A straight round bar."""
    return tube([start, end], radius, paint, sides)


def box(x: float, y: float, z: float, paint: str = "body", edge: float = 0.0) -> Piece:
    """Stands on z = 0 around the origin; `edge` cuts its edges at 45°, as wide as that along each side."""
    if edge > 0:
        return _cut_box(np.array([x, y, z]), min(edge, 0.3 * min(x, y, z)), paint)
    ring = rectangle(x, y)
    return _boxy(np.stack([np.c_[ring, [0] * 4], np.c_[ring, [z] * 4]]), paint)


def _cut_box(size: NDArray, edge: float, paint: str) -> Piece:
    """Four rings of eight: the sides' edges, and those of top and bottom, are cut."""
    x, y, z = size
    inner, outer = rectangle(x - 2 * edge, y - 2 * edge), np.empty((8, 2))
    for i, (dx, dy) in enumerate(((1, -1), (1, 1), (-1, 1), (-1, -1))):
        a, b = inner[i] + (0, dy * edge), inner[i] + (dx * edge, 0)
        outer[2 * i : 2 * i + 2] = (a, b) if dx * dy < 0 else (b, a)
    inner = np.repeat(inner, 2, axis=0)
    levels = ((inner, 0), (outer, edge), (outer, z - edge), (inner, z))
    return _boxy(np.stack([np.c_[ring, [height] * 8] for ring, height in levels]), paint)


def _boxy(rings: NDArray, paint: str) -> Piece:
    """Rings skinned and closed by flat quads, u spread by the sides' true lengths."""
    count, around = rings.shape[:2]
    made = skinned(rings, paint)
    widest = rings[count // 2]
    steps = np.linalg.norm(np.roll(widest, -1, axis=0) - widest, axis=1)
    u = np.concatenate([[0], np.cumsum(steps)]) / steps.sum()
    uv = made.uv.copy()
    side = count * (around + 1)
    uv[:side, 0] = np.tile(u, count)
    corners = made.vertices[made.faces]
    is_speck = (
        (corners == np.roll(corners, 1, axis=1)).all(axis=2).any(axis=1)
    )  # ends of eight points in four
    return Piece(made.vertices, made.faces[~is_speck], uv, paint)


def plate(outlines: Sequence[Points], thickness: float, paint: str = "body") -> Piece:
    """A flat sheet from z = 0 up: its outer outline (S, 2) counter-clockwise, then holes clockwise."""
    rims = [np.asarray(one, np.float64) for one in outlines]
    points = np.concatenate(rims)
    faces = filled(rims)
    count = len(points)
    low, high = np.c_[points, np.zeros(count)], np.c_[points, np.full(count, thickness)]
    parts = [Piece(high, faces, flat_uv(high)), Piece(low, faces[:, ::-1], flat_uv(low))]
    for rim in rims:
        walls = np.stack([np.c_[rim, np.zeros(len(rim))], np.c_[rim, np.full(len(rim), thickness)]])
        around = len(rim)
        made = skinned(walls, paint)
        parts.append(Piece(made.vertices, made.faces[: 2 * around], made.uv, paint))
    return joined(parts, paint)


def loft(stations: Points, paint: str = "body", sides: int = 20, squareness: float = 2.0) -> Piece:
    """Along x through stations (K, 4): x, half width, lowest and highest z; sections are round or boxy."""
    line = np.asarray(stations, np.float64)
    ring = rounded(sides, squareness)
    low, high = line[:, 2:3], line[:, 3:4]
    across = line[:, 1:2] * ring[:, 0]
    up = (low + high) / 2 + (high - low) / 2 * ring[:, 1]
    return skinned(np.stack([np.broadcast_to(line[:, :1], across.shape), across, up], axis=-1), paint)


def limb(points: Points, radii: ArrayLike, paint: str = "body", count: int = 10, sides: int = 10) -> Piece:
    """A tube through a few points (P, 3), softly bent, with a radius at each; its ends are rounded off."""
    told = smooth(np.c_[np.asarray(points, np.float64), radii], count)
    path, radius = told[:, :3], np.maximum(told[:, 3], 0.3 * np.min(radii))
    start, end = path[0] - path[1], path[-1] - path[-2]
    start, end = start / np.linalg.norm(start), end / np.linalg.norm(end)
    path = np.concatenate([[path[0] + 0.6 * radius[0] * start], path, [path[-1] + 0.6 * radius[-1] * end]])
    return tube(path, np.concatenate([[0.55 * radius[0]], radius, [0.55 * radius[-1]]]), paint, sides)
