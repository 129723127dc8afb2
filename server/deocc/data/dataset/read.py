"""A built dataset as files, and its door for training: views and backdrops stay on disk until they are read.

    DATA/manifest.json       seed, versions; bodies with licence, split; shards with sha256; what is missing
    DATA/card.md             all of it in words
    DATA/backdrops.npy       (K, B, B, 3) uint8, imagined backgrounds
    DATA/shards/<name>.npy   (N,) VIEW, uncompressed: views of one mesh, or those of several solids
    DATA/shards/<name>.json  of which recipe it is, and its facts

No file holds a date, a duration or a machine's path: two builds from one seed are the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from deocc.data.recipe import sha256_of
from deocc.data.split import SPLITS
from deocc.data.views.record import VIEW
from deocc.errors import InputFault

FORMAT = 1
MANIFEST = "manifest.json"
BACKDROPS = "backdrops.npy"
SHARDS = "shards"
ELEVATION_BINS_DEG = tuple(range(-30, 80, 10))  # edges of a shard's histogram: 10 bins


@dataclass(frozen=True)
class Body:
    """What views show. kind: "mesh" or "solid".  split: of split.SPLITS.  views: how many there are.
    sha256: of a mesh's files, "" for a solid."""

    id: str
    kind: str
    split: str
    category: str
    source: str
    licence: str
    attribution: str
    sha256: str
    views: int


@dataclass(frozen=True)
class ShardEntry:
    """name: of the file, without its ending.  elevations: views by ELEVATION_BINS_DEG."""

    name: str
    sha256: str
    split: str
    views: int
    elevations: tuple[int, ...]


@dataclass(frozen=True)
class Missing:
    """A body, or all bodies of a shard, that could not be rendered, and why."""

    id: str
    reason: str


@dataclass(frozen=True)
class Manifest:
    """counts: how much of everything was asked for.  bodies: a view's `body` is an index into them."""

    seed: int
    counts: Mapping[str, int]
    versions: Mapping[str, str]
    backdrops_sha256: str
    bodies: tuple[Body, ...]
    shards: tuple[ShardEntry, ...]
    missing: tuple[Missing, ...] = ()

    def digest(self) -> str:
        """sha256 over all that the manifest tells, and so over every view: equal datasets share it."""
        return hashlib.sha256(manifest_json(self)).hexdigest()


def manifest_json(manifest: Manifest) -> bytes:
    return json.dumps({"format": FORMAT, **asdict(manifest)}, indent=1).encode()


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a dataset's folder; InputFault where there is none."""
    path = folder / MANIFEST
    try:
        body = json.loads(path.read_text("utf-8"))
        if body.pop("format") != FORMAT:
            raise ValueError("another format")
        return Manifest(
            **{name: body[name] for name in ("seed", "counts", "versions", "backdrops_sha256")},
            bodies=tuple(Body(**one) for one in body["bodies"]),
            shards=tuple(
                ShardEntry(**{**one, "elevations": tuple(one["elevations"])}) for one in body["shards"]
            ),
            missing=tuple(Missing(**one) for one in body["missing"]),
        )
    except OSError:
        raise InputFault(
            "no_dataset", f"There is no dataset in “{folder}”.", "Build one: deocc data build."
        ) from None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputFault("bad_dataset", f"“{path}” can't be read: {error}.", "Build it again.") from error


class Views(Sequence[np.void]):
    """Several shards as one sequence of records of VIEW; a record is a look into its file, not a copy.

    Only paths travel to another process, which opens the files itself.
    """

    def __init__(self, paths: Sequence[Path]):
        self._paths = tuple(paths)
        self._shards = [open_shard(path) for path in paths]
        self._ends = list(accumulate(len(shard) for shard in self._shards))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    @overload
    def __getitem__(self, index: int) -> np.void: ...
    @overload
    def __getitem__(self, index: slice) -> list[np.void]: ...  # type: ignore[override]
    def __getitem__(self, index: int | slice) -> np.void | list[np.void]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        place = int(index) + (len(self) if index < 0 else 0)
        if not 0 <= place < len(self):
            raise IndexError(f"there is no view {index} of {len(self)}")
        shard = bisect_right(self._ends, place)
        return self._shards[shard][place - (self._ends[shard - 1] if shard else 0)]

    def column(self, name: str) -> NDArray[Any]:
        """One of VIEW's single numbers for all views, without reading their pictures."""
        parts = [np.array(shard[name]) for shard in self._shards]
        return np.concatenate(parts) if parts else np.empty(0, VIEW[name])

    def __reduce__(self):
        return Views, (self._paths,)


@dataclass(frozen=True)
class Dataset:
    """views: by split, meshes' first, then solids'.  backdrops: (K, B, B, 3) uint8, on disk.  A view's `body`
    is an index of bodies."""

    manifest: Manifest
    views: Mapping[str, Views]
    backdrops: NDArray[np.uint8]

    @property
    def bodies(self) -> tuple[Body, ...]:
        return self.manifest.bodies

    def mesh_views(self, split: str) -> int:
        """How many of a split's views show meshes."""
        return sum(body.views for body in self.bodies if body.split == split and body.kind == "mesh")


def open_dataset(folder: Path) -> Dataset:
    """A built dataset; InputFault where it is none, or a file of it is gone or of another length.

    Whether each byte is still the same only `check_hashes` reads.
    """
    return dataset_of(folder, read_manifest(folder))


def dataset_of(folder: Path, manifest: Manifest) -> Dataset:
    """The files of a folder whose manifest may not be written yet; InputFault as open_dataset."""
    views = {}
    for split in SPLITS:
        entries = [one for one in manifest.shards if one.split == split]
        views[split] = Views([folder / SHARDS / f"{one.name}.npy" for one in entries])
        if len(views[split]) != sum(one.views for one in entries):
            raise _broken(folder, "its shards have not as many views as its manifest says")
    backdrops = _mapped(folder / BACKDROPS)
    if backdrops.ndim != 4 or backdrops.dtype != np.uint8:
        raise _broken(folder / BACKDROPS, "it holds no pictures")
    return Dataset(manifest, views, backdrops)


def check_hashes(folder: Path) -> None:
    """InputFault where a file is not the one that the manifest names; reads all of them."""
    manifest = read_manifest(folder)
    named = [(folder / SHARDS / f"{one.name}.npy", one.sha256) for one in manifest.shards]
    for path, sha256 in [*named, (folder / BACKDROPS, manifest.backdrops_sha256)]:
        if sha256_of(path) != sha256:
            raise _broken(path, "it was changed since it was built")


def open_shard(path: Path) -> NDArray[np.void]:
    """(N,) VIEW, mapped; InputFault where it is none."""
    shard = _mapped(path)
    if shard.dtype != VIEW or shard.ndim != 1:
        raise _broken(path, "its views have another layout")
    return shard


def elevation_counts(elevations_deg: Iterable[float]) -> tuple[int, ...]:
    """How many fall into each of ELEVATION_BINS_DEG; the outermost bins take what lies beyond."""
    inner = np.clip(list(elevations_deg), ELEVATION_BINS_DEG[0], ELEVATION_BINS_DEG[-1])
    return tuple(int(one) for one in np.histogram(inner, ELEVATION_BINS_DEG)[0])


def _mapped(path: Path) -> NDArray[Any]:
    try:
        return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))  # a memmap's own class is slow
    except (OSError, ValueError, EOFError) as error:
        raise _broken(path, "it can't be read") from error


def _broken(path: Path, what: str) -> InputFault:
    return InputFault("bad_dataset", f"“{path}” is broken: {what}.", "Build it again: whole parts are kept.")
