"""A simple body takes the network's place where both say the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import trimesh

from deocc.backends.draft.card import DraftOptions
from deocc.backends.draft.learned.choice import agrees
from deocc.backends.draft.learned.passes import Prediction
from deocc.backends.draft.solid.shape import Body, simple_body
from tests.draft.learned.true_prediction import true_prediction
from tests.draft.solids import box, camera, canvas, known_camera, outline, stand, vase

VIEW = camera(20.0, 30.0)


def body_of(solid: trimesh.Trimesh, shape: str) -> Body:
    whole = outline(solid, VIEW)
    before = stand(whole, known=known_camera(20.0))
    body = simple_body(canvas(whole), whole, canvas(whole).picture, before, DraftOptions(shape=shape))
    assert body is not None
    return body


def said_of(solid: trimesh.Trimesh, error: float) -> Prediction:
    said = true_prediction(solid, VIEW)
    doubt = np.full_like(said.front_error, error)
    return replace(said, front_error=doubt, back_error=doubt)


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
