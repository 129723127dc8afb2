"""The triplane transformer: learned queries look at all views' tokens and become three feature planes (§3.2).

Names of parameters are the published checkpoints'.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from deocc.backends.deocc123.lrm.config import LrmConfig

BLOCK_NORM_EPS = 1e-5
FINAL_NORM_EPS = 1e-6
MLP_RATIO = 4
PLANES = 3  # xy, xz, zy


class CrossAttention(nn.Module):
    """Queries of one width look at tokens of another; no biases."""

    def __init__(self, width: int, token_width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.q_proj_weight = nn.Parameter(torch.empty(width, width))
        self.k_proj_weight = nn.Parameter(torch.empty(width, token_width))
        self.v_proj_weight = nn.Parameter(torch.empty(width, token_width))
        self.out_proj = nn.Linear(width, width, bias=False)

    def forward(self, queries: Tensor, tokens: Tensor) -> Tensor:
        q = F.linear(queries, self.q_proj_weight)
        k, v = F.linear(tokens, self.k_proj_weight), F.linear(tokens, self.v_proj_weight)
        return self.out_proj(attend(q, k, v, self.heads))


class SelfAttention(nn.Module):
    """The queries look at each other; no biases."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.in_proj_weight = nn.Parameter(torch.empty(3 * width, width))
        self.out_proj = nn.Linear(width, width, bias=False)

    def forward(self, queries: Tensor) -> Tensor:
        q, k, v = F.linear(queries, self.in_proj_weight).chunk(3, dim=-1)
        return self.out_proj(attend(q, k, v, self.heads))


class Block(nn.Module):
    def __init__(self, config: LrmConfig):
        super().__init__()
        width = config.width
        self.norm1 = nn.LayerNorm(width, eps=BLOCK_NORM_EPS)
        self.cross_attn = CrossAttention(width, config.encoder_width, config.heads)
        self.norm2 = nn.LayerNorm(width, eps=BLOCK_NORM_EPS)
        self.self_attn = SelfAttention(width, config.heads)
        self.norm3 = nn.LayerNorm(width, eps=BLOCK_NORM_EPS)
        self.mlp = nn.Sequential(
            nn.Linear(width, MLP_RATIO * width),
            nn.GELU(approximate="none"),
            nn.Identity(),  # training's dropout: keeps the published index of the next
            nn.Linear(MLP_RATIO * width, width),
        )

    def forward(self, queries: Tensor, tokens: Tensor) -> Tensor:
        queries = queries + self.cross_attn(self.norm1(queries), tokens)
        queries = queries + self.self_attn(self.norm2(queries))
        return queries + self.mlp(self.norm3(queries))


class TriplaneTransformer(nn.Module):
    """Tokens of all views (1, V T, encoder width) -> planes (3, C, R, R)."""

    def __init__(self, config: LrmConfig):
        super().__init__()
        self.side = config.plane_low
        self.pos_embed = nn.Parameter(torch.empty(1, PLANES * config.plane_low**2, config.width))
        self.layers = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.width, eps=FINAL_NORM_EPS)
        self.deconv = nn.ConvTranspose2d(config.width, config.plane_channels, 2, stride=2)

    def forward(self, tokens: Tensor, done: Callable[[float], None] = lambda fraction: None) -> Tensor:
        """done: called after every layer with the fraction of them; may raise."""
        queries = self.pos_embed
        for number, layer in enumerate(self.layers, 1):
            queries = layer(queries, tokens)
            done(number / len(self.layers))
        grid = self.norm(queries).view(PLANES, self.side, self.side, -1)  # rows v, columns u
        return self.deconv(grid.permute(0, 3, 1, 2))  # (3, width, r, r) -> (3, C, 2 r, 2 r)


def attend(q: Tensor, k: Tensor, v: Tensor, heads: int) -> Tensor:
    """Scaled dot-product attention of (B, T, D) by heads -> (B, T, D)."""
    q, k, v = (x.unflatten(-1, (heads, -1)).transpose(1, 2) for x in (q, k, v))
    return F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
