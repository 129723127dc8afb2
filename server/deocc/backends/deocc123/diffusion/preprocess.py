"""The cut-out on the checkpoint's ground, as pixels for the VAE and for CLIP.

What transformers' image processor does with Pillow, written out: that class changes its numbers with what
else is installed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from deocc.weights.faults import wrong_weights

Triple = tuple[float, float, float]


@dataclass(frozen=True)
class Extractor:
    """One preprocessor_config.json: shortest edge to `edge` px, its middle `crop` px, (p / 255 - mean) / std.

    resample: Pillow's number of the filter.
    """

    edge: int
    crop: int
    resample: int
    mean: Triple
    std: Triple

    def pixels(self, picture: NDArray[np.uint8]) -> Tensor:
        """(H, W, 3) uint8 -> (1, 3, crop, crop) float32."""
        height, width = picture.shape[:2]
        short, long = min(height, width), max(height, width)
        longer = int(self.edge * long / short)
        size = (longer, self.edge) if width > height else (self.edge, longer)
        resized = Image.fromarray(picture).resize(size, Image.Resampling(self.resample))
        left, top = (size[0] - self.crop) // 2, (size[1] - self.crop) // 2
        cropped = np.asarray(resized)[top : top + self.crop, left : left + self.crop]  # (crop, crop, 3)
        values = (cropped.astype(np.float32) / np.float32(255) - np.array(self.mean, np.float32)) / np.array(
            self.std, np.float32
        )
        return torch.from_numpy(values.astype(np.float32)).permute(2, 0, 1)[None]

    def at(self, px: int | None) -> Extractor:
        """The same for another size of picture; None: as published."""
        return self if px is None else replace(self, edge=px, crop=px)


def read_extractor(folder: Path) -> Extractor:
    """The preprocessor_config.json in a folder; WeightsFault where it lacks something."""
    try:
        return extractor(json.loads((folder / "preprocessor_config.json").read_text("utf-8")))
    except (LookupError, TypeError, ValueError) as error:
        raise wrong_weights(f"{folder.name}/preprocessor_config.json is not this model's.") from error


def extractor(config: dict[str, Any]) -> Extractor:
    """An Extractor from a preprocessor_config.json's content, in its older and newer spellings."""
    size, crop = config["size"], config["crop_size"]
    return Extractor(
        size["shortest_edge"] if isinstance(size, dict) else size,
        crop["height"] if isinstance(crop, dict) else crop,
        config["resample"],
        _triple(config["image_mean"]),
        _triple(config["image_std"]),
    )


def _triple(value: Any) -> Triple:
    red, green, blue = value if isinstance(value, list | tuple) else (value,) * 3
    return (red, green, blue)


def on_ground(picture: NDArray[np.uint8], colour: tuple[int, int, int]) -> NDArray[np.uint8]:
    """(H, W, 4) over a colour, by Pillow's integer rule -> (H, W, 3); (H, W, 3) is left as it is."""
    if picture.shape[2] == 3:
        return picture
    image = Image.fromarray(picture)
    ground = Image.new("RGB", image.size, colour)
    ground.paste(image, mask=image.getchannel("A"))
    return np.asarray(ground)
