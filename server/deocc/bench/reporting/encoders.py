"""The networks themselves: pictures to features, or pairs of pictures to a distance. All on one processor.

Loaded once a process, strictly, by a reader that runs nothing a file says.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from deocc.errors import InputFault

Pictures = NDArray[np.uint8]  # (N, H, W, 3) sRGB
CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)  # of OpenAI's preprocessing
CLIP_SPREAD = (0.26862954, 0.26130258, 0.27577711)
LPIPS_SHIFT = (-0.030, -0.088, -0.188)  # ImageNet's mean and spread, for pictures in -1..1: LPIPS 0.1
LPIPS_SCALE = (0.458, 0.448, 0.450)
ALEXNET = (  # channels in and out, kernel, stride, padding; whether max pooling (3, stride 2) comes before
    (3, 64, 11, 4, 2, False),
    (64, 192, 5, 1, 2, True),
    (192, 384, 3, 1, 1, True),
    (384, 256, 3, 1, 1, False),
    (256, 256, 3, 1, 1, False),
)
ALEXNET_KEYS = ("features.0", "features.3", "features.6", "features.8", "features.10")  # torchvision's


@lru_cache(maxsize=1)
def inception(path: Path) -> Callable[[Pictures], NDArray[np.float32]]:
    """FID's features: pictures (N, H, W, 3) -> (N, 2048), after the last pooling, by torch-fidelity."""
    import torch
    from torch_fidelity import FeatureExtractorInceptionV3  # pyright: ignore[reportMissingImports]

    from deocc.weights.checkpoint import match_keys, read_tensors, shapes_of

    held = io.BytesIO()
    torch.save(read_tensors(path), held)  # the library reads any pickle: it is given what was read safely
    held.seek(0)
    network = FeatureExtractorInceptionV3("inception", ["2048"], feature_extractor_weights_path=held)
    match_keys(shapes_of(read_tensors(path)), shapes_of(network.state_dict()), path.name)

    def encode(pictures: Pictures) -> NDArray[np.float32]:
        with torch.inference_mode():
            (features,) = network(torch.from_numpy(pictures).permute(0, 3, 1, 2))
        return features.numpy()

    return encode


@lru_cache(maxsize=1)
def clip(folder: Path) -> Callable[[Pictures], NDArray[np.float32]]:
    """CLIP's projected picture embeddings: pictures (N, H, W, 3) -> (N, D), not normalised."""
    import torch
    from transformers import CLIPVisionModelWithProjection

    loaded: Any = CLIPVisionModelWithProjection.from_pretrained(
        folder, local_files_only=True, use_safetensors=True, output_loading_info=True
    )
    model, info = loaded
    if info["missing_keys"]:
        raise InputFault(
            "weights_wrong", f"{folder.name} lacks {len(info['missing_keys'])} of CLIP's tensors."
        )
    side = model.config.image_size
    mean, spread = np.array(CLIP_MEAN), np.array(CLIP_SPREAD)

    def encode(pictures: Pictures) -> NDArray[np.float32]:
        shrunk = np.stack([_resized(picture, side) for picture in pictures])
        pixels = ((shrunk / 255 - mean) / spread).astype(np.float32)
        with torch.inference_mode():
            embeds = model(pixel_values=torch.from_numpy(pixels).permute(0, 3, 1, 2)).image_embeds
        return embeds.float().numpy()

    return encode


@lru_cache(maxsize=1)
def lpips(trunk: Path, linear: Path) -> Callable[[Pictures, Pictures], NDArray[np.float32]]:
    """LPIPS of pairs: pictures (N, H, W, 3) twice -> (N,) distances, ≥ 0 (Zhang et al. 2018, version 0.1)."""
    import torch
    from torch.nn import functional

    from deocc.weights.checkpoint import match_keys, read_tensors, shapes_of

    convolutions = {k: v for k, v in read_tensors(trunk).items() if k.startswith("features.")}
    weigh = read_tensors(linear)
    match_keys(shapes_of(convolutions), _alexnet_shapes(), trunk.name)
    wanted = {f"lin{i}.model.1.weight": (1, layer[1], 1, 1) for i, layer in enumerate(ALEXNET)}
    match_keys(shapes_of(weigh), wanted, linear.name)
    shift, scale = (torch.tensor(values)[:, None, None] for values in (LPIPS_SHIFT, LPIPS_SCALE))

    def layers(pictures: Pictures):
        x = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 127.5 - 1
        x = (x - shift) / scale
        for key, (_, _, _, stride, padding, pooled) in zip(ALEXNET_KEYS, ALEXNET, strict=True):
            x = functional.max_pool2d(x, 3, 2) if pooled else x
            x = functional.conv2d(
                x, convolutions[f"{key}.weight"], convolutions[f"{key}.bias"], stride, padding
            )
            x = functional.relu(x)
            yield x / (x.norm(dim=1, keepdim=True) + 1e-10)

    def distance(made: Pictures, true: Pictures) -> NDArray[np.float32]:
        with torch.inference_mode():
            total = torch.zeros(len(made))
            for i, (a, b) in enumerate(zip(layers(made), layers(true), strict=True)):
                weighted = functional.conv2d((a - b) ** 2, weigh[f"lin{i}.model.1.weight"])
                total += weighted.mean(dim=(1, 2, 3))
        return total.numpy()

    return distance


def _alexnet_shapes() -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {}
    for key, (inner, outer, side, _, _, _) in zip(ALEXNET_KEYS, ALEXNET, strict=True):
        shapes |= {f"{key}.weight": (outer, inner, side, side), f"{key}.bias": (outer,)}
    return shapes


def _resized(picture: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    image = Image.fromarray(picture)
    return np.asarray(image.resize((side, side), Image.Resampling.BICUBIC))


ENCODERS = {"inception": inception, "clip": clip, "lpips": lpips}  # by the name in networks.py
