"""The methods of the benchmark by name: backends, each also on the unoccluded photo, floors and ceilings.

<backend>               as the registry has it (backends/__init__.py)
<backend>-unoccluded    the same, fed the photo in which nothing hides the object
draft-geometric         the draft backend without its network, and
draft-learned           with it, unless it doubts itself (VARIANTS)
extrude, ellipsoid      floors: the visible silhouette made solid
hull, truth             ceilings: carved from six true silhouettes; the true mesh itself
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from deocc import backends
from deocc.backends.base import Backend, parse_options
from deocc.bench.built import BenchObject, Case
from deocc.bench.running import floors
from deocc.bench.silent_tick import SilentTick
from deocc.contract import OptionValue
from deocc.errors import InputFault
from deocc.geometry.mesh import Mesh
from deocc.observation import Observation, load_observation
from deocc.package import Reconstruction
from deocc.weights.folder import WeightsFolder
from deocc.worker import forbid_downloads

UNOCCLUDED = "-unoccluded"
OCCLUDED, CLEAN = "occluded", "clean"
CARVED_FROM = "v1.2"  # set of views
PHOTO_AND_MASKS = ("photo", "object mask", "occluder mask")


@dataclass(frozen=True)
class Given:
    """What a method may read: one case of one object, with the object's files by their paths in it."""

    object: BenchObject
    case: Case
    files: Mapping[str, bytes]

    def observation(self) -> Observation:
        occluder = self.files[self.case.occluder_mask] if self.case.occluder_mask else None
        return load_observation(self.files[self.case.photo], self.files[self.case.object_mask], occluder)

    def picture(self, path: str) -> NDArray[np.uint8]:
        """(H, W, C) uint8 of a PNG among the files."""
        with Image.open(io.BytesIO(self.files[path]), formats=("PNG",)) as image:
            return np.asarray(image)

    def true_mesh(self) -> tuple[Mesh, NDArray[np.uint8] | None]:
        """The true mesh, object frame, with its texture where it has one."""
        return read_mesh(self.files[self.object.mesh]), (
            self.picture(self.object.texture)[..., :3] if self.object.texture else None
        )


@dataclass(frozen=True)
class Method:
    """frame: how its meshes stand, as Card.frame has it; floors know the camera or stand square to it.
    given: what of a case it is told.  sees: "occluded", or "clean": once an object, where nothing hides it.
    backend, module: its name in the registry and where it is, "" for floors.  options: of the backend, that
    make it this method.  seeded: whether seeds change its result.
    needs: what an object must have for it: "", "mesh" or "views".
    run: makes one result; its arguments are what is given and, for backends, how to run one.
    """

    name: str
    title: str
    frame: str
    given: tuple[str, ...]
    sees: str
    run: Callable[[Given, Call], Reconstruction]
    backend: str = ""
    module: str = ""
    seeded: bool = False
    needs: str = ""
    options: Mapping[str, OptionValue] = field(default_factory=dict)

    def cases(self, about: BenchObject, kinds: tuple[str, ...]) -> list[Case]:
        """The object's cases that this method is run on, of the kinds asked for."""
        if (self.needs == "mesh" and not about.mesh) or (self.needs == "views" and not about.views):
            return []
        asked = [one for one in about.cases if one.kind in kinds]
        if self.sees == OCCLUDED or not asked:
            return asked
        clean = [one for one in about.cases if one.kind == CLEAN]
        return clean or (asked if self.needs == "mesh" else [])  # the truth needs no picture


@dataclass(frozen=True)
class Call:
    """How a backend is run: options that differ from its own, seed, folder of the weights."""

    options: Mapping[str, OptionValue]
    seed: int
    weights: Path


def _backend(module: str, given: Given, call: Call) -> Reconstruction:
    backend = load_backend(module, call.weights)
    options = parse_options(backend.card.options, call.options)
    return backend.run(given.observation(), options, call.seed, SilentTick())


