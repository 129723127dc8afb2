"""Body of revolution -> closed surface with charts: what the photo shows, the side unrolled, end discs."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from deocc.backends.draft.solid.revolve import Turned
from deocc.backends.draft.solid.texture import Chart, Surface, photographed

AROUND = 96  # vertices of a circle
CAP_RINGS = 6
CAP_NODES = 17
LEAST_RADIUS = 1e-3  # of the largest: a circle never shrinks to a point
FLAT_SIDE_PX = 4.0
GRAZING = 0.2  # cosine: nearer to the outline a mask is rarely exact, and a pixel smears over five
CLEAR_DEG = 60.0  # from there on a pixel covers more than twice the surface that it covers in front
QUICKER = 3.0  # that strip goes by so much faster where it is mirrored
LEAST_SHOWN_DEG = 30.0
SMOOTH_ROWS = 1.0
EVEN_SHARE = 0.02  # of the rows: a limit that jumps from row to row would tear what is mirrored


def turned_surface(turned: Turned, triangles: int) -> Surface:
    """The body as rings of vertices, closed by discs at both ends."""
    rows = max(round(triangles / (2 * AROUND)) - 2 * CAP_RINGS, 16)
    z, radius = _even_profile(turned, rows)
    side = _rings(radius, z)  # (rows, AROUND, 3)
    shares = np.linspace(1, 0, CAP_RINGS + 1)[1:-1]
    top = _rings(radius[-1] * shares, np.full(len(shares), z[-1]))
    bottom = _rings(radius[0] * shares, np.full(len(shares), z[0]))
    centres = np.array([[0, 0, z[-1]], [0, 0, z[0]]])
    points = np.concatenate([one.reshape(-1, 3) for one in (side, top, bottom)] + [centres])
    ring = np.arange(AROUND)
    top_rings = [(rows - 1) * AROUND + ring] + [(rows + i) * AROUND + ring for i in range(len(shares))]
    bottom_rings = [ring] + [(rows + len(shares) + i) * AROUND + ring for i in range(len(shares))]
    parts = [
        _side(rows, z, radius),
        _cap(top_rings, len(points) - 2, points, float(radius[-1]), upwards=True),
        _cap(bottom_rings, len(points) - 1, points, float(radius[0]), upwards=False),
    ]
    offsets = np.cumsum([0] + [len(point) for point, _, _ in parts])
    charts = (
        _side_chart(turned, z, radius),
        _cap_chart(turned, z, radius, upwards=True),
        _cap_chart(turned, z, radius, upwards=False),
    )
    surface = Surface(
        points=points,
        point=np.concatenate([point for point, _, _ in parts]),
        chart=np.repeat(np.arange(3), [len(point) for point, _, _ in parts]),
        place=np.concatenate([place for _, place, _ in parts]),
        faces=np.concatenate([faces + offsets[i] for i, (_, _, faces) in enumerate(parts)]),
        charts=charts,
    )
    return photographed(surface, turned.camera, GRAZING)


def _even_profile(turned: Turned, rows: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The profile at `rows` places evenly spread along its length."""
    z, radius = turned.z, np.maximum(turned.radius, LEAST_RADIUS * turned.radius.max())
    along = np.concatenate([[0], np.cumsum(np.hypot(np.diff(z), np.diff(radius)))])
    even = np.linspace(0, along[-1], rows)
    return np.interp(even, along, z), np.interp(even, along, radius)


def _rings(radius: NDArray[np.float64], z: NDArray[np.float64]) -> NDArray[np.float64]:
    """(R, AROUND, 3), the first vertex of each ring in front, counter-clockwise seen from above."""
    turn = -np.pi / 2 + 2 * np.pi * np.arange(AROUND) / AROUND
    x, y = radius[:, None] * np.cos(turn), radius[:, None] * np.sin(turn)
    return np.stack([x, y, np.broadcast_to(z[:, None], x.shape)], axis=-1)


def _side(rows: int, z: NDArray, radius: NDArray) -> tuple[NDArray, NDArray, NDArray]:
    """Vertices' points, places and faces of the unrolled side; the photo covers its seam, in front."""
    row, column = np.mgrid[0:rows, 0 : AROUND + 1]
    point = (row * AROUND + column % AROUND).reshape(-1)
    along = np.concatenate([[0], np.cumsum(np.hypot(np.diff(z), np.diff(radius)))])
    share = along / along[-1]
    place = np.stack([column / AROUND, 1 - share[row]], axis=-1).reshape(-1, 2)
    first = (row[:-1, :-1] * (AROUND + 1) + column[:-1, :-1]).reshape(-1)
    right, up = first + 1, first + AROUND + 1
    faces = np.concatenate([np.stack([first, right, up + 1], 1), np.stack([first, up + 1, up], 1)])
    return point, place, faces


def _cap(
    rings: list[NDArray], centre: int, points: NDArray, radius: float, upwards: bool
) -> tuple[NDArray, NDArray, NDArray]:
    """Vertices' points, places and faces of an end disc."""
    point = np.concatenate([*rings, [centre]])
    x, y, _ = points[point].T / radius / 2
    place = np.stack([0.5 + x, 0.5 - y if upwards else 0.5 + y], axis=1)
    first = np.arange(AROUND)
    after = (first + 1) % AROUND
    faces = []
    for i in range(len(rings) - 1):
        a, b = i * AROUND + first, i * AROUND + after
        c, d = a + AROUND, b + AROUND
        faces += [np.stack([a, b, d], 1), np.stack([a, d, c], 1)]
    last = (len(rings) - 1) * AROUND
    faces.append(np.stack([last + first, last + after, np.full(AROUND, len(point) - 1)], 1))
    joined = np.concatenate(faces)
    return point, place, joined if upwards else joined[:, ::-1]


