"""What the 3DRecon baseline says of itself: the first thing read, with light imports only."""

from __future__ import annotations

from dataclasses import dataclass

from deocc.backends.base import Card, option
from deocc.backends.deocc123.card import LEAST_GB, PACKAGES
from deocc.backends.deocc123.options import ViewOptions, tflop


@dataclass(frozen=True)
class BaselineOptions(ViewOptions):
    views_by: str = option(
        "instantmesh-unet",
        "Views by",
        "Zero123++ as InstantMesh fine-tuned it for a white background, or as first published.",
        choices=("instantmesh-unet", "zero123plus-v1.2", "zero123plus-v1.1"),
    )


def weights_for(options: BaselineOptions) -> tuple[str, ...]:
    """Names in the table of weights: the UNet of the views and the reconstructor."""
    return (options.views_by, options.reconstructor)


CARD = Card(
    name="3drecon",
    title="Zero123++ with InstantMesh",
    summary="The same networks without de-occlusion: only what is seen is reconstructed. The paper's "
    "baseline (3DRecon), for comparison and for objects that nothing hides.",
    options=BaselineOptions,
    estimate_s=30.0,
    estimate_gb=LEAST_GB,
    packages=PACKAGES,
    weights_for=weights_for,
    tflop=tflop,
)
