"""A built benchmark as files: what `build` writes, `run` feeds to methods and `report` reads.

    BENCH/manifest.json      seed, settings, versions; every object with its files' sha256; what is missing
    BENCH/card.md            every choice, in words
    BENCH/objects/<id>/      object.json and the files it names, relative to that folder

No file holds a date, a duration or a machine's path: two builds from one seed are the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from deocc.errors import InputFault
from deocc.geometry.cameras import Camera

FORMAT = 1
LEVELS = (0.10, 0.20, 0.30, 0.40)  # hidden shares at which levels 2 to 5 begin, DeOcc-1-to-3 Table 1
LEVEL_NAMES = ("0-10 %", "10-20 %", "20-30 %", "30-40 %", "≥ 40 %")
LEVEL_SHARES = (0.123, 0.285, 0.316, 0.194, 0.082)  # of the paper's benchmark, Table 1
DEPTH_UNIT = 1e-4  # object units a step of the 16-bit depth pictures; 0 means nothing there


def level_of(hidden_share: float) -> int:
    """1..5, the level of Table 1 that a hidden share of the object's area, 0..1, belongs to."""
    return 1 + sum(hidden_share >= start for start in LEVELS)


@dataclass(frozen=True)
class Case:
    """One picture of one object in which something hides it, or nothing does.

    name: "clean", "placed-3", … unique within the object.  kind: "clean", "placed", "pasted", "shapes",
    "contact", "amodal3r" or "photo".  level: 1..5 by hidden_share, None for "clean".
    photo, object_mask, occluder_mask, amodal_mask: files; masks are white where true; the occluder's is ""
    where there is none.  depth: 16-bit PNG of the whole object, "" where it is not known.
    camera: the photo's in the object frame, None where it is not known (real photos).
    occluder: what hides the object, in words or as an object's id.
    """

    name: str
    kind: str
    level: int | None
    hidden_share: float
    photo: str
    object_mask: str
    amodal_mask: str
    occluder_mask: str = ""
    depth: str = ""
    camera: Camera | None = None
    occluder: str = ""


@dataclass(frozen=True)
class View:
    """A true picture of the object, RGBA on nothing, and its camera in the object frame."""

    picture: str
    camera: Camera


@dataclass(frozen=True)
class BenchObject:
    """One object with what is true of it.

    group: of categories, for tables (most categories have one object).  mesh: a .npz of the true surface,
    object frame, "" where it is not known: vertices (N, 3) float32, faces (M, 3) int32, and uv (N, 2) float32
    with a picture `texture`, or colours (N, 3) uint8.  watertight: of the true mesh, None without one.
    photo_frame: whether the true mesh stands as the photo shows it (azimuth 0); never so for real photos.
    views: by set, "v1.1", "v1.2", "random"; empty for real photos.
    notes: sentences about what is odd ("not watertight: …").
    """

    id: str
    category: str
    group: str
    source: str
    licence: str
    attribution: str
    cases: tuple[Case, ...]
    mesh: str = ""
    texture: str = ""
    watertight: bool | None = None
    photo_frame: bool = True
    views: Mapping[str, tuple[View, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def case(self, name: str) -> Case:
        return next(one for one in self.cases if one.name == name)


@dataclass(frozen=True)
class Missing:
    """An object that could not be built, and why, in a sentence."""

    id: str
    reason: str


@dataclass(frozen=True)
class Entry:
    """An object as the manifest lists it. files: path in the object's folder -> sha256, object.json too."""

    id: str
    files: Mapping[str, str]


@dataclass(frozen=True)
class Manifest:
    """What a benchmark consists of. settings: the choices of this build.  versions: of what made it."""

    seed: int
    settings: Mapping[str, Any]
    versions: Mapping[str, str]
    objects: tuple[Entry, ...]
    missing: tuple[Missing, ...] = ()

    def digest(self) -> str:
        """sha256 over what methods see and are measured by: all objects' files. Equal benchmarks share it."""
        text = json.dumps([[one.id, sorted(one.files.items())] for one in self.objects])
        return hashlib.sha256(text.encode()).hexdigest()


def object_json(one: BenchObject) -> bytes:
    """object.json of an object; the same bytes for the same object."""
    return json.dumps({"format": FORMAT, **asdict(one)}, indent=1, default=_plain).encode()


def read_object(text: bytes) -> BenchObject:
    """The reverse of object_json; InputFault where it is none."""
    try:
        body = json.loads(text)
        if body.pop("format") != FORMAT:
            raise ValueError("another format")
        cases = tuple(Case(**{**one, "camera": _camera(one["camera"])}) for one in body.pop("cases"))
        views = {
            name: tuple(View(view["picture"], _posed(view["camera"])) for view in several)
            for name, several in body.pop("views").items()
        }
        return BenchObject(**{**body, "notes": tuple(body["notes"])}, cases=cases, views=views)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputFault(
            "bad_bench", f"An object.json of the benchmark can't be read: {error}.", "Build it again."
        ) from error


def manifest_json(manifest: Manifest) -> bytes:
    return json.dumps({"format": FORMAT, **asdict(manifest)}, indent=1, default=_plain).encode()


def read_manifest(bench: Path) -> Manifest:
    """The manifest of a benchmark's folder; InputFault where there is none."""
    path = bench / "manifest.json"
    try:
        body = json.loads(path.read_text("utf-8"))
        if body.pop("format") != FORMAT:
            raise ValueError("another format")
        objects = tuple(Entry(**one) for one in body.pop("objects"))
        missing = tuple(Missing(**one) for one in body.pop("missing"))
        return Manifest(**body, objects=objects, missing=missing)
    except OSError:
        raise InputFault(
            "no_bench", f"There is no benchmark in “{bench}”.", "Build one: deocc bench build."
        ) from None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputFault("bad_bench", f"“{path}” can't be read: {error}.", "Build it again.") from error


def load_object(bench: Path, entry: Entry) -> tuple[BenchObject, dict[str, bytes]]:
    """An object and all its files by their relative paths; InputFault where one is gone or was changed."""
    folder = bench / "objects" / entry.id
    files = {}
    for name, sha256 in entry.files.items():
        try:
            files[name] = (folder / name).read_bytes()
        except OSError as error:
            raise InputFault("bad_bench", f"{folder / name} can't be read.", "Build it again.") from error
        if hashlib.sha256(files[name]).hexdigest() != sha256:
            raise InputFault(
                "bad_bench", f"{folder / name} was changed since it was built.", "Build it again."
            )
    return read_object(files["object.json"]), files


def file_hashes(files: Mapping[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())}


def by_id(objects: Iterable[Entry]) -> dict[str, Entry]:
    return {one.id: one for one in objects}


def _camera(body: Mapping[str, Any] | None) -> Camera | None:
    return _posed(body) if body else None


def _posed(body: Mapping[str, Any]) -> Camera:
    return Camera(**{**body, "object_from_camera": np.asarray(body["object_from_camera"], float)})


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    raise TypeError(f"{type(value)} has no place in a benchmark's file")
