"""The draft's network: a small U-Net with attention in its middle and a latent for what can't be known.

Input (N, 7, H, W): sRGB in -1..1, object, occluder and keep mask, share of the pixel inside the photo.
Output: Fields of the same H and W, see there. H and W are multiples of 16.
A latent of LATENT numbers says which of the possible completions is meant (conditional VAE, Sohn et al.
2015): while training it is drawn from what a second small network reads in the truth, in use from what the
observation alone leaves open.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

INPUTS = 7
LATENT = 16
WHOLE, DEPTH, COLOUR, SCALE = 1, 2, 6, 4  # channels of the outputs, in this order
TRUTH = WHOLE + DEPTH + COLOUR  # channels of the truth that the posterior reads
TOLD = 3
LEAST_LOG, MOST_LOG = -5.0, 1.5  # of errors and of the latent's spread: what exp() may be asked for


@dataclass(frozen=True)
class Config:
    """Channels at 1/1, 1/2, 1/4, 1/8 and 1/16 of the input's size, and how many blocks there are."""

    widths: tuple[int, int, int, int, int] = (16, 32, 80, 160, 256)
    blocks: tuple[int, int, int, int] = (1, 2, 2, 1)  # at 1/2 to 1/16, going down
    attention: tuple[int, int] = (2, 3)  # at 1/8 and 1/16
    head: int = 32  # channels of one attention head
    latent: int = LATENT


SMALL = Config()
TINY = Config(widths=(8, 8, 16, 16, 16), blocks=(1, 1, 1, 1), attention=(1, 1), head=8)  # for tests


@dataclass(frozen=True)
class Gaussian:
    """A diagonal normal distribution of the latent. mean, log_std: (N, LATENT)."""

    mean: Tensor
    log_std: Tensor

    def at(self, noise: Tensor) -> Tensor:
        """The latent of standard normal noise (N, LATENT)."""
        return self.mean + self.log_std.exp() * noise

    def first(self, count: int) -> Gaussian:
        return Gaussian(self.mean[:count], self.log_std[:count])

    def divergence(self, other: Gaussian) -> Tensor:
        """Kullback-Leibler divergence of this from other for each number: (N, LATENT), nats."""
        gap = (self.mean - other.mean) / other.log_std.exp()
        ratio = self.log_std - other.log_std
        return 0.5 * ((2 * ratio).exp() + gap.square() - 1) - ratio


@dataclass(frozen=True)
class Fields:
    """What the network says. whole: (N, 1, H, W) logits.  depth: (N, 2, H, W) front and back, halves of the
    crop.  colour: (N, 6, H, W) front and back sRGB in -1..1.  scale: (N, 4, H, W) log of the expected error
    of front and back depth, front and back colour.  told: (N, 3) elevation / 90 degrees, log of its expected
    error, logit of the expected IoU of the amodal mask."""

    whole: Tensor
    depth: Tensor
    colour: Tensor
    scale: Tensor
    told: Tensor


