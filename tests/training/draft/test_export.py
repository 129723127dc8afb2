"""The exported network says what the trained one says, and other completions for other noise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from deocc.backends.draft.learned.network import NETWORK
from deocc.errors import InputFault
from deocc.training.draft.export import INPUT_NAMES, OUTPUT_NAMES, SIDE, export
from deocc.training.draft.exported import read_exported
from deocc.training.draft.losses import Learner
from deocc.training.draft.network import INPUTS, LATENT, SMALL, TINY, DraftNet
from deocc.training.state import Spent


@pytest.fixture(scope="module")
def network() -> DraftNet:
    torch.manual_seed(3)
    made = DraftNet(TINY)
    for weight in made.parameters():  # also those that begin as nothing
        torch.nn.init.normal_(weight, std=0.2)
    return made.eval()


@pytest.fixture(scope="module")
def session(network: DraftNet, tmp_path_factory: pytest.TempPathFactory) -> onnxruntime.InferenceSession:
    path = tmp_path_factory.mktemp("export") / "draft.onnx"
    export(network, path, {"steps": "7"})
    return onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])


def ask(session: onnxruntime.InferenceSession, picture: torch.Tensor, noise: torch.Tensor):
    return session.run(list(OUTPUT_NAMES), {"picture": picture.numpy(), "noise": noise.numpy()})


@pytest.mark.parametrize("count", [1, 3])
def test_it_says_what_the_network_says(network: DraftNet, session, count: int):
    generator = torch.Generator().manual_seed(1)
    picture = torch.rand(count, INPUTS, SIDE, SIDE, generator=generator) * 2 - 1
    noise = torch.randn(count, LATENT, generator=generator)
    with torch.no_grad():
        expected = network(picture, noise)
    for ours, theirs in zip(ask(session, picture, noise), expected, strict=True):
        spread = float(theirs.std()) + 1e-6
        # half precision keeps 11 bits of a weight: 5e-4, through a dozen layers
        assert float(np.abs(ours - theirs.numpy()).max()) < 0.05 * spread


def test_noise_chooses_the_completion(session):
    picture = torch.rand(1, INPUTS, SIDE, SIDE) * 2 - 1
    noises = (torch.full((1, LATENT), value) for value in (0.0, 2.0))
    zero, other = (np.asarray(ask(session, picture, noise)[0]) for noise in noises)
    assert np.abs(zero - other).max() > 1e-3


def test_names_metadata_and_half_the_size(network: DraftNet, session, tmp_path: Path):
    assert tuple(one.name for one in session.get_inputs()) == INPUT_NAMES
    assert tuple(one.name for one in session.get_outputs()) == OUTPUT_NAMES
    assert session.get_modelmeta().custom_metadata_map == {"steps": "7"}
    export(network, tmp_path / "draft.onnx", {})
    weights = onnx.load(tmp_path / "draft.onnx").graph.initializer
    halved = [one for one in weights if one.data_type == onnx.TensorProto.FLOAT16]
    assert sum(np.prod(one.dims) for one in halved) > 0.9 * sum(p.numel() for p in network.parameters())


def test_the_same_network_is_the_same_file(network: DraftNet, tmp_path: Path):
    for name in ("a.onnx", "b.onnx"):
        export(network, tmp_path / name, {"b": "2", "a": "1"})
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()


def test_a_file_s_weights_are_the_network_s_again(network: DraftNet, tmp_path: Path):
    path = tmp_path / "draft.onnx"
    export(network, path, {"pictures": "700", "seconds": "60"})
    learner = Learner(TINY)
    begun = read_exported(path, learner)
    assert begun.spent == Spent(700, 60.0)
    fresh = {name: one.clone() for name, one in learner.posterior.state_dict().items()}
    learner.load_state_dict(begun.weights)
    for name, weight in network.state_dict().items():
        ours = learner.network.state_dict()[name]
        assert torch.allclose(ours, weight, rtol=1e-3, atol=1e-6), name  # half precision
    for name, weight in fresh.items():
        assert torch.equal(learner.posterior.state_dict()[name], weight), "it is not in the file"


def test_the_shipped_network_can_be_trained_on():
    learner = Learner(SMALL)
    begun = read_exported(NETWORK, learner)
    assert begun.spent.pictures > 100_000 and begun.spent.seconds > 3_600
    learner.load_state_dict(begun.weights)
    picture, noise = torch.rand(1, INPUTS, SIDE, SIDE) * 2 - 1, torch.zeros(1, LATENT)
    with torch.no_grad():
        ours = learner.network.eval()(picture, noise)[0].numpy()
    shipped = onnxruntime.InferenceSession(str(NETWORK), providers=["CPUExecutionProvider"])
    assert np.abs(ours - ask(shipped, picture, noise)[0]).max() < 1e-2  # logits


def test_what_is_no_exported_network_or_another_is_refused(network: DraftNet, tmp_path: Path):
    path = tmp_path / "draft.onnx"
    path.write_bytes(b"no network")
    with pytest.raises(InputFault, match="no network that was exported"):
        read_exported(path, Learner(TINY))
    export(network, path, {})
    with pytest.raises(InputFault, match="another network"):
        read_exported(path, Learner(SMALL))
