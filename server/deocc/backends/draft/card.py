"""What the draft backend says of itself, and its options: the first thing read, with light imports only."""

from __future__ import annotations

from dataclasses import dataclass

from deocc.backends.base import Card, option

COMPLETIONS = ("auto", "mirror", "turn", "contour", "seen")
SHAPES = ("auto", "inflate", "revolve", "box")


@dataclass(frozen=True)
class DraftOptions:
    completion: str = option(
        "auto",
        "Completion",
        "How the hidden part is guessed: by mirror symmetry, by symmetry under turning, by carrying the "
        "visible outline on, or not at all (only what is seen). Auto takes what fits best, another seed the "
        "next.",
        choices=COMPLETIONS,
    )
    shape: str = option(
        "auto",
        "Shape",
        "How the outline becomes solid: inflated like a cushion, turned like a vase, or a box. "
        "Auto reads it from the outline.",
        choices=SHAPES,
    )
    thickness: float = option(
        1.0, "Thickness", "Depth of an inflated object as a multiple of what its outline suggests.", 0.2, 3.0
    )
    elevation_deg: float = option(
        20.0,
        "Camera height",
        "How far the camera looks down, in degrees, where the photo's camera is not known.",
        -30.0,
        80.0,
    )
    triangles: int = option(20_000, "Triangles", "About how many triangles the mesh has.", 5_000, 40_000)
    texture_px: int = option(
        2048,
        "Texture size",
        "Longest side of the texture at most, in pixels; it has the photo's own resolution where that fits.",
        256,
        4096,
    )


CARD = Card(
    name="draft",
    title="Draft",
    summary="No weights, no graphics card: an instant first look by symmetry and outline.",
    options=DraftOptions,
    estimate_s=1.5,
    estimate_gb=0.6,
)
