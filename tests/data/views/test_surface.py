"""Smooth normals that keep creases, and textures at the level of detail of the picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from deocc.data.textured import Textured
from deocc.data.views.surface import Surface
from deocc.errors import InputFault
from deocc.geometry.mesh import Mesh
from tests.data.simple_bodies import ball, box, painted_box

THIRDS = np.full((1, 3), 1 / 3, np.float32)


def everywhere(surface: Surface, weights: np.ndarray = THIRDS) -> tuple[np.ndarray, np.ndarray]:
    """A place on every triangle."""
    return np.arange(len(surface.faces)), np.repeat(weights.astype(np.float32), len(surface.faces), axis=0)


def test_a_ball_of_flat_faces_has_a_ball_s_normals():
    surface = Surface(ball(rings=24))
    for weights in ([[0.98, 0.01, 0.01]], [[0.3, 0.3, 0.4]], [[0.01, 0.01, 0.98]]):
        triangle, weights = everywhere(surface, np.array(weights))
        places = np.einsum("kc,kcx->kx", weights, surface.points[surface.faces])
        outward = places / np.linalg.norm(places, axis=1, keepdims=True)
        cosine = (surface.smooth_normals(triangle, weights) * outward).sum(axis=1)
        # faces are 7.5 degrees apart; area weights lean by at most a quarter of that at the poles
        assert np.degrees(np.arccos(cosine.clip(-1, 1))).max() < 2


def test_a_place_where_a_hundred_faces_meet_does_not_spoil_their_normals():
    surface = Surface(ball(rings=50))  # 100 about each pole
    triangle, weights = everywhere(surface, np.array([[0.9, 0.05, 0.05]]))
    normals = surface.smooth_normals(triangle, weights)
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1, atol=1e-5)
    assert (normals * surface.normals).sum(axis=1).min() > 0.99


def test_faces_wound_at_random_give_the_same_normals_but_for_the_sign():
    body = ball(rings=16)
    faces = body.mesh.faces.copy()
    flipped = np.random.default_rng(0).random(len(faces)) < 0.5
    faces[flipped] = faces[flipped][:, [0, 2, 1]]
    one = Surface(body)
    other = Surface(replace(body, mesh=replace(body.mesh, faces=faces)))
    cosine = (one.smooth_normals(*everywhere(one)) * other.smooth_normals(*everywhere(other))).sum(axis=1)
    np.testing.assert_allclose(cosine, np.where(flipped, -1, 1), atol=1e-5)


def test_a_box_keeps_its_edges():
    surface = Surface(painted_box())
    triangle, weights = everywhere(surface, np.array([[0.9, 0.05, 0.05]]))
    np.testing.assert_allclose(surface.smooth_normals(triangle, weights), surface.normals, atol=1e-6)


def test_a_roof_of_60_degrees_keeps_its_ridge():
    corners = [(y, x, z) for y in (-1, 1) for x, z in ((-1, 0), (1, 0), (0, 1))]
    faces = [(0, 1, 2), (3, 5, 4), (0, 2, 5), (0, 5, 3), (1, 4, 5), (1, 5, 2), (0, 3, 4), (0, 4, 1)]
    roof = Mesh(
        np.array(corners, np.float32),
        np.array(faces, np.int32),
        np.zeros((6, 2), np.float32),
        np.ones(6, np.float32),
    )
    surface = Surface(Textured(roof, None))
    triangle, weights = everywhere(surface, np.array([[0.1, 0.1, 0.8]]))
    cosine = (surface.smooth_normals(triangle, weights) * surface.normals).sum(axis=1)
    np.testing.assert_allclose(cosine, 1, atol=1e-5)


def test_what_the_atlas_leaves_black_does_not_darken_the_body_far_off():
    texture = np.zeros((256, 256, 3), np.uint8)
    texture[128:, :128] = (200, 100, 50)  # where u and v are below a half
    mesh = box()
    patchy = Textured(replace(mesh, uv=mesh.uv * 0.5), texture)
    surface = Surface(patchy)
    triangle, weights = everywhere(surface)
    for pixel in (0.001, 0.05, 0.4, 10.0):
        found = surface.colours(triangle, weights, np.full(len(triangle), pixel, np.float32))
        expected = ((np.array([200, 100, 50]) / 255 + 0.055) / 1.055) ** 2.4
        np.testing.assert_allclose(found, np.tile(expected, (len(triangle), 1)), atol=0.02)


@pytest.mark.parametrize("pixels_per_texel", [0.5, 8.0])
def test_near_the_texels_are_told_apart_and_far_they_are_one(pixels_per_texel):
    texture = np.zeros((64, 64, 3), np.uint8)
    texture[::2] = 255  # rows of one texel
    surface = Surface(Textured(box(), texture))
    rng = np.random.default_rng(0)
    weights = rng.dirichlet((1, 1, 1), 2000).astype(np.float32)
    pixel = np.full(2000, pixels_per_texel / 64, np.float32)
    found = surface.colours(np.zeros(2000, np.int64), weights, pixel)[:, 0]
    assert found.mean() == pytest.approx(0.5, abs=0.03)
    spread = found.std()
    assert spread > 0.25 if pixels_per_texel < 1 else spread < 0.01


def test_points_that_no_face_uses_do_not_move_the_frame():
    whole = painted_box()
    stray = Mesh(
        np.concatenate([whole.mesh.vertices, [[9, 9, 9]]]).astype(np.float32),
        whole.mesh.faces,
        np.concatenate([whole.mesh.uv, [[0, 0]]]).astype(np.float32),
        np.ones(len(whole.mesh.vertices) + 1, np.float32),
    )
    surface = Surface(Textured(stray, whole.texture))
    assert surface.diameter == pytest.approx(np.sqrt(3), rel=1e-5)
    assert np.abs(surface.outer).max() == pytest.approx(0.5)


def test_a_flat_mesh_has_an_outline_and_an_empty_one_is_a_fault():
    flat = Mesh(
        np.array([[0, 0, 0], [1, 0, 0], [0, 0, 1]], np.float32),
        np.array([[0, 1, 2]], np.int32),
        np.zeros((3, 2), np.float32),
        np.ones(3, np.float32),
    )
    assert len(Surface(Textured(flat, None)).outer) == 3
    with pytest.raises(InputFault, match=r"no triangle with an area\."):
        Surface(Textured(replace(flat, faces=flat.faces[:0]), None))
