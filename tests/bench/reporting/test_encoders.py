"""The networks of measures with random weights: held to the libraries that publish them, and to refusals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from deocc.bench.reporting.encoders import ALEXNET, ALEXNET_KEYS, clip, inception, lpips
from deocc.errors import DeoccError

torch = pytest.importorskip("torch")


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def pictures(count: int = 2, side: int = 96, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, side, side, 3), np.uint8)


def alexnet(folder: Path) -> tuple[Path, Path]:
    """Random weights under torchvision's and LPIPS's names."""
    generator = torch.Generator().manual_seed(0)
    trunk, linear = {"classifier.1.weight": torch.zeros(1)}, {}
    for i, (key, (inner, outer, side, *_)) in enumerate(zip(ALEXNET_KEYS, ALEXNET, strict=True)):
        trunk[f"{key}.weight"] = (
            torch.randn(outer, inner, side, side, generator=generator) / side / inner**0.5
        )
        trunk[f"{key}.bias"] = torch.randn(outer, generator=generator) / 10
        linear[f"lin{i}.model.1.weight"] = torch.rand(1, outer, 1, 1, generator=generator)
    paths = folder / "alexnet.pth", folder / "lin.pth"
    for path, tensors in zip(paths, (trunk, linear), strict=True):
        torch.save(tensors, path)
    return paths


def test_lpips_is_zero_of_equal_pictures_and_grows_with_the_difference(tmp_path: Path):
    distance = lpips(*alexnet(tmp_path))
    one = pictures()
    near = np.clip(one.astype(int) + 8, 0, 255).astype(np.uint8)
    same, close, far = (distance(one, other) for other in (one, near, pictures(seed=1)))
    assert same.shape == (2,) and (same == 0).all()
    assert (0 < close).all() and (close < far).all()


def test_lpips_is_what_its_paper_says(tmp_path: Path):
    """Written out once more, with torch's modules: AlexNet's first twelve layers, normalised, weighed."""
    nn = torch.nn
    layers = nn.Sequential(
        nn.Conv2d(3, 64, 11, 4, 2), nn.ReLU(), nn.MaxPool2d(3, 2), nn.Conv2d(64, 192, 5, 1, 2), nn.ReLU(),
        nn.MaxPool2d(3, 2), nn.Conv2d(192, 384, 3, 1, 1), nn.ReLU(), nn.Conv2d(384, 256, 3, 1, 1), nn.ReLU(),
        nn.Conv2d(256, 256, 3, 1, 1), nn.ReLU(),
    )  # fmt: skip
    trunk, linear = alexnet(tmp_path)
    weights = torch.load(trunk, weights_only=True)
    layers.load_state_dict({k.removeprefix("features."): v for k, v in weights.items() if "features" in k})
    weigh = list(torch.load(linear, weights_only=True).values())
    one, other = pictures(), pictures(seed=1)
    x = torch.from_numpy(np.concatenate([one, other])).permute(0, 3, 1, 2) / 255 * 2 - 1
    x = (x - torch.tensor([-0.03, -0.088, -0.188])[:, None, None]) / torch.tensor([0.458, 0.448, 0.45])[
        :, None, None
    ]
    expected = torch.zeros(2)
    with torch.inference_mode():
        for i, layer in enumerate(layers):
            x = layer(x)
            if i in (1, 4, 7, 9, 11):
                a, b = torch.nn.functional.normalize(x, dim=1).split(2)
                expected += ((a - b) ** 2 * weigh.pop(0)[0]).sum(dim=1).mean(dim=(1, 2))
    assert lpips(trunk, linear)(one, other) == pytest.approx(expected.numpy(), rel=1e-4)  # float32 sums


def test_lpips_is_that_of_its_own_library(tmp_path: Path):
    library = pytest.importorskip("lpips", reason="lpips (with torchvision) is not installed")
    trunk, linear = alexnet(tmp_path)
    theirs = library.LPIPS(pretrained=False, pnet_rand=True, net="alex", verbose=False)
    weights = torch.load(trunk, weights_only=True)
    renamed = {
        f"slice{i + 1}.{key.removeprefix('features.')}.{part}": weights[f"{key}.{part}"]
        for i, key in enumerate(ALEXNET_KEYS)
        for part in ("weight", "bias")
    }
    theirs.net.load_state_dict(renamed)
    theirs.load_state_dict(torch.load(linear, weights_only=True), strict=False)
    one, other = pictures(), pictures(seed=1)
    tensors = [torch.from_numpy(a).permute(0, 3, 1, 2).float() / 127.5 - 1 for a in (one, other)]
    with torch.inference_mode():
        expected = theirs(*tensors).flatten().numpy()
    assert lpips(trunk, linear)(one, other) == pytest.approx(expected, rel=1e-5)  # float32 sums


def test_lpips_refuses_weights_of_another_network(tmp_path: Path):
    trunk, linear = alexnet(tmp_path)
    torch.save({"features.0.weight": torch.zeros(2)}, trunk)
    with pytest.raises(DeoccError, match="is not this model's"):
        lpips(trunk, linear)


def tiny_clip(folder: Path) -> Path:
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(0)
    config = transformers.CLIPVisionConfig(
        hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=2, image_size=32,
        patch_size=8, projection_dim=16,
    )  # fmt: skip
    transformers.CLIPVisionModelWithProjection(config).eval().save_pretrained(folder)
    return folder


def test_clip_reads_a_local_folder_and_tells_pictures_apart(tmp_path: Path):
    encode = clip(tiny_clip(tmp_path / "clip"))
    one = pictures(side=64)
    features = encode(one)
    assert features.shape == (2, 16) and features.dtype == np.float32
    assert np.array_equal(features, encode(one))
    assert not np.allclose(features[0], features[1], atol=1e-4)


def test_clip_preprocesses_as_its_published_pipeline_does(tmp_path: Path):
    """Against transformers' own CLIPImageProcessor: bicubic to the side, centre crop, mean and spread."""
    transformers = pytest.importorskip("transformers")
    folder = tiny_clip(tmp_path / "clip")
    processor = transformers.CLIPImageProcessor(
        size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}
    )
    model = transformers.CLIPVisionModelWithProjection.from_pretrained(folder)
    one = pictures(side=64)
    with torch.inference_mode():
        pixels = processor(images=list(one), return_tensors="pt")["pixel_values"]
        expected = model(pixel_values=pixels).image_embeds.numpy()
    # 2 % of the features' spread: with torchvision the processor resizes by another kernel
    assert np.abs(clip(folder)(one) - expected).max() < 0.02 * expected.std()


