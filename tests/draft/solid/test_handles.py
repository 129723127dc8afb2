"""Handles beside a turned body: what counts as one, what is built, and that it does not run into the body."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from deocc.backends.draft.solid.frustum import fit_frustum
from deocc.backends.draft.solid.handles import Vessel, vessel_surface, with_handles
from deocc.backends.draft.solid.turning import turned_surface
from tests.draft.solids import camera, crossing_edges, mug, outline, stand, surface_mesh

VIEW = camera(20.0)


def vessel(seen: np.ndarray | None = None) -> Vessel:
    whole = outline(mug(), VIEW)
    return with_handles(fit_frustum(whole, stand(whole)), whole, whole if seen is None else seen)


def test_a_mugs_handle_is_one_part_to_its_right():
    found = vessel()
    (handle,) = found.parts
    assert np.nonzero(handle)[1].mean() > 200  # the body is 55 px wide to either side of 160
    assert not (handle & found.body).any()
    bare = found.turned.covers()
    whole = outline(mug(), VIEW)
    assert found.explains > (bare & whole).sum() / (bare | whole).sum() + 0.05


def test_a_part_that_nobody_saw_explains_but_is_not_built():
    whole = outline(mug(), VIEW)
    columns = np.indices(whole.shape)[1]
    found = vessel(seen=whole & (columns < 215))
    assert found.parts == ()
    assert found.explains == pytest.approx(vessel().explains)


def test_what_sticks_out_on_top_is_no_handle():
    whole = outline(mug(), VIEW)
    whole[10:60, 150:170] = True
    turned = fit_frustum(outline(mug(), VIEW), stand(whole))
    assert all(np.nonzero(part)[0].mean() > 60 for part in with_handles(turned, whole, whole).parts)


@pytest.mark.parametrize("triangles", [6_000, 20_000])
def test_body_and_handle_are_closed_and_do_not_meet(triangles: int):
    found = vessel()
    mesh = surface_mesh(vessel_surface(found, 1.0, triangles))
    assert mesh.is_watertight()
    assert crossing_edges(mesh) == 0
    assert len(mesh.faces) == pytest.approx(triangles, rel=0.15)
    body = surface_mesh(turned_surface(found.turned, triangles))
    share = mesh.volume() / body.volume() - 1
    assert 0.005 < share < 0.2  # the ring's: 2 % of the cup


def test_without_parts_the_body_is_all():
    found = replace(vessel(), parts=())
    mesh = surface_mesh(vessel_surface(found, 1.0, 6_000))
    body = surface_mesh(turned_surface(found.turned, 6_000))
    assert mesh.volume() == pytest.approx(body.volume())
