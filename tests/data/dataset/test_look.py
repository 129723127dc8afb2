"""The sheet of samples: a strip of six panels each, in three columns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deocc.data.dataset.look import look, strip
from deocc.data.draws.sample import SIDE, Sample
from deocc.errors import InputFault


def square(left: int, right: int) -> np.ndarray:
    mask = np.zeros((SIDE, SIDE), bool)
    mask[40:80, left:right] = True
    return mask


def sample() -> Sample:
    whole = square(40, 80)
    flat = np.full((SIDE, SIDE), 0.5, np.float32)
    red = np.zeros((SIDE, SIDE, 3), np.uint8)
    red[..., 0] = 200
    return Sample(
        picture=np.full((SIDE, SIDE, 3), 100, np.uint8),
        object_mask=square(40, 60),
        occluder_mask=square(60, 90),
        keep_mask=square(10, 20),
        whole=whole,
        visible=square(40, 60),
        front=flat * whole,
        back=-flat * whole,
        front_rgb=red * whole[..., None],
        back_rgb=red[..., ::-1] * whole[..., None],
        elevation_deg=10.0,
        hidden_share=0.5,
        kind="pasted",
        body=0,
        inside=np.ones((SIDE, SIDE), bool),
    )


def test_a_strip_shows_picture_masks_colours_and_depths():
    panels = np.split(strip(sample()), 6, axis=1)
    picture, masks, front, back, front_depth, back_depth = panels
    assert (picture == 100).all()
    seen, hiding, kept = masks[60, 50], masks[60, 70], masks[60, 15]
    assert seen.argmax() == 1 and hiding.argmax() == 0 and kept.argmax() == 2, "green, red, blue"
    assert (masks[60, 40] == 255).all() and (masks[40, 70] == 255).all(), "the true outline, also hidden"
    assert front[60, 60].tolist() == [200, 0, 0] and back[60, 60].tolist() == [0, 0, 200]
    assert (front[0, 0] == 255).all()
    nearness = front_depth[60, 60, 0], back_depth[60, 60, 0]
    assert nearness == (191, 64), "nearer is brighter: (1 ± 0.5) 127.5"


def test_a_sheet_has_as_many_strips_as_asked_for_and_is_drawn_from_its_seed(built: Path, tmp_path: Path):
    look(built, tmp_path / "a.png", count=4, seed=1, held_out=False)
    look(built, tmp_path / "b.png", count=4, seed=1, held_out=False)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    with Image.open(tmp_path / "a.png") as shown:
        pixels = np.asarray(shown)
    assert pixels.shape == (2 * SIDE, 3 * 6 * SIDE, 3)
    strips = [*np.split(pixels[:SIDE], 3, axis=1), *np.split(pixels[SIDE:], 3, axis=1)]
    assert [bool((one == 255).all()) for one in strips] == [False] * 4 + [True] * 2
    look(built, tmp_path / "c.png", count=4, seed=1, held_out=True)
    assert (tmp_path / "c.png").read_bytes() != (tmp_path / "a.png").read_bytes()


def test_a_split_without_views_is_one_sentence(built: Path, tmp_path: Path):
    with pytest.raises(InputFault, match="There is no dataset"):
        look(tmp_path, tmp_path / "a.png", 1, 0, False)
