"""Distance field to triangles: the grid's places, emptiness, the closed border, no work off the surface."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import Tensor  # noqa: E402

from deocc.backends.deocc123.lrm import mesh_field  # noqa: E402
from deocc.backends.deocc123.lrm.decoders import MeshDecoder  # noqa: E402
from deocc.backends.deocc123.lrm.mesh_field import (  # noqa: E402
    check_field,
    grid_axis,
    mesh_surface,
    with_border_outside,
)
from deocc.errors import Cancelled, DeoccError  # noqa: E402
from deocc.geometry.flexicubes import surface_cubes  # noqa: E402
from tests.tiny.lrm import TINY_MESH, tiny_network  # noqa: E402


def ignore(fraction: float) -> None: ...


@pytest.fixture(name="parts")
def _parts() -> tuple[MeshDecoder, Tensor]:
    network = tiny_network()
    decoder = network.synthesizer.decoder
    assert isinstance(decoder, MeshDecoder)
    return decoder, network(torch.rand(6, 3, 80, 80), torch.randn(6, 16))


def test_grid_places_are_rounded_to_a_hundred_thousandth_of_the_side():
    axis = grid_axis(128, 2.1)
    assert len(axis) == 129 and axis.dtype == torch.float32
    even = torch.linspace(-1.05, 1.05, 129)
    assert (axis - even).abs().max() <= 0.5e-5 * 2.1 + 1e-6
    assert (axis != even).sum() > 60  # 1/128 has seven decimals
    hundred_thousandths = (axis.double() / 2.1 + 0.5) * 1e5
    assert (hundred_thousandths - hundred_thousandths.round()).abs().max() < 0.02
    assert axis[0] == -1.05 and axis[-1] == 1.05


def test_a_tiny_network_gives_a_closed_surface_and_tells_its_progress(parts: tuple[MeshDecoder, Tensor]):
    told: list[float] = []
    surface = mesh_surface(*parts, TINY_MESH, 500, told.append)
    assert told == sorted(told) and told[-1] == 1.0 and len(told) > 5
    faces = surface.faces
    edges = torch.cat([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    assert len(edges.unique(dim=0)) == len(edges)
    assert torch.equal(edges.unique(dim=0), edges.flip(1).unique(dim=0))


@pytest.mark.parametrize("offset", [1000.0, -1000.0])
def test_nothing_inside_or_nothing_outside_is_told_as_empty(parts: tuple[MeshDecoder, Tensor], offset: float):
    decoder, planes = parts
    decoder.net_sdf[6].get_parameter("bias").add_(offset)
    with pytest.raises(DeoccError) as fault:
        mesh_surface(decoder, planes, TINY_MESH, 500, ignore)
    assert (fault.value.code, fault.value.action) == ("empty_shape", "retry")
    assert fault.value.message == "The shape came out empty." and fault.value.hint == "Try another seed."


def test_an_inside_at_the_border_alone_is_empty():
    field = torch.ones(6, 6, 6)
    field[0] = -1
    with pytest.raises(DeoccError):
        check_field(field)
    field[2, 2, 2] = -1
    check_field(field)


def test_no_number_is_no_shape():
    with pytest.raises(DeoccError):
        check_field(torch.full((5, 5, 5), torch.nan))


def test_the_border_is_made_outside_by_as_much_as_it_was_inside():
    field = torch.full((5, 5, 5), -0.25)
    closed = with_border_outside(field)
    assert (closed[1:-1, 1:-1, 1:-1] == -0.25).all() and (closed > 0).sum() == 125 - 27
    assert closed[0].min() == closed[0].max() == 0.25


def test_an_object_that_reaches_the_border_is_closed_there_unless_asked(parts: tuple[MeshDecoder, Tensor]):
    decoder, planes = parts
    small = type(TINY_MESH)(**{**vars(TINY_MESH), "grid_scale": 1.0})  # the block is 1.5 long
    closed = mesh_surface(decoder, planes, small, 500, ignore)
    opened = mesh_surface(decoder, planes, small, 500, ignore, close_border=False)
    assert borders(closed.faces) == 0 and borders(opened.faces) > 20
    assert closed.vertices.abs().max() < 0.5 + 0.5 / TINY_MESH.grid_res


def borders(faces: Tensor) -> int:
    edges = torch.cat([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    _, count = edges.sort(1).values.unique(dim=0, return_counts=True)
    return int((count == 1).sum())


def test_exact_zeros_of_the_field_turn_no_face_around(
    parts: tuple[MeshDecoder, Tensor], monkeypatch: pytest.MonkeyPatch
):
    """A block whose faces lie on the grid's vertices: zero all over them."""
    steps = torch.arange(TINY_MESH.grid_res + 1) - TINY_MESH.grid_res / 2
    x, y, z = torch.meshgrid(steps, steps, steps, indexing="ij")
    block = torch.maximum(torch.maximum(x.abs(), y.abs()), z.abs()) - 6
    assert (block == 0).sum() > 500
    monkeypatch.setattr(mesh_field, "distance_field", lambda *_: block)
    surface = mesh_surface(*parts, TINY_MESH, 500, ignore)
    a, b, c = surface.vertices[surface.faces].unbind(1)
    outwards = (torch.linalg.cross(b - a, c - a) * (a + b + c)).sum(1)
    assert (outwards > 0).float().mean() > 0.99  # all but slivers along the block's edges


def test_deformation_and_weights_are_asked_for_at_surface_cubes_only(
    parts: tuple[MeshDecoder, Tensor], monkeypatch: pytest.MonkeyPatch
):
    asked: list[int] = []
    plain = mesh_field.in_chunks

    def counting(work, rows, chunk):
        asked.append(len(rows))
        return plain(work, rows, chunk)

    monkeypatch.setattr(mesh_field, "in_chunks", counting)
    surface = mesh_surface(*parts, TINY_MESH, 500, ignore)
    cubes = len(surface.vertices)  # a smooth block: one vertex for nearly every cube
    vertices, weighed = asked
    assert weighed == pytest.approx(cubes, rel=0.05) and vertices < 3 * cubes
    assert weighed < 0.1 * TINY_MESH.grid_res**3


def test_a_cancel_passes_through(parts: tuple[MeshDecoder, Tensor]):
    def cancel(fraction: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        mesh_surface(*parts, TINY_MESH, 500, cancel)


def test_pieces_do_not_change_the_triangles(parts: tuple[MeshDecoder, Tensor]):
    one, other = (mesh_surface(*parts, TINY_MESH, chunk, ignore) for chunk in (300, 10**6))
    assert torch.equal(one.faces, other.faces)
    assert np.abs((one.vertices - other.vertices).numpy()).max() < 1e-6
    assert len(surface_cubes(torch.ones(3, 3, 3) < 0).coords) == 0
