"""The picture encoder: DINO ViT-B/16 whose every layer is modulated by the view's camera (InstantMesh §3.2).

Names of parameters are the published checkpoints'.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from deocc.backends.deocc123.lrm.config import LrmConfig

CAMERA_NUMBERS = 16  # 3x4 world_from_camera by rows, then fx, fy, cx, cy over the picture's size
IMAGE_MEAN = (0.485, 0.456, 0.406)  # ImageNet's, sRGB
IMAGE_STD = (0.229, 0.224, 0.225)
ENCODER_NORM_EPS = 1e-12
POSITION_OVERSHOOT = 0.1  # patches by which DINO stretches its position embedding beyond the picture's own


class Embeddings(nn.Module):
    """Patches, the class token and where they are."""

    def __init__(self, config: LrmConfig):
        super().__init__()
        width, patch = config.encoder_width, config.patch_px
        self.cls_token = nn.Parameter(torch.empty(1, 1, width))
        self.position_embeddings = nn.Parameter(torch.empty(1, config.encoder_grid**2 + 1, width))
        self.patch_embeddings = nn.ModuleDict({"projection": nn.Conv2d(3, width, patch, stride=patch)})

    def forward(self, pictures: Tensor) -> Tensor:
        patches = self.patch_embeddings["projection"](pictures)  # (V, 3, H, W) -> (V, D, h, w)
        height, width = patches.shape[-2:]
        tokens = patches.flatten(2).transpose(1, 2)  # (V, h w, D)
        classes = self.cls_token.expand(len(tokens), -1, -1)
        return torch.cat([classes, tokens], 1) + self.positions(height, width)  # (V, 1 + h w, D)

    def positions(self, height: int, width: int) -> Tensor:
        """(1, 1 + height width, D): the trained grid by bicubic interpolation. The stretch is handed over as
        a factor, 0.1 patches too long, and not as a size: it moves every sampling point."""
        stored = self.position_embeddings
        side = round((stored.shape[1] - 1) ** 0.5)
        if (height, width) == (side, side):
            return stored
        grid = stored[:, 1:].reshape(1, side, side, -1).permute(0, 3, 1, 2).float()
        factors = tuple((n + POSITION_OVERSHOOT) / side for n in (height, width))
        grid = F.interpolate(grid, scale_factor=factors, mode="bicubic", align_corners=False)
        grid = grid.permute(0, 2, 3, 1).reshape(1, height * width, -1)
        return torch.cat([stored[:, :1], grid.to(stored.dtype)], 1)


class ViewAttention(nn.Module):
    """Self-attention within a view."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        projections = {name: nn.Linear(width, width) for name in ("query", "key", "value")}
        self.attention = nn.ModuleDict(projections)
        self.output = nn.ModuleDict({"dense": nn.Linear(width, width)})

    def forward(self, tokens: Tensor) -> Tensor:
        q, k, v = (
            self.attention[name](tokens).unflatten(-1, (self.heads, -1)).transpose(1, 2)  # (V, heads, T, d)
            for name in ("query", "key", "value")
        )
        mixed = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)  # (V, T, D)
        return self.output["dense"](mixed)


class ViewLayer(nn.Module):
    """A pre-norm layer; the camera shifts and scales what each half sees."""

    def __init__(self, config: LrmConfig):
        super().__init__()
        width, hidden = config.encoder_width, config.encoder_hidden
        self.attention = ViewAttention(width, config.encoder_heads)
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(width, hidden)})
        self.output = nn.ModuleDict({"dense": nn.Linear(hidden, width)})
        self.layernorm_before = nn.LayerNorm(width, eps=ENCODER_NORM_EPS)
        self.layernorm_after = nn.LayerNorm(width, eps=ENCODER_NORM_EPS)
        self.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(width, 4 * width))
        self.activation = nn.GELU(approximate="none")

    def forward(self, tokens: Tensor, cameras: Tensor) -> Tensor:
        parts = self.adaLN_modulation(cameras)[:, None].chunk(4, dim=-1)  # four (V, 1, D)
        shift_before, scale_before, shift_after, scale_after = parts
        seen = self.layernorm_before(tokens) * (1 + scale_before) + shift_before
        tokens = tokens + self.attention(seen)
        seen = self.layernorm_after(tokens) * (1 + scale_after) + shift_after
        return tokens + self.output["dense"](self.activation(self.intermediate["dense"](seen)))


class ViewTransformer(nn.Module):
    def __init__(self, config: LrmConfig):
        super().__init__()
        self.embeddings = Embeddings(config)
        layers = nn.ModuleList(ViewLayer(config) for _ in range(config.encoder_layers))
        self.encoder = nn.ModuleDict({"layer": layers})
        self.layernorm = nn.LayerNorm(config.encoder_width, eps=ENCODER_NORM_EPS)

    def forward(self, pictures: Tensor, cameras: Tensor) -> Tensor:
        tokens = self.embeddings(pictures)
        for layer in self.encoder["layer"]:  # type: ignore[union-attr]  # a ModuleList
            tokens = layer(tokens, cameras)
        return self.layernorm(tokens)


class ViewEncoder(nn.Module):
    """Pictures (V, 3, H, W) of 0..1 and cameras (V, 16) -> tokens (V, 1 + H W / 256, D)."""

    def __init__(self, config: LrmConfig):
        super().__init__()
        width = config.encoder_width
        self.model = ViewTransformer(config)
        self.camera_embedder = nn.Sequential(
            nn.Linear(CAMERA_NUMBERS, width), nn.SiLU(), nn.Linear(width, width)
        )

    def forward(self, pictures: Tensor, cameras: Tensor) -> Tensor:
        dtype = self.model.embeddings.cls_token.dtype
        cameras = self.camera_embedder(cameras.to(dtype))  # (V, 16) -> (V, D)
        return self.model(normalised(pictures).to(dtype), cameras)


def normalised(pictures: Tensor) -> Tensor:
    """(V, 3, H, W) of 0..1 as the encoder was trained to see them."""
    mean = pictures.new_tensor(IMAGE_MEAN)[:, None, None]
    std = pictures.new_tensor(IMAGE_STD)[:, None, None]
    return (pictures - mean) / std