def _project(turned: Turned, points: NDArray) -> NDArray[np.float32]:
    pixels, _ = turned.camera.project(points.reshape(-1, 3))
    return pixels.reshape(*points.shape[:-1], 2).astype(np.float32)


def _side_chart(turned: Turned, z: NDArray[np.float64], radius: NDArray[np.float64]) -> Chart:
    """The side unrolled from the front once around: as the photo shows it, and where it does not, what it
    shows beyond the line of sight mirrored to the back; rows of which it shows nothing, the rows beside."""
    azimuth = 2 * np.pi * np.arange(AROUND + 1) / AROUND
    limit = _shown_to(turned, z, radius)
    row = _reflected_rows(limit > math.radians(LEAST_SHOWN_DEG))
    shown = _shown_azimuth(azimuth, limit[row][:, None])
    x, y = radius[row][:, None] * np.sin(shown), -radius[row][:, None] * np.cos(shown)
    rings = np.stack([x, y, np.broadcast_to(z[row][:, None], x.shape)], axis=-1)[::-1]  # top row first
    length = float(np.hypot(np.diff(z), np.diff(radius)).sum())
    focal = turned.camera.fx
    size = (2 * math.pi * float(radius.max()) * focal, max(length * focal, FLAT_SIDE_PX))
    return Chart(size, _project(turned, rings))


def _shown_to(turned: Turned, z: NDArray[np.float64], radius: NDArray[np.float64]) -> NDArray[np.float64]:
    """(R,) the azimuth, 0 to π, up to which the camera sees each row under more than a grazing angle."""
    up, out = np.gradient(z), np.gradient(radius)
    normal_r, normal_z = (np.asarray(gaussian_filter1d(one, SMOOTH_ROWS)) for one in (up, -out))
    distance, height = -float(turned.camera.centre[1]), float(turned.camera.centre[2])
    azimuth = np.radians(np.arange(181))
    x, y = radius[:, None] * np.sin(azimuth), radius[:, None] * np.cos(azimuth)  # y to the front
    to_x, to_y, to_z = -x, distance - y, (height - z)[:, None]
    outwards = np.sin(azimuth) * to_x + np.cos(azimuth) * to_y
    facing = outwards * normal_r[:, None] + to_z * normal_z[:, None]
    facing /= np.sqrt(to_x**2 + to_y**2 + to_z**2) * np.hypot(normal_r, normal_z)[:, None]
    limit = np.pi * (facing > GRAZING).cumprod(axis=1).sum(axis=1) / 181
    return np.asarray(gaussian_filter1d(limit, EVEN_SHARE * len(z), mode="nearest"), np.float64)


def _reflected_rows(good: NDArray[np.bool_]) -> NDArray[np.int64]:
    """For each row itself where good, else the row as far beyond the nearest good one."""
    rows = np.arange(len(good))
    if not good.any():
        return rows
    found = np.flatnonzero(good)
    nearest = found[np.abs(rows[:, None] - found).argmin(axis=1)]
    reflected = np.clip(2 * nearest - rows, 0, len(good) - 1)
    return np.where(good[reflected], reflected, nearest)


def _shown_azimuth(azimuth: NDArray[np.float64], limit: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where azimuths (radians, 0 in front, to 2π) take their colours from: themselves up to the limit, behind
    it mirrored, quickly past the strip where a pixel smears over much surface, then evenly to the back."""
    side = np.where(azimuth > np.pi, -1.0, 1.0)
    away = np.minimum(azimuth, 2 * np.pi - azimuth)
    clear = np.minimum(math.radians(CLEAR_DEG), limit)
    quick = (limit - clear) / QUICKER
    past = limit + quick
    behind = np.where(
        away < past,
        limit - (away - limit) * QUICKER,
        clear * (np.pi - away) / np.maximum(np.pi - past, 1e-6),
    )
    shown: NDArray[np.float64] = np.where(away <= limit, away, behind)
    return side * shown


def _cap_chart(turned: Turned, z: NDArray, radius: NDArray, upwards: bool) -> Chart:
    """An end disc as the photo shows it; where it looks away, the side's front folded over the rim."""
    end, height = float(radius[-1 if upwards else 0]), float(z[-1 if upwards else 0])
    ramp = np.linspace(-1, 1, CAP_NODES)
    x, down = np.meshgrid(ramp, ramp)
    y = -down if upwards else down
    points = np.stack([x * end, y * end, np.full_like(x, height)], axis=-1)
    if (turned.camera.centre[2] > height) != upwards:
        across = np.clip(points[..., 0], -0.95 * end, 0.95 * end)
        inwards = points[..., 1] + np.sqrt(end**2 - across**2)
        length = float(z[-1] - z[0])
        folded = length * (1 - np.abs(1 - np.abs(inwards) / length % 2))
        points[..., 2] = height + folded * (-1 if upwards else 1)
        turn = np.arcsin(across / end)
        wide = np.interp(points[..., 2], z, radius)
        points[..., 0], points[..., 1] = wide * np.sin(turn), -wide * np.cos(turn)
    size = 2 * end * turned.camera.fx
    return Chart((size, size), _project(turned, points))
