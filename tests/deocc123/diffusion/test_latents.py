"""Latents and pictures: the tile's order, bytes, a preview that agrees with the decoder it was fitted to."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
import torch

from deocc.backends.deocc123.diffusion.latents import (
    Preview,
    decode,
    fit_preview,
    plain,
    to_bytes,
    views_of_tile,
)


def test_view_k_lies_at_row_k_half_and_column_k_odd():
    tile = np.zeros((960, 640, 3), np.uint8)
    for k in range(6):
        row, column = k // 2, k % 2
        tile[320 * row : 320 * (row + 1), 320 * column : 320 * (column + 1)] = k + 1
    views = views_of_tile(tile)
    assert views.shape == (6, 320, 320, 3)
    assert [np.unique(view).tolist() for view in views] == [[k + 1] for k in range(6)]


def test_scale_and_shift_undo_those_of_training():
    latents = torch.randn(1, 4, 3, 3, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(plain((latents - 0.22) * 0.75), latents, atol=1e-6)


def test_bytes_are_rounded_and_clamped():
    picture = torch.tensor([-2.0, -1.0, 0.0, 1.0, 9.0]).expand(1, 3, 1, 5)
    assert to_bytes(picture)[0, :, 0].tolist() == [0, 0, 128, 255, 255]  # 127.5 goes to the even one


class _Linear(torch.nn.Module):
    """A decoder whose colours are a linear map of its latents, eight times as large."""

    config = MappingProxyType({"scaling_factor": 0.5})
    device, dtype = torch.device("cpu"), torch.float32
    matrix = torch.tensor([[0.03, 0.02, 0.0], [-0.02, 0.04, 0.01], [0.0, 0.01, -0.05], [0.02, 0.0, 0.02]])

    def decode(self, latents, return_dict):
        colours = torch.einsum("bchw,cd->bdhw", latents, self.matrix)
        return (torch.nn.functional.interpolate(colours, scale_factor=8.0, mode="nearest"),)


def test_a_linear_decoder_is_found_exactly():
    decoder = _Linear()
    preview = fit_preview(decoder)  # type: ignore[arg-type]
    latents = torch.randn(1, 4, 6, 4, generator=torch.Generator().manual_seed(1))
    views = preview.views(latents, side=2)  # as many pixels as latents: nothing is resized
    exact = views_of_tile(to_bytes(decode(decoder, latents))[::8, ::8])  # type: ignore[arg-type]
    assert views.shape == (6, 2, 2, 4) and np.all(views[..., 3] == 255)
    assert np.abs(views[..., :3].astype(int) - exact).max() <= 1  # cut off here, rounded there


def test_the_preview_of_a_real_decoder_is_stored_with_its_weights(diffusion, pipeline):
    again = fit_preview(diffusion._parts.vae)
    assert torch.allclose(again.matrix, diffusion._parts.preview.matrix, atol=1e-3)
    assert isinstance(again, Preview) and again.matrix.shape == (4, 3) and again.offset.shape == (3,)
