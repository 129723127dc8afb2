"""The photo's camera, recovered from outlines of which a part is hidden; poses and windows it is made of."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import trimesh

from deocc.contract import PhotoCamera
from deocc.geometry.cameras import Camera, look_at_origin
from deocc.geometry.raycast import Caster
from deocc.geometry.surface.photo.camera_fit import GOOD_OVERLAP, fit_camera
from deocc.geometry.surface.photo.outline import outline_of
from deocc.geometry.surface.photo.pose import Pose
from tests.geometry.surface.solids import Shot, lamp, together

SIZE = (480, 360)


def mug() -> trimesh.Trimesh:
    body = trimesh.creation.cylinder(radius=0.25, height=0.55, sections=64)
    handle = trimesh.creation.torus(0.13, 0.03)
    handle.apply_transform(trimesh.transformations.rotation_matrix(math.pi / 2, [1, 0, 0]))
    handle.apply_translation([0.25, 0, 0])
    return together(body, handle)


def brick() -> trimesh.Trimesh:
    """A box seen from a corner."""
    made = trimesh.creation.box(extents=[0.5, 0.3, 0.4])
    made.apply_transform(trimesh.transformations.rotation_matrix(0.6, [0, 0, 1]))
    return made


SOLIDS = {"lamp": lamp(), "mug": mug(), "brick": brick()}


def photographed(
    elevation_deg: float, x: float = 250, y: float = 170, fov_deg: float = 45.0, distance: float = 2.2
) -> Camera:
    focal = SIZE[0] / 2 / math.tan(math.radians(fov_deg / 2))
    pose = Pose(0.02, math.radians(elevation_deg), 0.01, x, y, math.log(distance), math.log(focal))
    return pose.camera(*SIZE, SIZE[0] / 2, SIZE[1] / 2)


def shot(
    solid: trimesh.Trimesh, camera: Camera, hidden: float = 0.3, known: PhotoCamera | None = None
) -> Shot:
    """Its right part behind an occluder that hides the share `hidden` of its width, and more below."""
    whole = Caster(solid.vertices, solid.faces).covers(camera)
    occluder = np.zeros_like(whole)
    rows, columns = np.nonzero(whole)
    occluder[int(np.quantile(rows, 0.4)) :, int(columns.max() - hidden * np.ptp(columns)) :] = True
    photo = np.zeros((*whole.shape, 3), np.uint8)
    return Shot(photo, whole & ~occluder, occluder, np.zeros_like(whole), known)


def elevation_deg(camera: Camera) -> float:
    x, y, z = camera.centre
    return math.degrees(math.atan2(z, math.hypot(x, y)))


def whole_overlap(solid: trimesh.Trimesh, one: Camera, other: Camera) -> float:
    a, b = (Caster(solid.vertices, solid.faces).covers(camera) for camera in (one, other))
    return (a & b).sum() / (a | b).sum()


@pytest.mark.parametrize("name", list(SOLIDS))
@pytest.mark.parametrize("elevation", [-5, 20, 45])
def test_a_partly_hidden_solid_tells_how_it_was_photographed(name: str, elevation: int):
    solid, true = SOLIDS[name], photographed(elevation)
    found = fit_camera(solid.vertices, solid.faces, shot(solid, true))
    assert (found.camera.width, found.camera.height) == SIZE
    # an outline of 300 px in which a degree moves the rims by less than a pixel
    assert abs(elevation_deg(found.camera) - elevation) < 4
    assert found.overlap > 0.97 and whole_overlap(solid, found.camera, true) > 0.95
    assert found.is_good


def test_an_unusual_field_of_view_costs_little():
    solid, true = SOLIDS["lamp"], photographed(25, fov_deg=30.0, distance=3.2)
    found = fit_camera(solid.vertices, solid.faces, shot(solid, true))
    assert abs(elevation_deg(found.camera) - 25) < 4 and whole_overlap(solid, found.camera, true) > 0.95


def test_an_object_cut_off_by_the_photos_border_goes_on_beyond_it():
    solid, true = SOLIDS["lamp"], photographed(20, x=30, y=200)
    found = fit_camera(solid.vertices, solid.faces, shot(solid, true, hidden=0.0))
    assert found.overlap > 0.96
    assert np.abs(found.camera.project(np.zeros((1, 3)))[0][0] - [30, 200]).max() < 8


def test_a_known_camera_is_kept():
    solid, true = SOLIDS["mug"], photographed(30)
    axis = true.object_from_camera[:3, 2]
    known = PhotoCamera(fov_deg=45.0, elevation_deg=math.degrees(math.asin(-axis[2])))
    found = fit_camera(solid.vertices, solid.faces, shot(solid, true, known=known)).camera
    assert found.fx == pytest.approx(true.fx, rel=0.01)
    assert abs(elevation_deg(found) - 30) < 1.5  # without it 4 degrees are allowed
    up = found.object_from_camera[2, :3]  # the object's +Z in the camera's axes
    assert np.degrees(np.arcsin(-up[2])) == pytest.approx(known.elevation_deg, abs=1)


def test_masks_in_several_pieces_are_one_object():
    solid, true = SOLIDS["lamp"], photographed(15)
    whole = Caster(solid.vertices, solid.faces).covers(true)
    bar = np.zeros_like(whole)
    bar[150:200] = True
    seen = Shot(np.zeros((*whole.shape, 3), np.uint8), whole & ~bar, bar, np.zeros_like(bar))
    found = fit_camera(solid.vertices, solid.faces, seen)
    # a third of the outline is hidden right across: field of view and elevation make up for each other
    assert abs(elevation_deg(found.camera) - 15) < 7 and whole_overlap(solid, found.camera, true) > 0.95


def test_another_object_is_told_by_its_overlap():
    lying = np.zeros(SIZE[::-1], bool)
    lying[170:190, 40:440] = True
    ball = trimesh.creation.icosphere(subdivisions=3, radius=0.4)
    nothing = np.zeros_like(lying)
    found = fit_camera(
        ball.vertices, ball.faces, Shot(np.zeros((*lying.shape, 3), np.uint8), lying, nothing, nothing)
    )
    assert found.overlap < GOOD_OVERLAP and not found.is_good
    assert np.isfinite(found.camera.object_from_camera).all()


def test_a_mask_of_a_few_pixels_and_a_surface_of_one_triangle_end_well():
    seen = np.zeros((60, 80), bool)
    seen[30:38, 40:48] = True
    few = Shot(np.zeros((60, 80, 3), np.uint8), seen, np.zeros_like(seen), np.zeros_like(seen))
    points = np.array([[-0.3, 0, -0.3], [0.3, 0, -0.3], [0, 0, 0.4]])
    for solid in (points, points * [1, 1, 0]):
        assert np.isfinite(fit_camera(solid, np.array([[0, 1, 2]]), few).camera.object_from_camera).all()


def test_the_same_photo_gives_the_same_camera():
    solid = SOLIDS["brick"]
    taken = shot(solid, photographed(20))
    first, again = (fit_camera(solid.vertices, solid.faces, taken) for _ in range(2))
    assert np.array_equal(first.camera.object_from_camera, again.camera.object_from_camera)


# What it is made of


def test_a_pose_in_the_middle_of_the_photo_is_look_at_origin():
    pose = Pose(math.radians(30), math.radians(20), 0.0, 50, 40, math.log(2.0), math.log(90.0))
    camera = pose.camera(100, 80, 50, 40)
    assert np.allclose(camera.object_from_camera, look_at_origin(30, 20, 2.0))
    assert (camera.fx, camera.fy, camera.cx, camera.cy) == pytest.approx((90, 90, 50, 40))


def test_a_pose_means_what_it_says_off_the_middle_too():
    pose = Pose(math.radians(-10), math.radians(35), 0.0, 80, 15, math.log(1.7), math.log(70.0))
    camera = pose.camera(100, 80, 50, 40)
    pixel, depth = camera.project(np.zeros((1, 3)))
    assert np.allclose(pixel, [[80, 15]]) and depth[0] < 1.7
    assert np.linalg.norm(camera.centre) == pytest.approx(1.7)
    assert elevation_deg(camera) == pytest.approx(35)
    assert np.allclose(camera.object_from_camera[:3, :3] @ camera.object_from_camera[:3, :3].T, np.eye(3))
    leaning = replace(pose, roll=0.1).camera(100, 80, 50, 40)
    top = leaning.project(np.array([[0, 0, 0.01]]))[0][0]
    assert top[0] > 80 and top[1] < 15  # its upright leans to the right


def test_the_windows_camera_sees_the_photos_pixels():
    seen = np.zeros((300, 400), bool)
    seen[100:260, 250:390] = True
    outline = outline_of(
        Shot(np.zeros((300, 400, 3), np.uint8), seen, ~seen & (np.arange(400) < 200), seen & False), 50
    )
    photo = photographed(20)
    window = outline.camera(replace(photo, width=400, height=300))
    point = np.array([[0.1, 0.2, 0.3]])
    expected = (photo.project(point)[0] - [outline.left, outline.top]) * outline.scale
    assert np.allclose(window.project(point)[0], expected)
    # each window pixel averages a few of the photo's
    assert outline.seen.sum() == pytest.approx(160 * 140 * outline.scale**2, rel=0.02)
    assert outline.hides[:, -1].min() > 0.9  # beyond the border anything may be
    assert outline.overlap(outline.seen) == pytest.approx(1, abs=1e-3)
