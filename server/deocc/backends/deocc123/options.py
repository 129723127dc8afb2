"""What a user may choose of the six views and the mesh; DeOcc-1-to-3 and its baseline share it."""

from __future__ import annotations

from dataclasses import dataclass

from deocc.backends.base import option

RECONSTRUCTORS = ("instant-mesh-large", "instant-mesh-base", "instant-nerf-large", "instant-nerf-base")
REFERENCE_STEPS = 75  # InstantMesh's own default; Zero123++ recommends 28, for faces 75 to 100
STEP_TFLOP = 6.673  # one guided step as computed here, the reference picture at 512² (bench networks)
ONCE_TFLOP = 8.6 + 3.9  # encoders and decoder; InstantMesh large


@dataclass(frozen=True)
class ViewOptions:
    steps: int = option(
        28,
        "Steps",
        "How often the six views are refined. 28 is enough for most things; faces and lettering gain "
        "up to 75.",
        4,
        100,
    )
    guidance: float = option(
        4.0, "Guidance", "How strictly the views follow the photo; high values make colours harsh.", 1.0, 10.0
    )
    reference: str = option(
        "512",
        "Photo detail",
        "Size in pixels at which the networks look at the photo. Less than 512 is faster and only "
        "approximately the published method.",
        choices=("512", "320", "256"),
    )
    reconstructor: str = option(
        "instant-mesh-large",
        "Reconstructor",
        "The network that makes a mesh of the views. Base is smaller; the nerf variants are smoother and "
        "slower.",
        choices=RECONSTRUCTORS,
    )
    triangles: int = option(
        30_000, "Triangles", "The mesh is simplified to about so many triangles.", 1_000, 300_000
    )
    colours: str = option(
        "texture", "Colours", "As a texture, or one colour per vertex.", choices=("texture", "vertices")
    )
    texture_px: int = option(1024, "Texture size", "Side of the texture, in pixels.", 256, 4096)
    normals: bool = option(False, "Normal maps", "Also draw the surface normals of the six views.")


def tflop(options: ViewOptions) -> float:
    """Work of the networks for one variant, 10^12 floating-point operations (docs/backends.md)."""
    return options.steps * STEP_TFLOP + ONCE_TFLOP
