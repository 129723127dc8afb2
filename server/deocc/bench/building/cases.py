"""The occlusions of one object: which pixels hide it in each case, and what the photo then shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from deocc.bench.building.pictures import painted_black
from deocc.bench.building.settings import LEVEL_RANGES
from deocc.bench.building.subject import QUARTER_YAWS_DEG, Look, Subject, look_at
from deocc.data.blender import Body
from deocc.data.meshes import Textured
from deocc.data.occluders.contact import walk_over
from deocc.data.occluders.pasted import paste
from deocc.data.occluders.placed import stand_before
from deocc.data.occluders.shapes import random_shapes
from deocc.data.occluders.sight import covered
from deocc.errors import InputFault
from deocc.geometry.raycast import Caster

HIDDEN_LEAST, HIDDEN_MOST = 0.02, 0.90  # of the object; a 2D or contact occlusion beyond is drawn again
VISIBLE_LEAST_PX = 64  # less is refused as an object's mask (observation.py)
DRAWS = 20
RIM_PX = 2  # a rendered pixel gathers light from up to 1.5 px around its middle
PASTE_RULES = ("deocc", "zeroshape")


@dataclass(frozen=True)
class Occlusion:
    """A case before it is files.

    look: of the whole object by the case's camera.  object_mask: (H, W) bool, what is visible of it.
    occluder_mask: (H, W) bool, all pixels of what hides it.  occluder: an object's id, or words.
    """

    name: str
    kind: str
    look: Look
    object_mask: NDArray[np.bool_]
    occluder_mask: NDArray[np.bool_]
    occluder: str

    @property
    def hidden_share(self) -> float:
        """0..1, of the whole object's pixels."""
        return hidden_share(self.look.amodal, self.object_mask)


@dataclass(frozen=True)
class Standing:
    """A "placed" case and the occluder's body as the renderer takes it."""

    occlusion: Occlusion
    body: Body


def names_of(kinds: Sequence[str]) -> tuple[str, ...]:
    """The cases of these kinds that an object has, unless one can't be made of it."""
    names = {
        "placed": [f"placed-{level}" for level in range(1, len(LEVEL_RANGES) + 1)],
        "pasted": [f"pasted-{rule}" for rule in PASTE_RULES],
        "amodal3r": [f"amodal3r-{i}" for i in range(len(QUARTER_YAWS_DEG))],
    }
    return tuple(name for kind in kinds for name in names.get(kind, [kind]))


def hidden_share(amodal: NDArray[np.bool_], visible: NDArray[np.bool_]) -> float:
    return 1.0 - float(visible.sum()) / float(amodal.sum())


def placed(subject: Subject, others: Sequence[tuple[str, Textured]]) -> tuple[list[Standing], list[str]]:
    """Another object in front of it in each of the five levels; sentences about levels that none reaches."""
    found, notes = [], []
    meshes = [textured.mesh for _, textured in others]
    target, camera = subject.textured.mesh, subject.look.camera
    for level, (low, high) in enumerate(LEVEL_RANGES, start=1):
        name = f"placed-{level}"
        drawn = subject.generator(name)
        try:
            stand = stand_before(target, meshes, camera, subject.scene.ground.height, low, high, drawn)
        except InputFault as fault:
            notes.append(f"{name} is missing: {fault}")
            continue
        who, textured = others[stand.other] if stand.other >= 0 else ("a box", Textured(stand.mesh, None))
        body = Body(textured, stand.object_from_other)
        occluder = covered(Caster(stand.mesh.vertices, stand.mesh.faces), camera, stand.object_from_other)
        seen = subject.look.amodal & ~occluder  # all of the occluder is nearer than all of the object
        found.append(Standing(Occlusion(name, "placed", subject.look, seen, occluder, who), body))
    return found, notes


