"""True differences: holes, slots and drawers cut out of a piece, by the library manifold3d."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deocc.data.solids.piece import Piece
from deocc.errors import InputFault


def less(piece: Piece, tools: Sequence[Piece]) -> Piece:
    """The piece without what the tools fill; the walls of the holes have the tools' uv and the piece's paint.

    Where tools cut it apart, the greatest part is kept: a solid holds together. What they would swallow whole
    stays as it was.
    InputFault `no_manifold3d` where the library is missing.
    """
    library = manifold3d()
    solids = [_as_manifold(library, one) for one in (piece, *tools)]
    left = library.Manifold.batch_boolean(solids, library.OpType.Subtract).decompose()
    if not left:
        return piece
    cut = max(left, key=lambda one: one.volume()).to_mesh64()
    told = np.asarray(cut.vert_properties, np.float64)
    vertices = told[:, :3].copy()
    vertices[np.asarray(cut.merge_from_vert, np.int64)] = vertices[np.asarray(cut.merge_to_vert, np.int64)]
    return Piece(vertices, np.asarray(cut.tri_verts, np.int64), told[:, 3:5], piece.paint)


def filled(rims: Sequence[NDArray[np.float64]]) -> NDArray[np.int64]:
    """Triangles (M, 3) that fill the first outline (S, 2) but for the others, over their points in order."""
    return np.asarray(manifold3d().triangulate(list(rims)), np.int64)


def manifold3d() -> Any:
    """The library, which the light server goes without; InputFault `no_manifold3d` where it is missing."""
    try:
        import manifold3d as library
    except ImportError as error:
        raise InputFault(
            "no_manifold3d",
            "Made-up solids need the package manifold3d.",
            "Install the training extra: pip install “deocc[train]”.",
        ) from error
    return library


def _as_manifold(library: Any, piece: Piece) -> Any:
    order = np.lexsort(piece.vertices.T)
    ordered = piece.vertices[order]
    is_first = np.ones(len(order), bool)
    is_first[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    first = np.empty(len(order), np.int64)
    first[order] = order[is_first][np.cumsum(is_first) - 1]  # of those at the same place
    doubled = np.flatnonzero(first != np.arange(len(order)))
    mesh = library.Mesh64(
        vert_properties=np.ascontiguousarray(np.c_[piece.vertices, piece.uv]),
        tri_verts=np.ascontiguousarray(piece.faces.astype(np.uint64)),
        merge_from_vert=doubled.astype(np.uint64),
        merge_to_vert=first[doubled].astype(np.uint64),
    )
    return library.Manifold(mesh)
