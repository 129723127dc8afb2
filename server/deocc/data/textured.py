"""A mesh with its picture, as the data room hands it on: normalised, what is odd about it, kept as files."""

from __future__ import annotations

import io
import math
import zipfile
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from deocc.errors import InputFault
from deocc.geometry.mesh import Mesh
from deocc.png import png

RADIUS = 0.5  # farthest vertex from the origin of a normalised mesh (docs/conventions.md)
FLAT_SHARE = 0.01  # what is thinner than this share of its longest side is called flat
UNTEXTURED = "untextured"
_ARRAYS = ("vertices", "faces", "uv", "colours")


@dataclass(frozen=True)
class Textured:
    """A mesh with its base colour.

    mesh: +Z up.  texture: (H, W, 3) uint8 sRGB, row 0 at v = 1, or None: then mesh.colours is set.
    notes: sentences about what reading it changed.
    """

    mesh: Mesh
    texture: NDArray[np.uint8] | None
    notes: tuple[str, ...] = ()


def normalised(textured: Textured, turn_deg: float = 0.0) -> Textured:
    """In the object frame: turned about +Z, then its bounding box centred and its farthest vertex at 0.5.

    turn_deg: counter-clockwise seen from above; −A brings a camera that stood at azimuth A to azimuth 0.
    """
    places = textured.mesh.vertices.astype(np.float64)
    cosine, sine = math.cos(math.radians(turn_deg)), math.sin(math.radians(turn_deg))
    places = places @ np.array([[cosine, sine, 0], [-sine, cosine, 0], [0, 0, 1]])
    places -= (places.min(axis=0) + places.max(axis=0)) / 2
    places *= RADIUS / np.linalg.norm(places, axis=1).max()
    return replace(textured, mesh=replace(textured.mesh, vertices=places.astype(np.float32)))


def oddities(textured: Textured) -> tuple[str, ...]:
    """Sentences about what is unusual, reading's notes first; none for a closed, solid, textured mesh."""
    mesh = textured.mesh
    found = list(textured.notes)
    if _is_flat(mesh.vertices):
        found.append("flat: thinner than a hundredth of its longest side")
    if not mesh.is_watertight():
        found.append("not watertight: what is inside it is told by winding number")
    elif mesh.volume() < 0:
        found.append("inside out: its faces point inwards")
    is_told = any(one.startswith(UNTEXTURED) for one in found)  # already, where the file gives no colour
    if textured.texture is None and mesh.colours is not None and not is_told:
        if len(np.unique(mesh.colours, axis=0)) == 1:
            found.append(f"{UNTEXTURED}: one colour all over")
    return tuple(found)


def _is_flat(vertices: NDArray[np.float32]) -> bool:
    """Along its own main axes: turned for a photo, a sheet is no thinner than others in x, y and z."""
    places = vertices - vertices.mean(axis=0, dtype=np.float64)
    _, axes = np.linalg.eigh(places.T @ places)
    sides = np.ptp(places @ axes, axis=0)
    return bool(sides.min() < FLAT_SHARE * sides.max())


def save_mesh(textured: Textured) -> dict[str, bytes]:
    """{"mesh.npz": …} and, where there is a texture, {"texture.png": …}; the same bytes for the same mesh.

    mesh.npz: vertices (N, 3) float32, faces (M, 3) int32, and uv (N, 2) float32 or colours (N, 3) uint8.
    """
    arrays = {"vertices": textured.mesh.vertices, "faces": textured.mesh.faces}
    files = {}
    if textured.texture is not None:
        arrays["uv"] = textured.mesh.uv
        files["texture.png"] = png(textured.texture)
    elif textured.mesh.colours is not None:
        arrays["colours"] = textured.mesh.colours
    return {"mesh.npz": _npz(arrays), **files}


def load_mesh(mesh_npz: bytes, texture_png: bytes | None = None) -> Textured:
    """What save_mesh kept, without the notes; InputFault where the files are broken."""
    try:
        with np.load(io.BytesIO(mesh_npz), allow_pickle=False) as kept:
            arrays = {name: kept[name] for name in _ARRAYS if name in kept.files}
        count = len(arrays["vertices"])
        mesh = Mesh(
            vertices=arrays["vertices"],
            faces=arrays["faces"],
            uv=arrays.get("uv", np.zeros((count, 2), np.float32)),
            seen=np.ones(count, np.float32),
            colours=arrays.get("colours"),
        )
        texture = None
        if texture_png is not None:
            with Image.open(io.BytesIO(texture_png), formats=("PNG",)) as picture:
                texture = np.asarray(picture.convert("RGB"), np.uint8)
        return Textured(mesh, texture)
    except (OSError, ValueError, KeyError, EOFError, SyntaxError, zipfile.BadZipFile) as error:
        raise InputFault("bad_mesh", "A kept mesh can't be read.", "Make it again.") from error


def _npz(arrays: dict[str, NDArray]) -> bytes:
    """What numpy.savez_compressed writes, but the same on every system: that one puts its name in."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, array in arrays.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, np.ascontiguousarray(array), version=(1, 0))
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # else it names the operating system
            archive.writestr(entry, member.getvalue())
    return packed.getvalue()
