"""The surfaces solids are made of have the volumes of geometry, and cups and drawers are truly hollow."""

from __future__ import annotations

import math
import sys

import numpy as np
import pytest

pytest.importorskip("manifold3d", reason="made-up solids need manifold3d, of the extra “train”")

from deocc.data.solids import draw
from deocc.data.solids.carve import less
from deocc.data.solids.curves import Chance, rounded
from deocc.data.solids.finish import finished
from deocc.data.solids.paints import Paints
from deocc.data.solids.piece import Piece, bounds
from deocc.data.solids.shapes import ball, box, cylinder, lathe, limb, loft, plate, rod, tube
from deocc.errors import InputFault
from deocc.geometry.mesh import Mesh
from deocc.geometry.raycast import Caster

RING = 28 / (2 * math.pi) * math.sin(2 * math.pi / 28)  # area of a regular 28-gon as a share of its circle


def _mesh(piece: Piece) -> Mesh:
    ones = np.ones(len(piece.vertices), np.float32)
    return Mesh(piece.vertices, piece.faces.astype(np.int32), piece.uv, ones)  # type: ignore[arg-type]


# Volumes are exact for flat-sided forms and, for turned ones, times the polygon's share of its circle.
SHAPES = {
    "box": (box(1, 2, 3), 6.0),
    "cylinder": (lathe([(1, 0), (1, 2)], sectors=28), 2 * math.pi * RING),
    "cone": (lathe([(1, 0), (0, 3)], sectors=28), math.pi * RING),
    "rod": (rod((0, 0, 0), (0, 3, 4), 0.1, sides=28), 5 * 0.01 * math.pi * RING),
    "plate with a hole": (plate([2 * rounded(28), rounded(28)[::-1]], 0.5), 0.5 * 3 * math.pi * RING),
    "loft": (loft([(0, 1, 0, 2), (3, 1, 0, 2)], sides=28), 3 * math.pi * RING),
}


@pytest.mark.parametrize("name", list(SHAPES))
def test_a_shape_has_its_volume_and_is_closed(name):
    piece, volume = SHAPES[name]
    mesh = _mesh(piece)
    assert mesh.is_watertight()
    assert mesh.volume() == pytest.approx(volume, rel=1e-6)
    assert piece.uv.min() >= 0 and piece.uv.max() <= 1


def test_cut_edges_take_a_little_off_a_box():
    """Twelve prisms of half the edge's square each; where three meet they overlap."""
    whole, cut = 8.0, _mesh(box(2, 2, 2, edge=0.1)).volume()
    assert whole - 12 * 2 * 0.1**2 / 2 < cut < whole - 12 * 1.8 * 0.1**2 / 2


def test_an_ellipsoid_and_a_torus_come_near_their_volumes():
    # 36 sectors and 18 belts: chords lose about 1 % of a round body
    assert _mesh(ball(1, 2, 3, sectors=36)).volume() == pytest.approx(8 * math.pi, rel=0.02)
    ring = 0.2 * rounded(36) + (1, 0)
    assert _mesh(lathe(ring, sectors=36, is_loop=True)).volume() == pytest.approx(
        2 * math.pi**2 * 0.04, rel=0.02
    )
    assert _mesh(ball(1, 1, 1, sectors=36, squareness=8.0)).volume() > 6  # of its box's 8; a sphere has 4.2


def test_a_tube_keeps_its_thickness_round_a_bend():
    angle = np.linspace(0, math.pi, 40)
    path = np.stack([np.cos(angle), np.zeros(40), np.sin(angle)], axis=1)
    bent = _mesh(tube(path, 0.1, sides=24))
    assert bent.is_watertight()
    assert bent.volume() == pytest.approx(math.pi * math.pi * 0.01, rel=0.02)  # Pappus: length times section
    thick = limb([(0, 0, 0), (0, 0, 1), (0, 0, 2)], [0.3, 0.2, 0.1])
    assert _mesh(thick).is_watertight()
    assert np.ptp(thick.vertices[thick.vertices[:, 2] > 1.9, 0]) < 0.25  # thin where it was told thin


def test_moving_keeps_a_piece_closed_and_outward():
    piece = cylinder(0.5, 1.0).scaled(1, 2, 3).turned("x", 30).moved(1, 2, 3).mirrored("y").painted("wood")
    mesh = _mesh(piece)
    assert mesh.is_watertight() and mesh.volume() > 0 and piece.paint == "wood"
    quarter = box(2, 1, 1).turned("z", 90)
    assert np.ptp(quarter.vertices, axis=0) == pytest.approx([1, 2, 1])
    low, high = bounds([quarter, quarter.moved(z=2)])
    assert high - low == pytest.approx([1, 2, 3])


def test_a_difference_is_exact_and_keeps_its_uv_in_range():
    drilled = less(box(2, 2, 2), [box(1, 1, 4).moved(z=-1)])
    mesh = _mesh(drilled)
    assert mesh.is_watertight()
    assert mesh.volume() == pytest.approx(8 - 2, rel=1e-9)
    assert drilled.uv.min() >= 0 and drilled.uv.max() <= 1
    halves = less(box(3, 1, 1), [box(0.5, 2, 3).moved(x=0.5, z=-1)])
    assert _mesh(halves).volume() == pytest.approx(1.75, rel=1e-9)  # the greater of 1.75 and 0.75 is kept


def test_without_the_library_the_fault_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "manifold3d", None)
    with pytest.raises(InputFault, match="manifold3d") as caught:
        less(box(2, 2, 2), [box(1, 1, 4)])
    assert caught.value.code == "no_manifold3d" and "train" in caught.value.hint


def _depth_inside(pieces: list[Piece], x: float, y: float) -> float:
    """How deep a ray down from above falls, as a share of the pieces' height."""
    solid = finished(pieces, Paints(Chance(np.random.default_rng(0))))
    low, high = solid.mesh.bounds()
    caster = Caster(solid.mesh.vertices, solid.mesh.faces)
    size = high - low
    start = np.array([[low[0] + x * size[0], low[1] + y * size[1], 1.0]])
    hits = caster.cast(start, np.array([[0.0, 0.0, -1.0]]))
    return float((hits.distance[0] - (1 - high[2])) / size[2])


@pytest.mark.parametrize("name", ["cup", "vase", "bucket", "pan"])
def test_a_vessel_is_hollow(name):
    """The first piece is the vessel: a ray down its axis passes its rim and ends near its floor."""
    for seed in range(8):
        vessel = draw.FAMILIES[name].build(Chance(np.random.default_rng([7, seed])))[:1]
        assert _depth_inside(vessel, 0.5, 0.5) > 0.6, f"seed {seed}"


def test_a_solid_block_is_not_hollow_but_a_carved_one_is():
    assert _depth_inside([box(1, 1, 1)], 0.5, 0.5) == pytest.approx(0, abs=1e-5)
    carved = less(box(1, 1, 1), [box(0.8, 0.8, 1).moved(z=0.1)])
    assert _depth_inside([carved], 0.5, 0.5) == pytest.approx(0.9, abs=1e-5)


def test_splitting_edges_and_long_triangles_opens_no_seam():
    """Each corner of a box, and each seam of a picture, is several vertices at one place until the end."""
    for piece in (box(1, 0.4, 0.7, edge=0.05), cylinder(0.3, 1.5), less(box(2, 2, 2), [box(1, 1, 4)])):
        mesh = finished([piece], Paints(Chance(np.random.default_rng(1)))).mesh
        assert len(mesh.faces) > 3 * len(piece.faces) and mesh.is_watertight()
