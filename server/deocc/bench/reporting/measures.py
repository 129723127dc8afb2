"""The benchmark's measures as a table: what each is called, which way is better, what a failure scores.

Distances are in radii of the truth's unit sphere; shares are 0..1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

THRESHOLDS = ("0.005", "0.01", "0.02", "0.05", "0.1", "0.15", "0.2", "0.25")  # of the F-scores
Failure = Literal["zero", "worst", "none"]


@dataclass(frozen=True)
class Measure:
    """name: as in records and in JSON.  label: in tables.  digits: printed after the point.
    higher_is_better: None where neither is.  failure: what a failed result scores: 0, the worst value of the
    whole set over all methods, or nothing.  needs: what of the truth it is measured by.
    """

    name: str
    label: str
    digits: int
    higher_is_better: bool | None
    failure: Failure
    needs: Literal["mesh", "views", "random", "mask", "clean"]

    @property
    def title(self) -> str:
        """“CD ↓”: the label and which way is better."""
        return self.label + {True: " ↑", False: " ↓", None: ""}[self.higher_is_better]


def _f_score(threshold: str) -> Measure:
    return Measure(f"f@{threshold}", f"F@{threshold}", 3, True, "zero", "mesh")


MEASURES: Mapping[str, Measure] = {
    one.name: one
    for one in (
        Measure("cd", "CD", 4, False, "worst", "mesh"),
        Measure("cd_squared", "CD²", 5, False, "worst", "mesh"),
        *(_f_score(threshold) for threshold in THRESHOLDS),
        Measure("iou", "V-IoU", 3, True, "zero", "mesh"),
        Measure("normal_consistency", "NC", 3, True, "zero", "mesh"),
        Measure("rotation_deg", "rotation °", 1, False, "none", "mesh"),
        Measure("scale_error", "scale error", 3, False, "none", "mesh"),
        Measure("silhouette_iou", "silhouette IoU", 3, True, "zero", "views"),
        Measure("amodal_iou", "amodal IoU", 3, True, "zero", "mask"),
        Measure("psnr", "PSNR", 2, True, "worst", "views"),
        Measure("ssim", "SSIM", 3, True, "worst", "views"),
        Measure("lpips", "LPIPS", 3, False, "worst", "views"),
        Measure("clip", "CLIP", 4, True, "worst", "views"),
        Measure("psnr_random", "PSNR, random views", 2, True, "worst", "random"),
        Measure("ssim_random", "SSIM, random views", 3, True, "worst", "random"),
        Measure("psnr_photo", "PSNR, completed photo", 2, True, "worst", "clean"),
    )
}
SET_MEASURES = ("kid", "fid", "p_fid", "cov", "mmd")  # of all results of a method at once
SHAPE = ("cd", "cd_squared", "f@0.05", "iou", "normal_consistency", "rotation_deg", "scale_error")
KEY = ("cd", "cd_squared", "f@0.05", "iou", "normal_consistency", "amodal_iou", "psnr")  # in groups' tables
PLOTTED = ("cd", "f@0.05", "iou", "amodal_iou")


def number(value: float | None, digits: int) -> str:
    """A table's cell; “–” where there is no value."""
    return "–" if value is None else f"{value:.{digits}f}"
