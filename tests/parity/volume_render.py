"""The volume rendering InstantMesh's networks were trained by, for the goldens alone: jobs don't render so.

Two passes along each ray: evenly spaced and jittered, then as many where the first found something; colours
and raw densities are averaged between neighbouring samples; the background is white. Numbers are drawn in the
reference's order (coarse jitter, then the second pass), so that its seed gives its samples.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from deocc.backends.deocc123.lrm.decoders import density_of

NOTHING = torch.finfo(torch.float32).min  # raw density outside the box
PDF_FLOOR, MARCH_FLOOR, CDF_FLOOR = 0.01, 1e-10, 1e-5

Query = Callable[[Tensor], tuple[Tensor, Tensor]]  # points (N, 3) -> colours (N, 3), raw densities (N, 1)


def render(
    query: Query, cameras: Tensor, side_px: int, samples_per_ray: int, seed: int
) -> tuple[Tensor, Tensor, Tensor]:
    """cameras: (V, 25), 16 of world_from_camera and 9 of the lens, OpenCV's axes or OpenGL's as stored.
    -> colours (V, 3, s, s), depths and opacities (V, 1, s, s)."""
    generator = torch.Generator().manual_seed(seed)
    origins, directions = rays(cameras, side_px)  # (V, R, 3)
    half = samples_per_ray // 2
    near, far = box_limits(origins, directions)  # (V, R, 1)
    step = (far - near) / (half - 1)
    depths = near[..., None, :] + step[..., None, :] * torch.arange(half)[:, None]
    jitter = torch.rand(half, *near.shape, generator=generator).permute(1, 2, 0, 3)  # drawn sample by sample
    depths = depths + jitter * step[..., None, :]  # (V, R, S, 1)
    colours, raw = _along(query, origins, directions, depths)
    weights, _ = _march(colours, raw, depths)
    fine = _second_pass(depths, weights, half, generator)
    more_colours, more_raw = _along(query, origins, directions, fine)
    depths, order = torch.cat([depths, fine], -2).sort(dim=-2)
    colours = torch.cat([colours, more_colours], -2).gather(-2, order.expand(*order.shape[:-1], 3))
    raw = torch.cat([raw, more_raw], -2).gather(-2, order)
    weights, (colour, depth) = _march(colours, raw, depths)
    views = len(cameras)

    def picture(values: Tensor) -> Tensor:
        return values.transpose(1, 2).reshape(views, -1, side_px, side_px)

    return picture(colour), picture(depth), picture(weights.sum(-2))


def rays(cameras: Tensor, side_px: int) -> tuple[Tensor, Tensor]:
    """Origins and unit directions (V, R, 3) through pixels' centres, row by row."""
    world_from_camera, lens = cameras[:, :16].view(-1, 4, 4), cameras[:, 16:].view(-1, 3, 3)
    at = (torch.arange(side_px) + 0.5) / side_px
    v, u = torch.meshgrid(at, at, indexing="ij")
    u, v = u.reshape(-1), v.reshape(-1)
    x = (u - lens[:, 0, 2, None]) / lens[:, 0, 0, None]
    y = (v - lens[:, 1, 2, None]) / lens[:, 1, 1, None]
    local = torch.stack([x, -y, -torch.ones_like(x)], -1)  # OpenGL's axes: y up, z backward
    directions = F.normalize(local @ world_from_camera[:, :3, :3].transpose(1, 2), dim=-1)
    return world_from_camera[:, None, :3, 3].expand_as(directions), directions


def box_limits(origins: Tensor, directions: Tensor) -> tuple[Tensor, Tensor]:
    """Where rays enter and leave [-1, 1]³, (V, R, 1); those that miss it get the others' nearest and farthest
    entry."""
    to_low, to_high = (-1 - origins) / directions, (1 - origins) / directions
    near = torch.minimum(to_low, to_high).amax(-1, keepdim=True)
    far = torch.maximum(to_low, to_high).amin(-1, keepdim=True)
    hit = far > near
    if hit.any():
        low, high = near[hit].min(), near[hit].max()
        near, far = torch.where(hit, near, low), torch.where(hit, far, high)
    return near, far


def _along(query: Query, origins: Tensor, directions: Tensor, depths: Tensor) -> tuple[Tensor, Tensor]:
    points = origins[..., None, :] + depths * directions[..., None, :]  # (V, R, S, 3)
    colours, raw = query(points.reshape(-1, 3))
    within = (points.abs() <= 1).all(-1, keepdim=True)
    colours = torch.where(within, colours.view(points.shape), 0.0)
    return colours, torch.where(within, raw.view(depths.shape), NOTHING)


def _march(colours: Tensor, raw: Tensor, depths: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    """-> weights (V, R, S - 1, 1), (colour on white, depth)."""
    length = depths[..., 1:, :] - depths[..., :-1, :]
    colour = (colours[..., 1:, :] + colours[..., :-1, :]) / 2
    middle = (depths[..., 1:, :] + depths[..., :-1, :]) / 2
    density = density_of((raw[..., 1:, :] + raw[..., :-1, :]) / 2)
    alpha = 1 - torch.exp(-density * length)
    passed = torch.cat([torch.ones_like(alpha[..., :1, :]), 1 - alpha + MARCH_FLOOR], -2).cumprod(-2)
    weights = alpha * passed[..., :-1, :]
    total = weights.sum(-2)
    depth = (weights * middle).sum(-2).clamp(depths.min(), depths.max())  # not divided by the opacity
    return weights, ((weights * colour).sum(-2) + 1 - total, depth)


def _second_pass(depths: Tensor, weights: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """(V, R, count, 1) depths drawn by the first pass' weights, smoothed over neighbours."""
    views, number, samples, _ = depths.shape
    z = depths.reshape(views * number, samples)
    smooth = F.max_pool1d(weights.reshape(len(z), 1, -1), 2, 1, padding=1)
    smooth = F.avg_pool1d(smooth, 2, 1)[:, 0] + PDF_FLOOR
    middles = (z[:, :-1] + z[:, 1:]) / 2
    inner = smooth[:, 1:-1] + CDF_FLOOR
    cumulated = torch.cat([torch.zeros(len(z), 1), (inner / inner.sum(-1, keepdim=True)).cumsum(-1)], -1)
    drawn = torch.rand(len(z), count, generator=generator)
    above = torch.searchsorted(cumulated, drawn, right=True)
    low, high = (above - 1).clamp(min=0), above.clamp(max=inner.shape[1])
    from_, to = cumulated.gather(1, low), cumulated.gather(1, high)
    span = torch.where(to - from_ < CDF_FLOOR, 1.0, to - from_)
    start, end = middles.gather(1, low), middles.gather(1, high)
    return (start + (drawn - from_) / span * (end - start)).view(views, number, count, 1)