def pasted(
    subject: Subject, clean: NDArray[np.uint8], cutouts: Sequence[tuple[str, NDArray[np.uint8]]]
) -> Iterator[tuple[Occlusion, NDArray[np.uint8]]]:
    """Cut-outs of other objects over the clean photo (H, W, 3), by each of two rules, with the photo."""
    shown = [(who, picture) for who, picture in cutouts if picture[..., 3].any()]  # flat ones may not be
    pictures = [picture for _, picture in shown]
    for rule in PASTE_RULES if shown else ():
        name = f"pasted-{rule}"
        mixed = paste(clean, subject.look.amodal, pictures, rule, subject.generator(name), least=1)
        if mixed.used:
            who = ", ".join(shown[i][0] for i in mixed.used)
            yield (
                Occlusion(name, "pasted", subject.look, mixed.object_mask, mixed.occluder_mask, who),
                mixed.photo,
            )


def shapes(subject: Subject) -> Iterator[Occlusion]:
    """Amodal3R's random 2D shapes over the photo; nothing where no draw hides a part of the object."""
    drawn, amodal = subject.generator("shapes"), subject.look.amodal
    for _ in range(DRAWS):
        hidden = _over(subject.look, drawn)
        if _usable(amodal, amodal & ~hidden):
            yield Occlusion("shapes", "shapes", subject.look, amodal & ~hidden, hidden, "random shapes")
            return


def contact(subject: Subject) -> Iterator[Occlusion]:
    """A part of the object's own faces, connected, counts as hidden by something that touches it."""
    drawn, look = subject.generator("contact"), subject.look
    for _ in range(DRAWS):
        ratio = drawn.uniform(*subject.settings.contact_ratio)
        hidden = _with_rim(look, look.of_faces(walk_over(subject.textured.mesh, ratio, drawn)))
        if _usable(look.amodal, look.amodal & ~hidden):
            who = f"contact over {ratio:.2f} of the faces"
            yield Occlusion("contact", "contact", look, look.amodal & ~hidden, hidden, who)
            return


def quarters(subject: Subject) -> Iterator[Occlusion]:
    """Amodal3R's four views: one walk over the faces for all, and shapes of its own over each."""
    drawn, caster = subject.generator("amodal3r"), subject.caster()
    looks = [look_at(caster, camera) for camera in subject.quarter_cameras()]
    for _ in range(DRAWS):
        ratio = drawn.uniform(*subject.settings.contact_ratio)
        chosen = walk_over(subject.textured.mesh, ratio, drawn)
        hidden = [_with_rim(look, look.of_faces(chosen)) | _over(look, drawn) for look in looks]
        usable = [_usable(look.amodal, look.amodal & ~one) for look, one in zip(looks, hidden, strict=True)]
        if all(usable):
            break
    who = f"contact over {ratio:.2f} of the faces and random shapes"
    for i, (look, one) in enumerate(zip(looks, hidden, strict=True)):
        if usable[i]:
            yield Occlusion(f"amodal3r-{i}", "amodal3r", look, look.amodal & ~one, one, who)


def blackened(occlusion: Occlusion, clean: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The photo (H, W, 3) of a case whose hidden pixels are black."""
    return painted_black(clean, occlusion.occluder_mask)


def _with_rim(look: Look, hidden: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Hidden pixels of the object, and those beside them that are none of its: their colours are mixed with
    the object's, so that its outline could be read off them."""
    swollen = cv2.dilate(hidden.astype(np.uint8), np.ones((2 * RIM_PX + 1, 2 * RIM_PX + 1), np.uint8)) > 0
    return hidden | (swollen & ~look.amodal)


def _over(look: Look, drawn: np.random.Generator) -> NDArray[np.bool_]:
    """(H, W) bool: random shapes over a camera's whole picture."""
    return random_shapes(look.camera.height, look.camera.width, drawn)


def _usable(amodal: NDArray[np.bool_], visible: NDArray[np.bool_]) -> bool:
    enough = int(visible.sum()) >= VISIBLE_LEAST_PX
    return enough and HIDDEN_LEAST <= hidden_share(amodal, visible) <= HIDDEN_MOST
