"""The object as it stands for its photo: turned by the drawn azimuth, on its floor, seen by its cameras."""

from __future__ import annotations

import numpy as np
import pytest

from deocc.bench.building.settings import BuildSettings
from deocc.bench.building.subject import look_at, subject_of
from deocc.data.meshes import Textured
from deocc.data.occluders.solids import box

BOX = Textured(box((0.4, 0.8, 0.3), np.array([200, 90, 40], np.uint8)), None)
SETTINGS = BuildSettings(photo_px=128, view_px=64)


@pytest.fixture(scope="module")
def subject():
    return subject_of("box", BOX, 3, SETTINGS)


def test_the_photos_camera_is_at_the_drawn_azimuth_of_the_objects_own_front(subject):
    azimuth = np.radians(subject.photo.azimuth_deg)
    assert abs(subject.photo.azimuth_deg) > 3, "a draw that can tell the two turns apart"
    own = BOX.mesh.vertices[:, :2] @ np.array(
        [[np.cos(azimuth), -np.sin(azimuth)], [np.sin(azimuth), np.cos(azimuth)]]
    )
    turned = subject.textured.mesh.vertices[:, :2]
    scale = np.ptp(turned[:, 0]) / np.ptp(own[:, 0])
    # 3e-6: float32 vertices
    assert turned - turned.mean(axis=0) == pytest.approx(scale * (own - own.mean(axis=0)), abs=3e-6)
    # the own front's camera, turned with the object, is the first of Amodal3R's four
    first = subject.quarter_cameras()[0].centre
    assert np.degrees(np.arctan2(first[0], -first[1])) == pytest.approx(-subject.photo.azimuth_deg)


def test_the_floor_touches_the_lowest_vertex(subject):
    assert subject.scene.ground.height == subject.textured.mesh.vertices[:, 2].min()


def test_all_views_hold_the_whole_object(subject):
    sets = subject.view_sets()
    assert {name: len(cameras) for name, cameras in sets.items()} == {"v1.1": 6, "v1.2": 6, "random": 4}
    for camera in (
        *sets["v1.1"],
        *sets["v1.2"],
        *sets["random"],
        *subject.quarter_cameras(),
        subject.look.camera,
    ):
        amodal = look_at(subject.caster(), camera).amodal
        rim = np.concatenate([amodal[0], amodal[-1], amodal[:, 0], amodal[:, -1]])
        assert amodal.any() and not rim.any()


def test_depth_is_along_the_optical_axis(subject):
    look = subject.look
    v, u = np.argwhere(look.amodal)[100]
    camera = look.camera
    local = np.array([(u + 0.5 - camera.cx) / camera.fx, (v + 0.5 - camera.cy) / camera.fy, 1])
    point = camera.centre + camera.object_from_camera[:3, :3] @ local * look.depth[v, u]
    corners = subject.textured.mesh.vertices[subject.textured.mesh.faces[look.triangle[v, u]]]
    normal = np.cross(corners[1] - corners[0], corners[2] - corners[0])
    assert abs((point - corners[0]) @ normal / np.linalg.norm(normal)) < 1e-5  # on its triangle: float32 rays
    assert np.isinf(look.depth[~look.amodal]).all()


def test_faces_chosen_cover_their_pixels_alone(subject):
    chosen = np.zeros(len(subject.textured.mesh.faces), bool)
    assert not subject.look.of_faces(chosen).any()
    assert np.array_equal(subject.look.of_faces(~chosen), subject.look.amodal)
    chosen[subject.look.triangle.max()] = True
    assert np.array_equal(subject.look.of_faces(chosen), subject.look.triangle == subject.look.triangle.max())