def test_clip_that_lacks_tensors_is_refused(tmp_path: Path):
    folder = tiny_clip(tmp_path / "clip")
    from safetensors.torch import load_file, save_file

    tensors = load_file(folder / "model.safetensors")
    del tensors["visual_projection.weight"]
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(DeoccError, match="lacks 1 of CLIP's tensors"):
        clip(folder)


def test_inception_reads_a_local_file_without_running_it(tmp_path: Path):
    library = pytest.importorskip(
        "torch_fidelity", reason="torch-fidelity (with torchvision) is not installed"
    )
    torch.manual_seed(0)
    path = tmp_path / "inception.pth"
    made = object.__new__(library.FeatureExtractorInceptionV3)
    _random_inception(library, path)
    del made
    features = inception(path)(pictures(side=64))
    assert features.shape == (2, 2048) and np.isfinite(features).all()
    theirs = library.FeatureExtractorInceptionV3(
        "inception", ["2048"], feature_extractor_weights_path=str(path)
    )
    (expected,) = theirs(torch.from_numpy(pictures(side=64)).permute(0, 3, 1, 2))
    assert np.array_equal(features, expected.numpy())
    torch.save({"weights": print}, path)
    with pytest.raises(DeoccError):
        inception.__wrapped__(path)


def _random_inception(library, path: Path) -> None:
    """The network's own random start, saved as its weights are published."""
    kept = {}

    class Blank(library.FeatureExtractorInceptionV3):
        def load_state_dict(self, state_dict, *args, **kwargs):
            kept.update(self.state_dict())

    torch.save({}, path)
    Blank("inception", ["2048"], feature_extractor_weights_path=str(path))
    torch.save(kept, path)
