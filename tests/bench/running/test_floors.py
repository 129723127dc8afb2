"""Floors and ceilings: closed solids of the right size, made of what they are told and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from deocc.bench.running import floors
from deocc.geometry.cameras import look_at_origin, pinhole, view_cameras
from deocc.geometry.mesh import Mesh
from deocc.geometry.raycast import Caster
from deocc.observation import Observation
from tests.bench.tiny import solid_mesh


def observation(mask: NDArray[np.bool_]) -> Observation:
    photo = np.random.default_rng(0).integers(0, 256, (*mask.shape, 3)).astype(np.uint8)
    nothing = np.zeros_like(mask)
    return Observation(photo, mask, nothing, nothing)


def box_mask(width: int, height: int) -> NDArray[np.bool_]:
    mask = np.zeros((200, 240), bool)
    mask[20 : 20 + height, 30 : 30 + width] = True
    return mask


def extent(mesh: Mesh) -> NDArray:
    return np.ptp(mesh.vertices, axis=0)


@pytest.mark.parametrize("make", [floors.extrude, floors.ellipsoid])
@pytest.mark.parametrize(("width", "height"), [(60, 120), (140, 50)])
def test_a_floor_has_the_boxs_sides_and_the_smaller_as_its_depth(make, width: int, height: int):
    mesh = make(observation(box_mask(width, height))).mesh
    sides = extent(mesh) / extent(mesh).max() * max(width, height)
    # a cell of the extrusion is a 128th of the longer side
    assert sides == pytest.approx([width, min(width, height), height], abs=max(width, height) / 128)
    assert np.linalg.norm(mesh.vertices, axis=1).max() == pytest.approx(0.5, abs=1e-6)
    assert mesh.bounds()[0] == pytest.approx(-mesh.bounds()[1], abs=1e-6)
    assert mesh.is_watertight() and mesh.volume() > 0


def test_an_extruded_box_is_a_box_and_an_ellipsoid_holds_its_share():
    of = observation(box_mask(80, 80))
    slab, ball = floors.extrude(of).mesh, floors.ellipsoid(of).mesh
    assert slab.volume() == pytest.approx(np.prod(extent(slab)), rel=1e-3)
    assert ball.volume() / np.prod(extent(ball)) == pytest.approx(np.pi / 6, rel=0.01)  # of 5,120 triangles


def test_an_extrusion_looks_like_its_mask_from_the_front():
    y, x = np.mgrid[:200, :240]
    mask = ((x - 90) ** 2 / 60**2 + (y - 80) ** 2 / 40**2 < 1) & ~((x - 100) ** 2 + (y - 80) ** 2 < 15**2)
    mesh = floors.extrude(observation(mask)).mesh
    far = pinhole(240, 240, 1.0, look_at_origin(0.0, 0.0, 60.0))  # so far that it has no perspective
    seen = Caster(mesh.vertices, mesh.faces).covers(far)
    # the grid has 128 cells for the mask's 119 pixels: an outline of 300 pixels moves by half a cell
    assert filled_share(seen) == pytest.approx(filled_share(mask), abs=0.02)


def filled_share(mask: NDArray[np.bool_]) -> float:
    """Of the mask's box."""
    rows, columns = np.nonzero(mask)
    return float(mask.sum() / ((np.ptp(rows) + 1) * (np.ptp(columns) + 1)))


@pytest.mark.parametrize("seed", range(3))
def test_any_mask_extrudes_to_a_closed_solid(seed: int):
    mask = np.random.default_rng(seed).random((90, 90)) < 0.5  # cells that touch at corners, everywhere
    mesh = floors.extrude(observation(mask)).mesh
    assert mesh.is_watertight() and mesh.volume() > 0


def test_a_line_of_pixels_has_a_solid_too():
    mask = np.zeros((100, 100), bool)
    mask[10:90, 50] = True
    assert floors.extrude(observation(mask)).mesh.is_watertight()


def test_doing_nothing_is_their_completed_picture():
    of = observation(box_mask(60, 90))
    for made in (floors.extrude(of), floors.ellipsoid(of)):
        assert np.array_equal(made.completed[..., 3] > 0, of.object_mask)
        assert np.array_equal(made.completed[..., :3], of.photo)


def silhouettes(mesh: Mesh) -> list[NDArray[np.uint8]]:
    caster = Caster(mesh.vertices, mesh.faces)
    return [
        np.where(caster.covers(camera)[..., None], 255, 0).astype(np.uint8).repeat(4, axis=2)
        for camera in view_cameras("v1.2")
    ]


def test_a_hull_holds_the_object_and_looks_like_it_from_every_camera():
    mesh, cameras = solid_mesh("ell"), view_cameras("v1.2")
    views = silhouettes(mesh)
    carved = floors.hull(views, cameras, cameras[0]).mesh
    assert carved.is_watertight() and carved.volume() > mesh.volume()
    low, high = carved.bounds()
    cell = 1 / floors.HULL_CELLS
    assert (low < mesh.bounds()[0] + cell).all() and (high > mesh.bounds()[1] - cell).all()
    again = silhouettes(carved)
    for view, seen in zip(views, again, strict=True):
        a, b = view[..., 3] > 0, seen[..., 3] > 0
        assert (a & b).sum() / (a | b).sum() > 0.97  # a cell is 2.3 pixels of a view


def test_a_hull_of_empty_silhouettes_is_empty():
    cameras = view_cameras("v1.2")
    made = floors.hull([np.zeros((320, 320, 4), np.uint8)] * 6, cameras, cameras[0])
    assert len(made.mesh.faces) == 0 and made.completed.size == 0


def test_the_truth_is_the_true_mesh_and_shows_its_silhouette_where_the_camera_is_known():
    mesh, camera = solid_mesh("cup"), pinhole(100, 80, 40.0, look_at_origin(0.0, 15.0, 2.2))
    made = floors.truth(mesh, None, camera)
    assert made.mesh is mesh
    assert np.array_equal(made.completed[..., 3] > 0, Caster(mesh.vertices, mesh.faces).covers(camera))
    assert floors.truth(mesh, None, None).completed.size == 0
