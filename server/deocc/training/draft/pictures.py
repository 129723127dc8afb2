"""A sheet of held-out pictures beside what the network makes of them and the truth."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.utils.data import DataLoader

from deocc.training.draft.batch import Draws, unpacked
from deocc.training.draft.network import LATENT
from deocc.training.draft.validate import completed, drawn_noise

OBJECT, OCCLUDER, KEEP = (80, 220, 80), (230, 70, 70), (70, 120, 255)  # outlines, RGB
DEPTHS = (-0.8, 0.8)  # halves of the crop, from dark to light
TILE_PX = 96
COMPLETIONS = 3  # drawn ones, beside the most expected


def save_sheet(network: nn.Module, draws: Draws, side: int, path: Path) -> None:
    """A row a picture: as given; the true and the guessed object; front depth true and guessed, back depth
    true and guessed; back colour true and guessed; other completions."""
    rows = next(iter(DataLoader(draws, batch_size=len(draws))))
    batch = unpacked(rows, side)
    device = next(network.parameters()).device
    batch = batch.to(device)
    generator = torch.Generator().manual_seed(0)
    noises = [torch.zeros(len(draws), LATENT)]
    noises += [drawn_noise(len(draws), generator) for _ in range(COMPLETIONS)]
    fields = [completed(network, batch, noise) for noise in noises]
    sheet = []
    for i in range(len(draws)):
        true = batch.whole[i, 0].cpu().numpy()
        shares = [one.whole[i, 0].sigmoid().cpu().numpy() for one in fields]
        depth, ours = batch.depth[i].cpu().numpy(), fields[0].depth[i].cpu().numpy()
        colour, painted = _rgb(batch.colour[i]), [_rgb(one.colour[i]) for one in fields]
        tiles = [_given(batch.picture[i].cpu().numpy())]
        tiles += [_cut(colour[0], true), _cut(painted[0][0], shares[0])]
        for k in range(2):
            tiles += [_cut(_grey(depth[k]), true), _cut(_grey(ours[k]), shares[0])]
        tiles += [_cut(colour[1], true), _cut(painted[0][1], shares[0])]
        tiles += [_cut(one[0], share) for one, share in zip(painted[1:], shares[1:], strict=True)]
        sheet.append(np.concatenate([_tile(tile) for tile in tiles], axis=1))
    cv2.imwrite(str(path), np.concatenate(sheet)[..., ::-1])


def _given(planes: NDArray[np.float32]) -> NDArray[np.uint8]:
    picture = np.ascontiguousarray(
        ((planes[:3].transpose(1, 2, 0) + 1) * 127.5).clip(0, 255).astype(np.uint8)
    )
    for plane, colour in ((planes[4], OCCLUDER), (planes[3], OBJECT), (planes[5], KEEP)):
        outlines, _ = cv2.findContours((plane > 0.5).astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(picture, outlines, -1, colour, 1)
    return picture


def _rgb(colour: torch.Tensor) -> NDArray[np.uint8]:
    """(2, H, W, 3) front and back."""
    bytes_ = ((colour.cpu().numpy() + 1) * 127.5).clip(0, 255).astype(np.uint8)
    return bytes_.reshape(2, 3, *bytes_.shape[1:]).transpose(0, 2, 3, 1)


def _grey(depth: NDArray[np.float32]) -> NDArray[np.uint8]:
    low, high = DEPTHS
    level = ((depth - low) / (high - low) * 255).clip(0, 255).astype(np.uint8)
    return np.asarray(cv2.applyColorMap(level, cv2.COLORMAP_TURBO)[..., ::-1], np.uint8)


def _cut(picture: NDArray[np.uint8], share: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Before white."""
    alpha = share[..., None].clip(0, 1)
    return (picture * alpha + 255 * (1 - alpha)).astype(np.uint8)


def _tile(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.resize(picture, (TILE_PX, TILE_PX), interpolation=cv2.INTER_AREA), np.uint8)
