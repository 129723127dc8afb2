"""Texels: which triangle, where in it; slivers count; gutters carry the nearest colour."""

from __future__ import annotations

import numpy as np

from deocc.geometry.mesh import Mesh
from deocc.geometry.surface.texels import ROW, sampled, spread, texels_of


def flat(uv: list[tuple[float, float]], faces: list[tuple[int, int, int]]) -> Mesh:
    count = len(uv)
    return Mesh(
        np.zeros((count, 3), np.float32),
        np.array(faces, np.int32),
        np.array(uv, np.float32),
        np.zeros(count, np.float32),
    )


def test_weights_lead_back_to_the_texels_own_centre():
    mesh = flat([(0.1, 0.1), (0.9, 0.2), (0.3, 0.8)], [(0, 1, 2)])
    texels = texels_of(mesh, 64)
    uv = texels.of_corners(mesh, mesh.uv)
    centre = np.stack([texels.index % 64 + 0.5, 64 - (texels.index // 64 + 0.5)], axis=1) / 64
    off = np.abs(uv - centre).max(axis=1)
    assert (off < 1e-5).mean() > 0.9  # all whose centre is inside
    assert off.max() <= 0.5 / 64 + 1e-6  # the rest are crossed by an edge, and show that
    area = 0.5 * abs(0.8 * 0.7 - 0.1 * 0.2) * 64**2
    assert abs((off < 1e-5).sum() - area) < 0.02 * area


def test_row_0_is_at_the_top():
    mesh = flat([(0, 0.5), (1, 0.5), (1, 1), (0, 1)], [(0, 1, 2), (0, 2, 3)])
    assert (
        texels_of(mesh, 8).index.max() < 8 * 4 + 8
    )  # the upper half, and what its lower edge passes through
    assert 0 in texels_of(mesh, 8).index


def test_a_sliver_thinner_than_a_texel_has_its_texels():
    mesh = flat([(0.1, 0.5), (0.9, 0.5001), (0.5, 0.50007)], [(0, 1, 2)])
    assert len(texels_of(mesh, 32).index) >= 25  # 0.8 of 32 texels


def test_every_texel_beside_a_chart_shows_its_nearest_colour():
    picture, known = np.zeros((9, 9, 3), np.uint8), np.zeros((9, 9), bool)
    picture[4, 1], picture[4, 7] = 50, 90
    known[4, [1, 7]] = True
    found = spread(picture, known)
    assert (found[:, :4] == 50).all() and (found[:, 5:] == 90).all()


def test_long_lists_of_points_are_sampled_bilinearly():
    picture = np.arange(12, dtype=np.float32).reshape(3, 4)
    points = np.tile(np.array([[0.5, 0.5], [1.0, 0.5], [3.5, 2.5], [-5, 99]], np.float32), (ROW, 1))
    found = sampled(picture, points).reshape(-1, 4)
    assert np.allclose(found, [0, 0.5, 11, 8])
    assert sampled(picture, points[:0]).shape == (0,)
