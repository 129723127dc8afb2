"""Every choice of the dataset in words, with its numbers and why: rows of the card."""

from __future__ import annotations

from deocc.data.dataset.shard import BACKDROP_PX, VARIANT_VIEWS
from deocc.data.draws.occlude import SHARE, UNOCCLUDED
from deocc.data.solids.draw import FAMILIES
from deocc.data.views.cameras import HIGHEST_DEG, LOWEST_DEG, ROLL_DEG, STRENGTH, USUAL_DEG, USUAL_SHARE
from deocc.data.views.deform import STRETCH
from deocc.data.views.record import BODY_PX, SIDE

# (what, how, why or source)
CHOICES = (
    (
        "Frame",
        f"{SIDE} × {SIDE} pixels, the body centred, its longer side {BODY_PX} px",
        "samples are crops of it, larger or smaller",
    ),
    (
        "Cameras",
        f"perspective, from all sides; elevation {LOWEST_DEG:.0f} to {HIGHEST_DEG:.0f}°, "
        f"{100 * USUAL_SHARE:.0f} % of them {USUAL_DEG[0]:.0f} to {USUAL_DEG[1]:.0f}°; roll up to "
        f"{ROLL_DEG:.0f}°",
        "how people hold a camera at things on tables and floors",
    ),
    (
        "Perspective",
        f"the body's diameter over its distance {STRENGTH[0]} to {STRENGTH[1]}, even on a logarithmic scale",
        "a car through a long lens to a cup close by",
    ),
    (
        "Depth",
        "of the nearest and the farthest surface, relative to the body's middle, in halves of the frame",
        "a photo tells no metres",
    ),
    (
        "Light",
        "drawn for each view: sky and ground, a sun with soft shadows, a second soft light, a sheen, white "
        "balance; the far side gets the near side's light, mirrored",
        "the far side's colours are told, not a dark back",
    ),
    (
        "Deformations",
        f"each {VARIANT_VIEWS} views of a mesh show one shape: the mesh itself and, every second time where "
        f"it is for training, a variant: stretched (to {STRETCH:g}), tapered, twisted, bent, mirrored, "
        "recoloured; upright stays upright",
        "some dozens of meshes would be learned by heart",
    ),
    (
        "Solids",
        f"things of {len(FAMILIES)} families, each with wide ranges, parts and skins drawn: "
        + ", ".join(FAMILIES),
        "shapes that no list of meshes bounds",
    ),
    (
        "Backdrops",
        f"{BACKDROP_PX} × {BACKDROP_PX} pixels: walls, floors and tables with a horizon, gradients, "
        "textures, blurred clutter, noise",
        "no photo's licence to mind",
    ),
    (
        "Hidden share",
        f"{100 * SHARE[0]:.0f} to {100 * SHARE[1]:.0f} % of the object, drawn evenly; measured below",
        "by one kind of occlusion, or two",
    ),
    ("Hidden by pasted objects", "other bodies' views over the object", "rows D15-D17, W24 of the papers"),
    ("by shapes", "lines, ellipses, rectangles", "rows A21-A23"),
    ("by contact", "what covers a patch grown over the object's own triangles", "rows A24-A26"),
    ("by the border", "the object leaves the photo", "what lies beyond is filled with grey"),
    ("by nothing", f"{100 * UNOCCLUDED:.0f} % of the pairs", "row D25: what is seen is kept"),
    ("Masks", "dilated, eroded, made clumsy; disjoint", "rows D23-D24: real masks are"),
    ("Photo", "noise, blur, JPEG", "cameras and messengers do"),
)
