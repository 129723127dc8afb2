"""Surfaces' bookkeeping: unused vertices and small parts."""

from __future__ import annotations

import numpy as np

from deocc.backends.deocc123.lrm.surface import used_vertices, without_small_parts

LARGE = np.array([[0, 1, 2], [1, 3, 2], [3, 4, 2], [4, 5, 2]])
SMALL = np.array([[7, 8, 9]])


def test_unused_vertices_are_left_out_and_faces_renumbered():
    used, faces = used_vertices(SMALL)
    assert used.tolist() == [7, 8, 9] and faces.tolist() == [[0, 1, 2]] and faces.dtype == np.int32


def test_small_parts_go_only_when_asked():
    faces = np.concatenate([SMALL, LARGE])
    assert without_small_parts(faces, 10, 0.0) is faces
    assert without_small_parts(faces, 10, 0.25).tolist() == faces.tolist()  # a quarter of the largest
    assert without_small_parts(faces, 10, 0.26).tolist() == LARGE.tolist()
    assert len(without_small_parts(faces[:0], 10, 0.5)) == 0
