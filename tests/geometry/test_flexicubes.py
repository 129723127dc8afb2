"""FlexiCubes by what a surface extraction owes: places, volumes, closedness, orientation; and its weights."""

from __future__ import annotations

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import Tensor  # noqa: E402

from deocc.geometry.flexicubes import (  # noqa: E402
    CubeWeights,
    DualSurface,
    cube_weights,
    dual_surface,
    listed_cubes,
    surface_cubes,
    uniform_weights,
    without_zeros,
)
from deocc.geometry.mesh import Mesh  # noqa: E402


def axes(*counts: int) -> list[Tensor]:
    return [torch.linspace(-1, 1, count + 1) for count in counts]


def sphere(counts: tuple[int, int, int], radius: float = 0.7) -> Tensor:
    """The distance to a sphere, negative inside, at the vertices of a grid over [-1, 1]³."""
    grid = torch.stack(torch.meshgrid(*axes(*counts), indexing="ij"), -1)
    return grid.norm(dim=-1) - radius


def random_field(counts: tuple[int, int, int], seed: int) -> Tensor:
    """Noise inside, all outside at the border: every surface is closed and as tangled as can be."""
    field = torch.rand([n + 1 for n in counts], generator=torch.Generator().manual_seed(seed)) - 0.5
    inner = torch.zeros_like(field, dtype=torch.bool)
    inner[1:-1, 1:-1, 1:-1] = True
    return torch.where(inner, field, field.abs() + 1e-3)


def extract(field: Tensor, weights: CubeWeights | None = None, seed: int | None = None) -> DualSurface:
    cubes = surface_cubes(field < 0)
    counts = [n - 1 for n in field.shape]
    grid = torch.stack(torch.meshgrid(*axes(*counts), indexing="ij"), -1).reshape(-1, 3)
    at = cubes.corners()
    if seed is not None:
        raw = torch.randn(len(cubes.coords), 21, generator=torch.Generator().manual_seed(seed))
        weights = cube_weights(raw, 0.5)
    weights = weights or uniform_weights(len(cubes.coords), field.device)
    return dual_surface(cubes, grid[at], field.reshape(-1)[at], weights, grid[at] * 2 + 1)


def mesh_of(surface: DualSurface) -> Mesh:
    count = len(surface.vertices)
    return Mesh(
        surface.vertices.numpy(),
        surface.faces.numpy().astype(np.int32),
        np.zeros((count, 2), np.float32),
        np.zeros(count, np.float32),
    )


def is_closed(faces: Tensor) -> bool:
    """Every directed edge once, and its opposite once, by vertex numbers."""
    edges = torch.cat([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]).tolist()
    directed = {(a, b) for a, b in edges}
    return len(directed) == len(edges) and all((b, a) in directed for a, b in directed)


@pytest.mark.parametrize("counts", [(24, 24, 24), (20, 26, 31)])
def test_a_sphere_has_its_volume_faces_outwards_and_is_closed(counts: tuple[int, int, int]):
    mesh = mesh_of(extract(sphere(counts)))
    exact = 4 / 3 * math.pi * 0.7**3
    assert mesh.is_watertight()
    assert mesh.volume() == pytest.approx(
        exact, rel=0.02
    )  # chords of a 24th lie within, half a percent each way
    assert np.linalg.norm(mesh.vertices, axis=1) == pytest.approx(0.7, abs=0.02)
    edges = 3 * len(mesh.faces) // 2
    assert len(mesh.vertices) - edges + len(mesh.faces) == 2


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("counts", [(7, 7, 7), (5, 9, 6)])
def test_a_tangled_closed_field_gives_a_closed_oriented_surface(counts: tuple[int, int, int], seed: int):
    """Four faces at an edge, the fault of one dual vertex per cube, would show here: half of all corners are
    inside, so that all 254 cases and the ambiguous pairs occur."""
    surface = extract(random_field(counts, seed), seed=seed)
    assert is_closed(surface.faces)


def test_ambiguous_neighbours_are_settled_or_four_faces_would_meet():
    fields = [random_field((9, 9, 9), seed) for seed in range(8)]
    flipped = 0
    for field in fields:
        cubes = surface_cubes(field < 0)
        x, y, z = cubes.coords.T
        own = torch.zeros_like(cubes.cases)
        for c in range(8):
            own |= (field[x + (c & 1), y + (c >> 1 & 1), z + (c >> 2)] < 0).long() << c
        changed = cubes.cases != own
        assert (cubes.cases[changed] == 255 - own[changed]).all()
        flipped += int(changed.sum())
    assert flipped > 20  # pairs, so that the tests above mean something


