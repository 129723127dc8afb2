"""Parts of a mesh file, each coloured in its own way, -> one mesh with one texture or vertex colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from deocc.data.atlas import Cell, pack, within_one_tile
from deocc.data.textured import UNTEXTURED, Textured
from deocc.errors import InputFault
from deocc.geometry.mesh import Mesh


@dataclass(frozen=True)
class Part:
    """What one material covers, object axes.

    vertices: (N, 3) float64.  faces: (M, 3) int64.  Coloured by texture (H, W, 3) uint8 with uv (N, 2)
    float64, v up, of any range, for it repeats; or by colours (N, 3) uint8.
    is_coloured: whether the file says that colour.
    """

    vertices: NDArray[np.float64]
    faces: NDArray[np.int64]
    uv: NDArray[np.float64] | None = None
    texture: NDArray[np.uint8] | None = None
    colours: NDArray[np.uint8] | None = None
    is_coloured: bool = True


def joined(parts: Sequence[Part], name: str) -> Textured:
    """One mesh of all parts, with notes on what that changed; InputFault `mesh_empty`, `mesh_not_finite`."""
    notes = []
    middle = _middle(parts)
    kept = [_without_specks(part, middle) for part in parts]
    dropped = sum(len(part.faces) for part in parts) - sum(len(part.faces) for part in kept)
    if dropped:
        notes.append(f"{dropped} faces without area are left out")
    kept = [part for part in kept if len(part.faces)]
    if not kept:
        raise InputFault("mesh_empty", f"All faces of “{name}” are without area.", "Export it again.")
    if not all(part.is_coloured for part in kept):
        notes.append(f"{UNTEXTURED}: the file gives no colour, grey is taken")
    textured = [part.texture is not None for part in kept]
    plain = [part.colours is not None and _one_colour(part.colours) for part in kept]
    if not any(textured):
        return Textured(_coloured(kept), None, tuple(notes))
    if all(a or b for a, b in zip(textured, plain, strict=True)):
        mesh, texture, said = _on_one_texture(
            [part if part.texture is not None else _swatch(part) for part in kept]
        )
        return Textured(mesh, texture, (*notes, *said))
    notes.append("vertex colours and textures in one file: textures are kept at the vertices only")
    return Textured(_coloured([_at_vertices(part) for part in kept]), None, tuple(notes))


def _middle(parts: Sequence[Part]) -> NDArray[np.float64]:
    """(3,) of the box around all faces."""
    corners = [part.vertices[part.faces.reshape(-1)] for part in parts]
    low = np.min([one.min(axis=0) for one in corners], axis=0)
    return (low + np.max([one.max(axis=0) for one in corners], axis=0)) / 2


def _without_specks(part: Part, middle: NDArray[np.float64]) -> Part:
    """Without faces that have two corners in one place, and without vertices that no face uses."""
    places = (part.vertices - middle).astype(np.float32)[part.faces]  # (M, 3, 3), as the mesh will have them
    same = (places == np.roll(places, 1, axis=1)).all(axis=2).any(axis=1)
    faces = part.faces[~same]
    used = np.unique(faces)
    if len(used) == len(part.vertices) and not same.any():
        return part
    fresh = np.zeros(len(part.vertices), np.int64)
    fresh[used] = np.arange(len(used))
    return replace(
        part,
        vertices=part.vertices[used],
        faces=fresh[faces],
        uv=None if part.uv is None else part.uv[used],
        colours=None if part.colours is None else part.colours[used],
    )


def _one_colour(colours: NDArray[np.uint8]) -> bool:
    return bool((colours == colours[0]).all())


def _swatch(part: Part) -> Part:
    """A part of one colour as a part with a small texture."""
    assert part.colours is not None
    texture = np.broadcast_to(part.colours[0], (4, 4, 3)).copy()
    return replace(part, uv=np.full((len(part.vertices), 2), 0.5), texture=texture, colours=None)


def _at_vertices(part: Part) -> Part:
    """The texture read at each vertex, bilinear and repeating."""
    texture = part.texture
    if texture is None or part.uv is None:
        return part
    height, width = texture.shape[:2]
    u, v = (part.uv % 1).T
    x, y = (u * width - 0.5).astype(np.float32), ((1 - v) * height - 0.5).astype(np.float32)
    x0, y0 = np.floor(x).astype(int), np.floor(y).astype(int)
    fx, fy = (x - x0)[:, None], (y - y0)[:, None]
    right, below = (x0 + 1) % width, (y0 + 1) % height
    top = texture[y0, x0] * (1 - fx) + texture[y0, right] * fx
    bottom = texture[below, x0] * (1 - fx) + texture[below, right] * fx
    colours = np.round(top * (1 - fy) + bottom * fy).astype(np.uint8)
    return replace(part, uv=None, texture=None, colours=colours)


def _coloured(parts: Sequence[Part]) -> Mesh:
    colours = np.concatenate([part.colours for part in parts if part.colours is not None])
    return _mesh(parts, np.zeros((len(colours), 2)), colours)


def _on_one_texture(parts: Sequence[Part]) -> tuple[Mesh, NDArray[np.uint8], list[str]]:
    """Textures stand side by side on one; parts that share a texture share its place."""
    notes = []
    unfolded = []
    for part in parts:
        assert part.texture is not None and part.uv is not None
        height, width = part.texture.shape[:2]
        source, faces, uv = within_one_tile(part.faces, part.uv, (width, height))
        unfolded.append(replace(part, vertices=part.vertices[source], faces=faces, uv=uv))
    textures: dict[int, Cell] = {}
    for part in unfolded:
        known = textures.get(id(part.texture))
        reach = part.uv.max(axis=0) if known is None else np.maximum(known.reach, part.uv.max(axis=0))
        textures[id(part.texture)] = Cell(part.texture, reach)
    texture, places = pack(list(textures.values()))
    if len(textures) > 1:
        notes.append(f"{len(textures)} materials are packed on one texture")
    elif texture.shape != unfolded[0].texture.shape:
        notes.append("its repeating texture is laid out")
    place_of = dict(zip(textures, places, strict=True))
    uv = np.concatenate([place_of[id(part.texture)].of(part.uv) for part in unfolded])
    return _mesh(unfolded, uv, None), texture, notes


def _mesh(parts: Sequence[Part], uv: NDArray, colours: NDArray[np.uint8] | None) -> Mesh:
    starts = np.cumsum([0] + [len(part.vertices) for part in parts])
    faces = np.concatenate([part.faces + start for part, start in zip(parts, starts, strict=False)])
    vertices = np.concatenate([part.vertices for part in parts])
    vertices -= (vertices.min(axis=0) + vertices.max(axis=0)) / 2  # float32 keeps few digits far from 0
    seen = np.ones(len(vertices), np.float32)
    return Mesh(
        vertices.astype(np.float32),
        faces.astype(np.int32),
        np.clip(uv, 0, 1).astype(np.float32),
        seen,
        colours,
    )
