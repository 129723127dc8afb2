"""Body of revolution -> closed surface with three charts: its side unrolled, its top and its bottom."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from deocc.backends.draft.revolve import Turned
from deocc.backends.draft.texture import Chart, Surface

AROUND = 96  # vertices of a circle
CAP_RINGS = 6
CAP_NODES = 17
LEAST_RADIUS = 1e-3  # of the largest: a circle never shrinks to a point
FLAT_SIDE_PX = 4.0
GRAZING_DEG = 72.0  # there a pixel covers three times the surface that it covers in front


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
    return Surface(
        points=points,
        point=np.concatenate([point for point, _, _ in parts]),
        chart=np.repeat(np.arange(3), [len(point) for point, _, _ in parts]),
        place=np.concatenate([place for _, place, _ in parts]),
        faces=np.concatenate([faces + offsets[i] for i, (_, _, faces) in enumerate(parts)]),
        charts=charts,
    )


def _even_profile(turned: Turned, rows: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The profile at `rows` places evenly spread along its length."""
    z, radius = turned.z, np.maximum(turned.radius, LEAST_RADIUS * turned.radius.max())
    along = np.concatenate([[0], np.cumsum(np.hypot(np.diff(z), np.diff(radius)))])
    even = np.linspace(0, along[-1], rows)
    return np.interp(even, along, z), np.interp(even, along, radius)


def _rings(radius: NDArray[np.float64], z: NDArray[np.float64]) -> NDArray[np.float64]:
    """(R, AROUND, 3), the first vertex of each ring at the back, counter-clockwise seen from above."""
    turn = np.pi / 2 + 2 * np.pi * np.arange(AROUND) / AROUND
    x, y = radius[:, None] * np.cos(turn), radius[:, None] * np.sin(turn)
    return np.stack([x, y, np.broadcast_to(z[:, None], x.shape)], axis=-1)


def _side(rows: int, z: NDArray, radius: NDArray) -> tuple[NDArray, NDArray, NDArray]:
    """Vertices' points, places and faces of the unrolled side; its seam runs along the back."""
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


def _side_chart(turned: Turned, z: NDArray, radius: NDArray) -> Chart:
    """The front half as the photo shows it, the back half its mirror image."""
    turn = _shown_azimuth(2 * np.pi * np.arange(AROUND + 1) / AROUND - np.pi)
    x, y = radius[:, None] * np.sin(turn), -radius[:, None] * np.cos(turn)
    rings = np.stack([x, y, np.broadcast_to(z[:, None], x.shape)], axis=-1)[::-1]  # top row first
    length = float(np.hypot(np.diff(z), np.diff(radius)).sum())
    focal = turned.camera.fx
    size = (2 * math.pi * float(radius.max()) * focal, max(length * focal, FLAT_SIDE_PX))
    return Chart(size, _project(turned, rings))


def _shown_azimuth(azimuth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where each azimuth (radians, 0 in front, -π to π) takes its colours from: the front from itself, the
    back from its mirror image. Close to the outline, where a pixel smears over much surface, reflected."""
    limit = math.radians(GRAZING_DEG)
    front = np.minimum(np.abs(azimuth), np.pi - np.abs(azimuth))
    shown: NDArray[np.float64] = np.where(front > limit, 2 * limit - front, front)
    return np.sign(azimuth) * shown


def _cap_chart(turned: Turned, z: NDArray, radius: NDArray, upwards: bool) -> Chart:
    """An end disc as the photo shows it, or, where it looks away, the side's colours carried inwards."""
    end, height = float(radius[-1 if upwards else 0]), float(z[-1 if upwards else 0])
    ramp = np.linspace(-1, 1, CAP_NODES)
    x, down = np.meshgrid(ramp, ramp)
    y = -down if upwards else down
    points = np.stack([x * end, y * end, np.full_like(x, height)], axis=-1)
    if (turned.camera.centre[2] > height) != upwards:
        from_rim = np.maximum(1 - np.hypot(x, y), 0) * end
        far = 0.5 * float(z[-1] - z[0])
        points[..., 2] = height + np.minimum(from_rim, far) * (-1 if upwards else 1)
        turn = np.arctan2(-np.abs(y), x)
        wide = np.interp(points[..., 2], z, radius)
        points[..., 0], points[..., 1] = wide * np.cos(turn), wide * np.sin(turn)
    size = 2 * end * turned.camera.fx
    return Chart((size, size), _project(turned, points))
