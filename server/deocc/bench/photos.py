"""Real photos with masks: how well the draft backend finds the whole silhouette, beside doing nothing."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from deocc.backends.draft.canvas import make_canvas, paste_back
from deocc.backends.draft.card import DraftOptions
from deocc.backends.draft.silhouette import choose, hypotheses
from deocc.errors import InputFault
from deocc.observation import Observation, load_observation


@dataclass(frozen=True)
class PhotoTarget:
    """One object of one photo, by its files; those without all three masks are not listed.

    mesh: the true mesh, None where there is none.  hidden_share: of the amodal mask, 0..1.
    """

    id: str
    photo: Path
    visible_mask: Path
    amodal_mask: Path
    occluder_mask: Path
    mesh: Path | None
    hidden_share: float

    def observation(self) -> Observation:
        photo, visible, occluder = (
            file.read_bytes() for file in (self.photo, self.visible_mask, self.occluder_mask)
        )
        return load_observation(photo, visible, occluder)

    def amodal(self) -> NDArray[np.bool_]:
        """(H, W) bool: the whole object as a person drew it."""
        with Image.open(self.amodal_mask) as image:
            return np.asarray(image.convert("L")) >= 128


@dataclass(frozen=True)
class PhotoRow:
    """seen_iou: overlap of the visible mask with the amodal mask, that is, of doing nothing.  whole_iou: of
    the completion that seed 0 takes.  kind: how it was found.  seconds: silhouette alone, wall clock."""

    id: str
    hidden_share: float
    kind: str
    seen_iou: float
    whole_iou: float
    seconds: float


def load_targets(folder: Path) -> list[PhotoTarget]:
    """The masked targets of a folder's photos.json, in its order; InputFault where there is none to read."""
    listing = folder / "photos.json"
    try:
        entries = json.loads(listing.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputFault(
            "no_photos", f"There is no photos.json in “{folder}”.", "Name a folder that has one."
        ) from None
    except ValueError as error:
        raise InputFault("bad_photos", f"“{listing}” is not JSON: {error}.") from error
    masks = ("visible_mask", "amodal_mask", "occluder_mask")
    return [
        PhotoTarget(
            id=entry["id"],
            photo=folder / entry["image"],
            visible_mask=folder / entry["visible_mask"],
            amodal_mask=folder / entry["amodal_mask"],
            occluder_mask=folder / entry["occluder_mask"],
            mesh=folder / entry["gt_mesh"] if entry.get("gt_mesh") else None,
            hidden_share=float(entry["occluded_fraction"]),
        )
        for entry in entries
        if all(entry.get(mask) for mask in masks)
    ]


def overlap(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    """Intersection over union, 1 where both are empty."""
    union = int((a | b).sum())
    return int((a & b).sum()) / union if union else 1.0


def silhouette_row(target: PhotoTarget, options: DraftOptions, seed: int = 0) -> PhotoRow:
    """One target completed and measured, in the photo's own pixels."""
    observation, amodal = target.observation(), target.amodal()
    start = time.perf_counter()
    canvas = make_canvas(observation)
    completion = choose(hypotheses(canvas), seed, options)
    seconds = time.perf_counter() - start
    whole = paste_back(canvas, canvas.picture, completion.whole)[..., 3] > 0
    return PhotoRow(
        id=target.id,
        hidden_share=target.hidden_share,
        kind=completion.kind,
        seen_iou=overlap(observation.object_mask, amodal),
        whole_iou=overlap(whole, amodal),
        seconds=seconds,
    )


def measure_silhouettes(folder: Path, options: DraftOptions | None = None, seed: int = 0) -> list[PhotoRow]:
    """A row for every masked photo of the folder."""
    chosen = options or DraftOptions()
    return [silhouette_row(target, chosen, seed) for target in load_targets(folder)]
