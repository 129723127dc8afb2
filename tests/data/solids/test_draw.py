"""Made-up solids: the same from a seed, normalised, of closed parts, of every family in its share."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

pytest.importorskip("manifold3d", reason="made-up solids need manifold3d, of the extra “train”")

from deocc.data.solids import draw
from deocc.data.solids.curves import Chance
from deocc.data.solids.finish import LEAST_FACES, MOST_FACES
from deocc.data.solids.piece import Piece
from deocc.geometry.mesh import Mesh

SEEDS = 6  # of each family: enough that each of its kinds, two to six, mostly appears


def _mesh(piece: Piece) -> Mesh:
    ones = np.ones(len(piece.vertices), np.float32)
    return Mesh(piece.vertices.astype(np.float64), piece.faces.astype(np.int32), piece.uv, ones)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", list(draw.FAMILIES))
def test_every_piece_of_a_family_is_closed_and_faces_outwards(name):
    for seed in range(SEEDS):
        for i, piece in enumerate(draw.FAMILIES[name].build(Chance(np.random.default_rng([1, seed])))):
            mesh = _mesh(piece)
            assert mesh.is_watertight(), f"piece {i} ({piece.paint}) of seed {seed} is open"
            assert mesh.volume() > 0, f"piece {i} ({piece.paint}) of seed {seed} is inside out"


@pytest.mark.parametrize("name", list(draw.FAMILIES))
def test_a_solid_of_a_family_is_normalised_finite_and_within_its_triangles(name):
    for seed in range(SEEDS):
        solid = draw.solid_of(name, np.random.default_rng([2, seed]))
        mesh = solid.mesh
        assert LEAST_FACES <= len(mesh.faces) <= MOST_FACES, f"{len(mesh.faces)} triangles from seed {seed}"
        assert np.isfinite(mesh.vertices).all() and np.isfinite(mesh.uv).all()
        assert mesh.uv.min() >= 0 and mesh.uv.max() <= 1
        assert mesh.faces.min() == 0 and mesh.faces.max() == len(mesh.vertices) - 1
        low, high = mesh.bounds()
        # the object frame's two rules, to float32's rounding of lengths around 0.5
        assert np.abs(low + high).max() < 1e-6
        assert np.linalg.norm(mesh.vertices, axis=1).max() == pytest.approx(0.5, abs=1e-6)
        if solid.texture is None:
            assert mesh.colours is not None and mesh.colours.shape == (len(mesh.vertices), 3)
        else:
            assert mesh.colours is None and solid.texture.dtype == np.uint8 and solid.texture.shape[2] == 3


def test_the_same_seed_gives_the_same_solid_and_another_one_another():
    def drawn(seed: int):
        return draw.drawn_solid(np.random.default_rng([3, seed]))

    for seed in range(8):
        one, again, other = drawn(seed), drawn(seed), drawn(seed + 100)
        for a, b in zip(_arrays(one), _arrays(again), strict=True):
            assert np.array_equal(a, b)
        assert not np.array_equal(one.mesh.vertices, other.mesh.vertices)


def _arrays(solid) -> list[np.ndarray]:
    nothing = np.zeros(0)
    colours = nothing if solid.mesh.colours is None else solid.mesh.colours
    texture = nothing if solid.texture is None else solid.texture
    return [solid.mesh.vertices, solid.mesh.faces, solid.mesh.uv, colours, texture]


def test_every_family_is_drawn_in_its_share(monkeypatch):
    drawn: Counter[str] = Counter()
    monkeypatch.setattr(draw, "solid_of", lambda name, rng: drawn.update([name]))
    rng = np.random.default_rng(4)
    for _ in range(6000):
        draw.drawn_solid(rng)
    total = sum(family.weight for family in draw.FAMILIES.values())
    for name, family in draw.FAMILIES.items():
        expected = 6000 * family.weight / total
        # five standard deviations of a count: one false alarm in a million names
        assert abs(drawn[name] - expected) < 5 * expected**0.5, (
            f"{name}: {drawn[name]}, not about {expected:.0f}"
        )


def test_things_stand_unless_they_lie_about():
    """A glass keeps its height where nothing lies, and is as high as it was wide where everything does."""
    for seed in range(10):
        pieces = draw.FAMILIES["glass"].build(Chance(np.random.default_rng([5, seed])))
        stands = draw.posed(pieces, 0.0, Chance(np.random.default_rng(seed)))
        lies = draw.posed(pieces, 1.0, Chance(np.random.default_rng(seed)))
        assert _height(stands) == pytest.approx(_height(pieces), rel=1e-9)
        width = np.ptp(np.concatenate([one.vertices for one in pieces]), axis=0)[0]
        # a body of revolution with 28 corners is 1 % wider across corners than across sides
        assert _height(lies) == pytest.approx(width, rel=0.02)


def _height(pieces: list[Piece]) -> float:
    return float(np.ptp(np.concatenate([one.vertices for one in pieces]), axis=0)[2])


def test_half_of_the_solids_or_more_carry_a_picture_and_the_rest_several_colours():
    solids = [draw.drawn_solid(np.random.default_rng([6, seed])) for seed in range(60)]
    textured = sum(one.texture is not None for one in solids)
    assert 24 <= textured <= 48  # 60 draws at 0.6: 36 ± 3 standard deviations of 3.8
    several = [len(np.unique(one.mesh.colours, axis=0)) > 1 for one in solids if one.mesh.colours is not None]
    assert np.mean(several) > 0.5  # most families have two paints or more
