"""Cushions: as deep as the outline is thick, true to the outline, closed."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from deocc.backends.draft.solid.inflate import inflate, inflate_beside
from deocc.bench.metrics.masks import iou
from deocc.geometry.mesh import Mesh
from deocc.geometry.raycast import Caster
from tests.draft.solids import crossing_edges, stand, surface_mesh


def disc(radius: int = 60) -> np.ndarray:
    mask = np.zeros((240, 320), np.uint8)
    cv2.circle(mask, (160, 120), radius, (1,), -1)
    return mask > 0


def bars() -> np.ndarray:
    """Lying, 40 px high to the left and 20 px to the right."""
    mask = np.zeros((240, 320), bool)
    mask[100:140, 40:160] = mask[110:130, 160:280] = True
    return mask


def cushion(mask: np.ndarray, elevation_deg: float = 20.0, thickness: float = 1.0) -> Mesh:
    return surface_mesh(inflate(mask, stand(mask, elevation_deg).camera(), thickness, 12_000))


@pytest.mark.parametrize("elevation_deg", [-30.0, 0.0, 20.0, 80.0])
def test_a_disc_becomes_a_ball_from_any_elevation(elevation_deg: float):
    low, high = cushion(disc(), elevation_deg).bounds()
    sides = high - low
    assert sides / sides.mean() == pytest.approx(np.ones(3), abs=0.15)  # perspective makes an egg of it
    radius = sides.mean() / 2
    assert cushion(disc(), elevation_deg).volume() == pytest.approx(4 / 3 * np.pi * radius**3, rel=0.1)


def test_depth_follows_the_local_thickness():
    mesh = cushion(bars(), 0.0)
    deep = [np.ptp(mesh.vertices[abs(mesh.vertices[:, 0] - x) < 0.02, 1]) for x in (-0.2, 0.2)]
    assert deep[0] / deep[1] == pytest.approx(2, abs=0.5)
    tall = [np.ptp(mesh.vertices[abs(mesh.vertices[:, 0] - x) < 0.02, 2]) for x in (-0.2, 0.2)]
    assert deep[0] / tall[0] == pytest.approx(1, abs=0.25)  # round: Poisson's bars are a little flat


def test_thickness_multiplies_the_depth():
    plain, thick = (np.ptp(cushion(bars(), 0.0, one).vertices[:, 1]) for one in (1.0, 2.0))
    assert thick / plain == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize("mask", [disc(), bars()], ids=["disc", "bars"])
def test_the_outline_is_kept_and_the_surface_is_sound(mask: np.ndarray):
    view = stand(mask).camera()
    mesh = surface_mesh(inflate(mask, view, 1.0, 12_000))
    assert mesh.is_watertight() and mesh.volume() > 0
    assert crossing_edges(mesh) == 0
    assert iou(Caster(mesh.vertices, mesh.faces).covers(view), mask) > 0.97


def test_thickness_never_reaches_the_camera():
    mask = np.ones((240, 320), bool)
    view = stand(mask).camera()
    mesh = surface_mesh(inflate(mask, view, 3.0, 12_000))
    assert (np.linalg.norm(mesh.vertices - view.centre, axis=1) > 0.35).all()  # of the middle's distance
    assert mesh.volume() > 0


def test_a_handle_is_as_thick_at_the_body_as_away_from_it():
    part, body = np.zeros((240, 320), bool), np.zeros((240, 320), bool)
    body[60:180, 100:160] = True
    part[110:130, 160:260] = True
    view = stand(part | body, 0.0).camera()
    mesh = surface_mesh(inflate_beside(part, body, view, 1.0, 6_000))
    assert mesh.is_watertight() and mesh.volume() > 0
    assert crossing_edges(mesh) == 0
    x = mesh.vertices[:, 0]
    at_body, amid = (np.ptp(mesh.vertices[abs(x - at) < 0.01, 1]) for at in (x.min() + 0.01, x.mean()))
    assert at_body / amid == pytest.approx(1, abs=0.25)
