"""A simple body takes the network's place where both say the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import trimesh

from deocc.backends.draft.card import DraftOptions
from deocc.backends.draft.learned.choice import agrees
from deocc.backends.draft.learned.crop import SIDE
from deocc.backends.draft.learned.passes import Prediction
from deocc.backends.draft.solid.shape import Body, simple_body
from deocc.backends.draft.solid.texture import Surface
from deocc.geometry.cameras import Camera
from tests.draft.learned.true_prediction import true_prediction
from tests.draft.solids import box, camera, canvas, known_camera, outline, stand, vase

VIEW = camera(20.0, 30.0)


def body_of(solid: trimesh.Trimesh, shape: str) -> Body:
    whole = outline(solid, VIEW)
    before = stand(whole, known=known_camera(20.0))
    body = simple_body(canvas(whole), whole, canvas(whole).picture, before, DraftOptions(shape=shape))
    assert body is not None
    return body


def said_of(solid: trimesh.Trimesh, error: float, view: Camera = VIEW) -> Prediction:
    return doubting(true_prediction(solid, view), error, error)


def doubting(said: Prediction, front: float, back: float) -> Prediction:
    blank = np.zeros_like(said.front_error)
    return replace(said, front_error=blank + front, back_error=blank + back)


def itself(solid: trimesh.Trimesh, view: Camera) -> Body:
    """The solid as a body that stands where it truly is."""
    alone, nowhere = np.arange(len(solid.vertices)), np.zeros((len(solid.vertices), 2))
    surface = Surface(solid.vertices, alone, 0 * alone, nowhere, solid.faces.astype(np.int64), ())
    return Body("box", view, lambda triangles: surface)


def test_a_box_agrees_with_the_depths_of_a_box_and_a_vase_with_those_of_a_vase():
    carton, bottle = box((0.8, 0.5, 0.6)), vase([(0.3, -0.5), (0.3, 0.2), (0.12, 0.4)])
    assert agrees(body_of(carton, "box"), said_of(carton, 0.05))  # two of 64 pixels and a half
    assert agrees(body_of(bottle, "revolve"), said_of(bottle, 0.05))


def test_what_stands_as_a_box_but_is_none_does_not_agree():
    slab = box((0.8, 0.08, 0.6))
    said = said_of(slab, 0.05)
    deeper = replace(said, back=said.back - 0.4)
    assert not agrees(body_of(slab, "box"), deeper)
    assert agrees(body_of(slab, "box"), replace(deeper, back_error=deeper.back_error + 1))  # it doubts itself


def test_a_body_that_leaves_out_a_part_does_not_agree():
    whole = said_of(box((0.8, 0.5, 0.6)), 5.0)
    assert not agrees(body_of(box((0.3, 0.3, 0.6)), "box"), whole)


def test_the_true_body_lies_on_true_depths_to_a_hundredth_seen_from_near_by():
    near = camera(20.0, 30.0, 1.4)  # 20 degrees off the axis: depths along rays and along the axis differ
    carton = box((0.8, 0.5, 0.6))
    assert agrees(itself(carton, near), said_of(carton, 0.01, near))  # half a pixel's shift would need 0.016


def test_it_may_be_off_by_a_share_of_the_error_that_is_expected_of_front_and_back_together():
    """Seven tenths for a box, three for what turns."""
    carton = box((0.8, 0.5, 0.6))
    body, said = itself(carton, VIEW), true_prediction(carton, VIEW)
    off = replace(said, back=said.back - 0.4)  # by 0.2 each, when the body lies half way
    assert not agrees(body, doubting(off, 0.27, 0.27))
    assert agrees(body, doubting(off, 0.3, 0.3))
    assert agrees(body, doubting(off, 0.1, 0.5)) and agrees(body, doubting(off, 0.5, 0.1))
    turned = replace(body, kind="revolve")
    assert not agrees(turned, doubting(off, 0.64, 0.64)) and agrees(turned, doubting(off, 0.7, 0.7))


def test_a_tenth_of_the_outline_may_be_missing_or_too_much():
    carton = box((0.8, 0.5, 0.6))
    body, said = itself(carton, VIEW), said_of(carton, 5.0)
    columns = np.flatnonzero((said.likely > 0.5).any(axis=0))

    def seen_from(share: float) -> Prediction:
        """It expects nothing of the left part."""
        cut = columns[0] + round(share * len(columns))
        return replace(said, logits=np.where(np.arange(SIDE) < cut, -8, said.logits).astype(np.float32))

    assert agrees(body, seen_from(0.06)) and not agrees(body, seen_from(0.2))
    more = said.logits.copy()
    more[4:20, 4:124] = 8  # a block above it, a third as large
    assert not agrees(body, replace(said, logits=more))
