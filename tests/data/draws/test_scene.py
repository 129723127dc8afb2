"""Imagined photos: the object is where the map says, wholly in the frame, before its own background."""

import numpy as np
import pytest

from deocc.data.draws.scene import FRAME, SCALE, backdrop, draw_scene
from deocc.data.views.record import BODY_PX, SIDE
from tests.data.draws import bodies

VIEWS, BACKDROPS = bodies.views(), bodies.backdrops()
SCENES = [draw_scene(VIEWS, BACKDROPS, VIEWS[i % 5], np.random.default_rng([1, i])) for i in range(60)]


def test_the_photo_is_the_empty_one_but_for_the_object() -> None:
    """I_full = I_raw ⊙ M_full (rows D16, D17): outside the object, and the half-covered pixels around it, not
    a pixel changes; within it nearly all do."""
    for scene in SCENES:
        changed = (scene.photo != scene.empty).any(axis=2)
        near = np.zeros_like(scene.whole)
        for dy in (-1, 0, 1):
            for dx in (-1, 0, 1):
                near |= np.roll(scene.whole, (dy, dx), (0, 1))
        assert not (changed & ~near).any()
        assert changed[scene.whole].mean() > 0.9


def test_objects_have_the_asked_size_and_stay_in_the_frame() -> None:
    """120 px times 0.5 to 1; a bar turned by 6° is up to 4 % longer, and outlines are whole pixels."""
    scales = [scene.scale for scene in SCENES]
    assert SCALE[0] <= min(scales) < 0.65 and 0.95 < max(scales) <= SCALE[1]
    for scene in SCENES:
        assert scene.longest_px == pytest.approx(BODY_PX * scene.scale, rel=0.05, abs=1)
        edges = (scene.whole[0], scene.whole[-1], scene.whole[:, 0], scene.whole[:, -1])
        assert not any(edge.any() for edge in edges)


def test_the_map_takes_the_view_s_middle_to_the_object_s() -> None:
    """A sphere's middle, within half a pixel."""
    for scene in SCENES[::5]:
        y, x = np.nonzero(scene.whole)
        middle = scene.to_frame[:, :2] @ (SIDE / 2, SIDE / 2) + scene.to_frame[:, 2]
        assert np.allclose(middle, (x.mean() + 0.5, y.mean() + 0.5), atol=0.5)
        assert np.abs(np.linalg.det(scene.to_frame[:, :2])) == pytest.approx(scene.scale**2)


def test_half_of_the_objects_are_mirrored() -> None:
    """30 of 60, standard deviation 3.9."""
    mirrored = sum(np.linalg.det(scene.to_frame[:, :2]) < 0 for scene in SCENES)
    assert 18 < mirrored < 42


def test_a_backdrop_fills_the_frame_with_its_own_colours() -> None:
    for seed in range(10):
        picture = backdrop(BACKDROPS[:1], np.random.default_rng(seed))
        assert picture.shape == (FRAME, FRAME, 3)
        colours = {tuple(colour) for colour in BACKDROPS[0].reshape(-1, 3)[:: 256 * 64].tolist()}
        exact = [tuple(colour) in colours for colour in picture[::16, ::16].reshape(-1, 3).tolist()]
        assert np.mean(exact) > 0.9  # the rest is where wall and floor blend
