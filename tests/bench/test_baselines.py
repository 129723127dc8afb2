"""The baselines have the silhouette's proportions and its smaller side as depth."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from deocc.bench.baselines import ellipsoid, extrusion


def bar() -> np.ndarray:
    """60 pixels wide, 120 high."""
    whole = np.zeros((200, 200), bool)
    whole[40:160, 30:90] = True
    return whole


@pytest.mark.parametrize(("baseline", "share"), [(extrusion, 1.0), (ellipsoid, np.pi / 6)])
def test_sides_and_volume(baseline, share):
    vertices, faces = baseline(bar())
    extents = np.ptp(vertices, axis=0)
    assert extents / extents[2] == pytest.approx([0.5, 0.5, 1.0], abs=0.02)  # a cell of 96 along the side
    hull = trimesh.Trimesh(vertices, faces).convex_hull  # both are convex
    # the icosphere's facets and the extrusion's cells lose up to 2 %
    assert hull.volume == pytest.approx(share * extents.prod(), rel=0.02)


def test_an_extruded_ring_keeps_its_hole():
    whole = bar()
    whole[80:120, 50:70] = False
    vertices, faces = extrusion(whole)
    solid = trimesh.Trimesh(vertices, faces)
    assert solid.is_watertight
    assert solid.euler_number == 0  # a torus
