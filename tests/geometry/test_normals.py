"""Normal maps: a ball's normals are known at every pixel."""

from __future__ import annotations

import numpy as np
import trimesh

from deocc.geometry.cameras import view_cameras
from deocc.geometry.normals import render_normals
from deocc.geometry.surface.simplify import bare
from tests.geometry.surface.solids import cube

BALL = trimesh.creation.icosphere(subdivisions=5, radius=0.4)


def test_a_ball_shows_its_normals_in_the_cameras_frame():
    for camera, shown in zip(
        view_cameras(), render_normals(bare(BALL.vertices, BALL.faces), view_cameras()), strict=True
    ):
        assert shown.shape == (320, 320, 4) and set(np.unique(shown[..., 3])) == {0, 255}
        normals = shown[..., :3] / 255 * 2 - 1
        v, u = np.nonzero(shown[..., 3])
        found = normals[v, u]
        assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=0.02)  # 8 bits
        middle = normals[159:161, 159:161].mean(axis=(0, 1))
        assert np.allclose(middle, [0, 0, 1], atol=0.02)  # towards the camera
        right, top = found[np.argmax(u)], found[np.argmin(v)]
        assert right[0] > 0.9 and abs(right[1]) < 0.1 and top[1] > 0.9 and abs(top[0]) < 0.1
        assert not shown[shown[..., 3] == 0].any()
        origins, directions = camera.rays()
        towards = -(origins * directions).sum(axis=1)
        near = towards - np.sqrt(np.maximum(towards**2 - 4 + 0.16, 0))
        true = (origins + directions * near[:, None])[shown[..., 3].reshape(-1) > 0] / 0.4
        seen = true @ camera.object_from_camera[:3, :3] * (1, -1, -1)
        inner = seen[:, 2] > 0.2
        assert np.abs(found - seen)[inner].max() < 0.04  # facets of 1.5 degrees, 8 bits


def test_seams_do_not_show():
    """Vertices split at the same place have one normal: a soup of triangles looks like the welded ball."""
    soup = bare(BALL.vertices[BALL.faces].reshape(-1, 3), np.arange(3 * len(BALL.faces)).reshape(-1, 3))
    one, other = (
        next(render_normals(mesh, view_cameras())) for mesh in (soup, bare(BALL.vertices, BALL.faces))
    )
    assert np.abs(one.astype(int) - other).max() <= 1


def test_a_cubes_sides_are_plain():
    shown = next(render_normals(bare(cube().vertices, cube().faces), view_cameras()))
    normals = shown[shown[..., 3] == 255][:, :3].reshape(-1, 3)
    _, counts = np.unique(normals, axis=0, return_counts=True)
    assert np.sort(counts)[-3:].sum() > 0.75 * len(normals)  # three sides; the rest is rounded at the edges
