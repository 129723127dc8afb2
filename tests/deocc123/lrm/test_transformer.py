"""The triplane transformer: its constants, the order of its attentions, its planes' layout."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from deocc.backends.deocc123.lrm import transformer as subject  # noqa: E402
from deocc.backends.deocc123.lrm.transformer import TriplaneTransformer, attend  # noqa: E402
from deocc.errors import Cancelled  # noqa: E402
from tests.tiny.lrm import TINY_MESH, tiny_network  # noqa: E402


def test_constants_of_the_published_network():
    assert (subject.BLOCK_NORM_EPS, subject.FINAL_NORM_EPS) == (1e-5, 1e-6)
    assert (subject.MLP_RATIO, subject.PLANES) == (4, 3)


def test_every_norm_and_activation_is_the_published_one():
    network = TriplaneTransformer(TINY_MESH)
    assert network.norm.eps == 1e-6
    for layer in network.layers:
        assert {norm.eps for norm in (layer.norm1, layer.norm2, layer.norm3)} == {1e-5}  # type: ignore[union-attr]
        assert isinstance(layer.mlp[1], nn.GELU) and layer.mlp[1].approximate == "none"  # type: ignore[index]
        assert not [name for name, _ in layer.named_parameters() if "attn" in name and "bias" in name]
    assert network.deconv.kernel_size == (2, 2) and network.deconv.stride == (2, 2)


def test_attention_is_the_softmax_of_products_by_heads():
    q, k, v = torch.randn(1, 5, 8), torch.randn(1, 7, 8), torch.randn(1, 7, 8)
    by_hand = []
    for head in (slice(0, 4), slice(4, 8)):
        share = (q[..., head] @ k[..., head].transpose(1, 2) / 4**0.5).softmax(-1)
        by_hand.append(share @ v[..., head])
    assert torch.allclose(attend(q, k, v, 2), torch.cat(by_hand, -1), atol=1e-6)


def test_rows_of_a_plane_are_its_queries_rows():
    """A query's four texels stand where the query stands: plane, row v, column u."""
    network = tiny_network().transformer
    side, tokens = TINY_MESH.plane_low, torch.zeros(1, 4, TINY_MESH.encoder_width)
    before = network(tokens)
    network.norm.bias.zero_()
    plane, row, column = 1, 2, 5
    network.pos_embed[0, (plane * side + row) * side + column] *= -1
    changed = (network(tokens) - before).abs().sum(1)  # (3, R, R)
    top = changed.flatten().topk(4).indices
    places = {(int(i) // 256, int(i) // 16 % 16, int(i) % 16) for i in top}
    assert places == {(plane, 2 * row + i, 2 * column + j) for i in (0, 1) for j in (0, 1)}


def test_progress_is_told_after_every_layer_and_can_end_it():
    network, tokens, told = tiny_network().transformer, torch.zeros(1, 4, TINY_MESH.encoder_width), []
    network(tokens, told.append)
    assert told == [0.5, 1.0]

    def cancel(fraction: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        network(tokens, cancel)
