"""The surface of a turned body: its measures, its discs, closed for any profile."""

from __future__ import annotations

import math

import numpy as np
import pytest

from deocc.backends.draft.solid.revolve import Turned
from deocc.backends.draft.solid.turning import turned_surface
from tests.draft.solids import camera, crossing_edges, surface_mesh

HEIGHTS = np.linspace(-0.2, 0.2, 60)
PROFILES = {
    "can": np.full(60, 0.15),
    "cone": np.linspace(0.15, 0.0, 60),
    "ball": np.sqrt(np.maximum(0.04 - HEIGHTS**2, 0)),
    "ribbed": 0.12 + 0.03 * np.sin(60 * HEIGHTS),
}
VOLUMES = {
    "can": math.pi * 0.15**2 * 0.4,
    "cone": math.pi * 0.15**2 * 0.4 / 3,
    "ball": 4 / 3 * math.pi * 0.008,
}


def turned(name: str) -> Turned:
    return Turned(camera(20.0, distance=1.0), HEIGHTS, PROFILES[name], 1.0, 1.0)


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize("triangles", [6_000, 30_000])
def test_any_profile_gives_a_closed_surface(name: str, triangles: int):
    mesh = surface_mesh(turned_surface(turned(name), triangles))
    assert mesh.is_watertight()
    assert mesh.volume() > 0
    assert crossing_edges(mesh) == 0
    assert len(mesh.faces) == pytest.approx(triangles, rel=0.1)


@pytest.mark.parametrize("name", VOLUMES)
def test_the_volume_is_the_bodys(name: str):
    mesh = surface_mesh(turned_surface(turned(name), 20_000))
    assert mesh.volume() == pytest.approx(VOLUMES[name], rel=0.01)  # 96 corners of a circle lose 0.1 %


def test_it_ends_in_flat_discs_at_its_ends():
    low, high = surface_mesh(turned_surface(turned("can"), 20_000)).bounds()
    assert low == pytest.approx([-0.15, -0.15, -0.2], abs=1e-4)
    assert high == pytest.approx([0.15, 0.15, 0.2], abs=1e-4)


def test_every_vertex_has_a_place_in_its_chart():
    surface = turned_surface(turned("ribbed"), 20_000)
    assert surface.place.min() >= 0 and surface.place.max() <= 1
    assert set(np.unique(surface.chart)) == set(range(len(surface.charts)))
