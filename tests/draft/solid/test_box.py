"""The cuboid of a silhouette: found from its outline, sound as a surface, rounded as told."""

from __future__ import annotations

import math

import numpy as np
import pytest

from deocc.backends.draft.solid.box import Cuboid, box_surface, fit_box
from deocc.backends.draft.solid.viewpoint import elevation_of
from deocc.bench.metrics.masks import iou
from deocc.geometry.raycast import Caster
from tests.draft.solids import (
    ball,
    box,
    camera,
    crossing_edges,
    known_camera,
    outline,
    speckled,
    stand,
    surface_mesh,
)

EXTENTS = (0.8, 0.4, 0.6)


def fitted(elevation_deg: float, known: bool) -> tuple[Cuboid, np.ndarray]:
    mask = outline(box(EXTENTS), camera(elevation_deg, 35.0))
    before = stand(mask, known=known_camera(elevation_deg) if known else None)
    return fit_box(mask, mask, speckled(mask), before), mask


@pytest.mark.parametrize(("elevation_deg", "error"), [(10.0, 0.12), (25.0, 0.06), (45.0, 0.06)])
def test_with_the_camera_known_the_sides_are_found(elevation_deg: float, error: float):
    cuboid, _ = fitted(elevation_deg, known=True)
    sides = np.sort(cuboid.half) / cuboid.half.max()
    assert sides == pytest.approx(np.sort(EXTENTS) / 0.8, abs=error)  # a flat view shows little of the depth
    assert cuboid.fit > 0.97
    assert cuboid.rounding < 0.2


def test_without_a_camera_the_elevation_is_guessed_from_the_outline():
    for elevation_deg in (8.0, 40.0):
        cuboid, _ = fitted(elevation_deg, known=False)
        assert math.degrees(elevation_of(cuboid.camera)) == pytest.approx(elevation_deg, abs=12)
        assert cuboid.fit > 0.97


def test_a_ball_is_a_poor_box():
    mask = outline(ball(), camera(20.0))
    assert fit_box(mask, mask, speckled(mask), stand(mask)).fit < 0.94


@pytest.mark.parametrize("rounding", [0.0, 0.3, 1.0])
def test_the_surface_is_sound_and_covers_what_the_fit_says(rounding: float):
    view = camera(20.0, 0.0, distance=1.0)
    cuboid = Cuboid(view, np.array([0.2, 0.1, 0.15]), math.radians(30), rounding)
    mesh = surface_mesh(box_surface(cuboid, 6_000))
    assert mesh.is_watertight()
    assert crossing_edges(mesh) == 0
    base = 4 * 0.2 * 0.1 - (4 - math.pi) * (rounding * 0.1) ** 2
    assert mesh.volume() == pytest.approx(base * 0.3, rel=0.01)  # circles of some 20 corners lose 1 %


def test_inner_edges_of_the_picture_choose_between_boxes_of_one_outline():
    """A cube seen over its edge has the outline of many boxes; the painted edge tells which."""
    cuboid, mask = fitted(25.0, known=False)
    picture = np.full((*mask.shape, 3), 255, np.uint8)
    mesh = surface_mesh(box_surface(cuboid, 6_000))
    hits = Caster(mesh.vertices, mesh.faces).cast(*cuboid.camera.rays())
    side = np.where(hits.triangle >= 0, hits.triangle // (len(mesh.faces) // 6), -1).reshape(mask.shape)
    for number in np.unique(side[side >= 0]):
        picture[side == number] = 40 * number
    again = fit_box(mask, mask, picture, stand(mask))
    assert again.edges > 0.5
    assert again.evidence > again.fit
    assert iou(Caster(mesh.vertices, mesh.faces).covers(cuboid.camera), mask) > 0.97
