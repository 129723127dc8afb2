"""The photo's camera: at azimuth 0 exactly, level, with the object as large and where it was drawn."""

from __future__ import annotations

import math

import numpy as np
import pytest

from deocc.bench.building.draws import PhotoDraw, draw_photo
from deocc.bench.building.framing import photo_camera
from deocc.bench.building.settings import BuildSettings

CUBE = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) * 0.5 / math.sqrt(3)
SHAPES = {"cube": CUBE, "plate": CUBE * (1.4, 1.4, 0.02), "pole": CUBE * (0.05, 0.05, 1.7)}


def framed(vertices: np.ndarray, drawn: PhotoDraw, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Least and greatest place of the projection, in shares of the frame."""
    pixels, depth = photo_camera(vertices, drawn, size).project(vertices)
    assert depth.min() > 0
    return pixels.min(axis=0) / size, pixels.max(axis=0) / size


@pytest.mark.parametrize("shape", SHAPES)
def test_the_object_fills_the_drawn_share_about_the_drawn_place_inside_the_frame(shape: str):
    for i in range(50):
        drawn = draw_photo(0, f"{shape} {i}", BuildSettings())
        low, high = framed(SHAPES[shape], drawn, 512)
        assert (high - low).max() == pytest.approx(drawn.extent, abs=2e-4)  # a tenth of a pixel
        assert (low + high) / 2 - 0.5 == pytest.approx(np.array(drawn.shift), abs=2e-4)
        assert low.min() > 0 and high.max() < 1


def test_the_camera_stands_at_azimuth_zero_and_does_not_roll():
    drawn = PhotoDraw(azimuth_deg=17, elevation_deg=20, focal_mm=50, extent=0.5, shift=(0.07, -0.05))
    camera = photo_camera(CUBE, drawn, 512)
    x, y, z = camera.centre
    assert x == pytest.approx(0, abs=1e-12) and y < 0
    assert math.degrees(math.atan2(z, -y)) == pytest.approx(20)
    right, down, forward = camera.object_from_camera[:3, :3].T
    assert right[2] == pytest.approx(0, abs=1e-12) and down[2] < 0
    assert np.cross(right, down) == pytest.approx(forward), "a right-handed camera looks forward along z"
    assert camera.fx == camera.fy == 512 * 50 / 36  # a film 36 mm wide
