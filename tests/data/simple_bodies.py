"""Small meshes built for the tests of the data room, in object axes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deocc.data.textured import Textured
from deocc.geometry.mesh import Mesh

RED, GREEN, BLUE, YELLOW = (200, 40, 40), (40, 160, 60), (40, 60, 200), (220, 200, 60)


def quarters(side_px: int = 64) -> NDArray[np.uint8]:
    """A texture of four colours: red top left, green top right, blue bottom left, yellow bottom right."""
    half = side_px // 2
    texture = np.empty((side_px, side_px, 3), np.uint8)
    texture[:half, :half], texture[:half, half:] = RED, GREEN
    texture[half:, :half], texture[half:, half:] = BLUE, YELLOW
    return texture


def box(size: tuple[float, float, float] = (1.0, 1.0, 1.0)) -> Mesh:
    """A closed box about the origin; each side has the whole texture, upright on the four walls."""
    vertices, faces, uv = [], [], []
    for axis in range(3):
        for sign in (-1.0, 1.0):
            out = np.zeros(3)
            out[axis] = sign
            up = np.array([0.0, 1.0, 0.0]) if axis == 2 else np.array([0.0, 0.0, 1.0])
            right = np.cross(up, out)
            start = len(vertices)
            for u, v in ((0, 0), (1, 0), (1, 1), (0, 1)):
                vertices.append((out + (2 * u - 1) * right + (2 * v - 1) * up) / 2 * size)
                uv.append((u, v))
            faces += [(start, start + 1, start + 2), (start, start + 2, start + 3)]
    count = len(vertices)
    return Mesh(
        np.array(vertices, np.float32),
        np.array(faces, np.int32),
        np.array(uv, np.float32),
        np.ones(count, np.float32),
    )


def painted_box(size: tuple[float, float, float] = (1.0, 1.0, 1.0)) -> Textured:
    return Textured(box(size), quarters())


def ball(colour_of_place: bool = True, rings: int = 24) -> Textured:
    """A closed ball of radius 0.5 with vertex colours that follow the place, or of one grey."""
    up = np.linspace(0, np.pi, rings + 1)[1:-1]
    round_ = np.arange(2 * rings) * np.pi / rings
    ring = np.stack(
        [np.outer(np.sin(up), np.cos(round_)), np.outer(np.sin(up), np.sin(round_)),
         np.outer(np.cos(up), np.ones(2 * rings))], axis=-1,
    ).reshape(-1, 3)  # fmt: skip
    vertices = 0.5 * np.concatenate([ring, [[0, 0, 1], [0, 0, -1]]])
    top, bottom, wide = len(ring), len(ring) + 1, 2 * rings
    faces = []
    for i in range(wide):
        j = (i + 1) % wide
        faces.append((top, i, j))
        faces.append((bottom, (rings - 2) * wide + j, (rings - 2) * wide + i))
        for k in range(rings - 2):
            a, b = k * wide + i, k * wide + j
            faces += [(a, a + wide, b), (b, a + wide, b + wide)]
    colours = np.full((len(vertices), 3), 150, np.uint8)
    if colour_of_place:
        colours = np.round((vertices + 0.5) * 200 + 25).astype(np.uint8)
    count = len(vertices)
    mesh = Mesh(
        vertices.astype(np.float32),
        np.array(faces, np.int32),
        np.zeros((count, 2), np.float32),
        np.ones(count, np.float32),
        colours,
    )
    return Textured(mesh, None)
