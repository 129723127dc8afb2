"""Real photos with masks: the draft's silhouettes beside doing nothing, its shapes beside simple ones."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import trimesh
from numpy.typing import NDArray
from PIL import Image

from deocc.backends.draft.backend import Draft
from deocc.backends.draft.card import DraftOptions
from deocc.bench.baselines import ellipsoid, extrusion
from deocc.bench.metrics.legacy import chamfer, iou, sample_surface
from deocc.bench.silent_tick import SilentTick
from deocc.bench.table import table
from deocc.errors import InputFault
from deocc.geometry.mesh import Mesh
from deocc.observation import Observation, load_observation

MASKS = ("visible_mask", "amodal_mask", "occluder_mask")
COLUMNS = "photo | hidden | by | seen IoU | whole IoU | shape | Chamfer | extruded | ellipsoid | seconds"
SURFACE_POINTS = 6000  # of each surface: the distance of two samples of one surface is then 0.02


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

    def files(self) -> list[Path]:
        known = (self.photo, self.visible_mask, self.amodal_mask, self.occluder_mask, self.mesh)
        return [path for path in known if path is not None]

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
    """What the draft backend makes of one target.

    completion: how the silhouette was found.  seen_iou: overlap of the visible mask with the amodal mask,
    that is, of doing nothing.  whole_iou: of the completed silhouette.  kind: of shape.  chamfer: distance to
    the true mesh (metrics.py), and that of the same silhouette extruded and as an ellipsoid; None where the
    true mesh is not known.  seconds: the whole backend, wall clock.
    """

    id: str
    hidden_share: float
    completion: str
    seen_iou: float
    whole_iou: float
    kind: str
    chamfer: float | None
    extruded: float | None
    ellipsoid: float | None
    seconds: float


def load_targets(folder: Path) -> list[PhotoTarget]:
    """The masked targets of a folder's photos.json, in its order; InputFault where there is none to read."""
    listing = folder / "photos.json"
    try:
        entries = json.loads(listing.read_text(encoding="utf-8"))
    except OSError:
        raise InputFault(
            "no_photos", f"There is no photos.json in “{folder}”.", "Name a folder that has one."
        ) from None
    except ValueError as error:
        raise InputFault("bad_photos", f"“{listing}” is not JSON: {error}.") from error
    try:
        targets = [_target(entry, folder) for entry in entries if all(entry.get(mask) for mask in MASKS)]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InputFault(
            "bad_photos",
            f"“{listing}” is no list of photos with masks.",
            f"Each needs id, image, {', '.join(MASKS)} and occluded_fraction.",
        ) from error
    missing = [path for target in targets for path in target.files() if not path.is_file()]
    if missing:
        raise InputFault("bad_photos", f"“{listing}” names {missing[0]}, which is not there.")
    return targets


def _target(entry: dict[str, Any], folder: Path) -> PhotoTarget:
    return PhotoTarget(
        id=entry["id"],
        photo=folder / entry["image"],
        visible_mask=folder / entry["visible_mask"],
        amodal_mask=folder / entry["amodal_mask"],
        occluder_mask=folder / entry["occluder_mask"],
        mesh=folder / entry["gt_mesh"] if entry.get("gt_mesh") else None,
        hidden_share=float(entry["occluded_fraction"]),
    )


def measure_photos(folder: Path, options: DraftOptions | None = None, seed: int = 0) -> list[PhotoRow]:
    """A row for every masked photo of the folder."""
    chosen = options or DraftOptions()
    return [photo_row(target, chosen, seed) for target in load_targets(folder)]


def photo_row(target: PhotoTarget, options: DraftOptions, seed: int = 0) -> PhotoRow:
    """One target reconstructed and measured."""
    observation, amodal = target.observation(), target.amodal()
    start = time.perf_counter()
    drafted = Draft().draft(observation, options, seed, SilentTick())
    seconds = time.perf_counter() - start
    whole = drafted.reconstruction.completed[..., 3] > 0
    ours = extruded = ball = None
    if target.mesh:
        ours, extruded, ball = _distances(target.mesh, drafted.reconstruction.mesh, whole)
    return PhotoRow(
        id=target.id,
        hidden_share=target.hidden_share,
        completion=drafted.completion.kind,
        seen_iou=iou(observation.object_mask, amodal),
        whole_iou=iou(whole, amodal),
        kind=drafted.solid.kind,
        chamfer=ours,
        extruded=extruded,
        ellipsoid=ball,
        seconds=seconds,
    )


def photo_table(rows: list[PhotoRow]) -> str:
    """The rows for a terminal, their means below."""
    lines = [_words(row) for row in rows]
    if rows:
        lines.append(("mean", *_means(rows)))
    return table(COLUMNS.split(" | "), lines)


def _words(row: PhotoRow) -> tuple[str, ...]:
    distances = ("-" if one is None else f"{one:.3f}" for one in (row.chamfer, row.extruded, row.ellipsoid))
    shares = (f"{row.hidden_share:.2f}", row.completion, f"{row.seen_iou:.3f}", f"{row.whole_iou:.3f}")
    return (row.id, *shares, row.kind, *distances, f"{row.seconds:.2f}")


def _means(rows: list[PhotoRow]) -> tuple[str, ...]:
    def mean(name: str) -> str:
        known = [getattr(row, name) for row in rows if getattr(row, name) is not None]
        return f"{np.mean(known):.3f}" if known else "-"

    shares = (f"{np.mean([row.hidden_share for row in rows]):.2f}", "", mean("seen_iou"), mean("whole_iou"))
    distances = (mean("chamfer"), mean("extruded"), mean("ellipsoid"))
    return (*shares, "", *distances, f"{np.mean([row.seconds for row in rows]):.2f}")


def _distances(true_mesh: Path, mesh: Mesh, whole: NDArray[np.bool_]) -> tuple[float, float, float]:
    """Chamfer distances to the truth: of the mesh, and of the silhouette extruded and as an ellipsoid."""
    truth, generator = trimesh.load_mesh(true_mesh, process=False), np.random.default_rng(0)
    points = sample_surface(truth.vertices, truth.faces, SURFACE_POINTS, generator)
    ours, extruded, ball = (
        chamfer(sample_surface(vertices, faces, SURFACE_POINTS, generator), points)
        for vertices, faces in ((mesh.vertices, mesh.faces), extrusion(whole), ellipsoid(whole))
    )
    return ours, extruded, ball
