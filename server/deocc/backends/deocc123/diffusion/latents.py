"""Latents of the tile <-> pictures of the six views, and the quick preview that needs no decoder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from deocc.backends.deocc123.diffusion.config import (
    LATENT_SCALE,
    LATENT_SHIFT,
    PICTURE_SCALE,
    TILE_COLUMNS,
    TILE_ROWS,
    VIEWS,
)

if TYPE_CHECKING:
    from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL

_FIT_SIDE, _FIT_SEED = 12, 0  # latents of a side of the picture that the preview is fitted to


def plain(latents: Tensor) -> Tensor:
    """The UNet's latents -> the VAE's times its scaling factor."""
    return latents / LATENT_SCALE + LATENT_SHIFT


def decode(vae: AutoencoderKL, latents: Tensor) -> Tensor:
    """The UNet's latents (B, 4, h, w) -> (B, 3, 8h, 8w) float32 around [-1, 1], not clamped."""
    wanted = (plain(latents.float()) / vae.config["scaling_factor"]).to(vae.device, vae.dtype)
    return vae.decode(wanted, return_dict=False)[0].float() * PICTURE_SCALE


def to_bytes(picture: Tensor) -> NDArray[np.uint8]:
    """(1, 3, H, W) around [-1, 1] -> (H, W, 3) uint8."""
    unit = (picture[0] / 2 + 0.5).clamp(0, 1).permute(1, 2, 0)
    return (unit * 255).round().to(torch.uint8).cpu().numpy()


def views_of_tile(tile: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(3 S, 2 S, C) -> (6, S, S, C), row by row."""
    side, channels = tile.shape[0] // TILE_ROWS, tile.shape[2]
    grid = tile.reshape(TILE_ROWS, side, TILE_COLUMNS, side, channels)
    return np.ascontiguousarray(grid.transpose(0, 2, 1, 3, 4).reshape(VIEWS, side, side, channels))


@dataclass(frozen=True)
class Preview:
    """The linear map from the UNet's latents to colours: rgb 0..255 = latent @ matrix + offset.

    matrix: (4, 3).  offset: (3,).
    """

    matrix: Tensor
    offset: Tensor

    def views(self, latents: Tensor, side: int) -> NDArray[np.uint8]:
        """(1, 4, 3 s, 2 s) -> (6, side, side, 4) opaque."""
        colours = latents[0].float().cpu().permute(1, 2, 0) @ self.matrix + self.offset
        small = views_of_tile(colours.clamp(0, 255).to(torch.uint8).numpy())
        full = [Image.fromarray(view).resize((side, side), Image.Resampling.BILINEAR) for view in small]
        opaque = np.full((VIEWS, side, side, 4), 255, np.uint8)
        opaque[..., :3] = [np.asarray(view) for view in full]
        return opaque


@torch.inference_mode()
def fit_preview(vae: AutoencoderKL) -> Preview:
    """The map that comes closest to the decoder on even patches of many colours (least squares)."""
    generator = torch.Generator("cpu").manual_seed(_FIT_SEED)
    coarse = torch.randn((1, 4, _FIT_SIDE // 2, _FIT_SIDE // 2), generator=generator)
    latents = torch.nn.functional.interpolate(coarse, scale_factor=2.0, mode="bilinear")
    picture = (decode(vae, latents) / 2 + 0.5).clamp(0, 1) * 255
    means = torch.nn.functional.adaptive_avg_pool2d(picture, (_FIT_SIDE, _FIT_SIDE))  # (1, 3, 12, 12)
    known = latents[0].flatten(1).T.double()  # (144, 4)
    known = torch.cat([known, torch.ones(len(known), 1, dtype=torch.float64)], 1)
    solved = torch.linalg.lstsq(known, means[0].flatten(1).T.double()).solution.float()  # (5, 3)
    return Preview(solved[:4].clone(), solved[4].clone())
