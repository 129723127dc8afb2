"""Sparse FlexiCubes: corners shared by cubes, inactive neighbours; against the dense grid and the goldens."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from torch import Tensor  # noqa: E402

from deocc.geometry.flexicubes import cube_weights, dual_surface, surface_cubes, uniform_weights  # noqa: E402
from deocc.geometry.flexicubes_sparse import sparse_corners, sparse_surface  # noqa: E402
from tests.parity.oracle import golden, part  # noqa: E402


def padded(values: Tensor, fill: float) -> Tensor:
    """One more row, for what no active cube touches."""
    return torch.cat([values, values.new_full((1, *values.shape[1:]), fill)])


def test_a_corner_is_the_mean_over_the_cubes_that_share_it():
    coords = torch.tensor([[0, 0, 0], [1, 0, 0]])
    corners = sparse_corners(coords, (2, 2, 2))
    assert len(corners.vertices) == 12
    values = torch.tensor([1.0, 3.0])[:, None, None].expand(2, 8, 1)
    by_place = dict(
        zip(map(tuple, corners.vertices.tolist()), corners.mean(values)[:, 0].tolist(), strict=True)
    )
    assert by_place[0, 0, 0] == 1.0 and by_place[2, 1, 1] == 3.0
    assert all(by_place[1, y, z] == 2.0 for y in (0, 1) for z in (0, 1))


def test_all_cubes_active_is_the_dense_grid():
    shape = (5, 4, 6)
    field = torch.rand(6, 5, 7, generator=torch.Generator().manual_seed(1)) - 0.5
    coords = torch.cartesian_prod(*[torch.arange(n) for n in shape])
    coords = coords[torch.randperm(len(coords), generator=torch.Generator().manual_seed(2))]
    corners = sparse_corners(coords, shape)
    at = field[tuple(corners.vertices.T)]
    found, dense = sparse_surface(corners, at), surface_cubes(field < 0)
    assert torch.equal(found.cubes.coords, dense.coords) and torch.equal(found.cubes.cases, dense.cases)
    assert torch.equal(corners.coords[found.cube_rows], dense.coords)
    assert torch.equal(corners.vertices[found.corner_rows], found.corner_coords)


def test_a_lone_cube_of_inside_is_wrapped_by_its_inactive_neighbours():
    corners = sparse_corners(torch.tensor([[2, 2, 2]]), (5, 5, 5))
    found = sparse_surface(corners, torch.full((8,), -1.0))
    assert len(found.cubes.coords) == 26  # all around it; itself is wholly inside
    assert (found.cube_rows == 1).all()  # none of them active
    field = padded(torch.full((8,), -1.0), 1.0)[found.corner_rows]
    weights = uniform_weights(26, field.device)
    surface = dual_surface(found.cubes, found.corner_coords.float(), field, weights)
    assert (len(surface.vertices), len(surface.faces)) == (26, 48)


def test_triangles_and_colours_are_the_references():
    """TRELLIS' mesh head on sparse features, weights within 0.99: corners and colours to 1e-5."""
    tensors, sidecar = golden("amodal3r", "mesh_extraction")
    for name, case in sidecar["cases"].items():
        given, side = part(tensors, f"{name}."), case["res"]
        features = given["feats"]
        count, colours = len(features), None
        corners = sparse_corners(given["coords"][:, 1:].long(), (side,) * 3)
        field = corners.mean(features[:, :8, None])[:, 0] - 1 / side
        moved = corners.mean(features[:, 8:32].reshape(count, 8, 3)).tanh() / (2 * side)
        found = sparse_surface(corners, field)
        places = found.corner_coords / side - 0.5 + padded(moved, 0.0)[found.corner_rows]
        weights = cube_weights(padded(features[:, 32:53], 0.0)[found.cube_rows], 0.99)
        if case["use_color"]:
            raw = corners.mean(features[:, 53:].reshape(count, 8, -1))
            colours = padded(raw, 0.0).sigmoid()[found.corner_rows]
        surface = dual_surface(found.cubes, places, padded(field, 1.0)[found.corner_rows], weights, colours)
        faces = given["faces"].long()
        assert (len(surface.vertices), len(surface.faces)) == (case["n_vertices"], case["n_faces"]), name
        if case["n_faces"]:
            apart = surface.vertices[surface.faces] - given["vertices"][faces]
            assert apart.abs().max() <= 1e-5, name
        if case["n_faces"] and surface.attributes is not None:
            apart = surface.attributes[surface.faces] - given["vertex_attrs"][faces]
            assert apart.abs().max() <= 1e-5, name
