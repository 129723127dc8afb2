"""The completed picture, what the photo has seen, and the photo as a texture's source."""

from __future__ import annotations

import numpy as np
import pytest

from deocc.geometry.cameras import look_at_origin, pinhole
from deocc.geometry.surface.photo.picture import completed_picture, photo_source, seen_in_photo
from tests.geometry.surface.solids import coloured, cube, shot_of, side_colours

CAMERA = pinhole(240, 200, 35.0, look_at_origin(0, 25, 2.0))
HIDDEN = (slice(90, 200), slice(120, 240))


@pytest.fixture(scope="module")
def mesh():
    return coloured(cube())


@pytest.fixture(scope="module")
def taken(mesh):
    return shot_of(mesh, CAMERA, HIDDEN)


def test_the_seen_pixels_are_the_photos_and_the_hidden_ones_the_surfaces(mesh, taken):
    done, whole = completed_picture(mesh, None, CAMERA, taken), shot_of(mesh, CAMERA)
    assert done.shape == (200, 240, 4)
    assert np.array_equal(done[taken.object_mask][:, :3], taken.photo[taken.object_mask])
    solid = done[..., 3] > 128
    assert (solid != whole.object_mask).sum() < 0.01 * whole.object_mask.sum()
    inner = whole.object_mask & taken.occluder_mask & (done[..., 3] == 255)
    assert np.abs(done[inner][:, :3].astype(int) - whole.photo[inner]).max() <= 2
    elsewhere = done[~whole.object_mask & ~taken.occluder_mask]  # nothing where the background is seen,
    assert (elsewhere[:, 3] > 0).sum() < 40  # but for outlines in the strip between object and occluder


def test_kept_pixels_are_never_filled(mesh, taken):
    keep = np.zeros_like(taken.object_mask)
    keep[:, 150:] = True
    held = type(taken)(taken.photo, taken.object_mask, taken.occluder_mask, keep)
    done = completed_picture(mesh, None, CAMERA, held)
    assert not done[keep & ~taken.object_mask].any() and done[taken.occluder_mask & ~keep].any()


def test_a_photo_of_16_megapixels_is_completed_at_its_size(mesh):
    large = pinhole(4600, 3480, 35.0, look_at_origin(0, 25, 2.0))
    whole = pinhole(46, 34, 35.0, look_at_origin(0, 25, 2.0))
    small = shot_of(mesh, whole)
    grow = np.ones((100, 100), bool)
    seen = np.kron(small.object_mask, grow)[:3480]
    seen = np.pad(seen, ((0, 3480 - len(seen)), (0, 0)))
    occluder = np.zeros_like(seen)
    occluder[1800:, 2300:] = True
    shot = type(small)(np.full((3480, 4600, 3), 90, np.uint8), seen & ~occluder, occluder, occluder & False)
    done = completed_picture(mesh, None, large, shot)
    assert done.shape == (3480, 4600, 4) and done[2300, 2500, 3] == 255  # behind the occluder
    source = photo_source(shot, large, mesh, 700_000)
    assert source.picture.shape[0] * source.picture.shape[1] < 4e6  # finer than texels is of no use


def test_seen_is_what_the_photos_own_pixels_show(mesh, taken):
    seen = seen_in_photo(mesh, CAMERA, taken)
    assert set(np.unique(seen)) == {0.0, 1.0}
    pixels = np.floor(CAMERA.project(mesh.vertices)[0]).astype(int)
    assert not seen[(mesh.vertices[:, 1] > 0.1) & (mesh.vertices[:, 2] < 0.25)].any()  # the back
    assert not seen[taken.occluder_mask[pixels[:, 1], pixels[:, 0]]].any()
    front = (np.abs(mesh.vertices[:, 1] + 0.27) < 1e-4) & taken.object_mask[pixels[:, 1], pixels[:, 0]]
    inner = front & (np.abs(mesh.vertices[:, [0, 2]]) < 0.26).all(axis=1)
    assert inner.any() and seen[inner].all()


def test_the_photos_window_keeps_its_places(mesh, taken):
    source = photo_source(taken, CAMERA, mesh, 20_000)
    assert source.picture.shape[:2] == (source.camera.height, source.camera.width) == source.own.shape
    points = np.array([[-0.2, -0.27, 0.2], [-0.1, -0.2, 0.27]])
    pixels = np.floor(source.camera.project(points)[0]).astype(int)
    found = source.picture[pixels[:, 1], pixels[:, 0]]
    assert np.abs(found.astype(int) - side_colours(points)).max() <= 2


def test_a_camera_inside_the_surfaces_bounds_completes_something(mesh, taken):
    near = pinhole(240, 200, 35.0, look_at_origin(0, 25, 0.1))
    assert completed_picture(mesh, None, near, taken).shape == (200, 240, 4)
