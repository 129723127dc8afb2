"""Density field to triangles: places, orientation, closedness, emptiness."""

from __future__ import annotations

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("skimage")

from deocc.backends.deocc123.lrm.decoders import DensityDecoder, density_of  # noqa: E402
from deocc.backends.deocc123.lrm.density_field import density_volume, triangles_at  # noqa: E402
from deocc.backends.deocc123.lrm.triplane import sample_points  # noqa: E402
from deocc.errors import DeoccError  # noqa: E402
from deocc.geometry.mesh import Mesh  # noqa: E402
from tests.tiny.lrm import TINY_NERF, tiny_network  # noqa: E402


def ball(side: int, centre: tuple[float, float, float] = (0.2, -0.1, 0.0), radius: float = 0.6) -> np.ndarray:
    """A density that falls through 10 on a ball's surface."""
    axis = np.linspace(-1, 1, side, dtype=np.float32)
    grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1)
    return 10 + 40 * (radius - np.linalg.norm(grid - centre, axis=-1)).astype(np.float32)


def mesh_of(vertices: np.ndarray, faces: np.ndarray) -> Mesh:
    count = len(vertices)
    return Mesh(vertices, faces, np.zeros((count, 2), np.float32), np.zeros(count, np.float32))


def test_a_ball_stands_where_its_density_is_with_faces_outwards():
    vertices, faces = triangles_at(ball(48), 10.0)
    mesh = mesh_of(vertices, faces)
    assert vertices.dtype == np.float32 and faces.dtype == np.int32
    assert mesh.is_watertight()
    assert mesh.volume() == pytest.approx(4 / 3 * math.pi * 0.6**3, rel=0.01)  # chords of a 48th
    radius = np.linalg.norm(vertices - (0.2, -0.1, 0.0), axis=1)
    assert radius == pytest.approx(0.6, abs=0.002)


def test_what_reaches_the_border_is_closed_there():
    mesh = mesh_of(*triangles_at(ball(32, (0.7, 0, 0)), 10.0))
    assert mesh.is_watertight() and mesh.volume() > 0
    assert mesh.vertices[:, 0].max() < 1 + 2 / 31  # within the layer around the cube


@pytest.mark.parametrize("level", [0.0, 99.0])
def test_no_density_or_nothing_else_is_empty(level: float):
    with pytest.raises(DeoccError) as fault:
        triangles_at(np.full((8, 8, 8), level, np.float32), 10.0)
    assert fault.value.code == "empty_shape"


def test_the_volume_is_the_density_at_its_places():
    network = tiny_network(TINY_NERF)
    decoder = network.synthesizer.decoder
    assert isinstance(decoder, DensityDecoder)
    planes = network(torch.rand(6, 3, 80, 80), torch.randn(6, 16))
    told: list[float] = []
    volume = density_volume(decoder, planes, 9, 50, told.append)
    axis = torch.linspace(-1, 1, 9)
    plain = density_of(decoder.net(sample_points(planes, torch.cartesian_prod(axis, axis, axis)))[:, 0])
    assert torch.allclose(volume.reshape(-1), plain, atol=1e-4)  # densities up to 30
    assert told[-1] == 1.0
