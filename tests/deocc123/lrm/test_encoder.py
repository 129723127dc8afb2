"""The picture encoder: its constants, how its positions stretch, what its cameras do."""

from __future__ import annotations

import math

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from deocc.backends.deocc123.lrm import encoder as subject  # noqa: E402
from deocc.backends.deocc123.lrm.encoder import Embeddings, ViewEncoder, normalised  # noqa: E402
from tests.tiny.lrm import TINY_MESH, tiny_network  # noqa: E402


def test_constants_of_the_published_network():
    assert subject.ENCODER_NORM_EPS == 1e-12
    assert subject.CAMERA_NUMBERS == 16
    assert subject.IMAGE_MEAN == (0.485, 0.456, 0.406) and subject.IMAGE_STD == (0.229, 0.224, 0.225)
    assert subject.POSITION_OVERSHOOT == 0.1


def test_every_norm_and_activation_is_the_published_one():
    network = ViewEncoder(TINY_MESH)
    norms = [one for one in network.modules() if isinstance(one, nn.LayerNorm)]
    assert len(norms) == 2 * TINY_MESH.encoder_layers + 1
    assert {norm.eps for norm in norms} == {1e-12}
    gelus = [one for one in network.modules() if isinstance(one, nn.GELU)]
    assert len(gelus) == TINY_MESH.encoder_layers and {one.approximate for one in gelus} == {"none"}
    assert isinstance(network.camera_embedder[1], nn.SiLU)
    for layer in network.model.encoder["layer"]:  # type: ignore[union-attr]
        assert isinstance(layer.adaLN_modulation[0], nn.SiLU)
        assert all(projection.bias is not None for projection in layer.attention.attention.values())


def test_positions_are_kept_at_the_trained_size_and_the_class_tokens_always():
    embeddings = tiny_network().encoder.model.embeddings
    side = TINY_MESH.encoder_grid
    assert embeddings.positions(side, side) is embeddings.position_embeddings
    stretched = embeddings.positions(9, 7)
    assert stretched.shape == (1, 64, TINY_MESH.encoder_width)
    assert torch.equal(stretched[:, 0], embeddings.position_embeddings[:, 0])


def test_positions_are_read_a_tenth_of_a_patch_too_dense():
    """From 5 patches to 9: read at (i + 0.5) 5 / 9.1 − 0.5 and not at … 5 / 9, by the kernel of −0.75."""
    embeddings = Embeddings(TINY_MESH).requires_grad_(False)
    side, target = TINY_MESH.encoder_grid, 9
    line = torch.randn(side)
    embeddings.position_embeddings[0, 1:] = line.expand(side, side).reshape(-1, 1)
    read = embeddings.positions(target, target)[0, 1:, 0].view(target, target)
    for column in range(target):
        place = (column + 0.5) * side / (target + 0.1) - 0.5
        first = math.floor(place) - 1
        taps = [line[min(max(first + k, 0), side - 1)] * cubic(place - first - k) for k in range(4)]
        assert read[4, column].item() == pytest.approx(float(sum(taps)), abs=1e-5)


def cubic(distance: float, a: float = -0.75) -> float:
    """Keys' cubic convolution kernel, with torch's coefficient."""
    x = abs(distance)
    if x <= 1:
        return (a + 2) * x**3 - (a + 3) * x**2 + 1
    return a * (x**3 - 5 * x**2 + 8 * x - 4) if x < 2 else 0.0


def test_pictures_are_normalised_per_channel():
    white = normalised(torch.ones(1, 3, 2, 2))
    assert white[0, :, 0, 0].tolist() == pytest.approx([(1 - 0.485) / 0.229, 0.544 / 0.224, 0.594 / 0.225])


def test_each_views_tokens_depend_on_its_own_camera_alone():
    encoder = tiny_network().encoder
    pictures, cameras = torch.rand(2, 3, 80, 80), torch.randn(2, 16)
    before = encoder(pictures, cameras)
    assert before.shape == (2, 26, TINY_MESH.encoder_width)
    after = encoder(pictures, torch.stack([cameras[0], cameras[1] + 0.1]))
    assert torch.allclose(before[0], after[0], atol=1e-6)
    assert (before[1] - after[1]).abs().max() > 1e-3
