"""Drawn samples as the network takes them: packed to bytes where they are drawn, tensors where it learns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from torch.utils.data import Dataset

from deocc.data.dataset.read import Views
from deocc.data.draws.draw import draw_sample
from deocc.data.draws.sample import Sample

MESHES = 0.65  # share of the pictures that show meshes: things as photos show them; solids are for variety
DEPTH_STEP = 1 / 4096  # packed depths are whole numbers of this, ±8 halves of the crop


@dataclass(frozen=True)
class Batch:
    """picture: (N, 7, H, W) as the network takes it.  whole: (N, 1, H, W) share 0..1 of the pixel that is the
    object's.  depth: (N, 2, H, W) halves of the crop, colour: (N, 6, H, W) in -1..1; both 0 outside.
    elevation: (N,) / 90 degrees.  hidden: (N,) share 0..1.  body: (N,) int64."""

    picture: Tensor
    whole: Tensor
    depth: Tensor
    colour: Tensor
    elevation: Tensor
    hidden: Tensor
    body: Tensor

    def first(self, count: int) -> Batch:
        """The first so many pictures."""
        return Batch(*(getattr(self, name)[:count] for name in self.__annotations__))

    def to(self, device: torch.device) -> Batch:
        return Batch(*(getattr(self, name).to(device, non_blocking=True) for name in self.__annotations__))


class Draws(Dataset):
    """Endless occluded pictures: the i-th is drawn from (seed, i) and from nothing else.

    meshes: so many of the views, the first ones, show meshes, the rest solids."""

    def __init__(
        self,
        views: Views | NDArray[np.void],
        backdrops: NDArray[np.uint8],
        seed: int,
        start: int,
        count: int,
        meshes: int = 0,
    ):
        self.views, self.backdrops, self.meshes = views, backdrops, meshes
        self.seed, self.start, self.count = seed, start, count

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, i: int) -> dict[str, Tensor]:
        return packed(self.sample(i))

    def sample(self, i: int) -> Sample:
        rng = np.random.default_rng([self.seed, self.start + i])
        first, last = 0, len(self.views)
        if 0 < self.meshes < last:
            first, last = (0, self.meshes) if rng.random() < MESHES else (self.meshes, last)
        index = int(rng.integers(first, last))
        return draw_sample(self.views, self.backdrops, index, rng)


def planes(sample: Sample) -> NDArray[np.uint8]:
    """(7, H, W) the network's input, 0..255."""
    masks = (sample.object_mask, sample.occluder_mask, sample.keep_mask, sample.inside)
    shares = np.where(np.stack(masks), np.uint8(255), np.uint8(0))
    return np.concatenate([sample.picture.transpose(2, 0, 1), shares])


def packed(sample: Sample) -> dict[str, Tensor]:
    """Small enough to hand from process to process."""
    depth = np.stack([sample.front, sample.back]) / DEPTH_STEP
    colour = np.concatenate([sample.front_rgb, sample.back_rgb], axis=2).transpose(2, 0, 1)
    return {
        "planes": torch.from_numpy(planes(sample)),
        "whole": torch.from_numpy(sample.whole[None].astype(np.uint8)),
        "depth": torch.from_numpy(depth.round().clip(-32767, 32767).astype(np.int16)),
        "colour": torch.from_numpy(np.ascontiguousarray(colour)),
        "elevation": torch.tensor(sample.elevation_deg / 90, dtype=torch.float32),
        "hidden": torch.tensor(sample.hidden_share, dtype=torch.float32),
        "body": torch.tensor(sample.body, dtype=torch.int64),
    }


def unpacked(rows: dict[str, Tensor], side: int) -> Batch:
    """The batch at `side` pixels, which divides the samples' own."""
    whole = rows["whole"].float()
    picture = _half_softened(as_input(rows["planes"].float()))
    depth = rows["depth"].float() * DEPTH_STEP
    colour = (rows["colour"].float() / 127.5 - 1) * whole
    step = whole.shape[-1] // side
    if step > 1:
        picture, share = functional.avg_pool2d(picture, step), functional.avg_pool2d(whole, step)
        of_object = share.clamp(min=1e-6)  # means over the object's own pixels alone
        depth = functional.avg_pool2d(depth * whole, step) / of_object
        colour = functional.avg_pool2d(colour, step) / of_object
        whole = share
    return Batch(picture, whole, depth, colour, rows["elevation"], rows["hidden"], rows["body"])


def _half_softened(picture: Tensor) -> Tensor:
    """Every second picture's masks with soft edges, as those of a large photo have them."""
    soft = functional.avg_pool2d(picture[1::2, 3:6], 3, stride=1, padding=1, count_include_pad=False)
    picture[1::2, 3:6] = soft
    return picture


def as_input(bytes_: Tensor) -> Tensor:
    """(N, 7, H, W) 0..255 -> colours in -1..1, masks in 0..1."""
    return torch.cat([bytes_[:, :3] / 127.5 - 1, bytes_[:, 3:] / 255], dim=1)
