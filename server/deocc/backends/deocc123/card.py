"""What DeOcc-1-to-3 says of itself: the first thing read, with light imports only."""

from __future__ import annotations

from deocc.backends.base import Card
from deocc.backends.deocc123.options import ViewOptions, tflop

PACKAGES = (
    "torch",
    "diffusers",
    "transformers",
    "safetensors",
    "xatlas",
    "fast-simplification",
    "scikit-image",
)
LEAST_GB = 6.0  # of graphics memory: below it the processor is used


def weights_for(options: ViewOptions) -> tuple[str, ...]:
    """Names in the table of weights: the student's UNet (its base comes with it) and the reconstructor."""
    return ("deocc123", options.reconstructor)


CARD = Card(
    name="deocc123",
    title="DeOcc-1-to-3",
    summary="Six views of the whole object from its visible part, then a textured mesh. For a graphics card "
    "of 6 GB or more. No checkpoint is published yet; one of your own can be imported.",
    options=ViewOptions,
    estimate_s=30.0,
    estimate_gb=LEAST_GB,
    packages=PACKAGES,
    weights_for=weights_for,
    tflop=tflop,
)
