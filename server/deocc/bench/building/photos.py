"""The benchmark's second set: real photographs with masks drawn by people, their true meshes where known."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deocc.bench.building.groups import group_of
from deocc.bench.building.pictures import mask_png, picture_png
from deocc.bench.built import BenchObject, Case, Missing, level_of, object_json
from deocc.data.meshes import MeshFile, list_meshes, normalised, oddities, save_mesh
from deocc.data.source import Source, source_of
from deocc.errors import InputFault
from deocc.picture_file import image_size, load_mask, load_photo, working_size

LIST = "photos.json"
PREFIX = "photo_"  # of ids, so that a photo of an object and the object itself are two entries
MASKS = {"object": "visible_mask", "amodal": "amodal_mask", "occluder": "occluder_mask"}  # file -> field
PNG = b"\x89PNG"


@dataclass(frozen=True)
class PhotoSource:
    """One target of one photograph. masks: "object", "amodal", "occluder" -> file.  mesh: the true one, or
    None.  occluder, note: in words."""

    id: str
    photo: Path
    masks: Mapping[str, Path]
    source: str
    licence: str
    occluder: str
    note: str
    mesh: Source | None = None

    def files(self) -> dict[str, Path]:
        return {"photo": self.photo, **self.masks}


def list_photos(folder: Path) -> tuple[list[PhotoSource], list[Missing]]:
    """The targets that have all three masks, sorted by id, and those that lack one; InputFault for no list.

    photos.json lies in the folder or beside it; the files that it names are relative to it.
    """
    listing = next((one / LIST for one in (folder, folder.parent) if (one / LIST).is_file()), None)
    if listing is None:
        raise InputFault(
            "no_photos", f"There is no {LIST} in “{folder}” or beside it.", "Name a folder that has one."
        )
    try:
        entries = json.loads(listing.read_text("utf-8"))
        _check_ids([entry["id"] for entry in entries])
        named = {PREFIX + entry["id"]: entry for entry in entries}
        lacking = {
            name: [field for field in MASKS.values() if not one.get(field)] for name, one in named.items()
        }
        meshes = _meshes(listing.parent, [one["gt_mesh"] for one in named.values() if one.get("gt_mesh")])
        found = [
            _source(name, named[name], listing.parent, meshes) for name in sorted(named) if not lacking[name]
        ]
    except (AttributeError, KeyError, TypeError, ValueError, OSError) as error:
        raise InputFault(
            "bad_photos",
            f"“{listing}” can't be read as a list of photos.",
            f"Each needs id, image and {', '.join(MASKS.values())}.",
        ) from error
    missing = [
        Missing(name, f"It has no {', no '.join(one.replace('_', ' ') for one in fields)}.")
        for name, fields in sorted(lacking.items())
        if fields
    ]
    return found, missing


def _check_ids(ids: list[str]) -> None:
    """They become names of folders."""
    wrong = [one for one in ids if "/" in one or "\\" in one or ids.count(one) > 1]
    if wrong:
        raise InputFault(
            "bad_photos", f"“{wrong[0]}” can't be a photo's id.", "Each has its own, without slashes."
        )


def _source(name: str, entry: dict[str, Any], folder: Path, meshes: Mapping[str, Source]) -> PhotoSource:
    occluder = entry.get("occluder") or []
    return PhotoSource(
        id=name,
        photo=folder / entry["image"],
        masks={what: folder / entry[field] for what, field in MASKS.items()},
        source=str(entry.get("source") or ""),
        licence=str(entry.get("licence") or ""),
        occluder=occluder if isinstance(occluder, str) else ", ".join(occluder),
        note=str(entry.get("mask_origin") or ""),
        mesh=meshes[entry["gt_mesh"]] if entry.get("gt_mesh") else None,
    )


def _meshes(folder: Path, files: list[str]) -> dict[str, Source]:
    """The true meshes as files by the names that photos.json has, with what objects.json says of them."""
    found: dict[str, Source] = {}
    for room in sorted({(folder / file).parent for file in files}):
        there = [file for file in files if (folder / file).parent == room]
        is_any = any((folder / file).is_file() for file in there)  # a lost one is told when it is read
        known = {one.path.name: one for one in list_meshes(room)} if is_any else {}
        for file in there:
            path = folder / file
            found[file] = source_of(known.get(path.name) or MeshFile(path.stem, path))
    return found


def build_photo(one: PhotoSource) -> dict[str, bytes]:
    """All files of a photo's object, object.json too; InputFault where a file is missing or broken."""
    files = _pictures(one)
    size = image_size(files["photo/photo.png"])
    seen, whole = (
        load_mask(files[f"photo/{what}.png"], f"{what} mask", size) for what in ("object", "amodal")
    )
    if not whole.any() or not seen.any():
        raise InputFault("mask_empty", "A mask of the photo is empty.")
    hidden_share = 1.0 - float((seen & whole).sum()) / float(whole.sum())
    case = Case(
        name="photo",
        kind="photo",
        level=level_of(hidden_share),
        hidden_share=hidden_share,
        photo="photo/photo.png",
        object_mask="photo/object.png",
        amodal_mask="photo/amodal.png",
        occluder_mask="photo/occluder.png",
        occluder=one.occluder,
    )
    notes = (f"masks: {one.note}",) if one.note else ()
    truth = normalised(one.mesh.read()) if one.mesh else None
    if truth:
        files |= save_mesh(truth)
        notes += oddities(truth)
    category = one.mesh.category if one.mesh else ""
    built = BenchObject(
        id=one.id,
        category=category,
        group=group_of(category),
        source=one.source,
        licence=one.licence,
        attribution=_attribution(one),
        cases=(case,),
        mesh="mesh.npz" if truth else "",
        texture="texture.png" if "texture.png" in files else "",
        watertight=truth.mesh.is_watertight() if truth else None,
        photo_frame=False,
        notes=notes,
    )
    return {"object.json": object_json(built), **files}


def _pictures(one: PhotoSource) -> dict[str, bytes]:
    """Photo and masks: the files as they are where those are PNG that nobody scales, else all made anew."""
    given: dict[str, bytes] = {}
    for what, path in one.files().items():
        try:
            given[what] = path.read_bytes()
        except OSError:
            raise InputFault("photo_unreadable", f"“{path.name}” can't be read.") from None
    size = image_size(given["photo"])
    masks = {what: load_mask(given[what], f"{what} mask", size) for what in MASKS}  # checks their sizes
    if size == working_size(size) and all(data.startswith(PNG) for data in given.values()):
        return {f"photo/{what}.png": data for what, data in given.items()}
    made = {"photo": picture_png(load_photo(given["photo"], size))}
    made |= {what: mask_png(mask) for what, mask in masks.items()}
    return {f"photo/{what}.png": data for what, data in made.items()}


def _attribution(one: PhotoSource) -> str:
    photo = "photo: " + ", ".join(part for part in (one.source, one.licence) if part)
    return f"{photo}; mesh: {one.mesh.attribution or one.mesh.id}" if one.mesh else photo