def test_an_inside_at_the_grids_border_is_left_open():
    field = axes(4)[0][None, None].expand(5, 5, 5).contiguous()  # inside where z < 0
    surface = extract(field)
    assert len(surface.faces) == 2 * 3 * 3  # inner x-y vertices: a quad around each crossed edge
    assert not is_closed(surface.faces)
    a, b, c = surface.vertices[surface.faces].unbind(1)
    assert (torch.linalg.cross(b - a, c - a)[:, 2] > 0).all()  # outwards is up


def test_vertices_lie_where_edges_cross_weighed_by_beta_and_alpha():
    """One cube of which corner 0 is inside: its vertex is the mean of three crossings."""
    field = torch.full((2, 2, 2), 1.0)
    field[0, 0, 0] = -1.0
    cubes = surface_cubes(field < 0)
    corner = torch.arange(8)
    places = torch.stack([corner & 1, corner >> 1 & 1, corner >> 2], 1).float()[None]
    values = field.permute(2, 1, 0).reshape(1, 8)
    beta, alpha = torch.ones(1, 12), torch.ones(1, 8)
    beta[0, 0] = 2.0  # the x edge counts twice
    alpha[0, 0] = 3.0  # the inside corner weighs three times: crossings at 3/4
    surface = dual_surface(cubes, places, values, CubeWeights(beta, alpha, torch.ones(1)), places * 10)
    assert surface.vertices[0].tolist() == pytest.approx([2 * 0.75 / 4, 0.75 / 4, 0.75 / 4])
    assert surface.attributes is not None
    assert surface.attributes[0].tolist() == pytest.approx([3.75, 1.875, 1.875])  # carried like positions


def test_attributes_follow_the_positions():
    surface = extract(random_field((6, 6, 6), 3), seed=5)
    assert surface.attributes is not None
    assert torch.allclose(surface.attributes, surface.vertices * 2 + 1, atol=1e-5)  # they are linear in them


def test_gamma_chooses_the_diagonal():
    field = sphere((6, 6, 6))
    count = len(surface_cubes(field < 0).coords)
    flat = extract(field)
    gamma = torch.rand(count, generator=torch.Generator().manual_seed(0)) + 0.1
    chosen = extract(field, CubeWeights(torch.ones(count, 12), torch.ones(count, 8), gamma))
    assert torch.equal(flat.vertices, chosen.vertices)
    quads, others = flat.faces.view(-1, 6), chosen.faces.view(-1, 6)
    turned = (quads != others).any(1)
    assert 0 < turned.sum() < len(quads)
    assert torch.equal(quads.sort(1).values[~turned], others.sort(1).values[~turned])


def test_weights_stay_within_their_scale():
    raw = torch.randn(50, 21) * 30
    for scale in (0.5, 0.99):
        weights = cube_weights(raw, scale)
        for one in (weights.beta, weights.alpha):
            assert one.min() >= 1 - scale - 1e-6 and one.max() <= 1 + scale + 1e-6
        assert weights.gamma.min() >= (1 - scale) / 2 - 1e-6 and weights.gamma.max() <= (1 + scale) / 2 + 1e-6


def test_listed_cubes_in_any_order_are_the_dense_grids():
    field = random_field((6, 5, 7), 2)
    dense = surface_cubes(field < 0)
    coords = torch.cartesian_prod(*[torch.arange(n) for n in (6, 5, 7)])
    coords = coords[torch.randperm(len(coords), generator=torch.Generator().manual_seed(1))]
    corner = torch.arange(8)
    places = coords[:, None] + torch.stack([corner & 1, corner >> 1 & 1, corner >> 2], 1)
    inside = field[places[..., 0], places[..., 1], places[..., 2]] < 0
    cubes, rows = listed_cubes(coords, inside, (6, 5, 7))
    assert torch.equal(cubes.coords, dense.coords) and torch.equal(cubes.cases, dense.cases)
    assert torch.equal(coords[rows], cubes.coords)


def test_exact_zeros_are_outside_and_wound_like_their_neighbours():
    field = sphere((12, 12, 12))
    values = torch.where(field.abs() < 0.05, 0.0, field)
    assert (values == 0).sum() > 20
    assert torch.equal(without_zeros(values) < 0, values < 0)
    mesh = mesh_of(extract(without_zeros(values)))
    assert is_closed(torch.from_numpy(mesh.faces)) and mesh.volume() > 0
    a, b, c = (mesh.vertices[mesh.faces[:, i]] for i in range(3))
    outwards = (np.cross(b - a, c - a) * (a + b + c)).sum(1)
    assert (outwards > -1e-9).all()


def test_nothing_inside_gives_nothing():
    surface = extract(torch.ones(5, 5, 5))
    assert len(surface.vertices) == 0 and len(surface.faces) == 0
