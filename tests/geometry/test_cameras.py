"""The six cameras against the reference's published numbers, and pinhole projection against itself."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from deocc.geometry.cameras import VIEW_RADIUS, look_at_origin, pinhole, view_cameras

# facts of InstantMesh's first camera (v1.2, radius 4): its OpenGL world_from_camera, first three rows
FIRST_WORLD_FROM_OPENGL = np.array(
    [
        [-0.5, -0.2962, 0.8138, 3.2552],
        [0.8660, -0.1710, 0.4698, 1.8794],
        [0.0, 0.9397, 0.3420, 1.3681],
    ]
)
OBJECT_FROM_LRM = np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])  # its front is +X, ours −Y


def test_the_first_view_stands_where_the_reference_puts_it():
    ours = view_cameras("v1.2")[0].object_from_camera
    theirs = OBJECT_FROM_LRM @ FIRST_WORLD_FROM_OPENGL
    axes = theirs[:, :3] * (1, -1, -1)  # OpenGL's y up, z backward -> OpenCV's y down, z forward
    assert np.allclose(ours[:3, :3], axes, atol=1e-4)  # the reference's numbers have four digits
    assert np.allclose(ours[:3, 3], theirs[:, 3] / 2, atol=1e-4)  # radius 4 there, 2 here


@pytest.mark.parametrize("name, elevations", [("v1.1", (30, -20)), ("v1.2", (20, -10))])
def test_views_have_the_papers_azimuths_and_elevations(name: str, elevations: tuple[float, float]):
    for i, camera in enumerate(view_cameras(name)):
        x, y, z = camera.centre
        assert np.hypot(np.hypot(x, y), z) == pytest.approx(VIEW_RADIUS)
        assert np.degrees(np.arctan2(x, -y)) % 360 == pytest.approx(30 + 60 * i)
        assert np.degrees(np.arcsin(z / VIEW_RADIUS)) == pytest.approx(elevations[i % 2])


@pytest.mark.parametrize("camera", view_cameras("v1.1") + view_cameras("v1.2"))
def test_a_camera_is_a_rotation_that_looks_at_the_origin_with_up_up(camera):
    rotation = camera.object_from_camera[:3, :3]
    assert np.allclose(rotation @ rotation.T, np.eye(3)) and np.linalg.det(rotation) == pytest.approx(1)
    pixels, depth = camera.project(np.array([[0.0, 0, 0], [0, 0, 0.1]]))
    assert pixels[0] == pytest.approx((160, 160)) and depth[0] == pytest.approx(VIEW_RADIUS)
    assert pixels[1, 0] == pytest.approx(160) and pixels[1, 1] < 160  # +Z is up in the picture


def test_right_of_the_front_view_is_plus_x():
    camera = pinhole(100, 100, 40, look_at_origin(0, 0, 2))
    pixels, _ = camera.project(np.array([[0.1, 0, 0]]))
    assert pixels[0, 0] > 50 and pixels[0, 1] == pytest.approx(50)


def test_rays_go_through_the_pixels_they_belong_to():
    camera = pinhole(7, 5, 50, look_at_origin(33, 21, 1.7))
    origins, directions = camera.rays()
    pixels, _ = camera.project(origins + 0.9 * directions)
    rows, columns = np.divmod(np.arange(35), 7)
    assert np.allclose(pixels, np.stack([columns + 0.5, rows + 0.5], 1))


def test_all_six_v12_cameras_equal_the_references():
    path = oracle() / "deocc123" / "golden_cameras.safetensors"
    if not path.exists():
        pytest.skip("no golden data here: set DEOCC_ORACLE")
    golden = tensor(
        path, "input_cameras_r4.0_fov30"
    )  # (6, 16): 3x4 world_from_opengl by rows, fx, fy, cx, cy
    for camera, row in zip(view_cameras("v1.2"), golden, strict=True):
        theirs = OBJECT_FROM_LRM @ row[:12].reshape(3, 4)
        assert np.allclose(
            camera.object_from_camera[:3, :3], theirs[:, :3] * (1, -1, -1), atol=1e-6
        )  # float32
        assert np.allclose(camera.object_from_camera[:3, 3], theirs[:, 3] / 2, atol=1e-6)
        assert camera.fx / camera.width == pytest.approx(row[12], rel=1e-6)


def oracle() -> Path:
    return Path(os.environ.get("DEOCC_ORACLE", Path(__file__).resolve().parents[3] / "shared" / "oracle"))


def tensor(path: Path, name: str) -> np.ndarray:
    """One float32 tensor of a safetensors file: eight bytes of header length, JSON, then the data."""
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    about = json.loads(data[8 : 8 + length])[name]
    first, last = about["data_offsets"]
    return np.frombuffer(data[8 + length + first : 8 + length + last], "<f4").reshape(about["shape"])
