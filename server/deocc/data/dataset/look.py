"""`deocc data look`: a sheet of samples as training draws them, for the eye."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deocc.data.dataset.read import open_dataset
from deocc.data.draws.draw import draw_sample
from deocc.data.draws.sample import Sample
from deocc.data.split import HELD_OUT_SPLIT, TRAIN
from deocc.errors import InputFault
from deocc.package import write_beside
from deocc.png import png

LOOK = 5  # first number after the seed: beside plan's and card's
COLUMNS = 3  # samples side by side, each a strip of panels
TINTS = {"object": (60, 200, 90), "occluder": (230, 70, 60), "keep": (70, 110, 240)}


def look(folder: Path, out: Path, count: int, seed: int, held_out: bool) -> None:
    """Writes a PNG: of each sample the picture, its masks, the truth's colours and depths, front and back.

    InputFault where there is no dataset, or no view of that split.
    """
    dataset = open_dataset(folder)
    split = HELD_OUT_SPLIT if held_out else TRAIN
    views = dataset.views[split]
    if not len(views):
        raise InputFault("no_views", f"“{folder}” has no views that are {split}.", "Build some.")
    samples = []
    for index in range(count):
        rng = np.random.default_rng([seed, LOOK, index])
        samples.append(draw_sample(views, dataset.backdrops, int(rng.integers(len(views))), rng))
    write_beside(png(sheet(samples)), out)


def sheet(samples: list[Sample]) -> NDArray[np.uint8]:
    """(H, W, 3): strips in COLUMNS columns, by rows."""
    strips = [strip(one) for one in samples]
    strips += [np.full_like(strips[0], 255)] * (-len(strips) % COLUMNS)
    rows = [np.concatenate(strips[i : i + COLUMNS], axis=1) for i in range(0, len(strips), COLUMNS)]
    return np.concatenate(rows)


def strip(sample: Sample) -> NDArray[np.uint8]:
    """(SIDE, 6 SIDE, 3): picture, masks over it, front and back colour, front and back depth."""
    panels = [
        sample.picture,
        _masks(sample),
        _on_white(sample.front_rgb, sample.whole),
        _on_white(sample.back_rgb, sample.whole),
        _depth(sample.front, sample.whole),
        _depth(sample.back, sample.whole),
    ]
    return np.concatenate(panels, axis=1)


def _masks(sample: Sample) -> NDArray[np.uint8]:
    """The masks as a user gives them, tinted; the true outline in white."""
    shown = sample.picture.astype(np.float32) * 0.5
    masks = {
        "object": sample.object_mask,
        "occluder": sample.occluder_mask,
        "keep": sample.keep_mask,
    }
    for name, mask in masks.items():
        shown[mask] += 0.5 * np.array(TINTS[name], np.float32)
    inner = sample.whole.copy()
    for axis in (0, 1):
        inner &= np.roll(sample.whole, 1, axis) & np.roll(sample.whole, -1, axis)
    shown[sample.whole & ~inner] = 255
    return np.clip(np.round(shown), 0, 255).astype(np.uint8)


def _on_white(colours: NDArray[np.uint8], whole: NDArray[np.bool_]) -> NDArray[np.uint8]:
    return np.where(whole[..., None], colours, np.uint8(255))


def _depth(depth: NDArray[np.float32], whole: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Nearer is brighter: -1 is black and 1 white, in halves of the crop."""
    grey = np.clip(np.round((depth + 1) * 127.5), 0, 255)
    grey = np.where(whole, grey, 40).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)
