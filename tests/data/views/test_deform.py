"""Bodies made from one: other shapes and colours, still upright, closed and normalised."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from deocc.data.textured import Textured, normalised
from deocc.data.views.deform import deformed
from tests.data.simple_bodies import ball, painted_box

BOX = normalised(painted_box((0.6, 0.4, 1.0)))


def variants(textured: Textured, count: int) -> list[Textured]:
    return [deformed(textured, np.random.default_rng([3, index])) for index in range(count)]


@pytest.mark.parametrize("textured", [BOX, ball(rings=12)])
def test_they_stay_normalised_closed_and_outside_out(textured):
    for one in variants(textured, 40):
        low, high = one.mesh.bounds()
        np.testing.assert_allclose(low + high, 0, atol=1e-5)
        assert np.linalg.norm(one.mesh.vertices, axis=1).max() == pytest.approx(0.5, abs=1e-5)
        assert one.mesh.is_watertight()
        assert one.mesh.volume() > 0
        assert (one.texture is None) == (one.mesh.colours is not None)
        assert one.mesh.uv.min() >= 0 and one.mesh.uv.max() <= 1


def test_what_was_above_is_above_and_the_base_is_nearly_level():
    for one in variants(BOX, 60):
        z = one.mesh.vertices[:, 2]
        # splitting corners for a skin keeps the order of faces; place tells top from bottom
        top, bottom = z[z > z.mean()], z[z <= z.mean()]
        assert top.min() - bottom.max() > 0.5 * np.ptp(z)
        assert np.ptp(bottom) < 0.1  # long waves only
        middle = one.mesh.vertices[z <= z.mean()][:, :2].mean(axis=0)
        above = one.mesh.vertices[z > z.mean()][:, :2].mean(axis=0)
        assert np.linalg.norm(above - middle) < 0.25  # it leans, it doesn't fall


def test_shapes_differ():
    slender = [np.ptp(one.mesh.vertices[:, 2]) / np.ptp(one.mesh.vertices[:, 0]) for one in variants(BOX, 60)]
    assert max(slender) > 1.6 * min(slender)
    assert len({round(float(value), 4) for value in slender}) == 60


def test_a_mirrored_body_is_the_other_hand():
    """A body whose right is wide at the top: about a third has it at the left instead."""
    places = BOX.mesh.vertices.copy()
    places[(places[:, 0] > 0) & (places[:, 2] > 0), 0] += 0.5
    one_sided = normalised(replace(BOX, mesh=replace(BOX.mesh, vertices=places)))
    rights = 0
    for one in variants(one_sided, 200):
        x, _, z = one.mesh.vertices.T
        top = x[z > z.mean()]
        foot = x[z <= z.mean()]
        rights += (top.max() + top.min()) > (foot.max() + foot.min())
    assert 110 < rights < 170  # 140, deviation 7


def test_colours_differ_and_some_get_a_skin():
    changed = variants(BOX, 60)
    assert BOX.texture is not None
    kept = [one for one in changed if one.texture is not None and one.texture.shape == BOX.texture.shape]
    assert 30 < len(kept) < 58  # a quarter has a skin of another size
    means = np.stack([one.texture.reshape(-1, 3).mean(axis=0) for one in kept if one.texture is not None])
    assert means.std(axis=0).min() > 8
    assert all(len(one.mesh.vertices) == len(BOX.mesh.vertices) for one in kept)


def test_a_body_without_texture_gets_other_colours_too():
    body = ball(rings=8)
    with_colours = [one for one in variants(body, 20) if one.texture is None]
    assert with_colours
    for one in with_colours:
        assert one.mesh.colours is not None and one.mesh.colours.dtype == np.uint8
        assert body.mesh.colours is not None
        assert not np.array_equal(one.mesh.colours, body.mesh.colours)


def test_the_same_seed_makes_the_same_body():
    one, again = (deformed(BOX, np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(one.mesh.vertices, again.mesh.vertices)
    assert one.texture is not None and again.texture is not None
    np.testing.assert_array_equal(one.texture, again.texture)