def load_backend(module: str, weights: Path) -> Backend:
    """The backend, kept from one result to the next of this process."""
    return _loaded(module, weights, WeightsFolder(weights).stamp())


@lru_cache(maxsize=1)  # one at a time: two would not fit a small graphics card
def _loaded(module: str, weights: Path, _stamp: str) -> Backend:
    forbid_downloads()
    return backends.load(module, weights)


def _extrude(given: Given, _call: Call) -> Reconstruction:
    return floors.extrude(given.observation())


def _ellipsoid(given: Given, _call: Call) -> Reconstruction:
    return floors.ellipsoid(given.observation())


def _hull(given: Given, _call: Call) -> Reconstruction:
    views = given.object.views[CARVED_FROM]
    assert given.case.camera is not None
    pictures = [given.picture(view.picture) for view in views]
    return floors.hull(pictures, [view.camera for view in views], given.case.camera)


def _truth(given: Given, _call: Call) -> Reconstruction:
    return floors.truth(*given.true_mesh(), given.case.camera)


FLOORS = (
    Method(
        "extrude", "Visible silhouette extruded", "photo view", ("object mask",), OCCLUDED, _extrude
    ),
    Method(
        "ellipsoid", "Ellipsoid of the visible silhouette", "photo view", ("object mask",), OCCLUDED,
        _ellipsoid,
    ),
    Method(
        "hull", "Visual hull of six true silhouettes", "upright", ("six true silhouettes", "their cameras"),
        CLEAN, _hull, needs="views",
    ),
    Method("truth", "The true mesh", "upright", ("true mesh",), CLEAN, _truth, needs="mesh"),
)  # fmt: skip


# name -> backend, title, options: ways of a backend that are measured beside it
VARIANTS: dict[str, tuple[str, str, dict[str, OptionValue]]] = {
    "draft-geometric": ("draft", "Draft, geometry alone", {"method": "geometric"}),
    "draft-learned": ("draft", "Draft, by its network", {"method": "auto"}),
}


def methods() -> dict[str, Method]:
    """All of them by name; imports no backend but its card."""
    found: dict[str, Method] = {}
    for name, module in backends.MODULES.items():
        card, run = backends.card(name), partial(_backend, module)
        plain = Method(name, card.title, card.frame, PHOTO_AND_MASKS, OCCLUDED, run, name, module, True)
        found[name] = plain
        found[name + UNOCCLUDED] = replace(
            plain,
            name=name + UNOCCLUDED,
            title=f"{card.title}, unoccluded",
            given=("clean photo", "amodal mask"),
            sees=CLEAN,
        )
    for name, (backend, title, options) in VARIANTS.items():
        found[name] = replace(found[backend], name=name, title=title, options=options)
    return found | {one.name: one for one in FLOORS}


def chosen(names: Iterable[str]) -> list[Method]:
    """The methods of these names, each once; InputFault for a stranger or none."""
    known = methods()
    wanted = list(dict.fromkeys(names))
    strangers = [name for name in wanted if name not in known]
    if strangers or not wanted:
        what = f"There is no method “{strangers[0]}”." if strangers else "No method was named."
        raise InputFault("unknown_method", what, f"Choose from: {', '.join(known)}.", "choose_backend")
    return [known[name] for name in wanted]


def read_mesh(npz: bytes) -> Mesh:
    """A mesh of the benchmark or of a result: vertices, faces, and uv or colours where it has them."""
    with np.load(io.BytesIO(npz), allow_pickle=False) as kept:
        vertices = kept["vertices"].astype(np.float32)
        count = len(vertices)
        return Mesh(
            vertices=vertices,
            faces=kept["faces"].astype(np.int32),
            uv=kept["uv"] if "uv" in kept else np.zeros((count, 2), np.float32),
            seen=np.ones(count, np.float32),
            colours=kept["colours"] if "colours" in kept else None,
        )