class DraftNet(nn.Module):
    def __init__(self, config: Config = SMALL):
        super().__init__()
        full, half, quarter, eighth, sixteenth = config.widths
        self.config = config
        self.stem = nn.Conv2d(INPUTS, full, 3, padding=1)
        self.down = nn.ModuleList(
            _Down(before, width, blocks)
            for (before, width), blocks in zip(pairwise(config.widths), config.blocks, strict=True)
        )
        self.attend_eighth = _attention(eighth, config.attention[0], config.head)
        self.attend_sixteenth = _attention(sixteenth, config.attention[1], config.head)
        self.prior = nn.Sequential(
            nn.Linear(sixteenth, sixteenth), nn.SiLU(), nn.Linear(sixteenth, 2 * config.latent)
        )
        self.told = nn.Sequential(
            nn.Linear(sixteenth + config.latent, sixteenth), nn.SiLU(), nn.Linear(sixteenth, TOLD)
        )
        self.mix = _Modulated(sixteenth, config.latent)
        self.up = nn.ModuleList(
            [
                _Up(sixteenth, eighth, eighth, 1, config.latent),
                _Up(eighth, quarter, quarter, 2, config.latent),
                _Up(quarter, half, half, 1, config.latent),
            ]
        )
        self.last = _Last(half, full)

    def forward(self, picture: Tensor, noise: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """As it is exported: the outputs of Fields for noise (N, LATENT)."""
        seen = self.look(picture)
        fields = self.complete(seen, seen.prior.at(noise))
        return fields.whole, fields.depth, fields.colour, fields.scale, fields.told

    def look(self, picture: Tensor) -> Seen:
        """All that does not depend on the latent."""
        stem = self.stem(picture)
        skips, x = [], stem
        for i, down in enumerate(self.down):
            x = down(x)  # (N, width, H / 2^(i+1), W / 2^(i+1))
            x = self.attend_eighth(x) if i == 2 else x
            skips.append(x)
        x = self.attend_sixteenth(skips.pop())
        pooled = x.mean(dim=(2, 3))
        return Seen(stem, tuple(skips), x, pooled, gaussian(self.prior(pooled.float())))

    def complete(self, seen: Seen, latent: Tensor) -> Fields:
        x = self.mix(seen.deepest, latent)
        told = self.told(torch.cat([x.mean(dim=(2, 3)), latent.to(x.dtype)], dim=1))
        for up, skip in zip(self.up, reversed(seen.skips), strict=True):
            x = up(x, skip, latent)
        out = self.last(x, seen.stem)
        whole, depth, colour, scale = out.float().split((WHOLE, DEPTH, COLOUR, SCALE), dim=1)
        return Fields(whole, depth, colour, scale.clamp(LEAST_LOG, MOST_LOG), told.float())


@dataclass(frozen=True)
class Seen:
    """What `look` found: features of every size, and what the observation alone says of the latent."""

    stem: Tensor
    skips: tuple[Tensor, ...]
    deepest: Tensor
    pooled: Tensor
    prior: Gaussian

    def first(self, count: int) -> Seen:
        """Of the first so many pictures."""
        skips = tuple(skip[:count] for skip in self.skips)
        return Seen(
            self.stem[:count], skips, self.deepest[:count], self.pooled[:count], self.prior.first(count)
        )


class Posterior(nn.Module):
    """What the truth says of the latent; for training alone, it is not exported."""

    def __init__(self, config: Config = SMALL):
        super().__init__()
        widths = (INPUTS + TRUTH, *config.widths[1:4])
        layers: list[nn.Module] = []
        for before, width in pairwise(widths):
            layers += [nn.Conv2d(before, width, 3, stride=2, padding=1), _norm(width), nn.SiLU()]
        self.layers = nn.Sequential(*layers)
        self.read = nn.Linear(widths[-1] + config.widths[-1], 2 * config.latent)

    def forward(self, picture: Tensor, truth: Tensor, pooled: Tensor) -> Gaussian:
        """truth: (N, TRUTH, H, W) whole, depths, colours, 0 outside; pooled as in Seen."""
        x = functional.avg_pool2d(torch.cat([picture, truth], dim=1), 2)
        x = self.layers(x).mean(dim=(2, 3))
        return gaussian(self.read(torch.cat([x, pooled], dim=1).float()))


def gaussian(numbers: Tensor) -> Gaussian:
    mean, log_std = numbers.float().chunk(2, dim=1)
    return Gaussian(mean, log_std.clamp(LEAST_LOG, MOST_LOG))


def _norm(channels: int) -> nn.GroupNorm:
    return nn.GroupNorm(max(channels // 16, 1), channels)


class _Block(nn.Module):
    """Two convolutions and the input itself."""

    def __init__(self, channels: int):
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.first_norm = _norm(channels)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        self.second_norm = _norm(channels)
        nn.init.zeros_(self.second_norm.weight)  # a block begins as nothing at all

    def forward(self, x: Tensor) -> Tensor:
        y = functional.silu(self.first_norm(self.first(x)))
        return functional.silu(x + self.second_norm(self.second(y)))


class _Down(nn.Module):
    def __init__(self, before: int, width: int, blocks: int):
        super().__init__()
        self.halve = nn.Conv2d(before, width, 3, stride=2, padding=1)
        self.norm = _norm(width)
        self.blocks = nn.Sequential(*(_Block(width) for _ in range(blocks)))

    def forward(self, x: Tensor) -> Tensor:
        return self.blocks(functional.silu(self.norm(self.halve(x))))


class _Modulated(nn.Module):
    """Channels scaled and shifted by the latent (FiLM)."""

    def __init__(self, channels: int, latent: int):
        super().__init__()
        self.read = nn.Linear(latent, 2 * channels)
        nn.init.zeros_(self.read.bias)
        nn.init.normal_(self.read.weight, std=0.05)

    def forward(self, x: Tensor, latent: Tensor) -> Tensor:
        scale, shift = self.read(latent.to(x.dtype))[..., None, None].chunk(2, dim=1)
        return x * (1 + scale) + shift


class _Up(nn.Module):
    def __init__(self, before: int, skip: int, width: int, blocks: int, latent: int):
        super().__init__()
        self.join = nn.Conv2d(before + skip, width, 1)
        self.norm = _norm(width)
        self.modulated = _Modulated(width, latent)
        self.blocks = nn.Sequential(*(_Block(width) for _ in range(blocks)))

    def forward(self, x: Tensor, skip: Tensor, latent: Tensor) -> Tensor:
        x = functional.interpolate(x, scale_factor=2.0, mode="nearest")
        x = self.norm(self.join(torch.cat([x, skip], dim=1)))
        return self.blocks(functional.silu(self.modulated(x, latent)))


class _Last(nn.Module):
    """From half the size to the outputs, with the input's own fine features."""

    def __init__(self, before: int, stem: int):
        super().__init__()
        outputs = WHOLE + DEPTH + COLOUR + SCALE
        self.spread = nn.Conv2d(before, 4 * stem, 3, padding=1)
        self.join = nn.Conv2d(2 * stem, 24, 3, padding=1)
        self.norm = _norm(24)
        self.read = nn.Conv2d(24, outputs, 3, padding=1)

    def forward(self, x: Tensor, stem: Tensor) -> Tensor:
        x = functional.pixel_shuffle(self.spread(x), 2)
        x = self.join(torch.cat([x, stem], dim=1))
        return self.read(functional.silu(self.norm(x)))


class _Attention(nn.Module):
    """Every place looks at every other; where it is comes from a convolution of its neighbourhood, whose
    zero padding tells how far the border is."""

    def __init__(self, channels: int, head: int):
        super().__init__()
        self.heads = channels // head
        self.place = nn.Conv2d(channels, channels, 7, padding=3, groups=channels)
        self.norm = nn.LayerNorm(channels)
        self.read = nn.Linear(channels, 3 * channels)
        self.write = nn.Linear(channels, channels)
        self.think_norm = nn.LayerNorm(channels)
        last = nn.Linear(3 * channels, channels)
        self.think = nn.Sequential(nn.Linear(channels, 3 * channels), nn.GELU(), last)
        for layer in (self.write, last):
            nn.init.zeros_(layer.weight)

    def forward(self, x: Tensor) -> Tensor:
        count, channels, height, width = x.shape
        x = x + self.place(x)
        tokens = x.flatten(2).transpose(1, 2)  # (N, H * W, C)
        read = self.read(self.norm(tokens))
        split = read.view(count, -1, 3, self.heads, channels // self.heads).permute(2, 0, 3, 1, 4)
        query, key, value = split[0], split[1], split[2]
        # torch's own attention takes twice as long on a processor, on its way back, for so few places
        likeness = (query @ key.transpose(2, 3)) * split.shape[-1] ** -0.5
        mixed = likeness.softmax(dim=-1) @ value  # (N, heads, H * W, C / heads)
        tokens = tokens + self.write(mixed.transpose(1, 2).flatten(2))
        tokens = tokens + self.think(self.think_norm(tokens))
        return tokens.transpose(1, 2).reshape(count, channels, height, width)


def _attention(channels: int, layers: int, head: int) -> nn.Sequential:
    return nn.Sequential(*(_Attention(channels, head) for _ in range(layers)))
