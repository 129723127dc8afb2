"""What the draft backend says of itself, and its options: the first thing read, with light imports only."""

from __future__ import annotations

from dataclasses import dataclass

from deocc.backends.base import Card, option

METHODS = ("auto", "learned", "geometric")
COMPLETIONS = ("auto", "mirror", "turn", "contour", "seen")
SHAPES = ("auto", "inflate", "revolve", "box")


@dataclass(frozen=True)
class DraftOptions:
    method: str = option(
        "auto",
        "Method",
        "A small network that has learned what hidden parts look like, or geometry alone: symmetry and "
        "outline. Auto takes the network, unless the photo is too unlike what it learned from, or Completion "
        "or Shape ask for something.",
        choices=METHODS,
    )
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
        1.0,
        "Thickness",
        "Depth of the object as a multiple of what its outline, or the network, suggests.",
        0.2,
        3.0,
    )
    elevation_deg: float = option(
        20.0,
        "Camera height",
        "How far the camera looks down, in degrees, where the photo's camera is not known. At 20 the network "
        "judges it.",
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
    summary="No graphics card, nothing to download: an instant first look by a small network and geometry.",
    options=DraftOptions,
    estimate_s=1.5,
    estimate_gb=0.6,
)
