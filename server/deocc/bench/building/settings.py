"""The numbers of a build: what its card states and its manifest keeps; the seed alone is not among them."""

from __future__ import annotations

from dataclasses import dataclass

from deocc.bench.built import LEVELS
from deocc.data.blender import SAMPLES
from deocc.data.occluders.contact import RATIOS

RECIPE = 1  # counted up whenever the code draws or renders otherwise, so that no folder mixes two kinds
KINDS = ("placed", "pasted", "shapes", "contact", "amodal3r")  # beside "clean", which every object has
LEVEL_RANGES = ((0.02, LEVELS[0]), *zip(LEVELS, (*LEVELS[1:], 0.60), strict=True))
"""Hidden shares drawn from in levels 1 to 5: Table 1's without the ends, which would hide nothing, or all."""


@dataclass(frozen=True)
class BuildSettings:
    """Choices of a build; two benchmarks with the same settings, seed and meshes are the same bytes.

    photo_px, view_px: sides of the square photos and views.  photo_samples, view_samples: paths a pixel.
    azimuth_deg: of the photo's camera, relative to the object's own front.  elevation_deg: above the horizon.
    focal_mm: on a film 36 mm wide.  extent: of the object's projection, the longer side, share of the frame.
    shift: of its middle from the frame's, share of the frame, either way.
    random_views, random_elevation_deg: beside the canonical views; azimuths all round.
    contact_ratio: share of an object's faces that a contact walk covers.
    candidates: other meshes that are tried as occluders of one object.  cutouts: of them, pictures to paste.
    kinds: of cases that are built beside "clean".
    """

    photo_px: int = 512
    view_px: int = 320
    photo_samples: int = SAMPLES
    view_samples: int = 2 * SAMPLES  # fine texture grains more in small pictures, and pixels are compared
    azimuth_deg: tuple[float, float] = (-30.0, 30.0)
    elevation_deg: tuple[float, float] = (0.0, 30.0)
    focal_mm: tuple[float, float] = (40.0, 85.0)
    extent: tuple[float, float] = (0.45, 0.70)
    shift: float = 0.08
    random_views: int = 4  # DeOcc-1-to-3 §3.6
    random_elevation_deg: tuple[float, float] = (-20.0, 60.0)
    contact_ratio: tuple[float, float] = RATIOS["paper"]
    candidates: int = 12
    cutouts: int = 3
    kinds: tuple[str, ...] = KINDS


DEFAULTS = BuildSettings()
